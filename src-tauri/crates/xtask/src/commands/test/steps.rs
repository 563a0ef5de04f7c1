//! The checks, quick ones first.

use anyhow::Result;

use super::super::demo;
use super::super::platforms;
use crate::display::Display;
use crate::setup::browser;
use crate::{build, house, process};

/// One check.
pub(super) struct Step {
    /// For `--only`.
    pub(super) name: &'static str,
    /// For people.
    pub(super) about: &'static str,
    pub(super) run: fn() -> Result<Outcome>,
}

/// How a check that did not fail went.
pub(super) enum Outcome {
    Passed,
    Skipped(String),
}

/// All of them. Clippy and the tests come after the UI's build: the app has the UI inside.
pub(super) const STEPS: &[Step] = &[
    step("rust-format", "cargo fmt", rust_format),
    step("ui-format", "prettier", || ui("format:check")),
    step("ui-lint", "eslint", || ui("lint")),
    step("ui-types", "svelte-check", || ui("check")),
    step("ui-unit", "vitest", || ui("test")),
    step("ui-build", "vite", ui_build),
    step("rust-lint", "clippy", rust_lint),
    step("rust", "cargo test", rust),
    step("app", "the app's binary", app),
    step("ui-browser", "the UI in Chromium", ui_browser),
    step("e2e", "real windows, real calls", e2e),
    step("demo", "the demo", the_demo),
    step("platforms", "types for Windows and macOS", other_platforms),
];

const fn step(name: &'static str, about: &'static str, run: fn() -> Result<Outcome>) -> Step {
    Step { name, about, run }
}

fn rust_format() -> Result<Outcome> {
    passed(process::run(
        process::cargo().args(["fmt", "--all", "--check"]),
    ))
}

fn ui(script: &str) -> Result<Outcome> {
    passed(process::run(
        process::npm(&house::ui()).args(["run", "--silent", script]),
    ))
}

fn ui_build() -> Result<Outcome> {
    passed(build::ui())
}

fn rust_lint() -> Result<Outcome> {
    passed(process::run(
        build::cargo("clippy")
            .args(["--workspace", "--all-targets", "--quiet"])
            .args(["--", "--deny", "warnings"]),
    ))
}

fn rust() -> Result<Outcome> {
    passed(process::run(
        build::cargo("test").args(["--workspace", "--quiet"]),
    ))
}

fn app() -> Result<Outcome> {
    passed(build::app().map(drop))
}

fn ui_browser() -> Result<Outcome> {
    let mut npm = process::npm(&house::ui());
    npm.args(["run", "--silent", "test:browser"]);
    if let Some(chromium) = browser::chromium() {
        npm.env("PARLOUR_CHROMIUM", chromium);
    }
    passed(process::run(&mut npm))
}

fn e2e() -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped(
            "the window is driven through WebKitGTK's driver, which is on Linux alone".into(),
        ));
    }
    let display = Display::own()?;
    let mut npm = display.program("npm");
    npm.current_dir(house::e2e())
        .args(["run", "--silent", "test"])
        .env("PARLOUR_APP", house::app()?);
    if let Some(chromium) = browser::chromium() {
        npm.env("PARLOUR_CHROMIUM", chromium);
    }
    passed(process::run(&mut npm))
}

fn the_demo() -> Result<Outcome> {
    let display = Display::own()?;
    passed(process::run(&mut demo::driver(&display, &house::app()?)?))
}

fn other_platforms() -> Result<Outcome> {
    let skipped = platforms::check()?;
    if skipped.len() == platforms::TARGETS.len() {
        return Ok(Outcome::Skipped(skipped.join("; ")));
    }
    for line in skipped {
        println!("{line}");
    }
    Ok(Outcome::Passed)
}

fn passed(result: Result<()>) -> Result<Outcome> {
    result.map(|()| Outcome::Passed)
}
