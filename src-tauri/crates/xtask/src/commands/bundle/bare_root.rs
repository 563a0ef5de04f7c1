//! The Linux packages, built where nothing but a C compiler, Rust and Node is installed.

use anyhow::{Context, Result, bail};

use crate::setup::{apt, requirements};
use crate::{paths, process, setup};

/// Makes the root, mounts into it, and runs `cargo xtask bundle` there.
const SCRIPT: &str = include_str!("bare-root.sh");

/// The oldest Debian with WebKitGTK 4.1.
const SUITE: &str = "bookworm";

pub(super) fn run() -> Result<()> {
    if !cfg!(target_os = "linux") || !apt::is_root() {
        bail!("only root on Linux makes a root folder for another system");
    }
    setup::prepare(&[requirements::BARE_ROOT], &[])?;
    let asked = |program: &str, arguments: &[&str]| {
        process::output(process::program(program).args(arguments))
            .with_context(|| format!("{program} does not say where its files are"))
    };
    let root = paths::target("bare-root");
    // In a mount namespace of its own: no mount outlives the command, and none is in the way of the next one's `rm`.
    process::run(
        process::program("unshare")
            .args(["--mount", "--propagation", "private"])
            .args(["sh", "-euc", SCRIPT, "bare-root"])
            .arg(&root)
            .arg(SUITE)
            .arg(asked("rustc", &["--print", "sysroot"])?)
            .arg(asked("node", &["--print", "process.execPath"])?)
            .arg(asked("npm", &["root", "--global"])?),
    )?;
    println!(
        "The packages are in {}",
        root.join("src/target/release/bundle").display()
    );
    Ok(())
}
