//! `cargo xtask bindings`: the TypeScript side of the Rust types.

use std::process::ExitCode;

use anyhow::Result;

use crate::setup::{node, requirements};
use crate::{build, paths, process, setup};

pub(crate) fn run() -> Result<ExitCode> {
    node::node()?;
    setup::machine(&[requirements::BUILD])?;
    node::packages(&paths::ui())?;
    // It is compiled into the app, whatever the test asks for.
    build::ui()?;
    process::run(
        build::cargo("test")
            .args(["--test", "bindings"])
            .env("PARLOUR_WRITE_BINDINGS", "1"),
    )?;
    Ok(ExitCode::SUCCESS)
}
