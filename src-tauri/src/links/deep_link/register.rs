//! Registers a development build as the handler of `parlour:` links. A package registers the installed app.

use std::path::Path;

use tauri::{AppHandle, Runtime};
use tauri_plugin_deep_link::DeepLinkExt;

/// Registers this program, unless a package installed it: the entry would take precedence over the package's entry and
/// would stay when the package is removed.
pub(super) fn this_program<R: Runtime>(app: &AppHandle<R>) {
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    if is_installed(&program) {
        return;
    }
    if let Err(error) = app.deep_link().register_all() {
        tracing::debug!(%error, "links cannot be registered");
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = linux::unquote(app, &program) {
        tracing::debug!(%error, "the desktop entry cannot be changed");
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

    /// The plugin puts the program's path in quotation marks. Without a desktop environment, `xdg-open` treats them as
    /// a part of the path.
    pub(super) fn unquote<R: Runtime>(app: &AppHandle<R>, program: &Path) -> io::Result<()> {
        let data = app.path().data_dir().map_err(io::Error::other)?;
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let file = data.join(format!("applications/{name}-handler.desktop"));
        match unquoted(&std::fs::read_to_string(&file)?) {
            Some(entry) => std::fs::write(&file, entry),
            None => Ok(()),
        }
    }

    /// The entry without quotation marks, if it has some and the path needs none.
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
        fn quotation_marks_around_a_plain_path_are_removed() {
            let entry = "[Desktop Entry]\nExec=\"/src/target/debug/parlour\" %u\nNoDisplay=true\n";
            let plain = "[Desktop Entry]\nExec=/src/target/debug/parlour %u\nNoDisplay=true\n";
            assert_eq!(unquoted(entry).as_deref(), Some(plain));
            assert_eq!(unquoted(plain), None);
        }

        #[test]
        fn a_path_that_needs_quotation_marks_keeps_them() {
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
    fn a_build_in_a_home_folder_is_not_installed() {
        assert!(!is_installed(Path::new("/home/a/usr/target/debug/parlour")));
        assert_eq!(
            is_installed(Path::new("/usr/bin/parlour")),
            cfg!(target_os = "linux")
        );
    }
}
