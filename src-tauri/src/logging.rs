//! The log, on stderr and in the profile. It contains no secrets, names, addresses of peers or session descriptions.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use parlour_signaling::log_filter::may_be_logged;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

use crate::storage::atomic_file::private_options;
use crate::storage::profile::Profile;

/// Overrides [`DEFAULT_LEVELS`], as in `PARLOUR_LOG=parlour=debug`.
const LEVELS_VARIABLE: &str = "PARLOUR_LOG";
const DEFAULT_LEVELS: &str = "warn,parlour=info,parlour_signaling=info";
/// The size at which a new file is begun and the one before is kept. Other participants can cause log lines, so the log
/// must be bounded.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Starts logging. A log file that cannot be written does not prevent the start.
pub(crate) fn start(profile: &Profile) {
    let levels =
        EnvFilter::try_from_env(LEVELS_VARIABLE).unwrap_or_else(|_| EnvFilter::new(DEFAULT_LEVELS));
    let file = LogFile::open(profile.dir(), MAX_BYTES);
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
        tracing::debug!(%error, "another subscriber is in use");
    }
    if let Some(error) = failed {
        tracing::warn!(error, "there is no log file");
    }
}

/// A log file of bounded size, and the file before it.
struct LogFile {
    path: PathBuf,
    old: PathBuf,
    /// `None` when no new file could be created: then nothing more is written.
    file: Option<File>,
    bytes: u64,
    max_bytes: u64,
}

impl LogFile {
    fn open(dir: &Path, max_bytes: u64) -> io::Result<Self> {
        let path = dir.join("parlour.log");
        let file = private_options().create(true).append(true).open(&path)?;
        Ok(Self {
            old: dir.join("parlour.old.log"),
            bytes: file.metadata()?.len(),
            path,
            file: Some(file),
            max_bytes,
        })
    }

    fn rotate(&mut self) -> io::Result<()> {
        // Windows does not rename an open file.
        self.file = None;
        std::fs::rename(&self.path, &self.old)?;
        let file = private_options()
            .create(true)
            .append(true)
            .open(&self.path)?;
        self.file = Some(file);
        self.bytes = 0;
        Ok(())
    }
}

impl Write for LogFile {
    /// Writes a whole line into one file.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let bytes = line.len() as u64;
        if self.file.is_some() && self.bytes > 0 && self.bytes + bytes > self.max_bytes {
            self.rotate()?;
        }
        if let Some(file) = &mut self.file {
            file.write_all(line)?;
            self.bytes += bytes;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), File::flush)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(dir: &Path, name: &str) -> String {
        std::fs::read_to_string(dir.join(name)).unwrap()
    }

    #[test]
    fn the_log_is_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = LogFile::open(dir.path(), 30).unwrap();
        for n in 0..1000 {
            log.write_all(format!("line {n:04}\n").as_bytes()).unwrap();
        }
        assert_eq!(read(dir.path(), "parlour.log"), "line 0999\n");
        assert_eq!(
            read(dir.path(), "parlour.old.log"),
            "line 0996\nline 0997\nline 0998\n"
        );
        // The size of an existing file counts.
        let mut log = LogFile::open(dir.path(), 30).unwrap();
        for word in ["one", "two", "six"] {
            log.write_all(word.repeat(3).as_bytes()).unwrap();
        }
        assert_eq!(read(dir.path(), "parlour.log"), "sixsixsix");
    }

    #[test]
    fn a_log_that_cannot_be_rotated_stops_growing() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("parlour.old.log")).unwrap();
        let mut log = LogFile::open(dir.path(), 30).unwrap();
        for _ in 0..1000 {
            let _ = log.write_all(b"a line");
        }
        assert_eq!(read(dir.path(), "parlour.log"), "a line".repeat(5));
    }
}
