//! How a browser is started: its folders, its arguments, and the private file that redirects it to the loopback server.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::discovery::{Browser, Confinement, Family};
use crate::storage::atomic_file;

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
            Self::Command(command) => Path::new(&command.words[0])
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or(&command.words[0]),
        }
    }

    pub(super) fn argv(&self, folders: &BrowserFolders, url: &str) -> Vec<OsString> {
        match self {
            Self::Found(browser) => {
                let mut argv = vec![browser.path.clone().into_os_string()];
                argv.extend(match browser.family {
                    Family::Chromium => chromium(&folders.profile, url),
                    Family::Firefox => firefox(&folders.profile, url),
                });
                argv
            }
            Self::Command(command) => command.argv(url),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BrowserFolders {
    profile: PathBuf,
    redirect: PathBuf,
}

impl BrowserFolders {
    /// In the app's profile, or where a confined browser can read.
    pub(super) fn new(program: &Program, profile: &Path, home: &Path) -> Self {
        let confinement = match program {
            Program::Found(browser) => &browser.confinement,
            Program::Command(_) => &Confinement::None,
        };
        let readable = |base: PathBuf| base.join("parlour").join(hash_of(profile));
        let base = match confinement {
            Confinement::None => profile.to_path_buf(),
            Confinement::Snap(name) => readable(home.join("snap").join(name).join("common")),
            Confinement::Flatpak(id) => readable(home.join(".var/app").join(id).join("data")),
        };
        Self {
            profile: base.join("browser"),
            redirect: base.join("door"),
        }
    }

    /// Creates the folders, and the preferences of Firefox.
    pub(super) fn create(&self, program: &Program) -> io::Result<()> {
        atomic_file::create_private_folder(&self.redirect)?;
        if let Program::Found(browser) = program {
            atomic_file::create_private_folder(&self.profile)?;
            if browser.family == Family::Firefox {
                atomic_file::write(
                    &self.profile.join("user.js"),
                    FIREFOX_PREFERENCES.as_bytes(),
                )?;
            }
        }
        Ok(())
    }
}

/// Keeps apart the profiles that several profiles of the app have in one confined browser.
fn hash_of(profile: &Path) -> String {
    let hash = Sha256::digest(profile.as_os_str().as_encoded_bytes());
    hash.iter().take(6).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A private page that redirects the browser to the loopback server. It carries the launch token, because every user of
/// the computer can read arguments. Dropping this removes the file.
#[derive(Debug)]
pub(super) struct RedirectFile {
    path: PathBuf,
}

impl RedirectFile {
    pub(super) fn write(folders: &BrowserFolders, url: &str) -> io::Result<Self> {
        let path = folders.redirect.join("call.html");
        // The address consists of digits, letters, dashes and slashes: nothing needs escaping.
        let page = Zeroizing::new(format!(
            "<!doctype html><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">\
             <title>\u{200b}</title><script>location.replace('{url}')</script>\n"
        ));
        atomic_file::write(&path, page.as_bytes())?;
        Ok(Self { path })
    }

    /// The argument of the browser.
    pub(super) fn url(&self) -> io::Result<String> {
        tauri::Url::from_file_path(&self.path)
            .map(String::from)
            .map_err(|()| io::Error::other("the profile's folder is not absolute"))
    }
}

impl Drop for RedirectFile {
    fn drop(&mut self) {
        if let Err(error) = atomic_file::remove(&self.path) {
            tracing::warn!(%error, "the redirect file could not be removed");
        }
    }
}

fn chromium(profile: &Path, url: &str) -> Vec<OsString> {
    let mut data = OsString::from("--user-data-dir=");
    data.push(profile);
    let mut arguments = vec![format!("--app={url}").into(), data];
    arguments.extend(CHROMIUM_FLAGS.iter().map(OsString::from));
    arguments
}

/// The profile shows only Parlour's page, and the person consents to camera and microphone in its lobby.
const CHROMIUM_FLAGS: &[&str] = &[
    "--class=parlour-call",
    "--no-first-run",
    "--no-default-browser-check",
    "--auto-accept-camera-and-microphone-capture",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--hide-crash-restore-bubble",
    "--no-pings",
    // A locked keyring would ask for its password before the call starts.
    "--password-store=basic",
    // Without camera permission Chromium replaces LAN addresses by mDNS names, which many networks do not carry.
    // Signals are sealed, so only members of the room see the addresses.
    "--disable-features=Translate,OptimizationHints,MediaRouter,WebRtcHideLocalIpsWithMdns",
];

fn firefox(profile: &Path, url: &str) -> Vec<OsString> {
    vec![
        "--new-instance".into(),
        "--profile".into(),
        profile.into(),
        "--new-window".into(),
        url.into(),
    ]
}

const FIREFOX_PREFERENCES: &str = r#"// Written by Parlour at every start.
user_pref("app.normandy.enabled", false);
user_pref("app.shield.optoutstudies.enabled", false);
user_pref("app.update.auto", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.preonboarding.enabled", false);
user_pref("browser.sessionstore.resume_from_crash", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage", "about:blank");
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("browser.startup.page", 0);
user_pref("browser.tabs.warnOnClose", false);
user_pref("browser.toolbars.bookmarks.visibility", "never");
user_pref("browser.translations.automaticallyPopup", false);
user_pref("datareporting.healthreport.uploadEnabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("media.autoplay.blocking_policy", 0);
user_pref("media.autoplay.default", 0);
user_pref("media.navigator.permission.disabled", true);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
user_pref("signon.rememberSignons", false);
user_pref("startup.homepage_welcome_url", "");
user_pref("termsofuse.bypassNotification", true);
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
user_pref("trailhead.firstrun.didSeeAboutWelcome", true);
"#;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn browser(family: Family, confinement: Confinement) -> Program {
        Program::Found(Browser {
            name: "Browser".to_owned(),
            family,
            path: "/usr/bin/browser".into(),
            confinement,
        })
    }

    fn argv(program: &Program) -> Vec<String> {
        let folders = BrowserFolders::new(program, Path::new("/p"), Path::new("/home/mei"));
        let argv = program.argv(&folders, "file:///p/door/call.html");
        argv.into_iter()
            .map(|word| word.into_string().unwrap())
            .collect()
    }

    #[test]
    fn chromium_opens_an_app_window_with_its_own_profile() {
        let argv = argv(&browser(Family::Chromium, Confinement::None));
        assert_eq!(argv[0], "/usr/bin/browser");
        for flag in [
            "--app=file:///p/door/call.html",
            "--user-data-dir=/p/browser",
            "--class=parlour-call",
            "--no-first-run",
            "--no-default-browser-check",
            "--auto-accept-camera-and-microphone-capture",
            "--autoplay-policy=no-user-gesture-required",
        ] {
            assert!(argv.iter().any(|word| word == flag), "{flag}");
        }
    }

    #[test]
    fn firefox_opens_a_window_with_its_own_profile() {
        let argv = argv(&browser(Family::Firefox, Confinement::None));
        let rest = ["--new-instance", "--profile", "/p/browser", "--new-window"];
        assert_eq!(argv[1..5], rest);
        assert_eq!(argv[5..], ["file:///p/door/call.html"]);
    }

    #[test]
    fn a_confined_browser_gets_readable_folders() {
        let home = Path::new("/home/mei");
        for (confinement, base) in [
            (
                Confinement::Snap("chromium".to_owned()),
                "/home/mei/snap/chromium/common/parlour",
            ),
            (
                Confinement::Flatpak("org.chromium.Chromium".to_owned()),
                "/home/mei/.var/app/org.chromium.Chromium/data/parlour",
            ),
        ] {
            let program = browser(Family::Chromium, confinement);
            let one = BrowserFolders::new(&program, Path::new("/p/one"), home);
            let two = BrowserFolders::new(&program, Path::new("/p/two"), home);
            assert!(one.profile.starts_with(base) && one.redirect.starts_with(base));
            assert_ne!(one, two);
        }
    }

    #[test]
    fn firefox_gets_its_preferences() {
        let temp = tempfile::tempdir().unwrap();
        let program = browser(Family::Firefox, Confinement::None);
        let folders = BrowserFolders::new(&program, temp.path(), temp.path());
        folders.create(&program).unwrap();
        let text = std::fs::read_to_string(temp.path().join("browser/user.js")).unwrap();
        let preference = |line: &str| line.starts_with("user_pref(\"") && line.ends_with(");");
        assert!(text.lines().skip(1).all(preference));
    }

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
}
