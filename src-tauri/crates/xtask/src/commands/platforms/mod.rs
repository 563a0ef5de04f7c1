//! `cargo xtask check-platforms`: type-checks the workspace for systems other than this one.

use std::env;

use anyhow::{Context, Result};

use crate::setup::requirements::{self, Requirement};
use crate::setup::toolchain::{self, Toolchain};
use crate::{build, paths, process, setup};

/// The folder of the scripts in place of a C compiler and an archiver for the target.
const STUBS: &str = "src-tauri/crates/xtask/src/commands/platforms";

/// A system to check for.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    triple: &'static str,
    /// As in [`env::consts::OS`].
    os: &'static str,
    /// The programs that the check needs besides a Rust compiler.
    requirements: &'static [Requirement],
    /// Whether the C parts of crates are compiled. Otherwise they are left empty, which a check does not notice.
    has_c_compiler: bool,
}

/// With the C compiler of MinGW, which also compiles the resources.
pub(crate) const WINDOWS: Target = Target {
    name: "Windows",
    triple: "x86_64-pc-windows-gnu",
    os: "windows",
    requirements: requirements::MINGW,
    has_c_compiler: true,
};

/// Other systems have no C compiler for macOS.
pub(crate) const MACOS: Target = Target {
    name: "macOS",
    triple: "aarch64-apple-darwin",
    os: "macos",
    requirements: &[],
    has_c_compiler: false,
};

pub(crate) fn run() -> Result<()> {
    setup::prepare(&[requirements::BUILD], &[paths::ui()])?;
    build::ui()?;
    for target in [&WINDOWS, &MACOS] {
        println!("==> {}", target.name);
        match check(target)? {
            None => println!("<== {}: passed", target.name),
            Some(reason) => println!("<== {}: skipped: {reason}", target.name),
        }
    }
    Ok(())
}

/// Type-checks the workspace for a target, or returns the reason why this is skipped.
pub(crate) fn check(target: &Target) -> Result<Option<&'static str>> {
    if env::consts::OS == target.os {
        return Ok(Some("this is that system: all other steps cover it"));
    }
    if !setup::try_install(target.requirements) {
        return Ok(Some("its C compiler is not installed"));
    }
    match toolchain::find(target.triple) {
        Ok(toolchain) => check_with(toolchain, target).map(|()| None),
        Err(reason) => Ok(Some(reason)),
    }
}

/// All targets use one folder, so that they share build scripts and macros.
fn check_with(toolchain: Toolchain, target: &Target) -> Result<()> {
    let mut cargo = toolchain.cargo("check", target.triple);
    cargo
        .arg("--workspace")
        .args(build::FEATURES)
        .arg("--target-dir")
        .arg(paths::target("platforms"));
    if !target.has_c_compiler {
        let suffix = target.triple.replace('-', "_");
        let stubs = paths::root().join(STUBS);
        cargo
            .env(format!("CC_{suffix}"), stubs.join("cc-stub.sh"))
            .env(format!("AR_{suffix}"), stubs.join("ar-stub.sh"));
    }
    process::run(&mut cargo).with_context(|| format!("the check for {} failed", target.name))
}
