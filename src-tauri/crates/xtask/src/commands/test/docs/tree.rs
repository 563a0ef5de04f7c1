//! The files of the repository, and paths among them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{paths, process};

pub(super) struct Tree {
    root: PathBuf,
    files: BTreeSet<String>,
    folders: BTreeSet<String>,
}

impl Tree {
    /// All files that are tracked or could be: a new file counts before it is added.
    pub(super) fn of_repository() -> Result<Self> {
        let mut git = process::program("git");
        git.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        let list = process::output(&mut git).context("git cannot list the files")?;
        let root = paths::root();
        let files = list
            .split('\0')
            .filter(|file| root.join(file).is_file())
            .map(str::to_owned);
        Ok(Self::new(root.clone(), files))
    }

    pub(super) fn new(root: PathBuf, files: impl Iterator<Item = String>) -> Self {
        let files: BTreeSet<String> = files.collect();
        let folders = files
            .iter()
            .flat_map(|file| {
                file.match_indices('/')
                    .map(|(end, _)| file[..end].to_owned())
            })
            .collect();
        Self {
            root,
            files,
            folders,
        }
    }

    pub(super) fn files_with_extension<'a>(
        &'a self,
        extension: &'a str,
    ) -> impl Iterator<Item = &'a str> {
        let has_extension = move |file: &&String| {
            file.rsplit_once('.')
                .is_some_and(|(_, end)| end == extension)
        };
        self.files.iter().filter(has_extension).map(String::as_str)
    }

    pub(super) fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.root.join(file)).with_context(|| format!("cannot read {file}"))
    }

    /// Whether there is such a file or folder; the root has no name.
    pub(super) fn contains(&self, path: &str) -> bool {
        path.is_empty() || self.files.contains(path) || self.folders.contains(path)
    }

    /// As [`Self::contains`], with `*` for any part of a path.
    pub(super) fn matches(&self, pattern: &str) -> bool {
        self.contains(pattern)
            || (pattern.contains('*') && self.files.iter().any(|file| glob(pattern, file)))
    }

    /// Whether a file or folder anywhere has this name.
    pub(super) fn has_name(&self, pattern: &str) -> bool {
        self.has_folder_named(pattern) || self.files.iter().any(|file| glob(pattern, name(file)))
    }

    /// Whether a file in any folder has this path.
    pub(super) fn has_end(&self, path: &str) -> bool {
        self.files.iter().any(|file| {
            file.strip_suffix(path)
                .is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
        })
    }

    pub(super) fn has_folder_named(&self, wanted: &str) -> bool {
        self.folders.iter().any(|folder| name(folder) == wanted)
    }
}

/// The folder of a file; nothing for one at the root.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The path from the root, or nothing where it leads out of it.
pub(super) fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn glob(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((before, after)) => path.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).any(|end| rest.is_char_boundary(end) && glob(after, &rest[end..]))
        }),
    }
}
