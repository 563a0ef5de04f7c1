//! `cargo xtask test`: every check there is, in order, until the first that fails.

mod dependencies;
mod steps;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::commands::network;
use crate::setup::{node, requirements};
use crate::{paths, setup};
use steps::{LONG, NETWORK, Outcome, STEPS, Step, unattended};

#[derive(Args)]
pub(crate) struct Options {
    /// Run this step alone; may be given several times.
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Calls between network namespaces and nothing else: how they come back after a disturbance, half an hour.
    #[arg(long)]
    network: bool,
    /// What takes long of the end-to-end tests and nothing else: fifty calls in a row.
    #[arg(long)]
    long: bool,
    /// Name the steps and do nothing.
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    if options.list {
        for step in STEPS {
            println!("{:<16} {}", step.name, step.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = chosen(options)?;
    let start = Instant::now();
    set_up(options)?;
    let mut tally = Tally::default();
    for step in chosen {
        if !tally.take(step) {
            break;
        }
    }
    println!("\nIn {}.", spoken(start.elapsed()));
    for line in &tally.remarks {
        println!("{line}");
    }
    // Alone on a line, for whatever counts.
    println!(
        "{} passed, {} failed, {} skipped",
        tally.passed, tally.failed, tally.skipped
    );
    Ok(if tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn chosen(options: &Options) -> Result<Vec<&'static Step>> {
    let mut alone = Vec::new();
    if options.network {
        alone.push(&NETWORK);
    }
    if options.long {
        alone.push(&LONG);
    }
    if !alone.is_empty() {
        return Ok(alone);
    }
    let names = &options.only;
    for name in names {
        if !STEPS.iter().any(|step| step.name == name) {
            bail!("there is no step {name}: `cargo xtask test --list` names them");
        }
    }
    Ok(STEPS
        .iter()
        .filter(|step| names.is_empty() || names.iter().any(|name| name == step.name))
        .collect())
}

fn set_up(options: &Options) -> Result<()> {
    println!("==> set-up");
    node::node()?;
    setup::machine(&[
        requirements::BUILD,
        requirements::DRIVE,
        requirements::WINDOW,
        requirements::PAGES,
        requirements::FONTS,
    ])?;
    if unattended() {
        setup::machine(&[requirements::RELAY])?;
    }
    if unattended() || options.network {
        network::set_up();
    }
    node::packages(&paths::ui())?;
    node::packages(&paths::e2e())
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    skipped: usize,
    /// What a person should read at the end.
    remarks: Vec<String>,
}

impl Tally {
    /// Runs the step; false when it failed.
    fn take(&mut self, step: &Step) -> bool {
        println!("\n==> {}: {}", step.name, step.about);
        let start = Instant::now();
        let outcome = (step.run)();
        let took = spoken(start.elapsed());
        match outcome {
            Ok(Outcome::Passed) => {
                self.passed += 1;
                println!("<== {}: passed in {took}", step.name);
                true
            }
            Ok(Outcome::Skipped(reason)) => {
                self.skipped += 1;
                let line = format!("<== {}: skipped: {reason}", step.name);
                println!("{line}");
                self.remarks.push(line);
                true
            }
            Err(error) => {
                self.failed += 1;
                let line = format!("<== {}: FAILED after {took}: {error:#}", step.name);
                println!("{line}");
                self.remarks.push(line);
                false
            }
        }
    }
}

fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{:.1} s", time.as_secs_f32()),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}
