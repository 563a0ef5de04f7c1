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

/// A Chromium that tests can drive: one of the system that may read any folder, else Playwright's own.
pub(super) fn chromium() -> Option<PathBuf> {
    CHROMIUM
        .iter()
        .filter_map(|name| process::find(&[name]))
        .find(|program| !is_snap(program))
        .or_else(of_the_system)
        .or_else(of_playwright)
}

/// Tells a program that drives a browser which one.
pub(crate) fn name_to(command: &mut Command) {
    if let Some(chromium) = chromium() {
        command.env("PARLOUR_CHROMIUM", chromium);
    }
}

/// Whether there is any browser that the app could open a call in.
pub(super) fn any() -> bool {
    process::find(CHROMIUM).is_some()
        || process::find(&["firefox", "firefox-esr"]).is_some()
        || of_playwright().is_some()
}

/// Lets Playwright bring its Chromium and the libraries that it needs.
pub(super) fn install() -> Result<()> {
    node::packages(&paths::ui())?;
    process::run(process::npm(&paths::ui()).args([
        "exec",
        "--",
        "playwright",
        "install",
        "--with-deps",
        "chromium",
    ]))
}

/// A snap sees neither hidden folders nor the system's temporary folder. Ubuntu's `chromium-browser` is a script that starts one.
fn is_snap(program: &Path) -> bool {
    let real = fs::canonicalize(program).unwrap_or_else(|_| program.to_path_buf());
    if program.starts_with("/snap") || real.ends_with("snap") || real.starts_with("/snap") {
        return true;
    }
    let is_script = fs::metadata(&real).is_ok_and(|file| file.len() < 64 * 1024);
    is_script && fs::read_to_string(&real).is_ok_and(|text| text.contains("/snap/bin/"))
}

fn of_the_system() -> Option<PathBuf> {
    let places: &[&str] = if cfg!(target_os = "macos") {
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
    places.iter().map(PathBuf::from).find(|path| path.exists())
}

fn of_playwright() -> Option<PathBuf> {
    let ask = "process.stdout.write(require('@playwright/test').chromium.executablePath())";
    process::output(
        process::program("node")
            .current_dir(paths::ui())
            .args(["-e", ask]),
    )
    .map(PathBuf::from)
    .filter(|path| path.exists())
}
