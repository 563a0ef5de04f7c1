//! Folders and files that only this person may read.

use std::io::{self, Write};
use std::path::Path;

/// Makes the folder and its parents. Only the last one is made private when it is there already.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Makes a file that is not there yet, also not as a link to somewhere else. One left from before is removed.
pub(crate) fn file(path: &Path, content: &[u8]) -> io::Result<()> {
    remove(path)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content)
}

/// Removes the file; one that is not there is no fault.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn others_read_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let inside = temp.path().join("a/b");
        folder(&inside).unwrap();
        assert_eq!(
            (mode(&inside), mode(inside.parent().unwrap())),
            (0o700, 0o700)
        );
        std::fs::set_permissions(&inside, std::fs::Permissions::from_mode(0o755)).unwrap();
        folder(&inside).unwrap();
        assert_eq!(mode(&inside), 0o700);
        file(&inside.join("f"), b"1").unwrap();
        assert_eq!(mode(&inside.join("f")), 0o600);
    }

    #[test]
    fn a_link_that_lies_in_wait_is_not_followed() {
        let temp = tempfile::tempdir().unwrap();
        let (target, path) = (temp.path().join("target"), temp.path().join("f"));
        std::fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();
        file(&path, b"secret").unwrap();
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "old");
        assert!(!path.is_symlink());
        remove(&path).unwrap();
        remove(&path).unwrap();
    }
}
