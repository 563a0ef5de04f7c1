//! `cargo xtask check-platforms`: type-checks the workspace for systems other than this one.

mod toolchain;

use std::env;

use anyhow::Result;

use crate::setup::requirements::{self, Requirement};
use crate::{build, paths, setup};

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
    match toolchain::find(target) {
        Ok(toolchain) => toolchain.check(target).map(|()| None),
        Err(reason) => Ok(Some(reason)),
    }
}
