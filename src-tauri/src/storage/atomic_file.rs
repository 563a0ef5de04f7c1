//! Files and folders that only this person may read. A file is replaced as a whole or not at all.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Ends the names of files that are not complete yet.
const STAGED_SUFFIX: &str = ".new";

/// Replaces the file: after a crash at any moment it has the old or the new content, never a part. A link in its place
/// is replaced, not followed.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    write_with(path, |staged| staged.write_all(content))
}

/// As [`write`], with content that `fill` writes into the file at [`staged_path`].
pub(crate) fn write_with<E: From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    remove_staged(path)?;
    let staged = staged_path(path);
    let replaced = stage(&staged, fill).and_then(|()| Ok(fs::rename(&staged, path)?));
    if replaced.is_err() {
        // The first error is the one to report.
        let _ = remove_if_there(&staged);
    } else if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        // Without it a power failure may bring back the old file, which is whole too.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    replaced
}

/// Where this process writes the content before it replaces the file. Another process with the same profile has another
/// path, so that neither publishes what the other has half written.
pub(crate) fn staged_path(path: &Path) -> PathBuf {
    let mut name = staged_prefix(path);
    name.push(std::process::id().to_string());
    name.push(STAGED_SUFFIX);
    path.with_file_name(name)
}

/// Removes the file and what a crash has left of writing it. A file that is not there is no error.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    remove_if_there(path)?;
    remove_staged(path)
}

/// Removes what a crash has left of writing the file.
pub(crate) fn remove_staged(path: &Path) -> io::Result<()> {
    let prefix = staged_prefix(path);
    let folder = match fs::read_dir(path.parent().unwrap_or(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        folder => folder?,
    };
    for entry in folder {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(prefix.as_encoded_bytes()) && name.ends_with(STAGED_SUFFIX.as_bytes()) {
            remove_if_there(&entry.path())?;
        }
    }
    Ok(())
}

/// Options for a file that only this person may read.
pub(crate) fn private_options() -> OpenOptions {
    #[allow(unused_mut)]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes the folder and its parents for this person alone. Folders that are there already keep their permissions.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// As [`create_folder`], and closes a folder to others that is there already.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    create_folder(path)?;
    restrict(path, 0o700)
}

/// Closes a file to others.
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    restrict(path, 0o600)
}

#[cfg_attr(not(unix), allow(unused_variables, clippy::unnecessary_wraps))]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))?;
    Ok(())
}

fn stage<E: From<io::Error>>(
    staged: &Path,
    fill: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    let mut file = private_options()
        .write(true)
        .create_new(true)
        .open(staged)?;
    fill(&mut file)?;
    // Otherwise a power failure could keep the new name and lose the content.
    Ok(file.sync_all()?)
}

fn staged_prefix(path: &Path) -> OsString {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn a_file_is_replaced_and_removed() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("f.json");
        write(&path, b"first and longer").unwrap();
        write(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(names(temp.path()), ["f.json"]);
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert_eq!(names(temp.path()), [""; 0]);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("f.json");
        write(&path, b"old").unwrap();
        let failed = write_with(&path, |staged| {
            staged.write_all(b"ne")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(temp.path()), ["f.json"]);
    }

    #[test]
    fn leftovers_of_a_crash_are_removed() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("f.json");
        let leave = || {
            for name in ["f.json.1.new", "f.json.new", "g.json.1.new", "f.json.1"] {
                fs::write(temp.path().join(name), b"ne").unwrap();
            }
        };
        let others_stay = || {
            let mut names = names(temp.path());
            names.retain(|name| name != "f.json");
            names.sort();
            names == ["f.json.1", "g.json.1.new"]
        };
        leave();
        write(&path, b"new").unwrap();
        assert!(others_stay());
        leave();
        remove(&path).unwrap();
        assert!(others_stay() && !path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn others_can_read_nothing() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;

        let temp = tempfile::tempdir().unwrap();
        let inside = temp.path().join("a/b");
        create_private_folder(&inside).unwrap();
        assert_eq!(
            (mode(&inside), mode(inside.parent().unwrap())),
            (0o700, 0o700)
        );
        fs::set_permissions(&inside, fs::Permissions::from_mode(0o755)).unwrap();
        create_folder(&inside).unwrap();
        assert_eq!(mode(&inside), 0o755);
        create_private_folder(&inside).unwrap();
        assert_eq!(mode(&inside), 0o700);
        write(&inside.join("f"), b"1").unwrap();
        assert_eq!(mode(&inside.join("f")), 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_replaced_and_not_followed() {
        let temp = tempfile::tempdir().unwrap();
        let (target, path) = (temp.path().join("target"), temp.path().join("f"));
        fs::write(&target, "old").unwrap();
        for link in [&path, &staged_path(&path)] {
            std::os::unix::fs::symlink(&target, link).unwrap();
        }
        write(&path, b"secret").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        assert!(!path.is_symlink());
        remove(&path).unwrap();
        assert!(target.exists());
    }
}
