//! `cargo xtask bench server`: what the server costs, beside a bare forwarder.

use std::env::consts::EXE_SUFFIX;
use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::{paths, process};

/// The server's own profile, but without link-time optimization.
const PROFILE: &str = "server-bench";

#[derive(Args)]
pub(super) struct Options {
    /// How often everything is measured.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
}

pub(super) fn run(options: &Options) -> Result<()> {
    let target = paths::target("");
    process::run(
        process::cargo()
            .args(["build", "--profile", PROFILE])
            .args(["--package", "parlour-server", "--package", "parlour-bench"])
            .arg("--target-dir")
            .arg(&target),
    )?;
    let program = |name: &str| target.join(PROFILE).join(format!("{name}{EXE_SUFFIX}"));
    process::run(
        Command::new(program("parlour-bench"))
            .arg("server")
            .arg(program("parlour-server"))
            .arg(format!("--rounds={}", options.rounds)),
    )
}
