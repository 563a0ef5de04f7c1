//! `cargo xtask check-platforms`: the workspace, type-checked for the systems that this one is not.

mod target;
mod toolchain;

use std::process::ExitCode;

use anyhow::Result;

use crate::setup::{node, requirements};
use crate::{build, paths, setup};

pub(crate) use target::{MACOS, Target, WINDOWS};

pub(crate) fn run() -> Result<ExitCode> {
    node::node()?;
    setup::machine(&[requirements::BUILD])?;
    node::packages(&paths::ui())?;
    build::ui()?;
    for target in [&WINDOWS, &MACOS] {
        println!("==> {}", target.name);
        match check(target)? {
            None => println!("<== {}: passed", target.name),
            Some(reason) => println!("<== {}: skipped: {reason}", target.name),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks the workspace for it, or says why that cannot be done here.
pub(crate) fn check(target: &Target) -> Result<Option<&'static str>> {
    if target.is_this_system() {
        return Ok(Some("this is it, everything else covers it"));
    }
    match toolchain::find(target) {
        Ok(toolchain) => toolchain.check(target).map(|()| None),
        Err(reason) => Ok(Some(reason)),
    }
}
