//! What is wrong with the configuration, and where it stands.

use std::fmt;
use std::path::PathBuf;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A flag of the command line.
    Flag,
    /// A line of the configuration file, from 1.
    Line(PathBuf, usize),
    /// A variable of the environment.
    Variable(String),
}

/// One thing that is wrong. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) place: Place,
    /// The key as the file has it. The flag is the same with `--` in front.
    pub(crate) key: String,
    pub(crate) message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            key,
            message,
        } = self;
        match place {
            Place::Flag => write!(f, "--{key}: {message}"),
            Place::Line(file, line) if key.is_empty() => {
                write!(f, "{}:{line}: {message}", file.display())
            }
            Place::Line(file, line) => write!(f, "{}:{line}: {key}: {message}", file.display()),
            Place::Variable(name) => write!(f, "{name}: {message}"),
        }
    }
}
