//! A pool and relays that help, fail and lie, in paused time.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod meeting;
mod scripted_relay;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::limits::{
    ANSWER_TIMEOUT, FIRST_PAUSE, MAX_RECEIVED, MAX_WAITING, MESSAGE_LIFETIME, PING_AFTER,
    PONG_TIMEOUT, REPLACE_AFTER,
};
use super::*;
use crate::event::Event;
use scripted_relay::{Manner, Network};

const MAILBOX: Key = [7; 32];
const OTHER_MAILBOX: Key = [8; 32];

/// A pool and what it has told.
struct Person {
    pool: RelayPool,
    events: mpsc::Receiver<PoolEvent>,
    status: Vec<RelayStatus>,
}

impl Person {
    /// Listens to the mailbox, and is ready.
    async fn new(network: &Network) -> Self {
        let mut person = Self::connecting(network);
        person.until(&PoolEvent::Ready).await;
        // The other relays too.
        person.settle().await;
        person
    }

    fn connecting(network: &Network) -> Self {
        let config = PoolConfig {
            relays: network.endpoints(),
            transport: Arc::new(network.clone()),
        };
        let (pool, events) = RelayPool::spawn(config);
        pool.subscribe(vec![MAILBOX]);
        Self {
            pool,
            events,
            status: Vec::new(),
        }
    }

    fn publish(&self, tag: u64) {
        self.publish_to(MAILBOX, tag);
    }

    fn publish_to(&self, mailbox: Key, tag: u64) {
        self.pool.publish(outgoing(mailbox, tag)).unwrap();
    }

    fn publish_wide(&self, tag: u64) {
        let wide = Outgoing {
            is_wide: true,
            ..outgoing(MAILBOX, tag)
        };
        self.pool.publish(wide).unwrap();
    }

    /// The next event that is no status.
    async fn next(&mut self) -> PoolEvent {
        loop {
            let next = timeout(Duration::from_secs(7200), self.events.recv()).await;
            match next.expect("the pool says nothing").unwrap() {
                PoolEvent::Status(status) => self.status = status,
                event => return event,
            }
        }
    }

    async fn until(&mut self, event: &PoolEvent) {
        while self.next().await != *event {}
    }

    /// The events of the next tenth of a second.
    async fn settle(&mut self) -> Vec<PoolEvent> {
        self.during(Duration::from_millis(100)).await
    }

    async fn during(&mut self, time: Duration) -> Vec<PoolEvent> {
        let until = Instant::now() + time;
        let mut events = Vec::new();
        while let Ok(event) = tokio::time::timeout_at(until, self.next()).await {
            events.push(event);
        }
        events
    }

    fn state(&self, relay: usize) -> Option<RelayState> {
        let name = format!("{}.example", (b'a' + u8::try_from(relay).unwrap()) as char);
        let status = self.status.iter().find(|s| s.relay.authority() == name);
        status.map(|status| status.state)
    }
}

fn outgoing(mailbox: Key, tag: u64) -> Outgoing {
    Outgoing {
        tag,
        mailbox,
        content: format!("message {tag}").into_bytes(),
        is_wide: false,
        is_last: false,
    }
}

