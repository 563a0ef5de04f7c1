//! `cargo xtask fuzz`: the parsers of what strangers can send, with inputs from libFuzzer.

use std::fs;

use anyhow::{Context, Result};
use clap::Args;

use crate::setup::requirements;
use crate::{paths, process, setup};

const TARGETS: &[&str] = &["invite", "frame", "envelope"];

#[derive(Args)]
pub(crate) struct Options {
    /// Seconds that each target runs.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    setup::install(&[requirements::FUZZ])?;
    install_cargo_fuzz()?;
    let fuzz = paths::root().join("src-tauri/crates/signaling/fuzz");
    let cargo = |command: &str, target: &str| {
        let mut cargo = process::cargo();
        cargo
            .args(["fuzz", command, target, "--fuzz-dir"])
            .arg(&fuzz)
            .arg("--target-dir")
            .arg(paths::target("fuzz/build"))
            // A stable compiler accepts the sanitizer's flags only with this variable.
            .env("RUSTC_BOOTSTRAP", "1");
        cargo
    };
    for target in TARGETS {
        process::run(&mut cargo("build", target))?;
    }
    for target in TARGETS {
        println!("==> {target}");
        // New inputs go to the first folder. The corpus in the repository is selected by hand and only read.
        let new_inputs = paths::target("fuzz").join(target);
        fs::create_dir_all(&new_inputs)
            .with_context(|| format!("cannot make {}", new_inputs.display()))?;
        process::run(
            cargo("run", target)
                .arg(&new_inputs)
                .arg(fuzz.join("corpus").join(target))
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
