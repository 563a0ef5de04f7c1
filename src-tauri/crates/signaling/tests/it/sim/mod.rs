//! Faults under simulated time: the real client and the real server over a network in memory, with Tokio's clock
//! paused. Minutes take milliseconds, and a fault can be put at any frame.
//!
//! The invariants: no signal comes twice; signals of one sender come in order; none is lost unless the server that had
//! taken it was restarted or gave the receiver up; soon after the last fault everybody sees everybody.

mod net;
mod people;

use std::time::Duration;

use parlour_signaling::client::Pings;
use parlour_signaling::protocol::limits::SILENCE_TIMEOUT;
use tokio::time::sleep;

use self::net::{Fault, Loss, Net};
use self::people::{Person, exchange_signals, join_all, wait_until_all_online};

/// Longer than the longest pause between attempts plus a handshake.
const RECONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Enough to reconnect, also after a connection that died silently.
const RECOVERY_PAUSE: Duration = Duration::from_secs(15);

fn run(scene: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(scene);
}

/// Frames on the first person's connection in a scene without a fault.
fn frames_without_fault(pings: Pings) -> usize {
    let mut frames = 0;
    run(async {
        let net = Net::with_pings(pings);
        let mut people = join_all(&net, 2).await;
        exchange_signals(&mut people, 6).await;
        frames = net.frames(0);
    });
    assert!(frames > 15, "{frames}");
    frames
}

/// Frames until the first person has joined. A client that was never welcomed gives up when nobody answers.
const JOINED: usize = 5;

/// The outages that are tried at a frame.
fn outages(at: usize, seconds: &[u64]) -> impl Iterator<Item = Duration> {
    let seconds = if at < JOINED { &[0] } else { seconds };
    seconds.iter().copied().map(Duration::from_secs)
}

/// Plays the scene with one fault and checks the invariants after it. With `all_received` the signals that were sent
/// before and during the fault must arrive as well.
fn check_with_fault(fault: Fault, all_received: bool, pings: Pings) {
    run(async move {
        let net = Net::with_pings(pings);
        net.plan(fault);
        let mut people = join_all(&net, 2).await;
        exchange_signals(&mut people, 6).await;
        net.settle().await;
        // A connection that died silently counts as alive for so long.
        sleep(SILENCE_TIMEOUT).await;
        wait_until_all_online(&mut people, RECONNECT_TIMEOUT).await;
        exchange_signals(&mut people, 4).await;
        wait_until_all_online(&mut people, RECONNECT_TIMEOUT).await;
        for person in &people {
            person.assert_received(all_received.then_some(10), 4);
        }
    });
}

#[test]
fn a_connection_lost_at_any_frame_costs_nothing() {
    for at in 0..frames_without_fault(Pings::WebSocket) {
        for loss in [Loss::Closed, Loss::Silent] {
            for outage in outages(at, &[0, 4, 20]) {
                check_with_fault(Fault::cut(0, at, loss, outage), true, Pings::WebSocket);
            }
        }
    }
}

#[test]
fn a_connection_of_a_page_lost_at_any_frame_costs_nothing() {
    for at in 0..frames_without_fault(Pings::Messages) {
        for loss in [Loss::Closed, Loss::Silent] {
            for outage in outages(at, &[0, 4]) {
                check_with_fault(Fault::cut(0, at, loss, outage), true, Pings::Messages);
            }
        }
    }
}

#[test]
fn an_outage_longer_than_the_server_waits_costs_no_member() {
    for at in (JOINED..frames_without_fault(Pings::WebSocket)).step_by(3) {
        for loss in [Loss::Closed, Loss::Silent] {
            check_with_fault(
                Fault::cut(0, at, loss, Duration::from_secs(90)),
                false,
                Pings::WebSocket,
            );
        }
    }
}

#[test]
fn a_server_restarted_at_any_frame_costs_no_member() {
    for at in 0..frames_without_fault(Pings::WebSocket) {
        for outage in outages(at, &[0, 3, 60]) {
            check_with_fault(Fault::restart(at, outage), false, Pings::WebSocket);
        }
    }
}

#[test]
fn two_networks_that_flap_lose_no_signal() {
    for seed in 0..20 {
        run(async move {
            let net = Net::new();
            let mut people = join_all(&net, 3).await;
            let mut random = net::SeededRandom::new(seed);
            for round in 0..12 {
                for at in [0, 1] {
                    let loss = if random.next(2) == 0 {
                        Loss::Closed
                    } else {
                        Loss::Silent
                    };
                    net.cut(at, loss);
                    let outage = Duration::from_millis(random.next(6_000));
                    net.heal_after(at, outage);
                    if random.next(2) == 0 {
                        people[at].client.reconnect_now();
                    }
                }
                exchange_signals(&mut people, 1 + round % 2).await;
                sleep(Duration::from_millis(random.next(8_000))).await;
                if round % 2 == 1 {
                    // Nobody may be away so long that the server gives them up, because that would lose signals.
                    sleep(RECOVERY_PAUSE).await;
                }
            }
            net.settle().await;
            sleep(SILENCE_TIMEOUT).await;
            wait_until_all_online(&mut people, RECONNECT_TIMEOUT).await;
            let sent = people[0].sent();
            exchange_signals(&mut people, 1).await;
            wait_until_all_online(&mut people, RECONNECT_TIMEOUT).await;
            for person in &people {
                person.assert_received(Some(sent + 1), 1);
            }
        });
    }
}

#[test]
fn a_change_of_network_takes_less_than_a_second() {
    run(async {
        let net = Net::new();
        let mut people = join_all(&net, 2).await;
        for _ in 0..5 {
            net.cut(0, Loss::Silent);
            net.heal_after(0, Duration::ZERO);
            let since = tokio::time::Instant::now();
            people[0].client.reconnect_now();
            exchange_signals(&mut people, 1).await;
            let took = since.elapsed();
            assert!(took < Duration::from_secs(1), "{took:?}");
        }
    });
}

#[test]
fn a_network_that_is_back_is_found_at_once_without_a_notice() {
    run(async {
        let net = Net::new();
        let mut people = join_all(&net, 2).await;
        net.unplug(0, true);
        sleep(Duration::from_secs(60)).await;
        let (attempts, frames) = (net.attempts(0), net.frames(0));
        // There is a pause between two attempts all the same.
        assert!((60..250).contains(&attempts), "{attempts}");
        net.unplug(0, false);
        sleep(Duration::from_millis(400)).await;
        assert!(net.frames(0) > frames);
        wait_until_all_online(&mut people, RECONNECT_TIMEOUT).await;
    });
}

#[test]
fn many_changes_of_network_cause_no_loop() {
    run(async {
        let net = Net::new();
        let people = join_all(&net, 2).await;
        net.down(0);
        let before = net.attempts(0);
        for _ in 0..600 {
            people[0].client.reconnect_now();
            sleep(Duration::from_millis(100)).await;
        }
        let attempts = net.attempts(0) - before;
        // One minute, with ten notices a second.
        assert!(attempts < 600, "{attempts}");
    });
}

#[test]
fn a_server_that_closes_at_once_is_not_tried_in_a_loop() {
    run(async {
        let net = Net::new();
        let people = join_all(&net, 1).await;
        net.closes_at_once(true);
        net.cut(0, Loss::Closed);
        let before = net.attempts(0);
        sleep(Duration::from_secs(120)).await;
        let attempts = net.attempts(0) - before;
        assert!((30..400).contains(&attempts), "{attempts}");
        net.closes_at_once(false);
        let mut people: Vec<Person> = people;
        wait_until_all_online(&mut people, RECONNECT_TIMEOUT).await;
    });
}
