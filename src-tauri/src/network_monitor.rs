//! What the computer's network does, and whether the computer has slept: watched while one is in a room.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use n0_watcher::Watcher;
use netwatch::interfaces::State;
use netwatch::netmon::Monitor;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::view::NetworkChange;

/// What waits for the controller: more of it says nothing more.
const QUEUE: usize = 2;
/// The pause after a change was told. What comes meanwhile is told once, as a network that comes up tells
/// much in little time. (`netwatch` has waited for 250 ms of quiet by then.)
const PAUSE: Duration = Duration::from_secs(1);
/// How often the clocks are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// So much more time between two looks is no load, but a sleep.
const SLEEP: Duration = Duration::from_secs(4);

/// Watches until the receiver is dropped. To be called inside a Tokio runtime.
pub(crate) fn watch() -> mpsc::Receiver<NetworkChange> {
    let (changes, heard) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        tokio::select! {
            () = changes.closed() => {}
            () = watch_interfaces(&changes) => {}
            () = watch_clocks(&changes) => {}
        }
    });
    heard
}

async fn watch_interfaces(changes: &mpsc::Sender<NetworkChange>) {
    match Monitor::new().await {
        Ok(monitor) => {
            let mut states = monitor.interface_state();
            let mut known = Ways::of(&states.get());
            while let Ok(state) = states.updated().await {
                let now = Ways::of(&state);
                if now != known {
                    known = now;
                    tell(changes, NetworkChange::Changed);
                    sleep(PAUSE).await;
                }
            }
            tracing::warn!("the network is no longer watched");
        }
        Err(error) => tracing::warn!(%error, "the network cannot be watched"),
    }
    // The clocks are watched all the same.
    std::future::pending().await
}

async fn watch_clocks(changes: &mpsc::Sender<NetworkChange>) {
    let mut clocks = Clocks::now();
    loop {
        sleep(LOOK).await;
        let now = Clocks::now();
        if now.slept_since(&clocks) {
            tell(changes, NetworkChange::Woke);
        }
        clocks = now;
    }
}

/// One that does not listen has enough to do with what it has not heard yet.
fn tell(changes: &mpsc::Sender<NetworkChange>, kind: NetworkChange) {
    tracing::info!(?kind, "the network");
    let _ = changes.try_send(kind);
}

/// What matters of the interfaces: the ways out of this computer.
#[derive(Debug, Default, PartialEq, Eq)]
struct Ways {
    main: Option<String>,
    addresses: BTreeSet<(String, IpAddr)>,
}

impl Ways {
    fn of(state: &State) -> Self {
        let up = state.interfaces.values().filter(|way| way.is_up());
        let addresses = up.flat_map(|way| {
            let name = way.name().to_owned();
            way.addrs().map(move |net| (name.clone(), net.addr()))
        });
        Self {
            main: state.default_route_interface.clone(),
            addresses: addresses.filter(|(_, ip)| leads_out(ip)).collect(),
        }
    }
}

/// Containers come and go with nothing but link-local addresses.
fn leads_out(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_loopback(),
        IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
    }
}

/// Two, as no single one tells of every sleep: the first stands still while some systems sleep, and the second
/// may be set.
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

    /// A clock that was set forward counts as well: to look once too often is cheap.
    fn slept_since(&self, before: &Self) -> bool {
        let steady = self.steady.saturating_duration_since(before.steady);
        let wall = self.wall.duration_since(before.wall).unwrap_or_default();
        steady.max(wall) >= LOOK + SLEEP
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
        // Stopped, or asleep where both clocks go on.
        assert!(later(60, 60).slept_since(&before));
        // Asleep where the first stands still.
        assert!(later(1, 60).slept_since(&before));
        // Set back.
        let back = Clocks {
            wall: before.wall - Duration::from_secs(3600),
            ..later(1, 0)
        };
        assert!(!back.slept_since(&before));
    }

    #[test]
    fn what_leads_nowhere_is_no_change() {
        for (address, leads) in [
            ("127.0.0.1", false),
            ("::1", false),
            ("fe80::1", false),
            ("192.168.1.7", true),
            ("169.254.3.4", true),
            ("2001:db8::7", true),
        ] {
            let parsed: Result<IpAddr, _> = address.parse();
            assert_eq!(parsed.as_ref().map(leads_out), Ok(leads), "{address}");
        }
    }

    #[tokio::test]
    async fn nobody_watches_for_one_who_has_gone() {
        let before = tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks();
        let heard = watch();
        while tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
            == before
        {
            tokio::task::yield_now().await;
        }
        drop(heard);
        while tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
            > before
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
