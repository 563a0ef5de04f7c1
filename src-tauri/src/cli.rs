//! The command line.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use crate::engine::BrowserCommand;
use crate::links::deep_link::DeepLink;
use crate::storage::settings::{EngineChoice, Reach};

/// Private video calls between a few people, straight from machine to machine.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "parlour", version, about)]
pub struct Cli {
    /// Keep settings and logs in this folder; instances with different profiles run side by side
    #[arg(long, value_name = "DIR")]
    pub profile: Option<PathBuf>,

    /// Where calls run, whatever the settings say
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub engine: Option<EngineChoice>,

    /// How far the app goes to let people find each other, whatever the settings say
    #[arg(long, value_enum, value_name = "REACH")]
    pub reach: Option<Reach>,

    /// The internet address at which the router passes on the port of this app, if a person has set the router up so:
    /// UDP and TCP, port 18420. Others in the room may then use this app as a TURN server
    #[arg(long, value_name = "IP")]
    pub forwarded_address: Option<IpAddr>,

    /// The command that opens the call page in a browser
    #[arg(long, value_name = "CMD {url}", value_parser = BrowserCommand::parse)]
    pub browser_command: Option<BrowserCommand>,

    /// An invite to join. It comes last: nothing is read after it
    #[arg(value_name = "PARLOUR-LINK", value_parser = DeepLink::from_argument)]
    pub link: Option<DeepLink>,
}

impl Cli {
    /// Parses the arguments, of which the first is the program's name. The texts of `--help` and `--version` are errors
    /// too.
    ///
    /// Arguments after a link are refused: where a system quotes badly, a crafted link could bring flags with it.
    pub fn read<A: Into<OsString> + Clone>(
        args: impl IntoIterator<Item = A>,
    ) -> Result<Self, clap::Error> {
        let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
        let link = args.iter().skip(1).position(|argument| {
            argument
                .to_str()
                .is_some_and(|argument| DeepLink::from_argument(argument).is_ok())
        });
        if link.is_some_and(|position| position + 2 < args.len()) {
            return Err(Self::command().error(
                ErrorKind::UnknownArgument,
                "nothing may come after the link",
            ));
        }
        Self::try_parse_from(args)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(args: &[&str]) -> Result<Cli, clap::Error> {
        Cli::read(std::iter::once(&"parlour").chain(args))
    }

    #[test]
    fn all_flags_and_a_link_are_read() {
        let cli = read(&[
            "--profile",
            "/tmp/p",
            "--engine",
            "browser",
            "--forwarded-address",
            "25.1.1.1",
            "--reach",
            "open",
            "--browser-command",
            "chromium --app={url}",
            "parlour://join/192.0.2.1:80/code",
        ])
        .unwrap();
        assert_eq!(cli.profile.unwrap(), PathBuf::from("/tmp/p"));
        assert_eq!(cli.engine, Some(EngineChoice::Browser));
        assert_eq!(cli.reach, Some(Reach::Open));
        assert_eq!(cli.forwarded_address, "25.1.1.1".parse().ok());
        let command = BrowserCommand::parse("chromium --app={url}").unwrap();
        assert_eq!(cli.browser_command.unwrap(), command);
        assert_eq!(
            cli.link.unwrap().expose(),
            "parlour://join/192.0.2.1:80/code"
        );
    }

    #[test]
    fn no_argument_is_needed() {
        let cli = read(&[]).unwrap();
        assert!(cli.profile.is_none() && cli.engine.is_none() && cli.link.is_none());
    }

    #[test]
    fn other_arguments_are_refused() {
        assert!(read(&["hello"]).is_err());
        assert!(read(&["https://example.org/"]).is_err());
        assert!(read(&["parlour://a", "parlour://b"]).is_err());
        assert!(read(&["--engine", "steam"]).is_err());
        assert!(read(&["--browser-command", "chromium \"{url}"]).is_err());
    }

    #[test]
    fn a_crafted_link_cannot_bring_flags() {
        let smuggled = ["parlour://join/x/y", "--browser-command", "evil {url}"];
        assert!(read(&smuggled).is_err());
        assert!(read(&["parlour://join/x/y", "--profile=/tmp/evil"]).is_err());
    }

    #[test]
    fn the_link_is_not_printed() {
        let cli = read(&["parlour://join/192.0.2.1/SECRET"]).unwrap();
        assert!(!format!("{cli:?}").contains("SECRET"));
    }

    #[test]
    fn help_names_every_flag() {
        let help = read(&["--help"]).unwrap_err().to_string();
        for flag in [
            "--profile",
            "--engine",
            "--reach",
            "--forwarded-address",
            "--browser-command",
            "auto",
            "PARLOUR-LINK",
            "--version",
        ] {
            assert!(help.contains(flag), "{flag} is missing in:\n{help}");
        }
    }
}
