//! The folders of a browser: its profile, and the folder of the redirect file.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::discovery::{Confinement, Family};
use super::launch::Program;
use super::{chromium, discovery, firefox};
use crate::storage::atomic_file;

/// Files in the profile of Chromium and of Firefox.
const SHARED_PROFILE_FILES: [&str; 2] = ["Local State", "prefs.js"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BrowserFolders {
    pub(super) profile: PathBuf,
    pub(super) redirect: PathBuf,
}

/// Files and folders of a browser's profile whose names begin with one of the prefixes.
pub(super) struct Leftovers {
    /// Inside of the profile.
    pub(super) folder: &'static str,
    pub(super) prefixes: &'static [&'static str],
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
            // A browser does not open the profile of another one, or of a newer version of itself.
            profile: base.join("browser").join(folder_name(program.name())),
            redirect: base.join("door"),
        }
    }

    /// Creates the folders, and grants camera and microphone to the page of this origin.
    pub(super) fn prepare(&self, program: &Program, origin: &str) -> io::Result<()> {
        atomic_file::create_private_folder(&self.redirect)?;
        if let Some(folder) = self.profile.parent()
            && let Err(error) = remove_shared_profile(folder)
        {
            tracing::warn!(%error, "the browser's profile of an older version could not be removed");
        }
        if let Program::Found(browser) = program {
            atomic_file::create_private_folder(&self.profile)?;
            match browser.family {
                Family::Chromium => chromium::write_preferences(&self.profile, origin)?,
                Family::Firefox => firefox::write_preferences(&self.profile, origin)?,
            }
        }
        Ok(())
    }

    /// Removes the lock of a browser that does not run any more.
    #[cfg_attr(
        not(unix),
        expect(unused_variables, reason = "Windows frees a lock itself")
    )]
    pub(super) fn remove_stale_lock(&self, program: &Program) {
        #[cfg(unix)]
        if let Program::Found(browser) = program {
            let own_pids = !matches!(browser.confinement, Confinement::Flatpak(_));
            super::stale_lock::remove(&self.profile, browser.family, own_pids);
        }
    }

    /// Removes what the browser has written about calls, for example its history and crash dumps.
    pub(super) fn remove_leftovers(&self, program: &Program) {
        let Program::Found(browser) = program else {
            return;
        };
        let leftovers = match browser.family {
            Family::Chromium => chromium::LEFTOVERS,
            Family::Firefox => firefox::LEFTOVERS,
        };
        for Leftovers { folder, prefixes } in leftovers {
            if let Err(error) = remove(&self.profile.join(folder), prefixes) {
                tracing::warn!(%error, folder, "a browser's files about calls could not be removed");
            }
        }
    }
}

pub(super) fn file_url(path: &Path) -> io::Result<String> {
    tauri::Url::from_file_path(path)
        .map(String::from)
        .map_err(|()| io::Error::other("the profile's folder is not absolute"))
}

/// Removes the one profile that all browsers had in this folder before each had its own. It tells of calls.
fn remove_shared_profile(folder: &Path) -> io::Result<()> {
    let is_profile = SHARED_PROFILE_FILES
        .iter()
        .any(|name| folder.join(name).exists());
    if !is_profile {
        return Ok(());
    }
    let own: Vec<String> = discovery::names().map(folder_name).collect();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if own.iter().any(|name| entry.file_name() == name.as_str()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn remove(folder: &Path, prefixes: &[&str]) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    let mut first_error = Ok(());
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !prefixes.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        let removed = if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())
        } else {
            std::fs::remove_file(entry.path())
        };
        first_error = first_error.and(removed);
    }
    first_error
}

/// The browser's name in letters that every file system takes.
fn folder_name(name: &str) -> String {
    let letter = |c: char| match c {
        'A'..='Z' | 'a'..='z' | '0'..='9' => c.to_ascii_lowercase(),
        _ => '-',
    };
    name.chars().map(letter).collect()
}

/// Keeps apart the profiles that several profiles of the app have in one confined browser.
fn hash_of(profile: &Path) -> String {
    let hash = Sha256::digest(profile.as_os_str().as_encoded_bytes());
    hash.iter().take(6).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::discovery::Browser;
    use super::*;

    fn browser(family: Family, confinement: Confinement) -> Program {
        Program::Found(Browser {
            name: "Browser".to_owned(),
            family,
            path: "/usr/bin/browser".into(),
            confinement,
        })
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
    fn each_browser_has_a_profile_of_its_own() {
        let folder = |name: &str| {
            let browser = Browser {
                name: name.to_owned(),
                family: Family::Chromium,
                path: "/usr/bin/browser".into(),
                confinement: Confinement::None,
            };
            let folders =
                BrowserFolders::new(&Program::Found(browser), Path::new("/p"), Path::new("/h"));
            folders.profile.to_str().unwrap().to_owned()
        };
        assert_eq!(folder("Chromium"), "/p/browser/chromium");
        assert_eq!(folder("Google Chrome"), "/p/browser/google-chrome");
    }

    #[test]
    fn the_profile_that_browsers_shared_before_is_removed_once() {
        let temp = tempfile::tempdir().unwrap();
        let program = browser(Family::Chromium, Confinement::None);
        let folders = BrowserFolders::new(&program, temp.path(), temp.path());
        let shared = temp.path().join("browser");
        let kept = shared.join("google-chrome/Default/Preferences");
        let old = ["Local State", "Default/History", "SingletonLock"].map(|name| shared.join(name));
        for file in old.iter().chain([&kept]) {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "x").unwrap();
        }
        folders.prepare(&program, "http://127.0.0.1:1").unwrap();
        assert!(old.iter().all(|file| !file.exists()));
        assert!(kept.exists() && folders.profile.is_dir());
        // Afterwards the folder is as any other.
        folders.prepare(&program, "http://127.0.0.1:1").unwrap();
        assert!(kept.exists() && folders.profile.is_dir());
    }

    #[test]
    fn only_what_tells_of_calls_is_removed() {
        for (family, gone, kept) in [
            (
                Family::Chromium,
                ["Default/History-journal", "Default/Sessions/Apps_1"],
                ["Default/Preferences", "Default/Local Storage/a"],
            ),
            (
                Family::Firefox,
                ["places.sqlite-wal", "sessionstore-backups/recovery.jsonlz4"],
                ["user.js", "storage/a"],
            ),
        ] {
            let temp = tempfile::tempdir().unwrap();
            let program = browser(family, Confinement::None);
            let folders = BrowserFolders::new(&program, temp.path(), temp.path());
            // Nothing is there yet.
            folders.remove_leftovers(&program);
            let files = |names: [&str; 2]| names.map(|name| folders.profile.join(name));
            for file in [files(gone), files(kept)].concat() {
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(file, "x").unwrap();
            }
            folders.remove_leftovers(&program);
            assert!(files(gone).iter().all(|file| !file.exists()));
            assert!(files(kept).iter().all(|file| file.exists()));
        }
    }
}
