//! `cargo xtask test-package`: installs the `.deb` with apt, opens links with it, and removes it again.

mod leftovers;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{bundle, demo};
use crate::setup::{apt, requirements};
use crate::{build, paths, playwright, process, setup};

/// The name of the Debian package.
const PACKAGE: &str = "parlour";

pub(crate) fn run() -> Result<()> {
    if let Some(reason) = unsupported_reason() {
        bail!("{reason}");
    }
    setup::prepare(requirements::E2E, &[paths::ui(), paths::e2e()])?;
    build::ui()?;
    build::app()?;
    check()
}

/// Why no package can be installed on this system, if so.
pub(crate) fn unsupported_reason() -> Option<&'static str> {
    demo::unsupported_reason().or_else(|| {
        if !apt::is_available() {
            Some("this system has no apt")
        } else if !apt::needs_no_password() {
            Some("installing a package needs root, or sudo without a password")
        } else {
            None
        }
    })
}

/// Installs the built app, opens links with it, removes it, and looks for leftovers.
pub(crate) fn check() -> Result<()> {
    setup::install(&[requirements::LINK_OPENER])?;
    if is_installed() {
        bail!("Parlour is installed already: the test would remove it");
    }
    let package = pack()?;
    let homes = empty_folder("homes")?;
    apt::install_file(&package)?;
    let files = leftovers::files_of(PACKAGE);
    let outcome = open_links(&homes);
    // Before the outcome counts: a failed test leaves no package installed.
    apt::remove(PACKAGE)?;
    outcome?;
    leftovers::check_system(&files?)?;
    leftovers::check_homes(&homes)
}

fn is_installed() -> bool {
    process::output(process::program("dpkg-query").args([
        "--show",
        "--showformat=${db:Status-Status}",
        PACKAGE,
    ]))
    .is_some_and(|status| status == "installed")
}

/// Packs the app that is built already: `tauri build` would compile it again, with other features. It packs a copy, because
/// packing writes into the binary, which may be running.
fn pack() -> Result<PathBuf> {
    let target = empty_folder("build")?;
    let binary = target.join("debug").join(PACKAGE);
    fs::create_dir_all(target.join("debug"))?;
    fs::copy(paths::app()?, &binary).context("the app's binary cannot be copied")?;
    process::run(
        process::npm(&paths::ui())
            .current_dir(paths::root())
            .args(["exec", "--prefix", "ui", "--", "tauri", "bundle"])
            .args(["--debug", "--bundles", "deb"])
            // The Tauri CLI rejects values other than `true` and `false`.
            .env_remove("CI")
            .env("CARGO_TARGET_DIR", &target),
    )?;
    bundle::check_dependencies(&target.join("debug/bundle"))?;
    let packed = target.join("debug/bundle/deb");
    fs::read_dir(&packed)
        .with_context(|| format!("nothing was packed into {}", packed.display()))?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension() == Some(OsStr::new("deb")))
        .with_context(|| format!("there is no package in {}", packed.display()))
}

fn empty_folder(name: &str) -> Result<PathBuf> {
    let folder = paths::target("package").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

fn open_links(homes: &Path) -> Result<()> {
    playwright::run(
        &["--config", "package/playwright.config.mjs"],
        &[("PARLOUR_HOMES", homes.as_os_str())],
    )
}
