//! The folder with the account and the certificates of one authority.
//!
//! A file is written beside its place and then renamed, so that it is whole or the old one. A certificate and its key are
//! one file.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const ACCOUNT: &str = "account.json";

#[derive(Debug)]
pub(super) struct StateFolder(PathBuf);

impl StateFolder {
    /// Makes the folder of an authority, for its owner alone.
    pub(super) fn open(state: &Path, directory: &str) -> io::Result<Self> {
        let folder = state.join(name_of(directory));
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        }
        Ok(Self(folder))
    }

    pub(super) fn account(&self) -> io::Result<Option<Vec<u8>>> {
        self.read(ACCOUNT)
    }

    pub(super) fn set_account(&self, json: &[u8]) -> io::Result<()> {
        self.write(ACCOUNT, json)
    }

    /// Forgets the account, so that another one is made.
    pub(super) fn remove_account(&self) -> io::Result<()> {
        fs::remove_file(self.0.join(ACCOUNT))
    }

    /// The private key and the chain of a certificate, as PEM.
    pub(super) fn certificate(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.read(&format!("{name}.pem"))
    }

    pub(super) fn set_certificate(&self, name: &str, pem: &[u8]) -> io::Result<()> {
        self.write(&format!("{name}.pem"), pem)
    }

    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.0.join(name)) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let (path, new) = (self.0.join(name), self.0.join(format!("{name}.new")));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        // So that the name survives a loss of power too. Windows cannot open a folder.
        #[cfg(unix)]
        File::open(&self.0)?.sync_all()?;
        #[cfg(not(unix))]
        let _ = File::open(&self.0);
        Ok(())
    }
}

/// A name for the folder of an authority: certificates of a trial one are not taken for real ones.
fn name_of(directory: &str) -> String {
    let bare = directory.trim_start_matches("https://");
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') {
            c
        } else {
            '_'
        }
    };
    let name: String = bare.chars().map(plain).collect();
    name.trim_matches('.').to_owned()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn nobody_else_can_read_the_keys_and_a_file_is_replaced_whole() {
        let state = tempfile::tempdir().unwrap();
        let directory = "https://ca.example:14000/dir";
        let folder = StateFolder::open(&state.path().join("new"), directory).unwrap();
        assert_eq!(folder.certificate("a.example").unwrap(), None);
        for content in [b"one".as_slice(), b"2"] {
            folder.set_certificate("a.example", content).unwrap();
            assert_eq!(folder.certificate("a.example").unwrap().unwrap(), content);
        }
        let path = state.path().join("new/ca.example_14000_dir");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("a.example.pem")), 0o600);
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
    }
}
