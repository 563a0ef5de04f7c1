//! `cargo xtask guest`: the page for guests.

use anyhow::Result;

use crate::{build, paths, setup};

pub(crate) fn run() -> Result<()> {
    setup::prepare(&[], &[paths::ui()])?;
    build::guest::page()
}
