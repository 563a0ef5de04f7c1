//! The pure bridge between simulated apps and relays.

mod world;

use parlour_signaling::crypto::SessionKey;

use self::world::{FAULTS, Fault, START_UNIX, World};

/// Longer than a message that was swallowed twice takes.
const SETTLED_MS: u64 = 60_000;

/// One has opened a room, and another comes ten seconds later.
fn pair(fault: Option<(usize, Fault)>) -> World {
    let mut world = World::new();
    world.fault = fault;
    world.open(false, true);
    world.run(10_000);
    world.open(true, true);
    world
}

#[test]
fn a_pair_takes_eight_events_until_its_media_can_flow() {
    let mut world = pair(None);
    assert_eq!(
        world.published(),
        0,
        "somebody alone in a new room says nothing"
    );
    let start = world.now;
    world.run(2_000);
    assert!(world.is_whole());
    assert!(world.apps[1].joined_at.unwrap() - start < 1_000);
    world.assert_all_received();
    assert_eq!(world.sent(0, 1), 4);
    assert!(world.published() <= 8, "{}", world.published());
    // Only a got is still to be said.
    world.run(10_000);
    assert!(world.published() <= 10, "{}", world.published());
}

#[test]
fn a_room_in_which_nothing_happens_publishes_nothing() {
    let mut world = pair(None);
    world.run(10_000);
    let (one, two) = (world.peer(0), world.peer(1));
    world.link(0, two, true);
    world.link(1, one, true);
    let before = world.published();
    world.run(3_600_000 * 5);
    assert_eq!(
        world.published(),
        before,
        "five hours with midnight in them"
    );
    assert!(world.is_whole());
}

#[test]
fn two_people_in_the_lobby_are_silent_for_a_minute() {
    let mut world = World::new();
    world.open(false, false);
    world.open(true, false);
    world.run(5_000);
    assert!(world.is_whole());
    let before = world.published();
    world.run(55_000);
    assert_eq!(world.published(), before);
    // Then each looks once whether the other is there.
    world.run(30_000);
    assert!(world.published() <= before + 6);
    assert!(world.is_whole());
}

#[test]
fn a_newcomer_to_a_room_of_eight_takes_twenty_four_events() {
    let mut world = World::new();
    world.open(false, true);
    for _ in 0..6 {
        world.run(10_000);
        world.open(true, true);
    }
    world.run(SETTLED_MS);
    assert!(world.is_whole());
    let before = world.published();
    world.open(true, true);
    world.run(2_500);
    assert!(world.is_whole());
    world.assert_all_received();
    let events = world.published() - before;
    assert!(events <= 24, "{events}");
}

#[test]
fn no_fault_at_any_event_costs_a_member_or_a_signal() {
    let mut world = pair(None);
    world.run(SETTLED_MS);
    let events = world.published();
    for at in 0..events {
        for fault in FAULTS {
            let mut world = pair(Some((at, fault)));
            world.run(SETTLED_MS);
            assert!(world.is_whole(), "{fault:?} at {at}");
            for app in 0..2 {
                let (from, to) = (app, 1 - app);
                let to_peer = world.peer(to);
                for _ in 0..3 {
                    world.say(from, to_peer, 300);
                }
            }
            world.run(SETTLED_MS);
            assert!(world.is_whole(), "{fault:?} at {at}");
            world.assert_all_received();
        }
    }
}

#[test]
fn no_fault_at_any_event_of_three_who_come_together_costs_a_member() {
    let three = |fault| {
        let mut world = World::new();
        world.fault = fault;
        for _ in 0..3 {
            world.open(true, true);
        }
        world.run(SETTLED_MS);
        world
    };
    let events = three(None).published();
    for at in 0..events {
        for fault in FAULTS {
            let world = three(Some((at, fault)));
            assert!(world.is_whole(), "{fault:?} at {at}");
            world.assert_all_received();
        }
    }
}

#[test]
fn relays_that_repeat_what_was_said_bring_no_ghosts() {
    let mut world = World::new();
    world.open(false, true);
    for _ in 0..3 {
        world.run(5_000);
        let guest = world.open(true, true);
        world.run(10_000);
        if guest == 1 {
            world.crash(guest);
        } else {
            world.leave(guest);
        }
    }
    world.run(5_000);
    let late = world.open(true, true);
    world.replay_all(late);
    world.replay_all(0);
    world.run(700);
    let first = world.peer(0);
    world.run(20_000);
    assert_eq!(
        world.apps[late].introduced.keys().collect::<Vec<_>>(),
        [&first]
    );
}

#[test]
fn somebody_who_leaves_is_gone_at_once_and_one_who_crashed_after_a_while() {
    let mut world = World::new();
    for _ in 0..3 {
        world.open(true, true);
        world.run(10_000);
    }
    let (leaving, crashed) = (world.peer(1), world.peer(2));
    world.leave(1);
    world.run(500);
    assert!(world.apps[0].left.contains(&leaving));
    assert!(!world.apps[2].introduced.contains_key(&leaving));
    world.link(0, crashed, true);
    world.run(SETTLED_MS);
    assert!(
        world.apps[0].introduced.contains_key(&crashed),
        "its link is up"
    );
    world.crash(2);
    world.run(SETTLED_MS);
    world.link(0, crashed, false);
    world.run(20_000);
    assert!(world.apps[0].away.contains(&crashed));
    assert!(!world.apps[0].left.contains(&crashed), "it may come back");
}

