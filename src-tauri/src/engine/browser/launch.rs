//! The program that shows the call page, and its arguments.

use std::ffi::OsString;
use std::path::Path;

use super::discovery::{Browser, Family};
use super::folders::BrowserFolders;
use super::{chromium, discovery, firefox};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    Found(Browser),
    /// The command of `--browser-command`.
    Command(BrowserCommand),
}

/// A command line that the person gives. It is run directly, never by a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserCommand {
    words: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    #[error("the browser command is empty")]
    Empty,
    #[error("the browser command has an open quotation mark")]
    OpenQuote,
}

const URL: &str = "{url}";

impl BrowserCommand {
    /// Splits a command line into words as a shell does. `{url}` is replaced by the address; without it, the address is
    /// the last argument.
    pub fn parse(text: &str) -> Result<Self, CommandError> {
        let words = shell_words::split(text).map_err(|_| CommandError::OpenQuote)?;
        if words.first().is_none_or(String::is_empty) {
            return Err(CommandError::Empty);
        }
        Ok(Self { words })
    }

    fn argv(&self, url: &str) -> Vec<OsString> {
        let mut words: Vec<_> = self.words.iter().map(|w| w.replace(URL, url)).collect();
        if words == self.words {
            words.push(url.to_owned());
        }
        words.into_iter().map(OsString::from).collect()
    }
}

impl Program {
    /// Shown to people.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Found(browser) => &browser.name,
            Self::Command(command) => {
                let program = Path::new(&command.words[0])
                    .file_name()
                    .and_then(|name| name.to_str())
                    .unwrap_or(&command.words[0]);
                discovery::name_of_program(program).unwrap_or(program)
            }
        }
    }

    /// Variables of the program's environment beside those of the app.
    pub(super) fn environment(&self, folders: &BrowserFolders) -> Vec<(&'static str, OsString)> {
        match self {
            Self::Found(browser) => match browser.family {
                Family::Chromium => chromium::environment(&folders.profile),
                Family::Firefox => firefox::environment(),
            },
            Self::Command(_) => Vec::new(),
        }
    }

    pub(super) fn argv(&self, folders: &BrowserFolders, url: &str) -> Vec<OsString> {
        match self {
            Self::Found(browser) => {
                let mut argv = vec![browser.path.clone().into_os_string()];
                argv.extend(match browser.family {
                    Family::Chromium => chromium::arguments(&folders.profile, url),
                    Family::Firefox => firefox::arguments(&folders.profile, url),
                });
                argv
            }
            Self::Command(command) => command.argv(url),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_as_a_shell_does() {
        let words = |text: &str| {
            let argv = BrowserCommand::parse(text).unwrap().argv("URL");
            let text: Vec<_> = argv.into_iter().map(|w| w.into_string().unwrap()).collect();
            text.join("|")
        };
        assert_eq!(words("firefox"), "firefox|URL");
        assert_eq!(words("firefox -P 'a b' {url} -x"), "firefox|-P|a b|URL|-x");
        assert_eq!(words("chromium '--app={url}'"), "chromium|--app=URL");
        assert_eq!(words("'/a b/c' \"{url}\""), "/a b/c|URL");
        assert_eq!(words("x '$HOME' ';' \\{url}"), "x|$HOME|;|URL");
    }

    #[test]
    fn a_command_needs_a_program() {
        for text in ["", "  ", "''"] {
            assert_eq!(BrowserCommand::parse(text), Err(CommandError::Empty));
        }
        assert_eq!(BrowserCommand::parse("a 'b"), Err(CommandError::OpenQuote));
    }

    #[test]
    fn the_name_of_a_command_is_its_file_name() {
        let command = BrowserCommand::parse("'/opt/my browser/run' {url}").unwrap();
        assert_eq!(Program::Command(command).name(), "run");
    }

    #[test]
    fn a_browser_that_a_command_runs_has_the_name_that_people_know() {
        for (program, name) in [
            ("/usr/bin/chromium", "Chromium"),
            ("firefox-esr", "Firefox"),
        ] {
            let command = BrowserCommand::parse(program).unwrap();
            assert_eq!(Program::Command(command).name(), name);
        }
    }
}
