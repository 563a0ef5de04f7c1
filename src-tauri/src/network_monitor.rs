//! Watches the computer's network interfaces, and whether the computer has slept, while the app is in a room.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use n0_watcher::Watcher;
use netwatch::interfaces::State;
use netwatch::netmon::Monitor;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::view::NetworkChange;

/// Changes that wait for the controller. More of them would say nothing more.
const MAX_QUEUED_CHANGES: usize = 2;
/// The least time between two reports: a network that comes up changes often in a short time. (`netwatch` itself waits
/// for 250 ms without a change.)
const COALESCE_WINDOW: Duration = Duration::from_secs(1);
/// How often the clocks are read.
const CLOCK_INTERVAL: Duration = Duration::from_secs(1);
/// A delay this much longer than [`CLOCK_INTERVAL`] is a sleep, not the load of the computer.
const MIN_SLEEP: Duration = Duration::from_secs(4);

/// Watches until the receiver is dropped. Must be called inside a Tokio runtime.
pub(crate) fn watch() -> mpsc::Receiver<NetworkChange> {
    let (changes, receiver) = mpsc::channel(MAX_QUEUED_CHANGES);
    tokio::spawn(async move {
        tokio::select! {
            () = changes.closed() => {}
            () = watch_interfaces(&changes) => {}
            () = watch_clocks(&changes) => {}
        }
    });
    receiver
}

async fn watch_interfaces(changes: &mpsc::Sender<NetworkChange>) {
    match Monitor::new().await {
        Ok(monitor) => {
            let mut states = monitor.interface_state();
            let mut known = InterfaceSnapshot::of(&states.get());
            while let Ok(state) = states.updated().await {
                let now = InterfaceSnapshot::of(&state);
                if now != known {
                    known = now;
                    report(changes, NetworkChange::Changed);
                    sleep(COALESCE_WINDOW).await;
                }
            }
            tracing::warn!("interfaces are no longer watched");
        }
        Err(error) => tracing::warn!(%error, "interfaces cannot be watched"),
    }
    // The clocks are still watched.
    std::future::pending().await
}

async fn watch_clocks(changes: &mpsc::Sender<NetworkChange>) {
    let mut clocks = Clocks::now();
    loop {
        sleep(CLOCK_INTERVAL).await;
        let now = Clocks::now();
        if now.slept_since(&clocks) {
            report(changes, NetworkChange::Woke);
        }
        clocks = now;
    }
}

/// A full queue is no error: the controller has still to react to what waits in it.
fn report(changes: &mpsc::Sender<NetworkChange>, kind: NetworkChange) {
    tracing::info!(?kind, "the network has changed");
    let _ = changes.try_send(kind);
}

/// The addresses and the default route by which this computer reaches others.
#[derive(Debug, Default, PartialEq, Eq)]
struct InterfaceSnapshot {
    default_route: Option<String>,
    addresses: BTreeSet<(String, IpAddr)>,
}

impl InterfaceSnapshot {
    fn of(state: &State) -> Self {
        let up = state
            .interfaces
            .values()
            .filter(|interface| interface.is_up());
        let addresses = up.flat_map(|interface| {
            let name = interface.name().to_owned();
            interface.addrs().map(move |net| (name.clone(), net.addr()))
        });
        Self {
            default_route: state.default_route_interface.clone(),
            addresses: addresses.filter(|(_, ip)| is_routable(ip)).collect(),
        }
    }
}

/// Link-local IPv6 addresses do not count: containers that start and stop have no others.
fn is_routable(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_loopback(),
        IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
    }
}

/// Two clocks, because neither shows every sleep: the steady one stops while some systems sleep, and the wall clock can
/// be set.
#[derive(Clone, Copy, Debug)]
struct Clocks {
    steady: Instant,
    wall: SystemTime,
}

impl Clocks {
    fn now() -> Self {
        Self {
            steady: Instant::now(),
            wall: SystemTime::now(),
        }
    }

    /// A clock that is set forward counts as a sleep too: a needless check of the network is cheap.
    fn slept_since(&self, before: &Self) -> bool {
        let steady = self.steady.saturating_duration_since(before.steady);
        let wall = self.wall.duration_since(before.wall).unwrap_or_default();
        steady.max(wall) >= CLOCK_INTERVAL + MIN_SLEEP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_is_seen_by_either_clock() {
        let before = Clocks::now();
        let later = |steady, wall| Clocks {
            steady: before.steady + Duration::from_secs(steady),
            wall: before.wall + Duration::from_secs(wall),
        };
        assert!(!later(1, 1).slept_since(&before));
        // A busy computer.
        assert!(!later(4, 4).slept_since(&before));
        // Suspended where both clocks go on.
        assert!(later(60, 60).slept_since(&before));
        // Asleep where the steady clock stops.
        assert!(later(1, 60).slept_since(&before));
        // Set back.
        let back = Clocks {
            wall: before.wall - Duration::from_secs(3600),
            ..later(1, 0)
        };
        assert!(!back.slept_since(&before));
    }

    #[test]
    fn addresses_without_a_route_are_ignored() {
        for (address, routable) in [
            ("127.0.0.1", false),
            ("::1", false),
            ("fe80::1", false),
            ("192.168.1.7", true),
            ("169.254.3.4", true),
            ("2001:db8::7", true),
        ] {
            let parsed: Result<IpAddr, _> = address.parse();
            assert_eq!(parsed.as_ref().map(is_routable), Ok(routable), "{address}");
        }
    }

    #[tokio::test]
    async fn watching_ends_when_the_receiver_is_dropped() {
        let before = tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks();
        let receiver = watch();
        while tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
            == before
        {
            tokio::task::yield_now().await;
        }
        drop(receiver);
        while tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
            > before
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
