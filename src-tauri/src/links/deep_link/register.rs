//! The app as the handler of its links while it is developed. Installed, the package does that.

use std::path::Path;

use tauri::{AppHandle, Runtime};
use tauri_plugin_deep_link::DeepLinkExt;

/// Registers this program, unless it was installed: its own entry would come before the package's, and stay when the
/// package goes.
pub(super) fn this_program<R: Runtime>(app: &AppHandle<R>) {
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    if is_installed(&program) {
        return;
    }
    if let Err(error) = app.deep_link().register_all() {
        tracing::debug!(%error, "links are not registered");
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = linux::unquote(app, &program) {
        tracing::debug!(%error, "the desktop entry stays as it is");
    }
}

fn is_installed(program: &Path) -> bool {
    cfg!(target_os = "linux") && program.starts_with("/usr")
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::path::Path;

    use tauri::{AppHandle, Manager, Runtime};

    /// The plugin quotes the program's path. Without a desktop `xdg-open` takes the quotation marks for a part of it.
    pub(super) fn unquote<R: Runtime>(app: &AppHandle<R>, program: &Path) -> io::Result<()> {
        let data = app.path().data_dir().map_err(io::Error::other)?;
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let file = data.join(format!("applications/{name}-handler.desktop"));
        match unquoted(&std::fs::read_to_string(&file)?) {
            Some(entry) => std::fs::write(&file, entry),
            None => Ok(()),
        }
    }

    /// The entry without the quotation marks, if there are any and the path does as well without them.
    fn unquoted(entry: &str) -> Option<String> {
        let (before, exec) = entry.split_once("\nExec=\"")?;
        let (path, after) = exec.split_once('"')?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
        path.chars()
            .all(is_plain)
            .then(|| format!("{before}\nExec={path}{after}"))
    }

    #[cfg(test)]
    mod tests {
        use super::unquoted;

        #[test]
        fn a_plain_path_needs_no_quotation_marks() {
            let entry = "[Desktop Entry]\nExec=\"/src/target/debug/parlour\" %u\nNoDisplay=true\n";
            let plain = "[Desktop Entry]\nExec=/src/target/debug/parlour %u\nNoDisplay=true\n";
            assert_eq!(unquoted(entry).as_deref(), Some(plain));
            assert_eq!(unquoted(plain), None);
        }

        #[test]
        fn a_path_that_needs_them_keeps_them() {
            for path in ["/my src/parlour", "/a$b/parlour", "/a\\\"b/parlour", "/ä/p"] {
                assert_eq!(
                    unquoted(&format!("[Desktop Entry]\nExec=\"{path}\" %u\n")),
                    None
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_built_here_is_not_installed() {
        assert!(!is_installed(Path::new("/home/a/usr/target/debug/parlour")));
        assert_eq!(
            is_installed(Path::new("/usr/bin/parlour")),
            cfg!(target_os = "linux")
        );
    }
}
