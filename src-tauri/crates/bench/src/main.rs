//! Measures `parlour-server` beside a bare forwarder. `cargo xtask bench server` builds both and runs this.
//!
//! In each round every figure is measured on the server and then on the forwarder, under the same load. The figures are
//! CPU time and memory of their processes, so what else the machine does weighs little, and the ratios less. Linux only.

mod figures;
mod forwarder;
mod join;
mod open_files;
mod peer;
mod process;
mod table;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use clap::{Parser, Subcommand};

use figures::{idle, join as join_figure, negotiation, relay, saturated};
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
    /// Idle connections, which are measured in the first round only. Without this as many as the system lets it open.
    #[arg(long)]
    connections: Option<u32>,
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
    negotiation: Figure,
    saturated: Figure,
    tail: Figure,
    memory: Figure,
    idle_cpu: Figure,
    pinging_cpu: Figure,
}

async fn measure(options: &Options) -> Result<()> {
    let connections = options
        .connections
        .unwrap_or_else(open_files::idle_connections);
    let mut figures = Figures::default();
    for round in 1..=options.rounds {
        eprintln!("round {round} of {}", options.rounds);
        measure_round(options, &mut figures).await?;
        if round == 1 {
            eprintln!("{connections} idle connections");
            measure_idle(&options.program, connections, &mut figures).await?;
        }
    }
    print!("{}", report(options.rounds, connections, &figures));
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
    figures.negotiation.push(
        negotiation::measure(&server, Kind::Server).await?,
        negotiation::measure(&forwarder, Kind::Forwarder).await?,
    );
    let of_server = saturated::measure(&server, Kind::Server).await?;
    let of_forwarder = saturated::measure(&forwarder, Kind::Forwarder).await?;
    figures.saturated.push(of_server.cpu, of_forwarder.cpu);
    figures.tail.push(of_server.tail, of_forwarder.tail);
    Ok(())
}

/// In fresh processes: memory that others have freed would be used again unseen.
async fn measure_idle(program: &Path, connections: u32, figures: &mut Figures) -> Result<()> {
    let server = start_server(program)?;
    let of_server = idle::measure(&server, Kind::Server, connections).await?;
    drop(server);
    let forwarder = start_forwarder()?;
    let of_forwarder = idle::measure(&forwarder, Kind::Forwarder, connections).await?;
    figures.memory.push(of_server.memory, of_forwarder.memory);
    figures.idle_cpu.push(of_server.cpu, of_forwarder.cpu);
    let pinging = &mut figures.pinging_cpu;
    pinging.push(of_server.cpu_pinging, of_forwarder.cpu_pinging);
    Ok(())
}

/// The budgets are on. Only the rate of joins and the number of connections are raised: the load is that of many people
/// at a time.
fn start_server(program: &Path) -> Result<Process> {
    let mut command = Command::new(program);
    command
        .args(["--listen", "127.0.0.1:0"])
        .args(["--max-joins-per-address", "100000"])
        .args(["--max-connections", "12000"])
        .args(["--max-memory", "4096"])
        .env("PARLOUR_LOG", "warn");
    Process::start(&mut command)
}

fn start_forwarder() -> Result<Process> {
    Process::start(Command::new(env::current_exe()?).arg("forwarder"))
}

fn report(rounds: u32, connections: u32, figures: &Figures) -> String {
    let row = |name: &str, unit, figure, limit| Row {
        name: name.to_owned(),
        unit,
        figure,
        limit,
    };
    let message = |name: &str, figure| row(name, "µs", figure, Limit::Ratio(1.15));
    let cpu_of_idle = |name: &str, figure| {
        let name = format!("CPU, {connections} idle connections{name}");
        row(&name, "% of a core", figure, Limit::Value(2.0))
    };
    let check = median(&figures.signature_check);
    // The allowance for the proofs is added to the limit, as a share of the forwarder's own cost.
    let proofs = 2.0 * check / median(&figures.join.forwarder);
    let tail = "saturated, 99th percentile over median";
    let table = table::markdown(&[
        row(
            "CPU, a join",
            "µs",
            &figures.join,
            Limit::Ratio(1.2 + proofs),
        ),
        message("CPU, a message at 5000/s", &figures.fast),
        message("CPU, a message at 500/s", &figures.slow),
        message("CPU, a message of a negotiation", &figures.negotiation),
        message("CPU, a message when saturated", &figures.saturated),
        row(tail, "×", &figures.tail, Limit::Ratio(1.0)),
        row(
            "memory, an idle connection",
            "KiB",
            &figures.memory,
            Limit::Value(9.0),
        ),
        cpu_of_idle("", &figures.idle_cpu),
        cpu_of_idle(" that ping", &figures.pinging_cpu),
    ]);
    let above = figures.join.difference();
    format!(
        "{table}\nRounds: {rounds}, of idle connections one. A signature check takes {check:.1} µs. A join costs {above:.1} µs more \
         than the forwarder's: {:.1} signature checks, of which two are its proofs.\n",
        above / check
    )
}
