//! The budgets grant and refuse as they should, and the accounts are right after any sequence of events.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

impl Budgets {
    fn usage_of(&self, source: Source) -> Usage {
        let address = self.addresses.get(&source);
        address.map(|address| address.usage).unwrap_or_default()
    }

    fn addresses(&self) -> usize {
        self.addresses.len()
    }
}

fn config() -> BudgetConfig {
    let mut config = BudgetConfig::default();
    config.address.handshakes = 3;
    config.address.connections = 8;
    config.address.places = 5;
    config.server.handshakes = 6;
    config.server.connections = 16;
    config.server.places = 12;
    config
}

/// Budgets, a clock, and the number of the next connection.
struct Door {
    budgets: Budgets,
    now: Instant,
    next: u64,
}

impl Door {
    fn new(config: BudgetConfig) -> Self {
        Self {
            budgets: Budgets::new(config),
            now: Instant::now(),
            next: 0,
        }
    }

    fn open(&mut self, address: u32) -> (ConnId, Result<Option<ConnId>, Refusal>) {
        let conn = ConnId::new(self.next);
        self.next += 1;
        let opened = self.budgets.open(self.now, conn, Source::V4(address));
        (conn, opened)
    }

    fn begin(&mut self, address: u32) {
        self.open(address).1.unwrap();
    }

    fn join(&mut self, address: u32, resumes: bool) -> Result<ConnId, Refusal> {
        let (conn, opened) = self.open(address);
        opened?;
        let joined = self.budgets.join(conn, resumes);
        if joined.is_err() {
            self.budgets.close(conn);
        }
        joined.map(|_| conn)
    }
}

#[test]
fn the_oldest_handshake_of_the_same_address_makes_room() {
    let mut door = Door::new(config());
    let (first, _) = door.open(1);
    door.begin(2);
    door.begin(1);
    door.begin(1);
    assert_eq!(door.open(1).1, Ok(Some(first)));
    assert_eq!(door.budgets.usage().handshakes, 4);
}

#[test]
fn a_full_door_takes_from_the_address_that_has_most() {
    let mut door = Door::new(config());
    door.begin(1);
    let (first, _) = door.open(2);
    door.begin(2);
    door.begin(2);
    door.begin(3);
    door.begin(3);
    assert_eq!(door.open(4).1, Ok(Some(first)));
    assert_eq!(door.budgets.usage_of(Source::V4(4)).handshakes, 1);
    assert_eq!(door.budgets.usage().handshakes, 6);
}

#[test]
fn a_newcomer_leaves_a_share_to_those_who_come_back() {
    let mut door = Door::new(config());
    for _ in 0..7 {
        door.join(1, false).unwrap();
    }
    assert_eq!(door.join(1, false), Err(Refusal::Address));
    door.join(1, true).unwrap();
    assert_eq!(door.join(1, true), Err(Refusal::Address));
    for address in 2..8 {
        door.join(address, false).unwrap();
    }
    assert_eq!(door.join(8, false), Err(Refusal::Server));
    door.join(8, true).unwrap();
    door.join(9, true).unwrap();
    // The reserve is used up, and somebody who has nothing takes from the address that has most.
    let before = door.budgets.usage_of(Source::V4(1)).connections;
    door.join(10, true).unwrap();
    assert_eq!(door.budgets.usage_of(Source::V4(1)).connections, before - 1);
    assert_eq!(door.budgets.usage().connections, 16);
    assert_eq!(door.join(11, false), Err(Refusal::Server));
}

#[test]
fn places_are_bounded_for_an_address_and_for_all() {
    let mut door = Door::new(config());
    let mut conns = BTreeMap::new();
    for address in 1..=4 {
        conns.insert(address, door.join(address, true).unwrap());
    }
    for _ in 0..5 {
        assert_eq!(door.budgets.take_place(conns[&1]), Ok(Source::V4(1)));
    }
    assert_eq!(door.budgets.take_place(conns[&1]), Err(Refusal::Address));
    for _ in 0..5 {
        door.budgets.take_place(conns[&2]).unwrap();
    }
    for _ in 0..2 {
        door.budgets.take_place(conns[&3]).unwrap();
    }
    assert_eq!(door.budgets.take_place(conns[&4]), Err(Refusal::Server));
    door.budgets.leave_place(Source::V4(1));
    assert_eq!(door.budgets.take_place(conns[&4]), Ok(Source::V4(4)));
}

