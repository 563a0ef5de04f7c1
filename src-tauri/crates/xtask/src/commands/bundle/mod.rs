//! `cargo xtask bundle`: the installers of this system.

mod bare_root;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::setup::requirements;
use crate::{paths, process, setup};

#[derive(Args)]
pub(crate) struct Options {
    /// Kinds of installer, separated by commas.
    #[arg(long, default_value = default_kinds())]
    bundles: String,
    /// Without optimisation: quick, to look at the installer itself.
    #[arg(long)]
    debug: bool,
    /// Build the release .deb and .rpm in a fresh Debian root: proves that a bare machine can (Debian, root).
    #[arg(long, conflicts_with_all = ["bundles", "debug"])]
    bare_root: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.bare_root {
        bare_root::run()?;
        return Ok(());
    }
    setup::prepare(&[requirements::BUILD], &[paths::ui()])?;
    let mut tauri = process::npm(&paths::ui());
    // npm runs what belongs to ui/, but tauri.conf.json is in the root.
    tauri
        .current_dir(paths::root())
        .args(["exec", "--prefix", "ui", "--", "tauri", "build"])
        .args(["--bundles", &options.bundles])
        // The CLI takes no other value of it than `true` and `false`.
        .env_remove("CI");
    if options.debug {
        tauri.arg("--debug");
    }
    process::run(&mut tauri)?;
    let profile = if options.debug { "debug" } else { "release" };
    // Beside the folder of this program, whatever target folder cargo uses.
    let bundles = paths::app()?
        .with_file_name("..")
        .join(profile)
        .join("bundle");
    check_dependencies(&bundles)?;
    Ok(())
}

const fn default_kinds() -> &'static str {
    if cfg!(target_os = "macos") {
        "app,dmg"
    } else if cfg!(windows) {
        "nsis"
    } else {
        "deb,rpm"
    }
}

/// Fails when a Linux package depends on an appindicator library, which the tray does not use. The Tauri CLI adds the
/// dependency when the root manifest names the feature `tray-icon`, whatever the target.
pub(crate) fn check_dependencies(bundles: &Path) -> Result<()> {
    // The bundler leaves the control file of a .deb beside it. The header of an .rpm is not compressed.
    let debs = entries(&bundles.join("deb")).map(|path| path.join("control/control"));
    let rpms = entries(&bundles.join("rpm"));
    for file in debs.chain(rpms).filter(|path| path.is_file()) {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        if bytes.windows(12).any(|bytes| bytes == b"appindicator") {
            bail!("{} depends on an appindicator library", file.display());
        }
    }
    Ok(())
}

/// The entries of a folder; none when there is no such folder.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_depends_on_an_appindicator_library_is_refused() -> Result<()> {
        let bundles = std::env::temp_dir().join(format!("parlour-bundles-{}", std::process::id()));
        let control = bundles.join("deb/Parlour_0.1.0_amd64/control");
        fs::create_dir_all(&control)?;
        let depends = |list: &str| fs::write(control.join("control"), format!("Depends: {list}\n"));
        depends("libgtk-3-0, libdbus-1-3")?;
        let accepted = check_dependencies(&bundles);
        depends("libgtk-3-0, libayatana-appindicator3-1")?;
        let refused = check_dependencies(&bundles);
        fs::remove_dir_all(&bundles)?;
        assert!(accepted.is_ok());
        assert!(refused.is_err());
        Ok(())
    }
}
