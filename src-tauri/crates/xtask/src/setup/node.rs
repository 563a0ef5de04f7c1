//! Node and the npm packages.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process;

/// The versions that the build tools of the UI support.
const REQUIRED: &str = "Node 20.19 or later (of the 22 series, 22.12 or later) with npm";

/// Fails when Node is missing or too old.
pub(super) fn check_version() -> Result<()> {
    let Some(version) = process::output(process::program("node").arg("--version")) else {
        bail!("{REQUIRED} is needed and was not found: install it from nodejs.org or with nvm");
    };
    if !is_new_enough(&version) {
        bail!("{REQUIRED} is needed, this is {version}: install it from nodejs.org or with nvm");
    }
    if process::find(&[if cfg!(windows) { "npm.cmd" } else { "npm" }]).is_none() {
        bail!("{REQUIRED} is needed: npm was not found");
    }
    Ok(())
}

/// Installs the npm packages of `dir`, unless they were last installed from the same lock file.
pub(super) fn install_packages(dir: &Path) -> Result<()> {
    let lock = fs::read(dir.join("package-lock.json"))
        .with_context(|| format!("{} has no package-lock.json", dir.display()))?;
    let stamp = dir.join("node_modules/.parlour-package-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("Installing npm packages in {}", dir.display());
    process::run(process::npm(dir).arg("ci"))?;
    // npm makes no such folder for a package without dependencies.
    fs::create_dir_all(dir.join("node_modules"))?;
    fs::write(&stamp, lock).with_context(|| format!("cannot write {}", stamp.display()))
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version
        .trim_start_matches('v')
        .split('.')
        .map_while(|number| number.parse::<u32>().ok());
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    matches!((major, minor), (20, 19..) | (22, 12..) | (23.., _))
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn accepts_the_versions_that_the_build_tools_support() {
        for version in ["v20.19.0", "v20.20.2", "v22.12.0", "v24.0.1"] {
            assert!(is_new_enough(version), "{version}");
        }
        for version in [
            "v18.20.4", "v20.18.3", "v21.7.0", "v22.11.0", "nonsense", "",
        ] {
            assert!(!is_new_enough(version), "{version}");
        }
    }
}
