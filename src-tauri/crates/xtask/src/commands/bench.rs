//! `cargo xtask bench`: what the server costs, beside a bare forwarder.

use std::env::consts::EXE_SUFFIX;
use std::process::Command;

use anyhow::{Result, ensure};
use clap::{Args, Subcommand};

use crate::{paths, process};

const PROFILE: &str = "bench-server";

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// CPU and memory of parlour-server, as a table of Markdown (Linux).
    Server {
        /// How often everything is measured.
        #[arg(long, default_value_t = 5)]
        rounds: u32,
    },
}

pub(crate) fn run(options: &Options) -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "this needs the /proc of Linux");
    let What::Server { rounds } = options.what;
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
            .arg(format!("--rounds={rounds}")),
    )
}
