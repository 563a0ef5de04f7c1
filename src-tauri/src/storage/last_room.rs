//! The room that the app is in, in a private file while it is in the room, so that one click leads back after a crash.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{fmt, io};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::storage::atomic_file;

const FILE: &str = "room.json";
/// An older room is over.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// Larger than the longest invite and name.
const MAX_BYTES: u64 = 16 * 1024;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRoom {
    /// It contains the secret of the room, so it is never printed.
    pub invite: String,
    /// The port if this computer hosted the room. The other members try to reconnect to it.
    pub port: Option<u16>,
    pub name: String,
    /// Whether the person had entered, not only joined the lobby.
    pub entered: bool,
    /// The peer id in the room, under which the other members still show this peer.
    #[serde(default)]
    pub me: String,
    /// The permits to open the room again, each with the endpoint of the server that gave it. Never printed.
    #[serde(default)]
    pub permits: BTreeMap<String, String>,
}

impl fmt::Debug for LastRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastRoom")
            .field("port", &self.port)
            .field("entered", &self.entered)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Debug)]
pub struct LastRoomFile {
    path: PathBuf,
}

impl LastRoomFile {
    #[must_use]
    pub fn new(profile: &Path) -> Self {
        Self {
            path: profile.join(FILE),
        }
    }

    /// The room that was not left, if there is one. An old or too large file is removed.
    #[must_use]
    pub fn read(&self) -> Option<LastRoom> {
        let about = std::fs::symlink_metadata(&self.path).ok()?;
        let age = SystemTime::now().duration_since(about.modified().ok()?);
        let is_recent = age.is_ok_and(|age| age < MAX_AGE);
        if !about.is_file() || about.len() > MAX_BYTES || !is_recent {
            self.remove();
            return None;
        }
        let text = Zeroizing::new(std::fs::read(&self.path).ok()?);
        serde_json::from_slice(&text).ok()
    }

    pub fn write(&self, room: &LastRoom) -> io::Result<()> {
        let text = Zeroizing::new(serde_json::to_vec(room)?);
        atomic_file::write(&self.path, &text)
    }

    pub fn remove(&self) {
        if let Err(error) = atomic_file::remove(&self.path) {
            tracing::warn!(%error, "the file of the last room cannot be removed");
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
            permits: BTreeMap::from([("parlour.example.org".into(), "PERMIT".into())]),
        }
    }

    #[test]
    fn a_room_is_kept_until_it_is_removed() {
        let temp = tempfile::tempdir().unwrap();
        let last_room = LastRoomFile::new(temp.path());
        assert_eq!(last_room.read(), None);
        last_room.write(&room()).unwrap();
        last_room.write(&room()).unwrap();
        assert_eq!(last_room.read(), Some(room()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(temp.path().join(FILE)).unwrap();
            assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        }
        last_room.remove();
        last_room.remove();
        assert_eq!(last_room.read(), None);
    }

    #[test]
    fn an_old_or_invalid_file_is_ignored() {
        let temp = tempfile::tempdir().unwrap();
        let last_room = LastRoomFile::new(temp.path());
        let path = temp.path().join(FILE);
        for text in ["", "{}", "[1]", "x"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(last_room.read(), None, "{text}");
        }
        std::fs::write(&path, vec![b' '; MAX_BYTES as usize + 1]).unwrap();
        assert_eq!(last_room.read(), None);
        assert!(!path.exists());
        last_room.write(&room()).unwrap();
        let old = SystemTime::now() - MAX_AGE;
        let opened = std::fs::File::options().write(true).open(&path).unwrap();
        opened.set_modified(old).unwrap();
        assert_eq!(last_room.read(), None);
        assert!(!path.exists(), "the secret must not stay on disk");
    }

    #[test]
    fn the_secret_is_not_printed() {
        let printed = format!("{:?}", room());
        assert!(!printed.contains("SECRET") && !printed.contains("PERMIT"));
    }
}
