//! Checks that a removed package leaves nothing but the settings of people.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process;

/// The app's folders in a home, which stay: settings, data of the webview, and its cache.
const KEPT: &[&str] = &[
    ".config/chat.parlour.app",
    ".local/share/chat.parlour.app",
    ".cache/chat.parlour.app",
];

/// The files where desktops register which program opens which links.
const REGISTRIES: &[&str] = &[
    ".config/mimeapps.list",
    ".local/share/applications/mimeapps.list",
    ".local/share/applications/mimeinfo.cache",
];
const SYSTEM_REGISTRY: &str = "/usr/share/applications/mimeinfo.cache";
const SCHEME: &str = "x-scheme-handler/parlour";

/// The files and folders of an installed package.
pub(super) fn files_of(package: &str) -> Result<Vec<PathBuf>> {
    let list = process::output(process::program("dpkg").args(["--listfiles", package]))
        .with_context(|| format!("dpkg does not know {package}"))?;
    Ok(list.lines().map(PathBuf::from).collect())
}

/// Of the files of a removed package, only folders may be left, and only if they also belong to other packages.
pub(super) fn check_system(files: &[PathBuf]) -> Result<()> {
    for file in files.iter().filter(|file| file.symlink_metadata().is_ok()) {
        let owner = process::output(process::program("dpkg").arg("--search").arg(file));
        if owner.is_none() {
            bail!("{} is left after the removal", file.display());
        }
    }
    check_registry(Path::new(SYSTEM_REGISTRY))
}

/// The homes may contain nothing of the app but its own folders.
pub(super) fn check_homes(homes: &Path) -> Result<()> {
    let mut is_used = false;
    for home in entries(homes)? {
        let home = home.join("home");
        for name in REGISTRIES {
            check_registry(&home.join(name))?;
        }
        is_used |= home.join(KEPT[0]).exists();
        check_folder(&home, &home)?;
    }
    if !is_used {
        bail!("the app has used none of the homes: the check would prove nothing");
    }
    Ok(())
}

fn check_folder(folder: &Path, home: &Path) -> Result<()> {
    for path in entries(folder)? {
        if KEPT.iter().any(|kept| path == home.join(kept)) {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.to_lowercase().contains("parlour") {
            bail!("{} is left after the removal", path.display());
        }
        if path.symlink_metadata()?.is_dir() {
            check_folder(&path, home)?;
        }
    }
    Ok(())
}

fn check_registry(registry: &Path) -> Result<()> {
    if fs::read_to_string(registry).is_ok_and(|text| text.contains(SCHEME)) {
        bail!("{} still registers a program for links", registry.display());
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A folder with one home that has these files.
    fn homes(name: &str, files: &[&str]) -> PathBuf {
        let homes = std::env::temp_dir().join(format!("parlour-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&homes);
        for file in files {
            let file = homes.join("one/home").join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, SCHEME).unwrap();
        }
        homes
    }

    #[test]
    fn accepts_settings_and_files_of_other_programs() {
        let homes = homes(
            "kept",
            &[
                ".config/chat.parlour.app/settings.json",
                ".cache/chat.parlour.app/x/parlour",
                ".cache/mesa_shader_cache/index",
            ],
        );
        let outcome = check_homes(&homes);
        fs::remove_dir_all(&homes).unwrap();
        outcome.unwrap();
    }

    #[test]
    fn rejects_registrations_for_links() {
        for (name, file) in [
            ("entry", ".local/share/applications/parlour-handler.desktop"),
            ("list", ".config/mimeapps.list"),
        ] {
            let homes = homes(name, &[".config/chat.parlour.app/settings.json", file]);
            let outcome = check_homes(&homes);
            fs::remove_dir_all(&homes).unwrap();
            assert!(outcome.is_err(), "{file}");
        }
    }

    #[test]
    fn rejects_homes_that_the_app_has_not_used() {
        let homes = homes("unused", &[".profile"]);
        let outcome = check_homes(&homes);
        fs::remove_dir_all(&homes).unwrap();
        assert!(outcome.is_err());
    }
}
