//! `cargo xtask test-package`: the `.deb`, installed by apt, opened by links, and removed again.

mod leftovers;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use super::{bundle, demo};
use crate::display::Display;
use crate::setup::{apt, browser, node, requirements};
use crate::{build, paths, process, setup};

/// What apt calls it.
const PACKAGE: &str = "parlour";

pub(crate) fn run() -> Result<ExitCode> {
    if let Some(reason) = obstacle() {
        bail!("{reason}");
    }
    node::node()?;
    setup::machine(&[
        requirements::BUILD,
        requirements::DRIVE,
        requirements::WINDOW,
        requirements::PAGES,
    ])?;
    node::packages(&paths::ui())?;
    node::packages(&paths::e2e())?;
    build::ui()?;
    build::app()?;
    check()?;
    Ok(ExitCode::SUCCESS)
}

/// Why no package can be installed here, if so.
pub(crate) fn obstacle() -> Option<&'static str> {
    demo::obstacle().or_else(|| {
        if !apt::is_here() {
            Some("this system has no apt")
        } else if !apt::asks_nobody() {
            Some("only root installs packages, or sudo without a password")
        } else {
            None
        }
    })
}

/// Installs what was built, tries it, removes it, and looks for what is left.
pub(crate) fn check() -> Result<()> {
    setup::machine(&[requirements::LINKS])?;
    if is_installed() {
        bail!("Parlour is installed here already: this would remove it");
    }
    let package = pack()?;
    // Homes that nobody has used.
    let homes = fresh("homes")?;
    apt::install_file(&package)?;
    let files = leftovers::files_of(PACKAGE);
    let opened = open_links(&homes);
    apt::remove(PACKAGE)?;
    opened?;
    leftovers::none_on_the_system(&files?)?;
    leftovers::none_at(&homes)
}

fn is_installed() -> bool {
    process::output(process::program("dpkg-query").args([
        "--show",
        "--showformat=${db:Status-Status}",
        PACKAGE,
    ]))
    .is_some_and(|status| status == "installed")
}

/// Packs the binary that is there: `tauri build` would compile it again, with other features. A copy of it, as packing
/// writes into the binary, which may be running.
fn pack() -> Result<PathBuf> {
    let target = fresh("build")?;
    let binary = target.join("debug").join(PACKAGE);
    fs::create_dir_all(target.join("debug"))?;
    fs::copy(paths::app()?, &binary).context("the app's binary cannot be copied")?;
    process::run(
        process::npm(&paths::ui())
            .current_dir(paths::root())
            .args(["exec", "--prefix", "ui", "--", "tauri", "bundle"])
            .args(["--debug", "--bundles", "deb"])
            // The CLI takes no other value of it than `true` and `false`.
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

/// An empty folder.
fn fresh(name: &str) -> Result<PathBuf> {
    let folder = paths::target("package").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

fn open_links(homes: &Path) -> Result<()> {
    let display = Display::own()?;
    let mut npm = display.program("npm");
    npm.current_dir(paths::e2e())
        .args(["exec", "--", "playwright", "test"])
        .args(["--config", "package/playwright.config.mjs"])
        .env("PARLOUR_APP", paths::app()?)
        .env("PARLOUR_HOMES", homes);
    browser::name_to(&mut npm);
    process::run(&mut npm)
}
