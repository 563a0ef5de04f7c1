//! The browsers on this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::node;
use crate::{paths, process};

const CHROMIUM: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "microsoft-edge-stable",
    "microsoft-edge",
    "brave-browser",
];

/// A Chromium that tests can drive: the system's one if it can read any folder, else Playwright's.
pub(super) fn chromium() -> Option<PathBuf> {
    CHROMIUM
        .iter()
        .filter_map(|name| process::find(&[name]))
        .find(|program| !is_snap(program))
        .or_else(installed_application)
        .or_else(playwright_chromium)
}

/// Sets the variable that names the browser to the tests.
pub(crate) fn set_variable(command: &mut Command) {
    if let Some(chromium) = chromium() {
        command.env("PARLOUR_CHROMIUM", chromium);
    }
}

/// Whether there is a browser that the app could open a call in.
pub(super) fn exists() -> bool {
    process::find(CHROMIUM).is_some()
        || process::find(&["firefox", "firefox-esr"]).is_some()
        || playwright_chromium().is_some()
}

/// Installs Playwright's Chromium with its libraries.
pub(super) fn install() -> Result<()> {
    node::install_packages(&paths::ui())?;
    process::run(process::npm(&paths::ui()).args([
        "exec",
        "--",
        "playwright",
        "install",
        "--with-deps",
        "chromium",
    ]))
}

/// A snap can read neither hidden folders nor the system's temporary folder. Ubuntu's `chromium-browser` is a script that starts
/// a snap.
fn is_snap(program: &Path) -> bool {
    let real = fs::canonicalize(program).unwrap_or_else(|_| program.to_path_buf());
    if program.starts_with("/snap") || real.ends_with("snap") || real.starts_with("/snap") {
        return true;
    }
    let is_script = fs::metadata(&real).is_ok_and(|file| file.len() < 64 * 1024);
    is_script && fs::read_to_string(&real).is_ok_and(|text| text.contains("/snap/bin/"))
}

/// A browser where macOS and Windows install applications.
fn installed_application() -> Option<PathBuf> {
    let files: &[&str] = if cfg!(target_os = "macos") {
        &[
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
            "/Applications/Chromium.app/Contents/MacOS/Chromium",
            "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
        ]
    } else if cfg!(windows) {
        &[
            r"C:\Program Files\Google\Chrome\Application\chrome.exe",
            r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
        ]
    } else {
        &[]
    };
    files.iter().map(PathBuf::from).find(|path| path.exists())
}

fn playwright_chromium() -> Option<PathBuf> {
    let script = "process.stdout.write(require('@playwright/test').chromium.executablePath())";
    process::output(
        process::program("node")
            .current_dir(paths::ui())
            .args(["-e", script]),
    )
    .map(PathBuf::from)
    .filter(|path| path.exists())
}
