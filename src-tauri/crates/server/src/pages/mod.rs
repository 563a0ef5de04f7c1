//! The page for guests: the files of its build at `/guest/`, from memory.
//!
//! All files are read at the start. A request finds a file by its exact name or not at all, so no path of a request ever
//! reaches the file system.

mod file;
mod respond;

use std::collections::HashMap;
use std::path::Path;
use std::{fs, io};

use self::file::File;
pub(crate) use self::respond::{Response, empty, respond, text};

/// Bytes of a folder beyond which it is not the folder of a page.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The ending of the names of compressed files.
const BROTLI: &str = ".br";

/// The files of the page, by their path below `/guest/`.
#[derive(Debug)]
pub(crate) struct GuestPage {
    files: HashMap<String, File>,
}

/// Why a folder is not taken for the page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GuestPageError {
    #[error("cannot read {0}: {1}")]
    Io(String, io::Error),
    #[error("there is no index.html in {0}: is it the folder that `npm run build:guest` makes?")]
    NoIndex(String),
    #[error("more than 64 MiB are in {0}: is it the folder that `npm run build:guest` makes?")]
    TooLarge(String),
}

impl GuestPage {
    /// Reads the files of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, GuestPageError> {
        let shown = || folder.display().to_string();
        let mut contents = Vec::new();
        let mut folders = vec![(folder.to_owned(), String::new())];
        let mut bytes = 0;
        let failed = |path: &Path, error| GuestPageError::Io(path.display().to_string(), error);
        while let Some((folder, prefix)) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(|error| failed(&folder, error))? {
                let entry = entry.map_err(|error| failed(&folder, error))?;
                let path = entry.path();
                let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                    continue;
                };
                let kind = entry.file_type().map_err(|error| failed(&path, error))?;
                if name.starts_with('.') {
                    continue;
                }
                if kind.is_dir() {
                    folders.push((path, format!("{prefix}{name}/")));
                } else if kind.is_file() {
                    let content = fs::read(&path).map_err(|error| failed(&path, error))?;
                    bytes += content.len();
                    if bytes > MAX_BYTES {
                        return Err(GuestPageError::TooLarge(shown()));
                    }
                    contents.push((format!("{prefix}{name}"), content));
                }
            }
        }
        let page = Self::new(contents);
        if page.get("index.html").is_none() {
            return Err(GuestPageError::NoIndex(shown()));
        }
        Ok(page)
    }

    /// The page that was built into the program, if one was.
    pub(crate) fn embedded() -> Option<Self> {
        #[cfg(feature = "guest-page")]
        {
            use include_dir::{Dir, include_dir};
            static PAGE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../../ui/dist-guest");
            let mut contents = Vec::new();
            let mut folders = vec![&PAGE];
            while let Some(folder) = folders.pop() {
                folders.extend(folder.dirs());
                for file in folder.files() {
                    let path = file.path().to_string_lossy().replace('\\', "/");
                    contents.push((path, file.contents().to_vec()));
                }
            }
            Some(Self::new(contents))
        }
        #[cfg(not(feature = "guest-page"))]
        None
    }

    fn new(contents: Vec<(String, Vec<u8>)>) -> Self {
        let (compressed, plain): (Vec<_>, Vec<_>) = contents
            .into_iter()
            .partition(|(path, _)| path.ends_with(BROTLI));
        let mut compressed: HashMap<_, _> = compressed.into_iter().collect();
        let file = |(path, content): (String, Vec<u8>)| {
            let brotli = compressed.remove(&format!("{path}{BROTLI}"));
            let file = File::new(&path, content, brotli);
            (path, file)
        };
        let files = plain.into_iter().map(file).collect();
        Self { files }
    }

    /// The file at a path below `/guest/`.
    fn get(&self, path: &str) -> Option<&File> {
        self.files
            .get(if path.is_empty() { "index.html" } else { path })
    }
}
