//! cargo-deny over the dependencies, as `deny.toml` says.

use anyhow::Result;

use super::steps::Outcome;
use crate::process;

/// Skipped where cargo-deny is not installed: compiling it takes minutes.
pub(super) fn check() -> Result<Outcome> {
    if process::output(process::cargo().args(["deny", "--version"])).is_none() {
        return Ok(Outcome::Skipped(
            "cargo-deny is not installed: `cargo install --locked cargo-deny`",
        ));
    }
    // The advisories are fetched with git, so they are left to CI: a run without network passes too.
    // Warnings name the duplicates, which come with Tauri.
    process::run(process::cargo().args([
        "deny",
        "--log-level",
        "error",
        "check",
        "bans",
        "licenses",
        "sources",
    ]))?;
    Ok(Outcome::Passed)
}
