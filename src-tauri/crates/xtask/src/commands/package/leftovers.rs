//! What a package leaves behind when it is removed: a person's settings, and nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process;

/// The app's own folders in a home: settings, what the webview keeps, and its cache.
const KEPT: &[&str] = &[
    ".config/chat.parlour.app",
    ".local/share/chat.parlour.app",
    ".cache/chat.parlour.app",
];

/// Where desktops note which program opens which links.
const REGISTRIES: &[&str] = &[
    ".config/mimeapps.list",
    ".local/share/applications/mimeapps.list",
    ".local/share/applications/mimeinfo.cache",
];
const SYSTEM_REGISTRY: &str = "/usr/share/applications/mimeinfo.cache";
const SCHEME: &str = "x-scheme-handler/parlour";

/// All that belongs to an installed package, folders included.
pub(super) fn files_of(package: &str) -> Result<Vec<PathBuf>> {
    let list = process::output(process::program("dpkg").args(["--listfiles", package]))
        .with_context(|| format!("dpkg does not know {package}"))?;
    Ok(list.lines().map(PathBuf::from).collect())
}

/// Of the files of a package that was removed, only folders of others may be there.
pub(super) fn none_on_the_system(files: &[PathBuf]) -> Result<()> {
    for file in files.iter().filter(|file| file.symlink_metadata().is_ok()) {
        let owner = process::output(process::program("dpkg").arg("--search").arg(file));
        if owner.is_none() {
            bail!("{} is left after the removal", file.display());
        }
    }
    mentions_no_scheme(Path::new(SYSTEM_REGISTRY))
}

/// In none of these homes is anything but what is kept.
pub(super) fn none_at(homes: &Path) -> Result<()> {
    let mut used = 0;
    for home in entries(homes)? {
        let home = home.join("home");
        for name in REGISTRIES {
            mentions_no_scheme(&home.join(name))?;
        }
        if home.join(KEPT[0]).exists() {
            used += 1;
        }
        look_through(&home, &home)?;
    }
    if used == 0 {
        bail!("no home was used: there is nothing to look at");
    }
    Ok(())
}

fn look_through(folder: &Path, home: &Path) -> Result<()> {
    for path in entries(folder)? {
        if KEPT.iter().any(|kept| path == home.join(kept)) {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.to_lowercase().contains("parlour") {
            bail!("{} is left after the removal", path.display());
        }
        if path.symlink_metadata()?.is_dir() {
            look_through(&path, home)?;
        }
    }
    Ok(())
}

fn mentions_no_scheme(registry: &Path) -> Result<()> {
    if fs::read_to_string(registry).is_ok_and(|text| text.contains(SCHEME)) {
        bail!("{} still names a program for links", registry.display());
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

    /// A folder of homes with one home, and these files in it.
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
    fn settings_may_stay_and_what_others_keep_too() {
        let homes = homes(
            "kept",
            &[
                ".config/chat.parlour.app/settings.json",
                ".cache/chat.parlour.app/x/parlour",
                ".cache/mesa_shader_cache/index",
            ],
        );
        let outcome = none_at(&homes);
        fs::remove_dir_all(&homes).unwrap();
        outcome.unwrap();
    }

    #[test]
    fn a_registration_may_not_stay() {
        for (name, file) in [
            ("entry", ".local/share/applications/parlour-handler.desktop"),
            ("list", ".config/mimeapps.list"),
        ] {
            let homes = homes(name, &[".config/chat.parlour.app/settings.json", file]);
            let outcome = none_at(&homes);
            fs::remove_dir_all(&homes).unwrap();
            assert!(outcome.is_err(), "{file}");
        }
    }

    #[test]
    fn homes_that_nobody_used_show_nothing() {
        let homes = homes("unused", &[".profile"]);
        let outcome = none_at(&homes);
        fs::remove_dir_all(&homes).unwrap();
        assert!(outcome.is_err());
    }
}
