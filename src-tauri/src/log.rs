//! The log, on stderr and in the profile. It holds no secrets, names, addresses of peers, or descriptions.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use parlour_signaling::log::may_be_logged;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

use crate::profile::{Profile, private_file};

/// Other levels, as `PARLOUR_LOG=parlour=debug`.
const VARIABLE: &str = "PARLOUR_LOG";
const LEVELS: &str = "warn,parlour=info,parlour_signaling=info";
/// Above it a new log is begun at the start, and the one before is kept.
const MAX_BYTES: u64 = 1024 * 1024;

/// Begins to log. A log that cannot be written is no reason not to start.
pub(crate) fn start(profile: &Profile) {
    let levels = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(LEVELS));
    let file = open(profile.dir());
    let failed = file.as_ref().err().map(ToString::to_string);
    let started = tracing_subscriber::registry()
        .with(levels)
        .with(filter_fn(may_be_logged))
        .with(fmt::layer().with_writer(io::stderr))
        .with(
            file.ok()
                .map(|file| fmt::layer().with_ansi(false).with_writer(Mutex::new(file))),
        )
        .try_init();
    if let Err(error) = started {
        tracing::debug!(%error, "another log is in use");
    }
    if let Some(error) = failed {
        tracing::warn!(error, "there is no log file");
    }
}

fn open(dir: &Path) -> io::Result<File> {
    let path = dir.join("parlour.log");
    if std::fs::metadata(&path).is_ok_and(|log| log.len() > MAX_BYTES) {
        std::fs::rename(&path, dir.join("parlour.old.log"))?;
    }
    private_file().create(true).append(true).open(path)
}
