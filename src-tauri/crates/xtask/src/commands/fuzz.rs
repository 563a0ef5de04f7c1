//! `cargo xtask fuzz`: what strangers can send, made up by libFuzzer.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use crate::setup::requirements;
use crate::{paths, process, setup};

const TARGETS: &[&str] = &["invite", "frame", "envelope"];

#[derive(Args)]
pub(crate) struct Options {
    /// How long each target runs.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    setup::machine(&[requirements::FUZZ])?;
    cargo_fuzz()?;
    let fuzz = paths::root().join("src-tauri/crates/signaling/fuzz");
    let cargo = |command: &str, target: &str| {
        let mut cargo = process::cargo();
        cargo
            .args(["fuzz", command, target, "--fuzz-dir"])
            .arg(&fuzz)
            .arg("--target-dir")
            .arg(paths::target("fuzz/build"))
            // The sanitizer's flags are a nightly compiler's, or those of a stable one told so.
            .env("RUSTC_BOOTSTRAP", "1");
        cargo
    };
    for target in TARGETS {
        process::run(&mut cargo("build", target))?;
    }
    for target in TARGETS {
        println!("==> {target}");
        // What it finds is its own; the corpus in the repository is picked by hand and only read.
        let found = paths::target("fuzz").join(target);
        fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
        process::run(
            cargo("run", target)
                .arg(&found)
                .arg(fuzz.join("corpus").join(target))
                .arg("--")
                .arg(format!("-max_total_time={}", options.seconds))
                .args(["-print_final_stats=1", "-verbosity=0"]),
        )
        .with_context(|| format!("{target} fell: put the input that fells it into its corpus"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes sure of cargo's command for fuzzing.
fn cargo_fuzz() -> Result<()> {
    if process::output(process::cargo().args(["fuzz", "--version"])).is_some() {
        return Ok(());
    }
    println!("Installing cargo-fuzz");
    process::run(process::cargo().args(["install", "--locked", "cargo-fuzz"]))
        .context("cargo-fuzz is needed and could not be installed")
}
