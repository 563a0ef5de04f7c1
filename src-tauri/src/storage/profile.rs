//! The folder of settings, the log and the browser's profile for the call page.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;

use crate::storage::atomic_file;

/// Held by the app that uses the profile. The file stays: to remove it would be a race with the next start.
const LOCK_FILE: &str = "instance.lock";
/// Folders that a start with `sudo` may have left to root.
const SUBFOLDERS: [&str; 2] = ["browser", "door"];

/// The folder of one person's Parlour.
#[derive(Debug)]
pub struct Profile {
    /// The person's folder.
    home: PathBuf,
    named: bool,
    temp: PathBuf,
    trouble: Option<ProfileTrouble>,
    /// Takes the place of the person's folder while that one cannot be used.
    temporary: Option<TemporaryFolder>,
    /// Released by the system when the process ends.
    lock: Option<File>,
}

/// Why the person's folder is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileTrouble {
    NotWritable,
    /// Another process has locked it.
    InUse,
}

impl Profile {
    /// The folder of `--profile`, or the app's folder in the system's configuration folder. It is created for this user
    /// alone if it does not exist. If it cannot be written, a temporary folder takes its place.
    pub fn open(asked: Option<&Path>, identifier: &str) -> io::Result<Self> {
        let home = match asked {
            Some(dir) => std::path::absolute(dir)?,
            None => dirs::config_dir()
                .ok_or_else(|| io::Error::other("the system names no configuration folder"))?
                .join(identifier),
        };
        Ok(Self::of(home, asked.is_some(), std::env::temp_dir()))
    }

    /// `temp` is the folder of temporary folders.
    pub(crate) fn of(home: PathBuf, named: bool, temp: PathBuf) -> Self {
        let mut profile = Self {
            home,
            named,
            temp,
            trouble: None,
            temporary: None,
            lock: None,
        };
        if !is_usable(&profile.home) {
            profile.replace(ProfileTrouble::NotWritable);
        }
        profile
    }

    /// Locks the folder until the process ends. If another process has locked it, a temporary folder takes its place.
    /// A file system without locks is an error, and the folder is used all the same.
    pub fn lock(&mut self) -> io::Result<()> {
        if self.trouble.is_some() {
            return Ok(());
        }
        let file = atomic_file::private_options()
            .create(true)
            .append(true)
            .open(self.home.join(LOCK_FILE))?;
        match file.try_lock() {
            Ok(()) => self.lock = Some(file),
            Err(TryLockError::WouldBlock) => self.replace(ProfileTrouble::InUse),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(())
    }

    fn replace(&mut self, trouble: ProfileTrouble) {
        self.trouble = Some(trouble);
        self.temporary = TemporaryFolder::create(&self.temp).ok();
    }

    /// Where files are written, as an absolute path.
    #[must_use]
    pub fn dir(&self) -> &Path {
        match &self.temporary {
            Some(temporary) => &temporary.0,
            None => &self.home,
        }
    }

    /// The person's folder, as an absolute path, also while it is not used.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Whether `--profile` names it. Such an instance does not register as the handler of links.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.named
    }

    /// Whether there is a folder that can be written: the person's, or a temporary one. A call needs one.
    #[must_use]
    pub fn has_folder(&self) -> bool {
        self.trouble.is_none() || self.temporary.is_some()
    }

    #[must_use]
    pub fn trouble(&self) -> Option<ProfileTrouble> {
        self.trouble
    }
}

/// Whether files can be made in the folder, and in those of its folders that are there already.
fn is_usable(home: &Path) -> bool {
    let folders = SUBFOLDERS.map(|name| home.join(name));
    let there = folders.iter().filter(|folder| folder.exists());
    atomic_file::create_folder(home).is_ok()
        && std::iter::once(&home.to_path_buf())
            .chain(there)
            .all(|folder| is_writable(folder))
}

fn is_writable(folder: &Path) -> bool {
    let probe = folder.join(format!("probe.{}.new", std::process::id()));
    let made = OpenOptions::new().write(true).create_new(true).open(&probe);
    made.is_ok() && fs::remove_file(probe).is_ok()
}

/// Removed with what is in it when the app ends.
#[derive(Debug)]
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// The name cannot be guessed, so that nobody else can have made it before.
    fn create(temp: &Path) -> io::Result<Self> {
        let mut name = [0; 16];
        getrandom::fill(&mut name)?;
        let path = temp.join(format!("parlour-{}", HEXLOWER.encode(&name)));
        atomic_file::create_private_folder(&path)?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "the temporary folder cannot be removed");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn open(dir: &Path) -> Profile {
        let mut profile = Profile::open(Some(dir), "unused").unwrap();
        profile.lock().unwrap();
        profile
    }

    #[test]
    fn two_apps_do_not_use_one_folder() {
        let temp = tempfile::tempdir().unwrap();
        let first = open(temp.path());
        assert_eq!((first.dir(), first.trouble()), (temp.path(), None));
        let second = open(temp.path());
        assert_eq!(second.trouble(), Some(ProfileTrouble::InUse));
        assert_eq!(second.home(), temp.path());
        assert_ne!(second.dir(), temp.path());
        let temporary = second.dir().to_owned();
        assert!(temporary.is_dir());
        drop((first, second));
        assert!(!temporary.exists());
        assert_eq!(
            open(temp.path()).trouble(),
            None,
            "after the first has ended"
        );
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_replaced_by_a_temporary_one() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("file");
        fs::write(&file, "no folder").unwrap();
        let profile = open(&file.join("profile"));
        assert_eq!(profile.trouble(), Some(ProfileTrouble::NotWritable));
        assert!(is_writable(profile.dir()));
    }
}
