//! A Rust compiler for another system: rustup's, or Debian's `rustc-web`.

use anyhow::{Context, Result};

use super::Target;
use crate::setup::requirements;
use crate::{build, paths, process, setup};

/// The folder of the scripts in place of a C compiler and an archiver for the target.
const STUBS: &str = "src-tauri/crates/xtask/src/commands/platforms";

/// The source of the target's standard library.
#[derive(Clone, Copy)]
pub(super) enum Toolchain {
    /// rustup installs it compiled.
    Rustup,
    /// Debian's `rustc-web` compiles it from its sources.
    Debian,
}

/// Prefers a toolchain that is installed already. The error is the reason why there is none.
pub(super) fn find(target: &Target) -> Result<Toolchain, &'static str> {
    if !setup::try_install(target.requirements) {
        return Err("its C compiler is not installed");
    }
    if rustup_has(target) {
        return Ok(Toolchain::Rustup);
    }
    if setup::are_met(requirements::RUST_WEB) {
        return Ok(Toolchain::Debian);
    }
    if rustup_add(target) {
        return Ok(Toolchain::Rustup);
    }
    if setup::try_install(requirements::RUST_WEB) {
        return Ok(Toolchain::Debian);
    }
    Err("no compiler: neither rustup's target nor Debian's rustc-web could be installed")
}

impl Toolchain {
    /// Type-checks the workspace. All targets use one folder, so that they share build scripts and macros.
    pub(super) fn check(self, target: &Target) -> Result<()> {
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
        cargo
            .args(["check", "--workspace", "--target", target.triple])
            .args(build::FEATURES)
            .arg("--target-dir")
            .arg(paths::target("platforms"));
        if matches!(self, Self::Debian) {
            cargo.arg("-Zbuild-std=std,panic_abort");
        }
        if !target.has_c_compiler {
            let suffix = target.triple.replace('-', "_");
            let stubs = paths::root().join(STUBS);
            cargo
                .env(format!("CC_{suffix}"), stubs.join("cc-stub.sh"))
                .env(format!("AR_{suffix}"), stubs.join("ar-stub.sh"));
        }
        process::run(&mut cargo).with_context(|| format!("the check for {} failed", target.name))
    }
}

fn rustup_has(target: &Target) -> bool {
    process::output(process::program("rustup").args(["target", "list", "--installed"]))
        .is_some_and(|installed| installed.lines().any(|line| line == target.triple))
}

fn rustup_add(target: &Target) -> bool {
    process::find(&["rustup"]).is_some()
        && process::output(process::program("rustup").args(["target", "add", target.triple]))
            .is_some()
        && rustup_has(target)
}
