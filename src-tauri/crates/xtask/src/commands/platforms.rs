//! `cargo xtask check-platforms`: the workspace, type-checked for the systems that this one is not.

mod target;
mod toolchain;

use std::process::ExitCode;

use anyhow::Result;

use crate::setup::{needs, node};
use crate::{build, house, setup};

pub(crate) use target::TARGETS;

pub(crate) fn run() -> Result<ExitCode> {
    node::node()?;
    setup::machine(&[needs::BUILD])?;
    node::packages(&house::ui())?;
    build::ui()?;
    for line in check()? {
        println!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks every target that there is a compiler for; a line for each that there is none for.
pub(crate) fn check() -> Result<Vec<String>> {
    let mut skipped = Vec::new();
    for target in TARGETS {
        if target.is_this_system() {
            continue;
        }
        println!("Checking for {}", target.name);
        match toolchain::find(target) {
            Ok(toolchain) => toolchain.check(target)?,
            Err(reason) => skipped.push(format!("skipped: {} ({reason})", target.name)),
        }
    }
    Ok(skipped)
}
