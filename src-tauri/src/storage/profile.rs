//! Where settings, the log and the call page's browser profile are kept.

use std::io;
use std::path::{Path, PathBuf};

/// The folder of one person's Parlour.
#[derive(Clone, Debug)]
pub struct Profile {
    dir: PathBuf,
    named: bool,
}

impl Profile {
    /// The folder of `--profile`, or else the app's own in the system's configuration folder. Made if missing, for
    /// this user alone.
    ///
    /// # Errors
    /// When there is no such folder and none can be made.
    pub fn open(asked: Option<&Path>, identifier: &str) -> io::Result<Self> {
        let dir = match asked {
            Some(dir) => std::path::absolute(dir)?,
            None => dirs::config_dir()
                .ok_or_else(|| io::Error::other("the system names no configuration folder"))?
                .join(identifier),
        };
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&dir)?;
        Ok(Self {
            dir,
            named: asked.is_some(),
        })
    }

    /// The folder, as an absolute path.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether it was named by `--profile`: such an instance runs beside others and is no handler of links.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.named
    }
}

/// Options that make a file which only this user reads.
#[must_use]
pub fn private_file() -> std::fs::OpenOptions {
    #[allow(unused_mut)]
    let mut options = std::fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
