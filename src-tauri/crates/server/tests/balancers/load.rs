//! Rooms that come, grow, talk, shrink and go, while servers are drained, killed, silent and started again.

use std::collections::BTreeMap;
use std::env;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::time::sleep;

use super::fleet::{Fleet, Kind};
use super::people::Room;
use super::{everybody_leaves, meet, program, talk, until_used};

const ROOMS: u64 = 40;
/// A server that was silent keeps its places for half a minute. Should the room come back to it meanwhile, those who have
/// left since are there too, and a room has eight places.
const MAX_PEOPLE: usize = 4;
/// Steps between two disturbances.
const QUIET_STEPS: u64 = 12;
/// Freed memory that an allocator may keep, in KiB.
const MEMORY_SLACK: u64 = 4096;

/// The disturbances of a server. The first one is never ended, so that its memory can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Disturbance {
    Drain,
    Kill,
    Silence,
}

/// Numbers that are the same for the same seed (xorshift, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

fn minutes() -> f64 {
    let minutes = env::var("PARLOUR_LOAD_MINUTES");
    minutes.map_or(30.0, |minutes| minutes.parse().unwrap())
}

/// Some come and some go.
async fn change(rooms: &mut Vec<Room>, random: &mut Random, next: &mut u64, fleet: &Fleet) {
    for _ in 0..=random.below(6) {
        let n = random.below(rooms.len() as u64) as usize;
        let people = rooms[n].people.len();
        if people < MAX_PEOPLE && random.below(5) < 3 {
            rooms[n].enter();
        } else if people > 1 {
            rooms[n].leave().await;
        } else {
            let mut last = rooms.swap_remove(n);
            last.leave().await;
            rooms.push(two_people(*next, fleet));
            *next += 1;
        }
    }
}

fn two_people(number: u64, fleet: &Fleet) -> Room {
    let mut room = Room::new(number, fleet.address);
    room.enter();
    room.enter();
    room
}

pub(crate) async fn run(kind: Kind) {
    let Some(program) = program(kind) else {
        return;
    };
    let seed = env::var("PARLOUR_LOAD_SEED").ok();
    let seed = seed.map(|seed| seed.parse().unwrap());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut random = Random(seed.unwrap_or(now.as_secs() | 1));
    println!(
        "{kind:?}, {} minutes, PARLOUR_LOAD_SEED={}",
        minutes(),
        random.0
    );
    let mut fleet = Fleet::start(kind, &program);
    // As much as there will be, once: what the allocator keeps of it is no leak.
    let mut rooms: Vec<_> = (0..ROOMS).map(|n| two_people(n, &fleet)).collect();
    for _ in 2..MAX_PEOPLE {
        rooms.iter_mut().for_each(Room::enter);
    }
    meet(&fleet, &rooms, Instant::now(), "the warm-up").await;
    talk(&mut rooms).await;
    everybody_leaves(&fleet, rooms).await;
    let before = fleet.memory(0);

    let mut rooms: Vec<_> = (0..ROOMS).map(|n| two_people(n, &fleet)).collect();
    meet(&fleet, &rooms, Instant::now(), "the beginning").await;
    let mut times: BTreeMap<Option<Disturbance>, Vec<Duration>> = BTreeMap::new();
    let (mut next, mut step) = (ROOMS, 0);
    // The server that is down, and the one that was last.
    let (mut down, mut ended) = (None, None);
    let end = Instant::now() + Duration::from_secs_f64(minutes() * 60.0);
    while Instant::now() < end {
        step += 1;
        let is_quiet = step % QUIET_STEPS != 0;
        // One server at a time: the other is back, and the balancer knows.
        if let Some(n) = down.take_if(|_| !is_quiet) {
            fleet.resume(n);
        }
        if let Some(n) = ended.take_if(|_| !is_quiet) {
            until_used(&fleet, n).await;
        }
        let since = Instant::now();
        change(&mut rooms, &mut random, &mut next, &fleet).await;
        let disturbance = if is_quiet {
            None
        } else {
            Some(disturb(kind, &mut fleet, &mut random, &mut down))
        };
        ended = ended.or(down);
        let took = meet(
            &fleet,
            &rooms,
            since,
            &format!("step {step}, {disturbance:?}"),
        )
        .await;
        times.entry(disturbance).or_default().push(took);
        talk(&mut rooms).await;
        sleep(Duration::from_millis(random.below(400))).await;
        if let Some(n) = down.take_if(|_| random.below(4) == 0) {
            fleet.resume(n);
        }
    }
    if let Some(n) = down {
        fleet.resume(n);
    }
    everybody_leaves(&fleet, rooms).await;
    let after = fleet.memory(0);
    println!("{kind:?}: {step} steps, {next} rooms; memory {before} KiB, then {after} KiB");
    for (disturbance, mut times) in times {
        times.sort();
        let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
        println!(
            "{disturbance:?}: {} times, together after {median:.0?}, at most {slowest:.0?}",
            times.len()
        );
    }
    assert!(after <= before + MEMORY_SLACK, "the memory has grown");
}

/// Ends or silences a server.
fn disturb(
    kind: Kind,
    fleet: &mut Fleet,
    random: &mut Random,
    down: &mut Option<usize>,
) -> Disturbance {
    // nginx asks no server how it is.
    let kinds = if kind == Kind::Haproxy { 3 } else { 2 };
    let n = 1 + random.below(2) as usize;
    *down = Some(n);
    match random.below(kinds) {
        0 => {
            fleet.drain(n);
            Disturbance::Drain
        }
        1 => {
            fleet.kill(n);
            Disturbance::Kill
        }
        _ => {
            fleet.pause(n);
            Disturbance::Silence
        }
    }
}
