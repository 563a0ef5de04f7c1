//! Installing packages on Debian, Ubuntu and their derivatives.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process;

pub(crate) fn is_available() -> bool {
    cfg!(target_os = "linux") && process::find(&["apt-get"]).is_some()
}

/// Whether packages can be installed without a password.
pub(crate) fn needs_no_password() -> bool {
    is_root() || process::output(process::program("sudo").args(["-n", "true"])).is_some()
}

/// Downloads the package lists: a fresh container has none.
pub(super) fn update() -> Result<()> {
    process::run(apt_get(&["update"])?.arg("--quiet"))
        .context("the package lists could not be downloaded")
}

/// The first of `packages` that can be installed.
pub(super) fn first_available(packages: &[&'static str]) -> Option<&'static str> {
    packages.iter().copied().find(|package| {
        process::output(
            process::program("apt-cache")
                .args(["policy", package])
                .env("LC_ALL", "C"),
        )
        .is_some_and(|policy| has_candidate(&policy))
    })
}

fn has_candidate(policy: &str) -> bool {
    policy
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Candidate: "))
        .any(|version| version != "(none)")
}

/// With these variables `systemctl` and `invoke-rc.d` start nothing.
const NO_SERVICES: [(&str, &str); 2] = [("SYSTEMD_OFFLINE", "1"), ("RUNLEVEL", "1")];

const INSTALL: &[&str] = &["install", "--yes", "--no-install-recommends"];

pub(super) fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    println!("Installing {}", packages.join(", "));
    process::run(apt_get(INSTALL)?.args(packages)).context("the packages could not be installed")
}

/// Installs a package file with its dependencies.
pub(crate) fn install_file(package: &Path) -> Result<()> {
    update()?;
    process::run(apt_get(INSTALL)?.arg(package)).context("the package could not be installed")
}

pub(crate) fn remove(package: &str) -> Result<()> {
    process::run(&mut apt_get(&["remove", "--yes", package])?)
        .with_context(|| format!("{package} could not be removed"))
}

pub(crate) fn is_root() -> bool {
    process::output(process::program("id").arg("-u")).as_deref() == Some("0")
}

/// apt-get as root, with sudo where it is needed.
fn apt_get(arguments: &[&str]) -> Result<Command> {
    let mut command = if is_root() {
        process::program("apt-get")
    } else if process::find(&["sudo"]).is_some() {
        let mut sudo = process::program("sudo");
        // sudo clears the environment, so `env` sets the variable after it.
        let env = NO_SERVICES.map(|(name, value)| format!("{name}={value}"));
        sudo.args(["env", "DEBIAN_FRONTEND=noninteractive"])
            .args(env)
            .arg("apt-get");
        sudo
    } else {
        bail!("please run as root: apt-get {}", arguments.join(" "));
    };
    command
        // Waits for another apt, such as that of automatic updates.
        .args(["-o", "DPkg::Lock::Timeout=120"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // The tests start their own servers: no package starts one, under systemd or the older init.
        .envs(NO_SERVICES)
        .stdin(Stdio::inherit());
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::has_candidate;

    #[test]
    fn a_package_is_available_when_it_has_a_candidate() {
        assert!(has_candidate(
            "chromium:\n  Installed: (none)\n  Candidate: 156.0\n  Version table:\n"
        ));
        assert!(!has_candidate(
            "chromium:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n"
        ));
        assert!(!has_candidate(""));
    }
}
