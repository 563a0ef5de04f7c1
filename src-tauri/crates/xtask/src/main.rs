//! The project's own commands: `cargo xtask run`, `test`, `demo` and more.
//!
//! Each command installs and builds what it needs, unless that is done already.

mod build;
mod commands;
mod paths;
mod playwright;
mod process;
mod setup;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, runs and checks Parlour.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the app and start it (without a display: the demo).
    Run(commands::run::Options),
    /// Run every check, in order, until the first that fails.
    Test(commands::test::Options),
    /// Hold a call between two real instances, with its timeline and screenshots in target/demo.
    Demo,
    /// Write the TypeScript bindings of the Rust types.
    Bindings,
    /// Build the page for guests, into ui/dist-guest.
    Guest,
    /// Build the installer of this system.
    Bundle(commands::bundle::Options),
    /// Install the .deb, open links with it, and remove it again.
    TestPackage,
    /// Run the fuzz targets of the signaling crate.
    Fuzz(commands::fuzz::Options),
    /// Measure the first picture, the app or the server, beside others.
    Bench(commands::bench::Options),
    /// Type-check the workspace for Windows and macOS.
    CheckPlatforms,
    /// Draw every view in both themes.
    Screenshots,
    /// Render the app's icons from src-tauri/icons/parlour.svg.
    Icons,
}

fn main() -> ExitCode {
    let done = |()| ExitCode::SUCCESS;
    let outcome = match Cli::parse().command {
        Command::Run(options) => commands::run::run(&options),
        Command::Test(options) => commands::test::run(&options),
        Command::Demo => commands::demo::run(),
        Command::Bindings => commands::bindings::run().map(done),
        Command::Guest => commands::guest::run().map(done),
        Command::Bundle(options) => commands::bundle::run(&options).map(done),
        Command::TestPackage => commands::package::run().map(done),
        Command::Fuzz(options) => commands::fuzz::run(&options).map(done),
        Command::Bench(options) => commands::bench::run(&options).map(done),
        Command::CheckPlatforms => commands::platforms::run().map(done),
        Command::Screenshots => commands::screenshots::run().map(done),
        Command::Icons => commands::icons::run().map(done),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
