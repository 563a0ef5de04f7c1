//! The configuration: flags win over the environment, and the environment over the file.

mod fault;
mod flags;
mod layers;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

pub(crate) use self::fault::Fault;
use self::flags::Flags;
pub(crate) use self::settings::{Certificates, Settings};

/// The subcommand that checks the configuration.
const CHECK: &str = "check";

const AFTER_HELP: &str = "\
Each flag is also a key of the file and a variable: --max-memory 512 is `max-memory = 512` there, and
PARLOUR_MAX_MEMORY=512. A list is `stun = [\"stun:a\", \"stun:b\"]` there, and PARLOUR_STUN=stun:a,stun:b. Flags win over
variables, and variables over the file. PARLOUR_LOG sets the levels of the log.

Exit codes: 0 for a good end, 1 for a failure, 2 for a configuration that is wrong.";

/// The task of this run.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// Whether to check the configuration and end.
    pub(crate) is_check: bool,
    pub(crate) settings: Result<Settings, Vec<Fault>>,
}

/// Reads command line, environment and file.
///
/// # Errors
/// When the command line is wrong, or asks for help.
pub(crate) fn read(
    arguments: &[OsString],
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Invocation, clap::Error> {
    let without_layers = parse(schema(), arguments)?;
    let (is_check, layers) = (
        without_layers.is_check,
        layers(&without_layers, environment),
    );
    let layers = match layers {
        Ok(layers) => layers,
        Err(faults) => {
            let settings = Err(faults);
            return Ok(Invocation { is_check, settings });
        }
    };
    let parsed = parse(layers::apply(schema(), &layers), arguments)?;
    let places = layers.into_iter().map(|entry| (entry.key, entry.place));
    let mut places: HashMap<_, _> = places.collect();
    places.retain(|key, _| parsed.is_default(key));
    let settings = Flags::from_arg_matches(&parsed.matches)?;
    let settings = settings::settings(settings, &places);
    Ok(Invocation { is_check, settings })
}

struct Parsed {
    is_check: bool,
    matches: ArgMatches,
}

impl Parsed {
    fn is_default(&self, key: &str) -> bool {
        let source = self.matches.value_source(&key.replace('-', "_"));
        source == Some(ValueSource::DefaultValue)
    }
}

/// The values of the file and of the environment, the latter last.
fn layers(
    parsed: &Parsed,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<layers::Entry>, Vec<Fault>> {
    let schema = schema();
    let of_environment = layers::of_environment(&schema, &environment);
    let file = parsed.matches.get_one::<PathBuf>("config").cloned();
    let file = file.or_else(|| {
        let variable = environment(&layers::variable("config"));
        variable.filter(|file| !file.is_empty()).map(PathBuf::from)
    });
    let of_file = file.map_or(Ok(Vec::new()), |file| layers::of_file(&schema, &file));
    match (of_file, of_environment) {
        (Ok(mut entries), Ok(more)) => {
            entries.extend(more);
            Ok(entries)
        }
        (of_file, of_environment) => {
            let mut faults = of_file.err().unwrap_or_default();
            faults.extend(of_environment.err().unwrap_or_default());
            Err(faults)
        }
    }
}

/// The flags.
fn schema() -> Command {
    let program = Command::new("parlour-server")
        .version(env!("CARGO_PKG_VERSION"))
        .about("The Parlour signaling server: private video calls find each other through it")
        .long_about(
            "The Parlour signaling server: private video calls find each other through it.\n\n\
             It keeps nothing of them, and what passes through it is sealed. For the internet it needs TLS: --domain \
             gets certificates, --cert and --key name one, or a proxy in front of it speaks TLS.",
        )
        .after_help(AFTER_HELP);
    Flags::augment_args(program)
}

/// Parses `parlour-server FLAGS` and `parlour-server check FLAGS`.
fn parse(schema: Command, arguments: &[OsString]) -> Result<Parsed, clap::Error> {
    let check = schema
        .clone()
        .name(CHECK)
        .about("Check the configuration, say what is wrong in which line, and end")
        .long_about(None);
    let program = schema
        .subcommand(check)
        .args_conflicts_with_subcommands(true);
    let mut matches = program.try_get_matches_from(arguments)?;
    let of_check = matches.remove_subcommand().map(|(_, matches)| matches);
    Ok(Parsed {
        is_check: of_check.is_some(),
        matches: of_check.unwrap_or(matches),
    })
}
