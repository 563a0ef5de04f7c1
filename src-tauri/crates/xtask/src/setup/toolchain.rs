//! A Rust compiler for another target: rustup's, or Debian's `rustc-web`.

use std::process::Command;

use crate::setup::requirements;
use crate::{process, setup};

/// The source of the target's standard library.
#[derive(Clone, Copy)]
pub(crate) enum Toolchain {
    /// rustup installs it compiled.
    Rustup,
    /// Debian's `rustc-web` compiles it from its sources.
    Debian,
}

/// Prefers a toolchain that is installed already. The error is the reason why there is none.
pub(crate) fn find(triple: &str) -> Result<Toolchain, &'static str> {
    if rustup_has(triple) {
        return Ok(Toolchain::Rustup);
    }
    if setup::are_met(requirements::RUST_WEB) {
        return Ok(Toolchain::Debian);
    }
    if rustup_add(triple) {
        return Ok(Toolchain::Rustup);
    }
    if setup::try_install(requirements::RUST_WEB) {
        return Ok(Toolchain::Debian);
    }
    Err("no compiler: neither rustup's target nor Debian's rustc-web could be installed")
}

impl Toolchain {
    /// A command of its cargo for the target.
    pub(crate) fn cargo(self, command: &str, triple: &str) -> Command {
        let mut cargo = match self {
            Self::Rustup => process::cargo(),
            Self::Debian => {
                let mut cargo = process::program("/usr/bin/cargo");
                cargo
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env_remove("RUSTUP_TOOLCHAIN");
                cargo
            }
        };
        cargo.args([command, "--target", triple]);
        if matches!(self, Self::Debian) {
            cargo.arg("-Zbuild-std=std,panic_abort");
        }
        cargo
    }
}

fn rustup_has(triple: &str) -> bool {
    process::output(process::program("rustup").args(["target", "list", "--installed"]))
        .is_some_and(|installed| installed.lines().any(|line| line == triple))
}

fn rustup_add(triple: &str) -> bool {
    process::find(&["rustup"]).is_some()
        && process::output(process::program("rustup").args(["target", "add", triple])).is_some()
        && rustup_has(triple)
}