#[test]
fn leaving_takes_one_event() {
    let mut world = pair(None);
    world.run(SETTLED_MS);
    let before = world.published();
    world.leave(1);
    world.run(10_000);
    assert_eq!(world.published(), before + 1);
}

#[test]
fn somebody_without_a_link_who_crashed_goes_after_a_bounded_time() {
    let mut world = World::new();
    world.open(false, false);
    world.open(true, false);
    world.run(5_000);
    let crashed = world.peer(1);
    world.crash(1);
    world.run(55_000);
    let before = world.published();
    world.run(20_000);
    assert!(world.apps[0].away.contains(&crashed));
    assert_eq!(world.published(), before + 1, "one question");
    world.run(600_000);
    assert_eq!(world.published(), before + 1);
}

#[test]
fn eight_people_in_the_lobby_ask_little_and_notice_a_crash_also_hours_later() {
    let mut world = World::new();
    world.open(false, false);
    for _ in 0..7 {
        world.run(7_000);
        world.open(true, false);
    }
    world.run(3 * 3_600_000);
    assert!(world.is_whole());
    let before: Vec<_> = (0..8).map(|app| world.published_by(app)).collect();
    world.run(3_600_000);
    for (app, before) in before.into_iter().enumerate() {
        let events = world.published_by(app) - before;
        // Half of what a relay is sent in an hour is for signals.
        assert!(events <= 60, "{events} of {app}");
    }
    for crashed in [3, 5, 0] {
        let peer = world.peer(crashed);
        world.crash(crashed);
        world.run(150_000);
        let there: Vec<_> = world.apps.iter().filter(|app| app.is_there()).collect();
        assert!(!there.is_empty() && there.iter().all(|app| app.away.contains(&peer)));
    }
    assert!(world.is_whole());
}

#[test]
fn a_bridge_that_was_given_up_and_lives_comes_back() {
    let mut world = World::new();
    world.open(false, false);
    world.open(true, false);
    world.run(5_000);
    world.is_dark = true;
    world.run(100_000);
    assert!(world.apps[0].introduced.is_empty() && world.apps[1].introduced.is_empty());
    world.is_dark = false;
    // The first that says anything is heard: here somebody who comes.
    world.open(true, false);
    world.run(SETTLED_MS);
    assert!(world.is_whole());
}

#[test]
fn clocks_ten_minutes_off_and_midnight_change_nothing() {
    for off in [-600, 600] {
        for start in [0, 3_500_000, 3_590_000] {
            let mut world = World::new();
            world.run(start);
            world.open(false, true);
            world.run(4_000);
            world.open_with_clock(true, true, off);
            world.run(SETTLED_MS);
            assert!(world.is_whole(), "{off} s at {}", START_UNIX + start / 1000);
            world.run(3_600_000);
            for (from, to) in [(0, 1), (1, 0)] {
                let to = world.peer(to);
                world.say(from, to, 500);
            }
            world.run(SETTLED_MS);
            world.assert_all_received();
        }
    }
}

#[test]
fn a_guest_of_the_hosts_server_is_seen_by_all_and_lives_on_without_the_host() {
    let mut world = World::new();
    let host = world.open(false, true);
    let guest = SessionKey::random();
    world.guest(host, &guest);
    world.run(1_000);
    let distant = world.open(true, true);
    world.run(10_000);
    let peer = guest.peer_id();
    assert!(world.apps[distant].introduced.contains_key(&peer));
    // The host ends. The guest's app opens a server of its own, and its peer has the same id.
    world.guest_vanishes(host, &guest);
    world.leave(host);
    let host_peer = world.peer(host);
    world.run(1_000);
    assert!(world.apps[distant].left.contains(&host_peer));
    assert!(world.apps[distant].away.contains(&peer), "it has not left");
    let own = world.open(true, false);
    world.join_as(own, &guest);
    world.run(5_000);
    assert!(world.apps[distant].introduced.contains_key(&peer));
    assert!(
        world.apps[own]
            .introduced
            .contains_key(&world.peer(distant))
    );
    let to = world.peer(distant);
    world.say(own, to, 200);
    world.run(5_000);
    assert_eq!(world.apps[distant].received[&peer], [1]);
}

#[test]
fn a_guest_who_leaves_the_hosts_server_has_left_for_all() {
    let mut world = World::new();
    let host = world.open(false, true);
    let guest = SessionKey::random();
    world.guest(host, &guest);
    let distant = world.open(true, true);
    world.run(10_000);
    world.guest_leaves(host, &guest);
    world.run(1_000);
    assert!(world.apps[distant].left.contains(&guest.peer_id()));
}

#[test]
fn a_long_signal_arrives_in_parts() {
    let mut world = pair(None);
    world.run(10_000);
    let to = world.peer(1);
    world.say(0, to, 40_000);
    world.run(10_000);
    world.assert_all_received();
}
