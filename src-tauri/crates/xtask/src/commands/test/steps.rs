//! The checks, quick ones first.

use std::env;

use anyhow::Result;

use super::{dependencies, docs, imports, wasm};
use crate::commands::network::{self, Extent};
use crate::commands::platforms::{self, MACOS, Target, WINDOWS};
use crate::commands::{demo, package};
use crate::setup::browser;
use crate::{build, paths, playwright, process};

/// One check.
pub(super) struct Step {
    /// For `--only`.
    pub(super) name: &'static str,
    /// For people.
    pub(super) about: &'static str,
    pub(super) needs: Needs,
    pub(super) run: fn() -> Result<Outcome>,
}

/// The packages that a step needs. Each level includes those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Needs {
    /// Nothing but Rust.
    Rust,
    /// Node and the npm packages.
    Node,
    /// System packages: libraries, a browser, a virtual display.
    Machine,
}

/// The outcome of a check that did not fail.
pub(super) enum Outcome {
    Passed,
    Skipped(&'static str),
}

/// All steps. Clippy and the tests come after the UI's build, because the app embeds the built UI.
pub(super) const STEPS: &[Step] = &[
    step("rust-format", "cargo fmt", Needs::Rust, rust_format),
    step(
        "imports",
        "one flat use a module",
        Needs::Rust,
        imports::check,
    ),
    step(
        "docs",
        "links, paths and commands in Markdown",
        Needs::Rust,
        docs::check,
    ),
    step(
        "dependencies",
        "cargo deny",
        Needs::Rust,
        dependencies::check,
    ),
    step("ui-format", "prettier", Needs::Node, || ui("format:check")),
    step("ui-lint", "eslint", Needs::Node, || ui("lint")),
    step("ui-types", "svelte-check", Needs::Node, || ui("check")),
    step("ui-unit", "vitest", Needs::Node, || ui("test")),
    step("bench", "the figures of the benches", Needs::Node, bench),
    step("ui-build", "vite", Needs::Node, ui_build),
    step("rust-lint", "clippy", Needs::Machine, rust_lint),
    step("rust", "cargo test", Needs::Machine, rust),
    step("app", "the binaries of app and server", Needs::Machine, app),
    step(
        "wasm",
        "the client's core as WebAssembly, in Node",
        Needs::Machine,
        wasm::check,
    ),
    step("guest", "the page for guests", Needs::Machine, guest_page),
    step("ui-browser", "WebRTC in Chromium", Needs::Machine, || {
        browser_tests("test:browser")
    }),
    step("ui-look", "every view in Chromium", Needs::Machine, || {
        browser_tests("test:look")
    }),
    step("e2e", "real windows, real calls", Needs::Machine, || {
        e2e_tests(false)
    }),
    step(
        "network",
        "a call on every kind of path",
        Needs::Machine,
        || network_tests(Extent::Paths),
    ),
    step("demo", "the demo", Needs::Machine, run_demo),
    step("package", "the .deb, installed", Needs::Machine, package),
    step("windows", "cargo check for Windows", Needs::Machine, || {
        check_platform(&WINDOWS)
    }),
    step("macos", "cargo check for macOS", Needs::Machine, || {
        check_platform(&MACOS)
    }),
];

/// Alone, with `--network`.
pub(super) const NETWORK: Step = step(
    "network",
    "how calls recover from disturbances",
    Needs::Machine,
    || network_tests(Extent::All),
);

/// Alone, with `--long`.
pub(super) const LONG: Step = step("long", "the long end-to-end tests", Needs::Machine, || {
    e2e_tests(true)
});

const fn step(
    name: &'static str,
    about: &'static str,
    needs: Needs,
    run: fn() -> Result<Outcome>,
) -> Step {
    Step {
        name,
        about,
        needs,
        run,
    }
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

fn bench() -> Result<Outcome> {
    passed(process::run(
        process::npm(&paths::bench()).args(["run", "--silent", "test"]),
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
    passed(build::everything())
}

fn guest_page() -> Result<Outcome> {
    match build::guest::find_toolchain() {
        Ok(_) => passed(build::guest::page()),
        Err(reason) => Ok(Outcome::Skipped(reason)),
    }
}

fn browser_tests(script: &str) -> Result<Outcome> {
    let mut npm = process::npm(&paths::ui());
    npm.args(["run", "--silent", script]);
    browser::set_variable(&mut npm);
    passed(process::run(&mut npm))
}

fn e2e_tests(long: bool) -> Result<Outcome> {
    if let Some(reason) = demo::unsupported_reason() {
        return Ok(Outcome::Skipped(reason));
    }
    build::everything()?;
    passed(if long {
        playwright::run(&["--grep", "@long"], &[("PARLOUR_LONG", "1".as_ref())])
    } else {
        playwright::run(&[], &[])
    })
}

fn network_tests(extent: Extent) -> Result<Outcome> {
    if let Some(reason) = network::unsupported_reason() {
        return Ok(Outcome::Skipped(reason));
    }
    passed(network::run(extent))
}

fn run_demo() -> Result<Outcome> {
    if let Some(reason) = demo::unsupported_reason() {
        return Ok(Outcome::Skipped(reason));
    }
    build::everything()?;
    passed(process::run(&mut demo::driver(&paths::app()?)?))
}

/// Whether this is a CI machine and not a person's.
pub(super) fn is_unattended() -> bool {
    env::var_os("CI").is_some_and(|ci| !ci.is_empty())
}

/// On a person's machine the tests install no package of the app.
fn package() -> Result<Outcome> {
    if !is_unattended() {
        return Ok(Outcome::Skipped(
            "it installs a package: set CI, or use `cargo xtask test-package`",
        ));
    }
    if let Some(reason) = package::unsupported_reason() {
        return Ok(Outcome::Skipped(reason));
    }
    build::everything()?;
    passed(package::check())
}

fn check_platform(target: &Target) -> Result<Outcome> {
    Ok(platforms::check(target)?.map_or(Outcome::Passed, Outcome::Skipped))
}

fn passed(result: Result<()>) -> Result<Outcome> {
    result.map(|()| Outcome::Passed)
}
