//! Calls between network namespaces, with rules of real routers, a real coturn and real losses. Only on Linux, as root.

use anyhow::Result;

use super::demo;
use crate::setup::{apt, requirements};
use crate::{build, playwright, process, setup};

/// Tries what the tests need: a namespace, a pair of interfaces, a switch, and NAT.
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

/// The tests that take seconds and not minutes.
const PATHS: &[&str] = &[
    "connection-check.spec.mjs",
    "connection-paths.spec.mjs",
    "member-turn.spec.mjs",
    "open-host.spec.mjs",
    "port-mapping.spec.mjs",
    "relays.spec.mjs",
];

#[derive(Clone, Copy)]
pub(crate) enum Extent {
    /// A call on every kind of path, by relays and through members, and routers that open ports.
    Paths,
    /// Also the recovery from every disturbance, five times each, with a table of the times.
    All,
}

/// Why the tests cannot run on this system, if so.
pub(crate) fn unsupported_reason() -> Option<&'static str> {
    demo::unsupported_reason().or_else(|| {
        if !apt::is_root() {
            Some("only root can make network namespaces")
        } else if !(setup::are_met(requirements::NETWORK)
            && setup::are_met(requirements::COTURN)
            && setup::are_met(requirements::PORT_MAPPING))
        {
            Some("coturn, miniupnpd, nftables, iproute2, openssl, certutil or Python is not installed")
        } else if process::output(process::program("sh").args(["-c", TRIAL])).is_none() {
            Some("this system allows no network namespaces, or no NAT in them")
        } else {
            None
        }
    })
}

/// Installs the tools of the tests, where this is possible.
pub(crate) fn set_up() {
    if cfg!(target_os = "linux") && apt::is_root() {
        setup::try_install(requirements::NETWORK);
        setup::try_install(requirements::COTURN);
        setup::try_install(requirements::PORT_MAPPING);
    }
}

pub(crate) fn run(extent: Extent) -> Result<()> {
    build::everything()?;
    build::example("parlour-port-mapping", "open_ports")?;
    let config = ["--config", "../network/playwright.config.mjs"];
    match extent {
        Extent::Paths => playwright::run(&[&config[..], PATHS].concat(), &[]),
        Extent::All => playwright::run(&config, &[]),
    }
}
