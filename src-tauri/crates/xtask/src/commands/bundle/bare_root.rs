//! Builds the Linux packages on a system with only a C compiler, Rust and Node.

use anyhow::{Context, Result, bail};

use crate::setup::{apt, requirements};
use crate::{paths, process, setup};

/// Makes the root folder, mounts into it, and runs `cargo xtask bundle` there.
const SCRIPT: &str = include_str!("bare-root.sh");

/// The oldest Debian with WebKitGTK 4.1.
const SUITE: &str = "bookworm";

pub(super) fn run() -> Result<()> {
    if !cfg!(target_os = "linux") || !apt::is_root() {
        bail!("only root on Linux can make a root folder of another system");
    }
    setup::prepare(&[requirements::BARE_ROOT], &[])?;
    let path_from = |program: &str, arguments: &[&str]| {
        process::output(process::program(program).args(arguments))
            .with_context(|| format!("{program} does not print the path of its files"))
    };
    let root = paths::target("bare-root");
    // In its own mount namespace: the mounts end with the command, so the `rm` of the next one meets none.
    process::run(
        process::program("unshare")
            .args(["--mount", "--propagation", "private"])
            .args(["sh", "-euc", SCRIPT, "bare-root"])
            .arg(&root)
            .arg(SUITE)
            .arg(path_from("rustc", &["--print", "sysroot"])?)
            .arg(path_from("node", &["--print", "process.execPath"])?)
            .arg(path_from("npm", &["root", "--global"])?),
    )?;
    println!(
        "The packages are in {}",
        root.join("src/target/release/bundle").display()
    );
    Ok(())
}
