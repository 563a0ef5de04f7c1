//! Faults under simulated time: the real client and the real server over a network that is made of memory, with
//! Tokio's clock in the test's hand. Minutes take milliseconds, and a fault can be put at any frame.
//!
//! What holds whatever happens: no signal comes twice, those of one sender come in order, none is lost unless the
//! server that had taken it was restarted or gave the receiver up, and soon after the last fault all see each other.

mod net;
mod people;

use std::time::Duration;

use parlour_signaling::protocol::limits::SILENCE_TIMEOUT;
use tokio::time::sleep;

use self::net::{Fault, How, Net};
use self::people::{Person, gather, talk, until_whole};

/// Longer than the longest pause between attempts, with what comes on top of it.
const SOON: Duration = Duration::from_secs(15);

/// Enough to come back in, also with a connection that has died in silence.
const BREATHER: Duration = Duration::from_secs(15);

fn run(scene: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(scene);
}

/// How many frames run through the first person's wire in an undisturbed scene.
fn frames_of_a_calm_scene() -> usize {
    let mut frames = 0;
    run(async {
        let net = Net::new();
        let mut people = gather(&net, 2).await;
        talk(&mut people, 6).await;
        frames = net.frames(0);
    });
    assert!(frames > 15, "{frames}");
    frames
}

/// Frames until the first person is in: who has never been welcomed gives up when nobody answers.
const JOINED: usize = 4;

/// The outages that are tried at a frame.
fn outages(at: usize, seconds: &[u64]) -> impl Iterator<Item = Duration> {
    let seconds = if at < JOINED { &[0] } else { seconds };
    seconds.iter().copied().map(Duration::from_secs)
}

/// The scene with one fault in it, and what must hold after it. What was said before and while it lasts is heard
/// as well, if `all_heard`.
fn disturbed(fault: Fault, all_heard: bool) {
    run(async move {
        let net = Net::new();
        net.plan(fault);
        let mut people = gather(&net, 2).await;
        talk(&mut people, 6).await;
        net.settle().await;
        // A connection that is dead in silence is held for alive so long.
        sleep(SILENCE_TIMEOUT).await;
        until_whole(&mut people, SOON).await;
        talk(&mut people, 4).await;
        until_whole(&mut people, SOON).await;
        for person in &people {
            person.has_heard(all_heard.then_some(10), 4);
        }
    });
}

#[test]
fn a_connection_lost_at_any_frame_costs_nothing() {
    for at in 0..frames_of_a_calm_scene() {
        for how in [How::Told, How::Silent] {
            for outage in outages(at, &[0, 4, 20]) {
                disturbed(Fault::cut(0, at, how, outage), true);
            }
        }
    }
}

#[test]
fn an_outage_longer_than_the_server_waits_costs_no_member() {
    for at in (JOINED..frames_of_a_calm_scene()).step_by(3) {
        for how in [How::Told, How::Silent] {
            disturbed(Fault::cut(0, at, how, Duration::from_secs(90)), false);
        }
    }
}

#[test]
fn a_server_restarted_at_any_frame_costs_no_member() {
    for at in 0..frames_of_a_calm_scene() {
        for outage in outages(at, &[0, 3, 60]) {
            disturbed(Fault::restart(at, outage), false);
        }
    }
}

#[test]
fn two_networks_that_flap_lose_nothing() {
    for seed in 0..20 {
        run(async move {
            let net = Net::new();
            let mut people = gather(&net, 3).await;
            let mut dice = net::Dice::new(seed);
            for round in 0..12 {
                for at in [0, 1] {
                    let how = if dice.next(2) == 0 {
                        How::Told
                    } else {
                        How::Silent
                    };
                    net.cut(at, how);
                    let outage = Duration::from_millis(dice.next(6_000));
                    net.heal_after(at, outage);
                    if dice.next(2) == 0 {
                        people[at].client.reconnect_now();
                    }
                }
                talk(&mut people, 1 + round % 2).await;
                sleep(Duration::from_millis(dice.next(8_000))).await;
                if round % 2 == 1 {
                    // Nobody may be away for so long that the server gives them up: that would cost signals.
                    sleep(BREATHER).await;
                }
            }
            net.settle().await;
            sleep(SILENCE_TIMEOUT).await;
            until_whole(&mut people, SOON).await;
            let said = people[0].said();
            talk(&mut people, 1).await;
            until_whole(&mut people, SOON).await;
            for person in &people {
                person.has_heard(Some(said + 1), 1);
            }
        });
    }
}

#[test]
fn a_change_of_network_is_over_at_once() {
    run(async {
        let net = Net::new();
        let mut people = gather(&net, 2).await;
        for _ in 0..5 {
            net.cut(0, How::Silent);
            net.heal_after(0, Duration::ZERO);
            let since = tokio::time::Instant::now();
            people[0].client.reconnect_now();
            talk(&mut people, 1).await;
            let took = since.elapsed();
            assert!(took < Duration::from_secs(1), "{took:?}");
        }
    });
}

#[test]
fn a_network_that_is_back_is_found_at_once_also_by_who_is_not_told() {
    run(async {
        let net = Net::new();
        let mut people = gather(&net, 2).await;
        net.unplug(0, true);
        sleep(Duration::from_secs(60)).await;
        let (attempts, frames) = (net.attempts(0), net.frames(0));
        // A pause between two attempts there is all the same.
        assert!((60..250).contains(&attempts), "{attempts}");
        net.unplug(0, false);
        sleep(Duration::from_millis(400)).await;
        assert!(net.frames(0) > frames);
        until_whole(&mut people, SOON).await;
    });
}

#[test]
fn many_changes_of_network_make_no_loop() {
    run(async {
        let net = Net::new();
        let people = gather(&net, 2).await;
        net.down(0);
        let before = net.attempts(0);
        for _ in 0..600 {
            people[0].client.reconnect_now();
            sleep(Duration::from_millis(100)).await;
        }
        let attempts = net.attempts(0) - before;
        // A minute of them, ten a second.
        assert!(attempts < 600, "{attempts}");
    });
}

#[test]
fn a_server_that_closes_at_once_is_not_tried_in_a_loop() {
    run(async {
        let net = Net::new();
        let people = gather(&net, 1).await;
        net.closes_at_once(true);
        net.cut(0, How::Told);
        let before = net.attempts(0);
        sleep(Duration::from_secs(120)).await;
        let attempts = net.attempts(0) - before;
        assert!((30..400).contains(&attempts), "{attempts}");
        net.closes_at_once(false);
        let mut people: Vec<Person> = people;
        until_whole(&mut people, SOON).await;
    });
}
