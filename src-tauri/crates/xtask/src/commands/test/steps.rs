//! The checks, quick ones first.

use std::env;

use anyhow::Result;

use super::dependencies;
use crate::commands::network::{self, Extent};
use crate::commands::platforms::{self, MACOS, Target, WINDOWS};
use crate::commands::{demo, package};
use crate::display::Display;
use crate::setup::browser;
use crate::{build, paths, process};

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
    Skipped(&'static str),
}

/// All of them. Clippy and the tests come after the UI's build: the app has the UI inside.
pub(super) const STEPS: &[Step] = &[
    step("rust-format", "cargo fmt", rust_format),
    step("dependencies", "cargo deny", dependencies::check),
    step("ui-format", "prettier", || ui("format:check")),
    step("ui-lint", "eslint", || ui("lint")),
    step("ui-types", "svelte-check", || ui("check")),
    step("ui-unit", "vitest", || ui("test")),
    step("ui-build", "vite", ui_build),
    step("rust-lint", "clippy", rust_lint),
    step("rust", "cargo test", rust),
    step("app", "the app's binary", app),
    step("ui-browser", "WebRTC in Chromium", || {
        browser_tests("test:browser")
    }),
    step("ui-look", "every view in Chromium", || {
        browser_tests("test:look")
    }),
    step("e2e", "real windows, real calls", || e2e_tests(false)),
    step("network", "a call on every kind of path", || {
        the_network(Extent::Paths)
    }),
    step("demo", "the demo", the_demo),
    step("package", "the .deb, installed", the_package),
    step("windows", "cargo check for Windows", || platform(&WINDOWS)),
    step("macos", "cargo check for macOS", || platform(&MACOS)),
];

/// Alone, with `--network`.
pub(super) const NETWORK: Step = step("network", "how calls come back", || {
    the_network(Extent::All)
});

/// Alone, with `--long`.
pub(super) const LONG: Step = step("long", "what takes long of e2e", || e2e_tests(true));

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
        process::npm(&paths::ui()).args(["run", "--silent", script]),
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
    passed(process::run(build::cargo("test").args([
        "--workspace",
        "--quiet",
        "--no-fail-fast",
    ])))
}

fn app() -> Result<Outcome> {
    passed(build::app().map(drop))
}

fn browser_tests(script: &str) -> Result<Outcome> {
    let mut npm = process::npm(&paths::ui());
    npm.args(["run", "--silent", script]);
    browser::name_to(&mut npm);
    passed(process::run(&mut npm))
}

fn e2e_tests(long: bool) -> Result<Outcome> {
    if let Some(reason) = demo::obstacle() {
        return Ok(Outcome::Skipped(reason));
    }
    build::ui()?;
    build::server()?;
    let display = Display::own()?;
    let mut npm = display.program("npm");
    npm.current_dir(paths::e2e())
        .args(["run", "--silent", "test"])
        .env("PARLOUR_APP", paths::app()?);
    if long {
        npm.env("PARLOUR_LONG", "1").args(["--", "--grep", "@long"]);
    }
    browser::name_to(&mut npm);
    passed(process::run(&mut npm))
}

fn the_network(extent: Extent) -> Result<Outcome> {
    if let Some(reason) = network::obstacle() {
        return Ok(Outcome::Skipped(reason));
    }
    passed(network::run(extent))
}

fn the_demo() -> Result<Outcome> {
    if let Some(reason) = demo::obstacle() {
        return Ok(Outcome::Skipped(reason));
    }
    let display = Display::own()?;
    passed(process::run(&mut demo::driver(&display, &paths::app()?)?))
}

/// Whether this is CI's machine and not a person's.
pub(super) fn unattended() -> bool {
    env::var_os("CI").is_some_and(|ci| !ci.is_empty())
}

/// Nobody's machine gets a package by the way: where nobody works, or with its own command.
fn the_package() -> Result<Outcome> {
    if !unattended() {
        return Ok(Outcome::Skipped(
            "it installs a package, which is for CI or for `cargo xtask test-package`",
        ));
    }
    if let Some(reason) = package::obstacle() {
        return Ok(Outcome::Skipped(reason));
    }
    passed(package::check())
}

fn platform(target: &Target) -> Result<Outcome> {
    Ok(platforms::check(target)?.map_or(Outcome::Passed, Outcome::Skipped))
}

fn passed(result: Result<()>) -> Result<Outcome> {
    result.map(|()| Outcome::Passed)
}
