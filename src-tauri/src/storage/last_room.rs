//! The room one is in, kept in a private file while one is in it: after a crash one click leads back.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{fmt, io};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::storage::atomic_file;

const FILE: &str = "room.json";
/// A room of longer ago is over.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// More than the longest invite and name need.
const MAX_BYTES: u64 = 16 * 1024;

/// What leads back into a room.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRoom {
    /// With the room's secret: never printed.
    pub invite: String,
    /// The port, when the room was hosted by this computer: the others look for it there.
    pub port: Option<u16>,
    /// One's name in it.
    pub name: String,
    /// Whether one had entered.
    pub entered: bool,
    /// One's peer id in it, which the others miss.
    #[serde(default)]
    pub me: String,
}

impl fmt::Debug for LastRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastRoom")
            .field("port", &self.port)
            .field("entered", &self.entered)
            .finish_non_exhaustive()
    }
}

/// Where the room is noted.
#[derive(Clone, Debug)]
pub struct RoomNote {
    path: PathBuf,
}

impl RoomNote {
    /// In the profile's folder.
    #[must_use]
    pub fn new(profile: &Path) -> Self {
        Self {
            path: profile.join(FILE),
        }
    }

    /// The room that was not left, if there is one.
    #[must_use]
    pub fn read(&self) -> Option<LastRoom> {
        let about = std::fs::symlink_metadata(&self.path).ok()?;
        let age = SystemTime::now().duration_since(about.modified().ok()?);
        let is_recent = age.is_ok_and(|age| age < MAX_AGE);
        if !about.is_file() || about.len() > MAX_BYTES || !is_recent {
            self.forget();
            return None;
        }
        let text = Zeroizing::new(std::fs::read(&self.path).ok()?);
        serde_json::from_slice(&text).ok()
    }

    /// Notes the room, for this user alone.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, room: &LastRoom) -> io::Result<()> {
        let text = Zeroizing::new(serde_json::to_vec(room)?);
        atomic_file::write(&self.path, &text)
    }

    /// The room was left.
    pub fn forget(&self) {
        if let Err(error) = atomic_file::remove(&self.path) {
            tracing::warn!(%error, "the note of the room could not be removed");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn room() -> LastRoom {
        LastRoom {
            invite: "parlour://join/192.0.2.1/SECRET".into(),
            port: Some(18_420),
            name: "Mei".into(),
            entered: true,
            me: "me".into(),
        }
    }

    #[test]
    fn a_room_is_noted_until_it_is_left() {
        let temp = tempfile::tempdir().unwrap();
        let note = RoomNote::new(temp.path());
        assert_eq!(note.read(), None);
        note.write(&room()).unwrap();
        note.write(&room()).unwrap();
        assert_eq!(note.read(), Some(room()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(temp.path().join(FILE)).unwrap();
            assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        }
        note.forget();
        note.forget();
        assert_eq!(note.read(), None);
    }

    #[test]
    fn what_is_old_or_no_note_leads_nowhere() {
        let temp = tempfile::tempdir().unwrap();
        let note = RoomNote::new(temp.path());
        let path = temp.path().join(FILE);
        for text in ["", "{}", "[1]", "x"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(note.read(), None, "{text}");
        }
        std::fs::write(&path, vec![b' '; MAX_BYTES as usize + 1]).unwrap();
        assert_eq!(note.read(), None);
        assert!(!path.exists());
        note.write(&room()).unwrap();
        let old = SystemTime::now() - MAX_AGE;
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(old).unwrap();
        assert_eq!(note.read(), None);
        assert!(!path.exists(), "a secret is not kept without need");
    }

    #[test]
    fn the_secret_is_not_printed() {
        assert!(!format!("{:?}", room()).contains("SECRET"));
    }
}
