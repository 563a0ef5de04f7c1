//! The folder of settings, the log and the browser's profile for the call page.

use std::io;
use std::path::{Path, PathBuf};

use crate::storage::atomic_file;

/// The folder of one person's Parlour.
#[derive(Clone, Debug)]
pub struct Profile {
    dir: PathBuf,
    named: bool,
}

impl Profile {
    /// The folder of `--profile`, or the app's folder in the system's configuration folder. It is created for this user
    /// alone if it does not exist.
    pub fn open(asked: Option<&Path>, identifier: &str) -> io::Result<Self> {
        let dir = match asked {
            Some(dir) => std::path::absolute(dir)?,
            None => dirs::config_dir()
                .ok_or_else(|| io::Error::other("the system names no configuration folder"))?
                .join(identifier),
        };
        atomic_file::create_folder(&dir)?;
        Ok(Self {
            dir,
            named: asked.is_some(),
        })
    }

    /// An absolute path.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether `--profile` names it. Such an instance runs beside others and does not handle links.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.named
    }
}