#[test]
fn a_burst_of_one_address_does_not_touch_another() {
    let mut door = Door::new(BudgetConfig::default());
    let burst = door.budgets.config.handshake_rate.burst;
    for _ in 0..burst {
        door.open(1).1.unwrap();
    }
    assert_eq!(door.open(1).1, Err(Refusal::Address));
    let (conn, opened) = door.open(2);
    assert_eq!(opened, Ok(None));
    let burst = door.budgets.config.join_rate.burst;
    for _ in 0..burst {
        assert_eq!(door.budgets.take_join(door.now, conn, false), Ok(()));
    }
    let refused = door.budgets.take_join(door.now, conn, true);
    assert_eq!(refused, Err(Refusal::Address));
    door.now += Duration::from_secs(1);
    assert_eq!(door.budgets.take_join(door.now, conn, false), Ok(()));
    assert_eq!(door.open(1).1, Ok(Some(ConnId::new(u64::from(96_u32)))));
}

#[test]
fn joins_of_all_addresses_are_bounded_except_of_those_who_resume() {
    let config = BudgetConfig {
        server_join_rate: Rate {
            burst: 2,
            per_second: 1,
        },
        ..BudgetConfig::default()
    };
    let mut door = Door::new(config);
    let conns = [1, 2, 3].map(|address| door.open(address).0);
    let mut take = |n: usize, resumes| door.budgets.take_join(door.now, conns[n], resumes);
    assert_eq!((take(0, false), take(1, false)), (Ok(()), Ok(())));
    assert_eq!(take(2, false), Err(Refusal::Server));
    assert_eq!(take(2, true), Ok(()));
}

#[test]
fn a_stream_of_the_same_process_has_no_budget_of_its_own() {
    let mut door = Door::new(config());
    let mut open = |n| {
        let conn = ConnId::new(n);
        door.budgets
            .open(door.now, conn, Source::InProcess)
            .unwrap();
        door.budgets.join(conn, true)
    };
    for n in 0..16 {
        assert_eq!(open(n), Ok(None));
    }
    assert_eq!(open(16), Err(Refusal::Server));
}

#[test]
fn a_client_of_a_proxy_counts_for_its_own_address() {
    let mut door = Door::new(config());
    let (proxied, client) = (ConnId::new(100), Source::V6(7));
    door.budgets
        .open(door.now, proxied, Source::TrustedProxy)
        .unwrap();
    let moved = door.budgets.set_source(door.now, proxied, client);
    assert_eq!(moved, Ok(None));
    assert_eq!(door.budgets.usage_of(client).handshakes, 1);
    assert_eq!(
        door.budgets.usage_of(Source::TrustedProxy),
        Usage::default()
    );
    assert_eq!(door.budgets.usage().handshakes, 1);
}

#[test]
fn addresses_are_forgotten_when_they_use_nothing() {
    let mut config = config();
    config.server.handshakes = 100_000;
    config.server.bytes = usize::MAX;
    let mut door = Door::new(config);
    let (kept, _) = door.open(0);
    let bytes = door.budgets.kept_bytes_of(kept);
    for address in 1..50_000 {
        let (conn, _) = door.open(address);
        door.budgets.close(conn);
        assert!(door.budgets.addresses() <= 2 * MIN_SWEPT + 1);
    }
    door.now += Duration::from_secs(60);
    door.budgets.close(kept);
    door.budgets.sweep(door.now);
    assert_eq!(door.budgets.addresses(), 1, "its bytes are still counted");
    drop(bytes);
    door.budgets.sweep(door.now);
    assert_eq!(door.budgets.addresses(), 0);
}

#[derive(Clone, Debug)]
enum Act {
    Open(u32),
    Proxied(u32),
    /// The n-th of the open connections joins, as a newcomer or not.
    Join(usize, bool),
    Place(usize),
    Keep(usize, usize),
    Leave(usize),
    Close(usize),
    Wait(u64),
    Sweep,
}

fn act() -> impl Strategy<Value = Act> {
    let n = || 0..64_usize;
    prop_oneof![
        4 => (0..6_u32).prop_map(Act::Open),
        1 => (0..6_u32).prop_map(Act::Proxied),
        4 => (n(), any::<bool>()).prop_map(|(n, resumes)| Act::Join(n, resumes)),
        4 => n().prop_map(Act::Place),
        2 => (n(), 0..100_000_usize).prop_map(|(n, bytes)| Act::Keep(n, bytes)),
        2 => n().prop_map(Act::Leave),
        3 => n().prop_map(Act::Close),
        1 => (0..10_000_u64).prop_map(Act::Wait),
        1 => Just(Act::Sweep),
    ]
}

