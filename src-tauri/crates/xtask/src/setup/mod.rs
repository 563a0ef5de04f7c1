//! Installs the programs and libraries that the commands need on the machine.

pub(crate) mod apt;
pub(crate) mod browser;
mod node;
pub(crate) mod requirements;
pub(crate) mod toolchain;

use std::path::PathBuf;

use anyhow::{Result, bail};

use requirements::Requirement;

/// Installs what a command needs: system packages, and the npm packages of these folders.
pub(crate) fn prepare(groups: &[&[Requirement]], npm_folders: &[PathBuf]) -> Result<()> {
    node::check_version()?;
    install(groups)?;
    npm_folders
        .iter()
        .try_for_each(|folder| node::install_packages(folder))
}

/// Installs the requirements that are missing, with apt; on other systems the error names what to install.
pub(crate) fn install(groups: &[&[Requirement]]) -> Result<()> {
    let missing = missing(groups);
    if missing.is_empty() {
        return Ok(());
    }
    if !apt::is_available() {
        bail!("{}", install_message(&missing));
    }
    apt::update()?;
    let mut packages = Vec::new();
    let mut unavailable = Vec::new();
    for requirement in missing {
        match apt::first_available(requirement.packages) {
            Some(package) => packages.push(package),
            // The browser of Ubuntu is a snap that cannot read test folders: Playwright's browser can.
            None if requirement.is_browser() => browser::install()?,
            None => unavailable.push(requirement),
        }
    }
    if !unavailable.is_empty() {
        bail!("{}", install_message(&unavailable));
    }
    apt::install(&packages)?;
    let still_missing = self::missing(groups);
    if !still_missing.is_empty() {
        bail!("{}", install_message(&still_missing));
    }
    Ok(())
}

pub(crate) fn are_met(group: &[Requirement]) -> bool {
    missing(&[group]).is_empty()
}

/// As [`install`], for requirements of steps that can be skipped. Returns whether they are met.
pub(crate) fn try_install(group: &[Requirement]) -> bool {
    are_met(group) || (apt::is_available() && install(&[group]).is_ok())
}

fn missing(groups: &[&[Requirement]]) -> Vec<Requirement> {
    groups
        .iter()
        .copied()
        .flatten()
        .filter(|requirement| !requirement.is_met())
        .copied()
        .collect()
}

fn install_message(missing: &[Requirement]) -> String {
    let list: String = missing
        .iter()
        .map(|requirement| format!("\n  - {}", requirement.name))
        .collect();
    format!("please install what is missing, then run the command again:{list}")
}
