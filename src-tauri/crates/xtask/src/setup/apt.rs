//! Installing packages on Debian, Ubuntu and their kin.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process;

/// Whether this system has apt.
pub(crate) fn is_here() -> bool {
    cfg!(target_os = "linux") && process::find(&["apt-get"]).is_some()
}

/// Whether packages can be installed without anybody being asked for a password.
pub(crate) fn asks_nobody() -> bool {
    is_root() || process::output(process::program("sudo").args(["-n", "true"])).is_some()
}

/// Reads the package lists anew: in a fresh container there are none.
pub(super) fn update() -> Result<()> {
    process::run(as_root(&["update"])?.arg("--quiet"))
        .context("the package lists could not be read")
}

/// The first of `packages` that can be installed.
pub(super) fn first_known(packages: &[&'static str]) -> Option<&'static str> {
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

/// Installs them all in one go.
pub(super) fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    println!("Installing {}", packages.join(", "));
    let arguments = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    process::run(&mut as_root(&arguments)?).context("the packages could not be installed")
}

/// Installs a package that is a file, with what it depends on.
pub(crate) fn install_file(package: &Path) -> Result<()> {
    update()?;
    let arguments = ["install", "--yes", "--no-install-recommends"];
    process::run(as_root(&arguments)?.arg(package)).context("the package could not be installed")
}

/// Removes a package, as a person would.
pub(crate) fn remove(package: &str) -> Result<()> {
    process::run(&mut as_root(&["remove", "--yes", package])?)
        .with_context(|| format!("{package} could not be removed"))
}

/// Whether nothing is forbidden to us.
pub(crate) fn is_root() -> bool {
    process::output(process::program("id").arg("-u")).as_deref() == Some("0")
}

fn as_root(arguments: &[&str]) -> Result<Command> {
    let mut command = if is_root() {
        process::program("apt-get")
    } else if process::find(&["sudo"]).is_some() {
        let mut sudo = process::program("sudo");
        // sudo drops the environment: this one is set behind it.
        sudo.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    } else {
        bail!("please run as root: apt-get {}", arguments.join(" "));
    };
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::inherit());
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::has_candidate;

    #[test]
    fn a_package_that_is_not_installed_may_still_be_known() {
        assert!(has_candidate(
            "chromium:\n  Installed: (none)\n  Candidate: 156.0\n  Version table:\n"
        ));
        assert!(!has_candidate(
            "chromium:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n"
        ));
        assert!(!has_candidate(""));
    }
}