fn texts(events: &[PoolEvent]) -> Vec<String> {
    let text = |event: &PoolEvent| match event {
        PoolEvent::Received { content, .. } => String::from_utf8(content.clone()).ok(),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

const fn accepted(tag: u64) -> PoolEvent {
    PoolEvent::Accepted { tag }
}

const fn refused(tag: u64) -> PoolEvent {
    PoolEvent::Refused { tag }
}

fn three() -> Network {
    Network::new([Manner::Honest, Manner::Honest, Manner::Honest])
}

#[tokio::test(start_paused = true)]
async fn what_one_publishes_the_other_gets_once_from_three_relays() {
    let network = three();
    let (mut mei, mut tom) = (Person::new(&network).await, Person::new(&network).await);
    mei.publish(1);
    assert_eq!(mei.settle().await, [accepted(1)]);
    let received = PoolEvent::Received {
        mailbox: MAILBOX,
        author: mei.pool.author(),
        content: b"message 1".to_vec(),
    };
    assert_eq!(tom.settle().await, [received]);
    for relay in 0..3 {
        assert_eq!(network.relay(relay).log().events.len(), 1);
        assert_eq!(tom.state(relay), Some(RelayState::Open));
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_woken_by_a_mailbox_of_others() {
    let network = three();
    let (mei, mut tom) = (Person::new(&network).await, Person::new(&network).await);
    mei.publish_to(OTHER_MAILBOX, 1);
    assert_eq!(tom.settle().await, []);
    // Also where a relay passes it on although nobody has asked for it.
    let (_, event) = network.relay(0).log().events[0].clone();
    let mut event = event;
    event.tags.push(vec!["p".to_owned(), "07".repeat(32)]);
    network.relay(0).pass_on(event);
    assert_eq!(tom.settle().await, []);
    tom.pool.subscribe(vec![MAILBOX, OTHER_MAILBOX]);
    tom.settle().await;
    mei.publish_to(OTHER_MAILBOX, 2);
    assert_eq!(texts(&tom.settle().await), ["message 2"]);
}

#[tokio::test(start_paused = true)]
async fn one_listens_at_six_relays_of_the_list_and_publishes_at_three() {
    let network = Network::new(std::array::from_fn::<_, 8, _>(|_| Manner::Honest));
    let mei = Person::new(&network).await;
    mei.publish(1);
    sleep(Duration::from_secs(600)).await;
    let connections = |relay: usize| network.relay(relay).log().connections;
    let all = std::array::from_fn::<_, 8, _>(|relay| relay);
    assert_eq!(all.map(connections), [1, 1, 1, 1, 1, 1, 0, 0]);
    let events = |relay: usize| network.relay(relay).log().events.len();
    assert_eq!(all.map(events), [1, 1, 1, 0, 0, 0, 0, 0]);
    mei.publish_wide(2);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(all.map(events), [2, 2, 2, 1, 1, 1, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn somebody_who_is_heard_at_a_spare_alone_is_answered_there_until_heard_elsewhere() {
    let network = Network::new(std::array::from_fn::<_, 6, _>(|_| Manner::Honest));
    let mei = Person::new(&network).await;
    let tom = AuthorKey::from_bytes(&[1; 32]).unwrap();
    let says = |text: &str| Event::sign(&tom, 1, &MAILBOX, text.as_bytes()).unwrap();
    let spares = || [3, 4, 5].map(|relay| network.relay(relay).log().events.len());
    let event = says("at two spares");
    for relay in [4, 5] {
        network.relay(relay).pass_on(event.clone());
        sleep(Duration::from_secs(1)).await;
    }
    mei.publish(1);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(spares(), [0, 1, 0]);
    let event = says("everywhere");
    for relay in [5, 2, 0] {
        network.relay(relay).pass_on(event.clone());
    }
    sleep(Duration::from_secs(1)).await;
    mei.publish(2);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(spares(), [0, 1, 0]);
}

#[tokio::test(start_paused = true)]
async fn an_idle_pool_publishes_nothing_and_keeps_its_connections() {
    let network = three();
    let mut mei = Person::new(&network).await;
    assert_eq!(mei.during(Duration::from_secs(3600)).await, []);
    for relay in 0..3 {
        let log = network.relay(relay).log();
        assert_eq!(
            (log.events.len(), log.subscriptions.len(), log.connections),
            (0, 1, 1)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_is_down_is_replaced_and_tried_again() {
    let network = Network::new(std::array::from_fn::<_, 7, _>(|relay| {
        if relay < 4 {
            Manner::Down
        } else {
            Manner::Honest
        }
    }));
    let mut mei = Person::new(&network).await;
    let down = Some(RelayState::Failing(RelayFault::NoAnswer));
    assert_eq!(mei.state(0), down);
    assert_eq!(mei.state(5), Some(RelayState::Open));
    assert_eq!(mei.state(6), None);
    mei.during(REPLACE_AFTER).await;
    assert_eq!(mei.state(6), Some(RelayState::Open));
    network.relay(0).set(Manner::Honest);
    mei.during(Duration::from_secs(61)).await;
    assert_eq!(mei.state(0), Some(RelayState::Open));
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_does_not_want_us_is_not_used_again() {
    for (reason, fault) in [
        ("blocked: no", RelayFault::Blocked),
        ("restricted: members only", RelayFault::Blocked),
        ("auth-required: who are you", RelayFault::NeedsAccount),
        ("pow: 26 bits", RelayFault::NeedsWork),
    ] {
        for manner in [
            Manner::Refuse(reason),
            Manner::RefuseWithoutId(reason),
            Manner::Notice(reason),
            Manner::CloseSubscription(reason),
        ] {
            let network = Network::new([
                manner.clone(),
                Manner::Honest,
                Manner::Honest,
                Manner::Honest,
            ]);
            let mut mei = Person::new(&network).await;
            mei.publish(1);
            assert_eq!(mei.settle().await, [accepted(1)], "{manner:?}");
            mei.during(Duration::from_secs(3600)).await;
            assert_eq!(mei.state(0), Some(RelayState::Dropped(fault)), "{manner:?}");
            assert_eq!(network.relay(0).log().connections, 1, "{manner:?}");
            assert_eq!(mei.state(3), Some(RelayState::Open), "{manner:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_relay_of_the_list_takes_what_three_do_not_want() {
    let blocked = || Manner::Refuse("blocked: no");
    let network = Network::new([blocked(), blocked(), blocked(), Manner::Honest]);
    let mut mei = Person::new(&network).await;
    mei.publish(1);
    assert_eq!(mei.settle().await, [accepted(1)]);
    assert_eq!(network.relay(3).log().events.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_no_relay_takes_is_refused_at_once() {
    let blocked = || Manner::Refuse("blocked: no");
    let network = Network::new([blocked(), blocked(), blocked(), blocked()]);
    let mut mei = Person::new(&network).await;
    let before = Instant::now();
    mei.publish(1);
    mei.until(&refused(1)).await;
    assert!(
        before.elapsed() < Duration::from_secs(1),
        "{:?}",
        before.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn what_nobody_answers_is_refused_in_the_end() {
    let network = Network::new([Manner::Mute, Manner::Mute, Manner::Mute]);
    let mut mei = Person::new(&network).await;
    let before = Instant::now();
    mei.publish(1);
    assert_eq!(mei.next().await, refused(1));
    assert!(
        before.elapsed() <= MESSAGE_LIFETIME,
        "{:?}",
        before.elapsed()
    );
    let paused = Some(RelayState::Paused(RelayFault::Silent));
    let before = Instant::now();
    while [0, 1, 2].map(|relay| mei.state(relay)) != [paused; 3] {
        mei.settle().await;
        assert!(before.elapsed() < FIRST_PAUSE, "{:?}", mei.status);
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_first_relays_swallow_arrives_by_another() {
    for manner in [
        Manner::Mute,
        Manner::HangUp,
        Manner::Refuse("error: disk full"),
        Manner::RefuseWithoutId("invalid: 280 characters should be enough for anybody"),
        Manner::Notice("something went wrong"),
        Manner::Down,
        Manner::NoEndOfStored,
        Manner::HalfOpen,
        Manner::Swallow,
    ] {
        let network = Network::new([manner.clone(), manner.clone(), Manner::Honest]);
        let (mut mei, mut tom) = (Person::new(&network).await, Person::new(&network).await);
        mei.publish(1);
        mei.until(&accepted(1)).await;
        assert_eq!(
            texts(&tom.during(MESSAGE_LIFETIME).await),
            ["message 1"],
            "{manner:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_gets_the_pause_that_it_asks_for_and_the_next_is_twice_as_long() {
    let network = Network::new([
        Manner::Refuse("rate-limited: slow down"),
        Manner::Honest,
        Manner::Honest,
    ]);
    let mut mei = Person::new(&network).await;
    let sent = || network.relay(0).log().events.len();
    mei.publish(1);
    assert_eq!(mei.during(Duration::from_secs(5)).await, [accepted(1)]);
    // It listens for us meanwhile, on a new connection.
    assert_eq!(
        mei.state(0),
        Some(RelayState::Paused(RelayFault::RateLimited))
    );
    assert_eq!((sent(), network.relay(0).log().connections), (1, 2));
    mei.during(FIRST_PAUSE - Duration::from_secs(6)).await;
    mei.publish(2);
    mei.settle().await;
    assert_eq!(sent(), 1, "during the pause");
    mei.during(Duration::from_secs(1)).await;
    assert_eq!(sent(), 2, "after it");
    mei.during(2 * FIRST_PAUSE - Duration::from_secs(2)).await;
    network.relay(0).set(Manner::Honest);
    mei.publish(3);
    mei.settle().await;
    assert_eq!(sent(), 2, "during the second pause");
    mei.during(Duration::from_secs(3)).await;
    assert_eq!(sent(), 3, "after it");
    assert_eq!(mei.state(0), Some(RelayState::Open));
}

#[tokio::test(start_paused = true)]
async fn a_connection_on_which_something_was_refused_is_made_again() {
    let network = Network::new([Manner::Poison("invalid: no")]);
    let mut mei = Person::new(&network).await;
    mei.publish(1);
    mei.until(&refused(1)).await;
    network.relay(0).set(Manner::Honest);
    let before = Instant::now();
    mei.publish(2);
    mei.until(&accepted(2)).await;
    // The old connection would have been given up only after this time without an answer.
    assert!(before.elapsed() < ANSWER_TIMEOUT, "{:?}", before.elapsed());
    assert_eq!(network.relay(0).log().connections, 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_an_id_is_that_of_the_oldest_event() {
    for (manner, answer) in [
        (Manner::RefuseWithoutId("invalid: no"), refused(1)),
        (Manner::Notice("invalid: no"), refused(1)),
        (Manner::TakeWithoutId, accepted(1)),
    ] {
        let network = Network::new([manner.clone()]);
        let mut mei = Person::new(&network).await;
        mei.publish(1);
        assert_eq!(mei.settle().await, [answer], "{manner:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_calls_everything_invalid_is_dropped() {
    let network = Network::new([
        Manner::Refuse("invalid: kind"),
        Manner::Honest,
        Manner::Honest,
        Manner::Honest,
    ]);
    let mut mei = Person::new(&network).await;
    for tag in 0..10 {
        mei.publish(tag);
        mei.during(Duration::from_secs(20)).await;
    }
    assert_eq!(
        mei.state(0),
        Some(RelayState::Dropped(RelayFault::NotAccepted))
    );
    assert_eq!(network.relay(0).log().events.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_own_event_that_comes_back_counts_as_an_answer() {
    let network = Network::new([Manner::NoAnswer]);
    let mut mei = Person::new(&network).await;
    mei.publish(1);
    assert_eq!(mei.during(Duration::from_secs(60)).await, [accepted(1)]);
    let log = network.relay(0).log();
    assert_eq!((log.events.len(), log.connections), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn forged_and_repeated_events_do_not_come_through() {
    let network = Network::new([Manner::Forge, Manner::Honest, Manner::Forge]);
    let (mei, mut tom) = (Person::new(&network).await, Person::new(&network).await);
    mei.publish(1);
    assert_eq!(texts(&tom.settle().await), ["message 1"]);
    // A relay that plays yesterday's events again.
    let (_, event) = network.relay(1).log().events[0].clone();
    network.relay(1).restart();
    sleep(Duration::from_secs(5)).await;
    network.relay(1).pass_on(event);
    assert_eq!(tom.settle().await, []);
}

#[tokio::test(start_paused = true)]
async fn late_answers_and_late_deliveries_change_nothing() {
    let late = Manner::Late(Duration::from_secs(3));
    let network = Network::new([late.clone(), late.clone(), late]);
    let (mut mei, mut tom) = (Person::new(&network).await, Person::new(&network).await);
    mei.publish(1);
    assert_eq!(mei.during(Duration::from_secs(20)).await, [accepted(1)]);
    assert_eq!(
        texts(&tom.during(Duration::from_secs(20)).await),
        ["message 1"]
    );
    assert_eq!(network.relay(0).log().events.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_restarts_is_found_again_and_what_it_had_not_answered_is_sent_again() {
    let network = Network::new([Manner::Mute]);
    let mut mei = Person::new(&network).await;
    sleep(Duration::from_secs(60)).await;
    mei.publish(1);
    mei.settle().await;
    network.relay(0).set(Manner::Honest);
    network.relay(0).restart();
    mei.until(&accepted(1)).await;
    let log = network.relay(0).log();
    assert_eq!(
        (log.events.len(), log.connections, log.subscriptions.len()),
        (2, 2, 2)
    );
    assert_eq!(log.events[0].1, log.events[1].1, "the same event");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_died_without_a_word_is_made_again() {
    let network = Network::new([Manner::Honest]);
    let mut mei = Person::new(&network).await;
    network.relay(0).freeze();
    mei.during(PING_AFTER + PONG_TIMEOUT + Duration::from_secs(5))
        .await;
    assert_eq!(network.relay(0).log().connections, 2);
    assert_eq!(mei.state(0), Some(RelayState::Open));
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_says_nothing_after_the_handshake_is_given_up() {
    let network = Network::new([Manner::Honest]);
    let mut mei = Person::connecting(&network);
    mei.until(&PoolEvent::Ready).await;
    network.relay(0).set(Manner::HalfOpen);
    network.relay(0).restart();
    // The new connection is half-open: no subscription is confirmed, and it is given up again and again.
    mei.during(Duration::from_secs(60)).await;
    assert_eq!(mei.state(0), Some(RelayState::Failing(RelayFault::Silent)));
    network.relay(0).set(Manner::Honest);
    mei.during(Duration::from_secs(70)).await;
    assert_eq!(mei.state(0), Some(RelayState::Open));
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_network_makes_every_connection_anew_at_once() {
    let network = three();
    let mut mei = Person::new(&network).await;
    mei.pool.network_changed();
    mei.settle().await;
    for relay in 0..3 {
        let log = network.relay(relay).log();
        assert_eq!((log.connections, log.open), (2, 1));
        assert_eq!(mei.state(relay), Some(RelayState::Open));
    }
}

#[tokio::test(start_paused = true)]
async fn no_relay_is_sent_more_than_its_budget() {
    let network = three();
    let mut mei = Person::new(&network).await;
    for tag in 0..20 {
        mei.publish(tag);
    }
    let events = mei.during(2 * MESSAGE_LIFETIME).await;
    let taken = events
        .iter()
        .filter(|event| matches!(event, PoolEvent::Accepted { .. }))
        .count();
    assert_eq!(events.len(), 20, "each is answered once");
    assert!(taken >= 18, "{taken}");
    let times = network.relay(0).log().events;
    for (start, _) in &times {
        let within = |length| {
            let window = *start..*start + Duration::from_secs(length);
            times.iter().filter(|(at, _)| window.contains(at)).count()
        };
        assert!(within(10) <= 6 && within(60) <= 20);
    }
}

#[tokio::test(start_paused = true)]
async fn one_who_leaves_in_a_busy_moment_is_heard_at_once() {
    let network = three();
    let mut mei = Person::new(&network).await;
    for tag in 0..20 {
        mei.publish(tag);
    }
    let last = Outgoing {
        tag: 20,
        mailbox: MAILBOX,
        content: b"bye".to_vec(),
        is_wide: false,
        is_last: true,
    };
    mei.pool.publish(last).unwrap();
    let events = mei.during(Duration::from_secs(1)).await;
    assert!(events.contains(&PoolEvent::Accepted { tag: 20 }));
}

#[tokio::test(start_paused = true)]
async fn a_pool_without_relays_refuses_everything() {
    let network = Network::new([]);
    let mut mei = Person::connecting(&network);
    mei.publish(1);
    assert_eq!(mei.next().await, refused(1));
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_bounded() {
    let network = Network::new([Manner::Down]);
    let mut mei = Person::connecting(&network);
    let mut events = Vec::new();
    let many = u64::try_from(MAX_WAITING).unwrap() + 50;
    for tag in 0..many {
        mei.publish(tag);
        events.extend(mei.during(Duration::from_millis(1)).await);
    }
    assert_eq!(events.len(), 50);
    let long = Outgoing {
        tag: 0,
        mailbox: MAILBOX,
        content: vec![0; MAX_CONTENT_BYTES + 1],
        is_wide: false,
        is_last: false,
    };
    assert_eq!(mei.pool.publish(long), Err(PublishError::TooLong));
}

#[tokio::test(start_paused = true)]
async fn a_flood_fills_no_memory_and_ends_no_connection() {
    let network = Network::new([Manner::Honest]);
    let mut tom = Person::new(&network).await;
    let key = AuthorKey::from_bytes(&[1; 32]).unwrap();
    let flood = |number: u64| Event::sign(&key, 1, &MAILBOX, &number.to_be_bytes()).unwrap();
    for number in 0..800 {
        network.relay(0).pass_on(flood(number));
    }
    sleep(Duration::from_secs(1)).await;
    let received = texts(&tom.settle().await).len();
    assert!(received <= MAX_RECEIVED, "{received}");
    assert_eq!(network.relay(0).log().connections, 1);
    // It is heard again afterwards.
    sleep(Duration::from_secs(10)).await;
    network.relay(0).pass_on(flood(9000));
    assert_eq!(tom.settle().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_is_put_right_by_most_relays_and_not_by_one() {
    const FAR: &str = "Mon, 01 Jan 2035 00:00:00 GMT";
    for liars in [1, 3] {
        let network = three();
        for relay in 0..liars {
            network.relay(relay).set_date(FAR);
        }
        let now = httpdate::fmt_http_date(std::time::SystemTime::now());
        for relay in liars..3 {
            network
                .relay(relay)
                .set_date(Box::leak(now.clone().into_boxed_str()));
        }
        let mut mei = Person::new(&network).await;
        mei.publish(1);
        mei.settle().await;
        let (_, event) = network.relay(2).log().events[0].clone();
        let is_in_2035 = event.created_at.abs_diff(2_051_222_400) < 60;
        assert_eq!(is_in_2035, liars == 3, "{liars}");
        let offset = mei.status[0].clock_offset.unwrap();
        assert!(offset > 1_000_000, "{offset}");
        assert_eq!(mei.status[2].clock_offset == Some(0), liars == 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_is_dropped_ends_its_connections() {
    let network = three();
    let mei = Person::new(&network).await;
    assert_eq!(network.relay(0).log().open, 1);
    drop(mei);
    sleep(Duration::from_millis(1)).await;
    let open = |relay: usize| network.relay(relay).log().open;
    assert_eq!([0, 1, 2].map(open), [0, 0, 0]);
}
