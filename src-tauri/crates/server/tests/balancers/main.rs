//! Several servers behind a load balancer: a room is at one of them, and goes to another as one when its server ends.
//!
//! The balancer runs with the file of docs/self-hosting.md. Where it is not installed the tests are skipped, except in
//! continuous integration.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod fleet;
mod load;
mod people;

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use fleet::{Fleet, Kind};
use people::Room;

/// A room whose people do not see each other for longer is split in two.
const APART_LIMIT: Duration = Duration::from_secs(2);
/// How long anything else may take.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The balancer's program, unless the test is skipped.
fn program(kind: Kind) -> Option<PathBuf> {
    let program = kind.program();
    if program.is_none() {
        let is_unattended = env::var_os("CI").is_some_and(|ci| !ci.is_empty());
        assert!(!is_unattended, "{kind:?} is not installed");
        println!("skipped: {kind:?} is not installed");
    }
    program
}

/// Waits for something that may take this long.
async fn wait_for(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < limit, "{what}: not within {limit:?}");
        sleep(POLL_INTERVAL).await;
    }
}

/// Waits until every room is together at one server, which may take until [`APART_LIMIT`] after `since`. Returns how
/// long it took.
async fn meet(fleet: &Fleet, rooms: &[Room], since: Instant, what: &str) -> Duration {
    let people: usize = rooms.iter().map(|room| room.people.len()).sum();
    loop {
        let apart = rooms.iter().filter(|room| !room.is_together()).count();
        // No client thinks that it is still somewhere else.
        if apart == 0 && fleet.sum("parlour_connections") == people as u64 {
            return since.elapsed();
        }
        let elapsed = since.elapsed();
        if elapsed >= APART_LIMIT {
            let apart = rooms.iter().filter(|room| !room.is_together());
            let seen: Vec<_> = apart.map(Room::describe).collect();
            let connections = fleet.sum("parlour_connections");
            panic!(
                "{what}: after {elapsed:?} {people} people have {connections} connections, and of {} rooms these are \
                 apart:\n{}",
                rooms.len(),
                seen.join("\n")
            );
        }
        sleep(POLL_INTERVAL).await;
    }
}

/// Everybody in each room hears from everybody else.
async fn talk(rooms: &mut [Room]) {
    for room in rooms.iter_mut() {
        room.signal().await;
    }
    wait_for("signals", STEP_TIMEOUT, || {
        rooms.iter().all(Room::has_signals)
    })
    .await;
    for room in rooms.iter() {
        assert_eq!(room.faults(), Vec::<String>::new());
    }
}

fn enter_all(rooms: &mut [Room]) {
    rooms.iter_mut().for_each(Room::enter);
}

/// Somebody comes to each of the first rooms.
const NEWCOMERS: usize = 6;
const ROOMS: u64 = 24;

/// Rooms at this server, of those that were opened at the balancer.
async fn until_used(fleet: &Fleet, n: usize) {
    let mut others = Vec::new();
    wait_for("a server that is back is used", STEP_TIMEOUT, || {
        let mut room = Room::new(u64::MAX, fleet.address);
        room.enter();
        others.push(room);
        fleet.metric(n, "parlour_rooms") > 0
    })
    .await;
    for mut room in others {
        room.leave().await;
    }
}

async fn rooms_stay_together(kind: Kind) {
    let Some(program) = program(kind) else {
        return;
    };
    let mut fleet = Fleet::start(kind, &program);
    let at: SocketAddr = fleet.address;
    let mut rooms: Vec<_> = (0..ROOMS).map(|number| Room::new(number, at)).collect();
    let begin = Instant::now();
    enter_all(&mut rooms);
    enter_all(&mut rooms);
    meet(&fleet, &rooms, begin, "the first two").await;
    assert_eq!(fleet.sum("parlour_rooms"), ROOMS);
    let used = fleet.running().into_iter();
    let used = used
        .filter(|n| fleet.metric(*n, "parlour_rooms") > 0)
        .count();
    assert!(used > 1, "all rooms are at one server");
    talk(&mut rooms).await;

    let since = Instant::now();
    enter_all(&mut rooms[..NEWCOMERS]);
    let took = fleet.drain(0);
    let met = meet(&fleet, &rooms, since, "a server is told to end").await;
    println!("{kind:?}: drained in {took:?}, all together after {met:?}");
    assert_eq!(fleet.sum("parlour_rooms"), ROOMS);
    talk(&mut rooms).await;

    // Its rooms are elsewhere now, and newcomers find them there.
    fleet.resume(0);
    until_used(&fleet, 0).await;
    let since = Instant::now();
    enter_all(&mut rooms);
    let met = meet(&fleet, &rooms, since, "a server is back").await;
    println!("{kind:?}: newcomers are with their rooms after {met:?}");
    assert_eq!(fleet.sum("parlour_rooms"), ROOMS);
    talk(&mut rooms).await;

    let since = Instant::now();
    fleet.kill(1);
    enter_all(&mut rooms[..NEWCOMERS]);
    let met = meet(&fleet, &rooms, since, "a server dies").await;
    println!("{kind:?}: a server killed, all together after {met:?}");
    assert_eq!(fleet.sum("parlour_rooms"), ROOMS);
    talk(&mut rooms).await;
    fleet.resume(1);

    // nginx asks no server how it is, so its clients find out by themselves, within 22 s.
    if kind == Kind::Haproxy {
        until_used(&fleet, 1).await;
        let since = Instant::now();
        fleet.pause(2);
        let met = meet(&fleet, &rooms, since, "a server falls silent").await;
        println!("{kind:?}: a silent server, all together after {met:?}");
        talk(&mut rooms).await;
        // It would keep the places of those who were there for half a minute.
        fleet.kill(2);
    }
    everybody_leaves(&fleet, rooms).await;
}

/// Nothing is left at any server.
async fn everybody_leaves(fleet: &Fleet, rooms: Vec<Room>) {
    for mut room in rooms {
        while !room.people.is_empty() {
            room.leave().await;
        }
    }
    let gauges = ["rooms", "peers", "connections", "handshakes", "kept_bytes"];
    // A server that was silent keeps the places of those who were there for half a minute.
    wait_for("nothing is left", 3 * STEP_TIMEOUT, || {
        gauges
            .iter()
            .all(|name| fleet.sum(&format!("parlour_{name}")) == 0)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_is_at_one_server_behind_haproxy() {
    rooms_stay_together(Kind::Haproxy).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_is_at_one_server_behind_nginx() {
    rooms_stay_together(Kind::Nginx).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "half an hour: cargo xtask test --load"]
async fn mixed_load_behind_haproxy() {
    load::run(Kind::Haproxy).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "half an hour: cargo xtask test --load"]
async fn mixed_load_behind_nginx() {
    load::run(Kind::Nginx).await;
}
