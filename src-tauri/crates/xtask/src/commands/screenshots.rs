//! `cargo xtask screenshots`: pictures of every view in both themes.

use anyhow::Result;

use crate::setup::{browser, requirements};
use crate::{paths, process, setup};

pub(crate) fn run() -> Result<()> {
    setup::prepare(
        &[requirements::CHROMIUM, requirements::FONTS],
        &[paths::ui()],
    )?;
    let mut npm = process::npm(&paths::ui());
    npm.args(["run", "screenshots"]);
    browser::set_variable(&mut npm);
    process::run(&mut npm)
}
