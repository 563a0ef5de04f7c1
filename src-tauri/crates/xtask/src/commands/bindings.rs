//! `cargo xtask bindings`: the TypeScript bindings of the Rust types.

use anyhow::Result;

use crate::setup::requirements;
use crate::{build, paths, process, setup};

pub(crate) fn run() -> Result<()> {
    setup::prepare(&[requirements::BUILD], &[paths::ui()])?;
    // The test links the app, which embeds the built UI.
    build::ui()?;
    process::run(
        build::cargo("test")
            .args(["--test", "it", "bindings::"])
            .env("PARLOUR_WRITE_BINDINGS", "1"),
    )
}
