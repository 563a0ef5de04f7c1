//! Calls between network namespaces: real routers' rules, a real coturn, real losses. Linux and root only.

use anyhow::Result;

use super::demo;
use crate::display::Display;
use crate::setup::{apt, browser, requirements};
use crate::{build, paths, process, setup};

/// What a system must let us have: a namespace, a cable, a switch, and NAT.
const TRIAL: &str = "
    ip netns add parlour-trial || exit 1
    ip -n parlour-trial link add veth0 type veth peer name veth1 &&
        ip -n parlour-trial link add switch0 type bridge &&
        ip netns exec parlour-trial nft '
            add table ip t
            add chain ip t c { type nat hook postrouting priority 100; }
            add rule ip t c masquerade fully-random'
    outcome=$?
    ip netns delete parlour-trial
    exit $outcome";

/// How much of it.
#[derive(Clone, Copy)]
pub(crate) enum Extent {
    /// A call on every kind of path.
    Paths,
    /// And every way back after a disturbance, five times each, with a table of how long it took.
    All,
}

/// Why no such call can be held here, if so.
pub(crate) fn obstacle() -> Option<&'static str> {
    demo::obstacle().or_else(|| {
        if !apt::is_root() {
            Some("only root makes network namespaces")
        } else if !are_tools_here() {
            Some("coturn, nftables, iproute2, openssl or certutil is not installed")
        } else if process::output(process::program("sh").args(["-c", TRIAL])).is_none() {
            Some("this system has no network namespaces for us, or no NAT in them")
        } else {
            None
        }
    })
}

/// Installs what it takes, where that can be done.
pub(crate) fn set_up() {
    if cfg!(target_os = "linux") && apt::is_root() {
        setup::optional(requirements::NETWORK);
        setup::optional(requirements::RELAY);
    }
}

pub(crate) fn run(extent: Extent) -> Result<()> {
    build::ui()?;
    build::app_and_server()?;
    let display = Display::own()?;
    let mut npm = display.program("npm");
    npm.current_dir(paths::e2e())
        .args(["exec", "--", "playwright", "test"])
        .args(["--config", "../network/playwright.config.mjs"])
        .env("PARLOUR_APP", paths::app()?);
    if matches!(extent, Extent::Paths) {
        npm.arg("connection-paths.spec.mjs");
    }
    browser::name_to(&mut npm);
    process::run(&mut npm)
}

fn are_tools_here() -> bool {
    setup::are_met(requirements::NETWORK) && setup::are_met(requirements::RELAY)
}
