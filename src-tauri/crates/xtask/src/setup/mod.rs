//! What the commands need on the machine, and how it gets there.

pub(crate) mod apt;
pub(crate) mod browser;
pub(crate) mod node;
pub(crate) mod requirements;

use anyhow::{Result, bail};

use requirements::Need;

/// Makes sure that everything of `needs` is there: installs what is missing where that can be done,
/// else says what to install.
pub(crate) fn machine(needs: &[&[Need]]) -> Result<()> {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    if !apt::is_here() {
        bail!("{}", wanted(&missing));
    }
    let mut packages = Vec::new();
    let mut unknown = Vec::new();
    apt::update()?;
    for need in missing {
        match apt::first_known(need.debian) {
            Some(package) => packages.push(package),
            None if need.debian.is_empty() => unknown.push(need),
            // The browser of Ubuntu is a snap that cannot read test folders: Playwright's serves there.
            None if need.is_browser() => browser::install()?,
            None => unknown.push(need),
        }
    }
    if !unknown.is_empty() {
        bail!("{}", wanted(&unknown));
    }
    apt::install(&packages)?;
    let still = self::missing(needs);
    if !still.is_empty() {
        bail!("{}", wanted(&still));
    }
    Ok(())
}

/// Whether everything of `needs` is there already.
pub(crate) fn are_met(needs: &[Need]) -> bool {
    missing(&[needs]).is_empty()
}

/// As [`machine`], for what one can do without.
pub(crate) fn optional(needs: &[Need]) -> bool {
    are_met(needs) || (apt::is_here() && machine(&[needs]).is_ok())
}

fn missing(needs: &[&[Need]]) -> Vec<Need> {
    needs
        .iter()
        .flat_map(|some| some.iter())
        .filter(|need| need.concerns_this_system() && !need.is_met())
        .copied()
        .collect()
}

fn wanted(missing: &[Need]) -> String {
    let list: String = missing.iter().map(|need| format!("\n  - {need}")).collect();
    format!("please install what is missing, then run the command again:{list}")
}
