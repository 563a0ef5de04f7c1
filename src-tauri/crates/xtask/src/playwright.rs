//! Playwright on the built app. The tests start their own display and session bus.

use std::ffi::OsStr;

use anyhow::Result;

use crate::setup::browser;
use crate::{paths, process};

/// Runs the tests of `tests/e2e` that `arguments` select.
pub(crate) fn run(arguments: &[&str], variables: &[(&str, &OsStr)]) -> Result<()> {
    let mut npm = process::npm(&paths::e2e());
    npm.args(["run", "--silent", "test", "--"])
        .args(arguments)
        .env("PARLOUR_APP", paths::app()?)
        .envs(variables.iter().copied());
    browser::set_variable(&mut npm);
    process::run(&mut npm)
}
