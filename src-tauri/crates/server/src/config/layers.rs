//! The configuration file and the environment, as values of the flags.
//!
//! The flags are the one schema. A key of the file is a flag without its dashes, a variable is the same in capitals after
//! `PARLOUR_`. Their values become defaults of the flags, so that the parser of the flags reads and checks all three.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::ops::Range;
use std::path::Path;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Place};

/// The prefix of the environment's variables.
const PREFIX: &str = "PARLOUR_";
/// Keys of the file that look right and hold a secret: the file may be world-readable, and is copied around.
const SECRETS: [&str; 2] = ["access-token", "turn-secret"];

/// The values of one flag.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    values: Vec<String>,
}

/// The values of a configuration file.
pub(super) fn of_file(schema: &Command, file: &Path) -> Result<Vec<Entry>, Vec<Fault>> {
    let fault = |line, key: &str, message: String| Fault {
        place: Place::Line(file.to_owned(), line),
        key: key.to_owned(),
        message,
    };
    let text = fs::read_to_string(file).map_err(|error| {
        vec![Fault {
            place: Place::Flag,
            key: "config".to_owned(),
            message: format!("cannot read {}: {error}", file.display()),
        }]
    })?;
    // Without the excerpt that the error would show: it may be the beginning of a secret.
    let table = DeTable::parse(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(&text, &span));
        vec![fault(line, "", error.message().to_owned())]
    })?;
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    for (key, value) in table.get_ref() {
        let (line, key) = (line_of(&text, &key.span()), key.get_ref().as_ref());
        let read = flag(schema, key).and_then(|arg| {
            let values = values(value).ok_or_else(|| expected(arg))?;
            check(schema, arg, &values).map(|()| values)
        });
        match read {
            Ok(values) => entries.push(Entry {
                key: key.to_owned(),
                place: Place::Line(file.to_owned(), line),
                values,
            }),
            Err(message) => faults.push(fault(line, key, message)),
        }
    }
    if faults.is_empty() {
        Ok(entries)
    } else {
        faults.sort_by_key(|fault| match fault.place {
            Place::Line(_, line) => line,
            _ => 0,
        });
        Err(faults)
    }
}

/// The values of the environment. A variable without a text is none: compose files pass such on.
pub(super) fn of_environment(
    schema: &Command,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<Entry>, Vec<Fault>> {
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    for arg in schema.get_arguments() {
        let Some(key) = arg.get_long().filter(|key| is_setting(key)) else {
            continue;
        };
        let name = variable(key);
        let Some(value) = environment(&name).filter(|value| !value.is_empty()) else {
            continue;
        };
        let place = Place::Variable(name);
        let read = value
            .into_string()
            .map_err(|_| "is no UTF-8".to_owned())
            .and_then(|value| {
                let values = match arg.get_action() {
                    ArgAction::Append => list(&value),
                    _ => vec![value],
                };
                check(schema, arg, &values).map(|()| values)
            });
        let key = key.to_owned();
        match read {
            Ok(values) => entries.push(Entry { key, place, values }),
            Err(message) => faults.push(Fault {
                place,
                key,
                message,
            }),
        }
    }
    if faults.is_empty() {
        Ok(entries)
    } else {
        Err(faults)
    }
}

/// The variable of a key.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('-', "_").to_ascii_uppercase())
}

/// Makes these values the defaults of their flags. Later entries win.
pub(super) fn apply(mut schema: Command, entries: &[Entry]) -> Command {
    for entry in entries {
        let Ok(arg) = flag(&schema, &entry.key) else {
            continue;
        };
        let id = arg.get_id().to_string();
        // clap keeps texts for as long as the program runs.
        let values: Vec<&'static str> = entry.values.iter().map(|v| &*v.clone().leak()).collect();
        schema = schema.mut_arg(id, |arg| arg.default_values(values));
    }
    schema
}

/// The flag of a key.
fn flag<'a>(schema: &'a Command, key: &str) -> Result<&'a Arg, String> {
    if SECRETS.contains(&key) {
        return Err(format!(
            "secrets do not stand in this file: name a file with {key}-file, or set {}",
            variable(key)
        ));
    }
    let mut settings = schema.get_arguments();
    if let Some(arg) = settings.find(|arg| arg.get_long() == Some(key) && is_setting(key)) {
        return Ok(arg);
    }
    let unknown = parse(schema, &[format!("--{key}")]).err();
    let similar = unknown.and_then(|error| match error.get(ContextKind::SuggestedArg) {
        Some(ContextValue::String(flag)) => Some(flag.trim_start_matches('-').to_owned()),
        _ => None,
    });
    let similar = similar.filter(|similar| is_setting(similar));
    let similar = similar.map_or_else(String::new, |flag| format!("; is {flag} meant?"));
    Err(format!(
        "there is no such key{similar} `parlour-server --help` lists all"
    ))
}

fn is_setting(key: &str) -> bool {
    !matches!(key, "config" | "help" | "version")
}

/// Checks values with the parser of their flag.
fn check(schema: &Command, arg: &Arg, values: &[String]) -> Result<(), String> {
    let key = arg.get_long().unwrap_or_default();
    let is_list = matches!(arg.get_action(), ArgAction::Append);
    if !is_list && values.len() != 1 {
        return Err(expected(arg));
    }
    if is_switch(arg) {
        let is_right = values
            .iter()
            .all(|value| matches!(&**value, "true" | "false"));
        return is_right.then_some(()).ok_or_else(|| expected(arg));
    }
    let arguments = values.iter().map(|value| format!("--{key}={value}"));
    let arguments: Vec<_> = arguments.collect();
    parse(schema, &arguments).map_err(|error| {
        let value = match error.get(ContextKind::InvalidValue) {
            Some(ContextValue::String(value)) => format!("{value:?}: "),
            _ => String::new(),
        };
        let cause = error
            .source()
            .map_or_else(String::new, |cause| format!("{cause}. "));
        format!("{value}{cause}{}", expected(arg))
    })
}

fn parse(schema: &Command, arguments: &[String]) -> Result<(), clap::Error> {
    let schema = schema.clone().no_binary_name(true);
    schema.try_get_matches_from(arguments).map(|_| ())
}

/// The value that a flag takes, in the words of the help.
fn expected(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let value = if is_switch(arg) {
        "true or false".to_owned()
    } else {
        let names = arg.get_value_names().unwrap_or_default();
        let one = names.first().map_or("a value", |name| name.as_str());
        match arg.get_action() {
            ArgAction::Append => format!("{one} or a list of such"),
            _ => one.to_owned(),
        }
    };
    format!("Expected is {value}: {help}")
}

fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
}

/// A value of the file as the command line would have it.
fn values(value: &Spanned<DeValue<'_>>) -> Option<Vec<String>> {
    match value.get_ref() {
        DeValue::Array(items) => items.iter().map(scalar).collect(),
        _ => Some(vec![scalar(value)?]),
    }
}

fn scalar(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// The elements of a variable: `a,b` or `a b`.
fn list(text: &str) -> Vec<String> {
    let elements = text.split(|c: char| c == ',' || c.is_whitespace());
    elements
        .filter(|element| !element.is_empty())
        .map(str::to_owned)
        .collect()
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    let before = text.get(..span.start).unwrap_or(text);
    1 + before.matches('\n').count()
}