/// A place and the bytes that it keeps, as the test counts them.
struct Place {
    source: Source,
    bytes: usize,
    counted_in: Arc<KeptBytes>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// The accounts equal those of a model that only lists what is there, and are never above their limits.
    #[test]
    fn the_accounts_are_right_after_any_sequence(acts in vec(act(), 1..200)) {
        let mut door = Door::new(config());
        let mut open: BTreeMap<ConnId, (Source, bool)> = BTreeMap::new();
        let mut places: Vec<Place> = Vec::new();
        for act in acts {
            let nth = |n: usize| open.keys().nth(n % open.len().max(1)).copied();
            match act {
                Act::Open(address) => {
                    let (conn, opened) = door.open(address);
                    if let Ok(displaced) = opened {
                        open.insert(conn, (Source::V4(address), false));
                        displaced.map(|d| open.remove(&d));
                    }
                }
                Act::Proxied(address) => {
                    let conn = ConnId::new(door.next);
                    door.next += 1;
                    let source = Source::V4(address);
                    let displaced = [
                        door.budgets.open(door.now, conn, Source::TrustedProxy),
                        door.budgets.set_source(door.now, conn, source),
                    ];
                    for displaced in displaced.iter().filter_map(|d| d.ok()?) {
                        open.remove(&displaced);
                    }
                    if displaced[1].is_ok() {
                        open.insert(conn, (source, false));
                    }
                }
                Act::Join(n, resumes) => if let Some(conn) = nth(n)
                    && let Ok(displaced) = door.budgets.join(conn, resumes)
                {
                    open.get_mut(&conn).unwrap().1 = true;
                    displaced.map(|d| open.remove(&d));
                },
                Act::Place(n) => if let Some(conn) = nth(n)
                    && let Ok(source) = door.budgets.take_place(conn)
                {
                    let counted_in = door.budgets.kept_bytes_of(conn);
                    places.push(Place { source, bytes: 0, counted_in });
                },
                Act::Keep(n, bytes) => if let Some(place) = places.get_mut(n) {
                    place.counted_in.add(bytes);
                    place.bytes += bytes;
                },
                Act::Leave(n) => if n < places.len() {
                    let place = places.remove(n);
                    place.counted_in.sub(place.bytes);
                    door.budgets.leave_place(place.source);
                },
                Act::Close(n) => if let Some(conn) = nth(n) {
                    door.budgets.close(conn);
                    open.remove(&conn);
                },
                Act::Wait(ms) => door.now += Duration::from_millis(ms),
                Act::Sweep => door.budgets.sweep(door.now),
            }
            let count = |of: &dyn Fn(Source) -> bool| Usage {
                handshakes: open.values().filter(|(s, joined)| of(*s) && !joined).count(),
                connections: open.values().filter(|(s, joined)| of(*s) && *joined).count(),
                places: places.iter().filter(|place| of(place.source)).count(),
            };
            let all = door.budgets.usage();
            prop_assert_eq!(all, count(&|_| true));
            let within = |usage: Usage, limits: BudgetLimits| usage.handshakes <= limits.handshakes
                && usage.connections <= limits.connections
                && usage.places <= limits.places;
            prop_assert!(within(all, door.budgets.config.server));
            for address in (0..6).map(Source::V4) {
                let usage = door.budgets.usage_of(address);
                prop_assert_eq!(usage, count(&|s| s == address));
                prop_assert!(within(usage, door.budgets.config.address));
                let bytes = places.iter().filter(|p| p.source == address).map(|p| p.bytes);
                prop_assert_eq!(door.budgets.bytes_of(address), bytes.sum::<usize>());
            }
            prop_assert_eq!(door.budgets.kept(), places.iter().map(|p| p.bytes).sum::<usize>());
        }
        open.into_keys().for_each(|conn| door.budgets.close(conn));
        for place in places {
            place.counted_in.sub(place.bytes);
            door.budgets.leave_place(place.source);
        }
        door.budgets.sweep(door.now + Duration::from_secs(60));
        prop_assert_eq!(door.budgets.usage(), Usage::default());
        prop_assert_eq!((door.budgets.kept(), door.budgets.addresses()), (0, 0));
    }
}
