//! `cargo xtask test --load`: rooms on three servers behind load balancers, while the servers are ended and killed.

use anyhow::Result;

use crate::setup::requirements;
use crate::{process, setup};

/// Half of the time behind each balancer.
pub(super) fn run(minutes: f64) -> Result<()> {
    setup::install(&[requirements::BALANCERS])?;
    process::run(
        process::cargo()
            .args(["test", "--package", "parlour-server", "--test", "balancers"])
            .args(["--", "--ignored", "--nocapture", "--test-threads=1"])
            .env("PARLOUR_LOAD_MINUTES", (minutes / 2.0).to_string()),
    )
}
