//! `cargo xtask fuzz`: the parsers of what strangers can send, with inputs from libFuzzer.

use std::fs;

use anyhow::{Context, Result};
use clap::Args;

use crate::setup::requirements;
use crate::{paths, process, setup};

/// The crate of each target, and the target.
const TARGETS: &[(&str, &str)] = &[
    ("signaling", "invite"),
    ("signaling", "frame"),
    ("signaling", "envelope"),
    ("turn", "turn"),
];

#[derive(Args)]
pub(crate) struct Options {
    /// Seconds that each target runs.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    setup::install(&[requirements::FUZZ])?;
    install_cargo_fuzz()?;
    let fuzz = |of: &str| paths::root().join("src-tauri/crates").join(of).join("fuzz");
    let cargo = |command: &str, of: &str, target: &str| {
        let mut cargo = process::cargo();
        cargo
            .args(["fuzz", command, target, "--fuzz-dir"])
            .arg(fuzz(of))
            .arg("--target-dir")
            .arg(paths::target("fuzz/build"))
            // A stable compiler accepts the sanitizer's flags only with this variable.
            .env("RUSTC_BOOTSTRAP", "1");
        cargo
    };
    for (of, target) in TARGETS {
        process::run(&mut cargo("build", of, target))?;
    }
    for (of, target) in TARGETS {
        println!("==> {target}");
        // New inputs go to the first folder. The corpus in the repository is selected by hand and only read.
        let new_inputs = paths::target("fuzz").join(target);
        fs::create_dir_all(&new_inputs)
            .with_context(|| format!("cannot make {}", new_inputs.display()))?;
        process::run(
            cargo("run", of, target)
                .arg(&new_inputs)
                .arg(fuzz(of).join("corpus").join(target))
                .arg("--")
                .arg(format!("-max_total_time={}", options.seconds))
                .args(["-print_final_stats=1", "-verbosity=0"]),
        )
        .with_context(|| format!("{target} has failed: add the input that fails to its corpus"))?;
    }
    Ok(())
}

fn install_cargo_fuzz() -> Result<()> {
    if process::output(process::cargo().args(["fuzz", "--version"])).is_some() {
        return Ok(());
    }
    println!("Installing cargo-fuzz");
    process::run(process::cargo().args(["install", "--locked", "cargo-fuzz"]))
        .context("cargo-fuzz is needed and could not be installed")
}
