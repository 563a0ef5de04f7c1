//! Measures `parlour-server` beside a bare forwarder. `cargo xtask bench server` builds both and runs this.
//!
//! In each round every figure is measured on the server and then on the forwarder, under the same load. The figures are
//! CPU time and memory of their processes, so what else the machine does weighs little, and the ratios less. Linux only.

mod figures;
mod forwarder;
mod join;
mod peer;
mod process;
mod table;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use clap::{Parser, Subcommand};

use figures::{idle, join as join_figure, relay};
use peer::Kind;
use process::Process;
use table::{Figure, Limit, Row, median};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Program,
}

#[derive(Subcommand)]
enum Program {
    /// Measure a server.
    Server(Options),
    /// Be the forwarder that the server is compared with.
    Forwarder,
}

#[derive(clap::Args)]
struct Options {
    /// The `parlour-server` to measure.
    program: PathBuf,
    /// How often everything is measured.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Idle connections.
    #[arg(long, default_value_t = 2000)]
    connections: u32,
    /// Seconds of relayed messages.
    #[arg(long, default_value_t = 4)]
    seconds: u32,
}

#[tokio::main]
async fn main() -> Result<()> {
    match Cli::parse().command {
        Program::Server(options) => measure(&options).await,
        Program::Forwarder => forwarder::run().await,
    }
}

#[derive(Default)]
struct Figures {
    join: Figure,
    signature_check: Vec<f64>,
    fast: Figure,
    slow: Figure,
    memory: Figure,
    idle_cpu: Figure,
}

async fn measure(options: &Options) -> Result<()> {
    let mut figures = Figures::default();
    for round in 1..=options.rounds {
        eprintln!("round {round} of {}", options.rounds);
        measure_round(options, &mut figures).await?;
    }
    print!("{}", report(options, &figures));
    Ok(())
}

async fn measure_round(options: &Options, figures: &mut Figures) -> Result<()> {
    let server = start_server(&options.program)?;
    let forwarder = start_forwarder()?;
    figures.join.push(
        join_figure::measure(&server, Kind::Server).await?,
        join_figure::measure(&forwarder, Kind::Forwarder).await?,
    );
    let check = join::signature_check()?;
    figures.signature_check.push(check.as_secs_f64() * 1e6);
    for (figure, per_second) in [(&mut figures.fast, 5000), (&mut figures.slow, 500)] {
        let seconds = options.seconds;
        figure.push(
            relay::measure(&server, Kind::Server, per_second, seconds).await?,
            relay::measure(&forwarder, Kind::Forwarder, per_second, seconds).await?,
        );
    }
    // Fresh processes: memory that others have freed would be used again unseen.
    let server = start_server(&options.program)?;
    let of_server = idle::measure(&server, Kind::Server, options.connections).await?;
    drop(server);
    let forwarder = start_forwarder()?;
    let of_forwarder = idle::measure(&forwarder, Kind::Forwarder, options.connections).await?;
    figures.memory.push(of_server.memory, of_forwarder.memory);
    figures.idle_cpu.push(of_server.cpu, of_forwarder.cpu);
    Ok(())
}

/// The budgets are on. Only the rate of joins is raised: the load is that of many people at a time.
fn start_server(program: &Path) -> Result<Process> {
    let mut command = Command::new(program);
    command
        .args(["--listen", "127.0.0.1:0"])
        .args(["--max-joins-per-address", "100000"])
        .env("PARLOUR_LOG", "warn");
    Process::start(&mut command)
}

fn start_forwarder() -> Result<Process> {
    Process::start(Command::new(env::current_exe()?).arg("forwarder"))
}

fn report(options: &Options, figures: &Figures) -> String {
    let row = |name: &str, unit, figure, limit| Row {
        name: name.to_owned(),
        unit,
        figure,
        limit,
    };
    let check = median(&figures.signature_check);
    // The allowance for the proofs is added to the limit, as a share of the forwarder's own cost.
    let proofs = 2.0 * check / median(&figures.join.forwarder);
    let connections = options.connections;
    let table = table::markdown(&[
        row(
            "CPU, a join",
            "µs",
            &figures.join,
            Limit::Ratio(1.2 + proofs),
        ),
        row(
            "CPU, a message at 5000/s",
            "µs",
            &figures.fast,
            Limit::Ratio(1.15),
        ),
        row(
            "CPU, a message at 500/s",
            "µs",
            &figures.slow,
            Limit::Ratio(1.15),
        ),
        row(
            "memory, an idle connection",
            "KiB",
            &figures.memory,
            Limit::Ratio(1.3),
        ),
        row(
            &format!("CPU, {connections} idle connections"),
            "% of a core",
            &figures.idle_cpu,
            Limit::Value(2.0),
        ),
    ]);
    let above = figures.join.difference();
    format!(
        "{table}\nRounds: {}. A signature check takes {check:.1} µs. A join costs {above:.1} µs more than the forwarder's: \
         {:.1} signature checks, of which two are its proofs.\n",
        options.rounds,
        above / check
    )
}
