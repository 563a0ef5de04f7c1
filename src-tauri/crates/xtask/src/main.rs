//! The project's own commands: `cargo xtask run`, `test`, `demo` and more.
//!
//! Each sees to what it needs itself: system packages, npm packages, builds. What is there is not done again.

mod build;
mod commands;
mod display;
mod paths;
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
    /// Every check there is, in order, until the first that fails.
    Test(commands::test::Options),
    /// A call between two real instances, with its timeline and screenshots in target/demo.
    Demo,
    /// Write the TypeScript bindings of the Rust types anew.
    Bindings,
    /// Build the installer of this system.
    Bundle(commands::bundle::Options),
    /// Install the .deb, open links with it, and remove it again.
    TestPackage,
    /// Run the fuzz targets of the signaling crate.
    Fuzz(commands::fuzz::Options),
    /// Type-check the workspace for Windows and macOS.
    CheckPlatforms,
    /// Draw every view in both themes.
    Screenshots,
    /// Render the app's icons from src-tauri/icons/parlour.svg.
    Icons,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(options) => commands::run::run(&options),
        Command::Test(options) => commands::test::run(&options),
        Command::Demo => commands::demo::run(),
        Command::Bindings => commands::bindings::run(),
        Command::Bundle(options) => commands::bundle::run(&options),
        Command::TestPackage => commands::package::run(),
        Command::Fuzz(options) => commands::fuzz::run(&options),
        Command::CheckPlatforms => commands::platforms::run(),
        Command::Screenshots => commands::screenshots::run(),
        Command::Icons => commands::icons::run(),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
