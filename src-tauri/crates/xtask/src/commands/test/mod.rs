//! `cargo xtask test`: every check, in order, until the first that fails.

mod dependencies;
mod docs;
mod imports;
mod load;
mod report;
mod steps;
mod wasm;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::commands::network;
use crate::setup::requirements;
use crate::{paths, setup};
use report::Row;
use steps::{LONG, NETWORK, Needs, STEPS, Step, is_unattended};

#[derive(Args)]
pub(crate) struct Options {
    /// Run this step alone; may be given several times.
    #[arg(long, value_name = "STEP", value_parser = step_names(), hide_possible_values = true)]
    only: Vec<String>,
    /// Only calls between network namespaces: how they recover from disturbances, five times each; half an hour.
    #[arg(long)]
    network: bool,
    /// Only the long end-to-end tests: fifty calls in a row.
    #[arg(long)]
    long: bool,
    /// Only mixed load on three servers behind haproxy and nginx, which are ended and killed meanwhile; half an hour.
    #[arg(long)]
    load: bool,
    /// The minutes of the mixed load.
    #[arg(long, value_name = "N", default_value_t = 30.0, requires = "load")]
    minutes: f64,
    /// List the steps and exit.
    #[arg(long)]
    list: bool,
}

fn step_names() -> PossibleValuesParser {
    PossibleValuesParser::new(STEPS.iter().map(|step| step.name))
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    if options.list {
        for step in STEPS {
            println!("{:<16} {}", step.name, step.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if options.load {
        return load::run(options.minutes).map(|()| ExitCode::SUCCESS);
    }
    let chosen = chosen(options);
    set_up(options, &chosen)?;
    let mut rows = Vec::new();
    for step in &chosen {
        println!("\n==> {}: {}", step.name, step.about);
        let start = Instant::now();
        let row = Row {
            step: step.name,
            outcome: (step.run)(),
            time: start.elapsed(),
        };
        println!("<== {row}");
        let has_failed = row.outcome.is_err();
        rows.push(row);
        if has_failed {
            break;
        }
    }
    print!("\n{}", report::table(&rows));
    Ok(if rows.iter().any(|row| row.outcome.is_err()) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn chosen(options: &Options) -> Vec<&'static Step> {
    let flagged: Vec<&Step> = [(options.network, &NETWORK), (options.long, &LONG)]
        .into_iter()
        .filter_map(|(is_set, step)| is_set.then_some(step))
        .collect();
    if !flagged.is_empty() {
        return flagged;
    }
    let names = &options.only;
    STEPS
        .iter()
        .filter(|step| names.is_empty() || names.iter().any(|name| name == step.name))
        .collect()
}

/// Installs what the chosen steps need.
fn set_up(options: &Options, steps: &[&Step]) -> Result<()> {
    let needs = steps.iter().map(|step| step.needs).max();
    if needs < Some(Needs::Node) {
        return Ok(());
    }
    println!("==> set-up");
    let mut groups = Vec::new();
    if needs >= Some(Needs::Machine) {
        groups.extend_from_slice(requirements::E2E);
        groups.push(requirements::FONTS);
        if is_unattended() {
            groups.push(requirements::BALANCERS);
        }
        if is_unattended() {
            groups.push(requirements::COTURN);
        }
        if is_unattended() || options.network {
            network::set_up();
        }
        if !setup::try_install(requirements::PEBBLE) {
            println!("the tests of certificates are skipped: there is no package pebble");
        }
        if !setup::try_install(requirements::FIREFOX) {
            println!("the tests with Firefox are skipped: there is no package firefox-esr");
        }
    }
    setup::prepare(&groups, &[paths::ui(), paths::e2e(), paths::bench()])
}
