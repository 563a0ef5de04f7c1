//! A relay and clients that use it well and badly, in paused time.

#![allow(clippy::unwrap_used)]

use std::net::IpAddr;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use parlour_signaling::client::{BoxedStream, Connecting, Transport};
use parlour_signaling::invite::Endpoint;
use parlour_signaling::server::{ServerConfig, ServerHandle, Source};
use tokio::io::DuplexStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::limits::{
    MAX_CONNECTIONS, MAX_REFUSALS, MAX_SEEN, MAX_SUBSCRIPTIONS, PING_AFTER, PONG_TIMEOUT,
    SOURCE_BURST, SOURCE_CONNECTIONS,
};
use super::*;
use crate::event::{AuthorKey, ClientFrame, Event, Filter, Key, MAX_CONTENT_BYTES};
use crate::pool::{Outgoing, PoolConfig, PoolEvent, RelayPool};

const MAILBOX: Key = [7; 32];

fn source(last: u8) -> Source {
    IpAddr::from([192, 0, 2, last]).into()
}

fn event(content: &[u8]) -> Event {
    let key = AuthorKey::from_bytes(&[1; 32]).unwrap();
    Event::sign(&key, 1_700_000_000, &MAILBOX, content).unwrap()
}

fn req(name: &str, mailbox: Key) -> ClientFrame {
    ClientFrame::Req {
        subscription: name.to_owned(),
        filters: vec![Filter::mailboxes(&[mailbox], 0, 32)],
    }
}

fn ok(event: &Event, is_taken: bool, reason: &str) -> RelayFrame {
    RelayFrame::Ok {
        id: data_encoding::HEXLOWER.encode(&event.id),
        is_taken,
        reason: reason.to_owned(),
    }
}

/// A client of a relay, and what it says.
struct Client(WebSocketStream<DuplexStream>);

impl Client {
    async fn new(relay: &mpsc::Sender<RelaySocket>, source: Source) -> Self {
        let (ours, theirs) = tokio::io::duplex(16 * 1024);
        let socket = RelaySocket {
            stream: Box::new(theirs),
            early: Vec::new(),
            source,
        };
        relay.send(socket).await.unwrap();
        Self(WebSocketStream::from_raw_socket(ours, Role::Client, None).await)
    }

    async fn send(&mut self, frame: ClientFrame) {
        self.send_text(frame.to_text().unwrap()).await;
    }

    async fn send_text(&mut self, text: impl Into<Utf8Bytes>) {
        let _ = self.0.send(Message::Text(text.into())).await;
    }

    /// The next frame, or nothing when the connection has ended.
    async fn next(&mut self) -> Option<RelayFrame> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Text(text) => return RelayFrame::parse(&text),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    async fn ask(&mut self, frame: ClientFrame) -> Option<RelayFrame> {
        self.send(frame).await;
        self.next().await
    }

    async fn has_ended(&mut self) -> bool {
        loop {
            let next = time::timeout(Duration::from_secs(600), self.next()).await;
            match next {
                Ok(None) => return true,
                Ok(Some(_)) => {}
                Err(_) => return false,
            }
        }
    }
}

/// A parlour-server with a relay, as the transport of a pool.
#[derive(Debug)]
struct WithRelay(mpsc::Sender<DuplexStream>);

impl Transport for WithRelay {
    fn connect<'a>(&'a self, _: &'a Endpoint, _: std::net::SocketAddr) -> Connecting<'a> {
        Box::pin(async {
            let (ours, theirs) = tokio::io::duplex(64 * 1024);
            self.0.send(theirs).await.unwrap();
            Ok(Box::new(ours) as BoxedStream)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn two_people_meet_over_the_relay_of_a_parlour_server() {
    let (streams, receiver) = mpsc::channel(8);
    let (relay, sockets) = RelayServer::spawn();
    let config = ServerConfig {
        relay: Some(sockets),
        ..ServerConfig::default()
    };
    let _server = ServerHandle::serve(receiver, config);
    let transport: Arc<dyn Transport> = Arc::new(WithRelay(streams));
    let spawn = || {
        RelayPool::spawn(PoolConfig {
            relays: vec![Endpoint::parse("ws://a.example").unwrap()],
            transport: Arc::clone(&transport),
        })
    };
    let ((mei, mut of_mei), (tom, mut of_tom)) = (spawn(), spawn());
    mei.subscribe(vec![[8; 32]]);
    tom.subscribe(vec![MAILBOX]);
    while of_mei.recv().await.unwrap() != PoolEvent::Ready {}
    while of_tom.recv().await.unwrap() != PoolEvent::Ready {}
    let outgoing = Outgoing {
        tag: 1,
        mailbox: MAILBOX,
        content: b"sealed".to_vec(),
        is_wide: false,
        is_last: false,
    };
    mei.publish(outgoing).unwrap();
    while of_mei.recv().await.unwrap() != (PoolEvent::Accepted { tag: 1 }) {}
    let received = loop {
        if let event @ PoolEvent::Received { .. } = of_tom.recv().await.unwrap() {
            break event;
        }
    };
    let expected = PoolEvent::Received {
        mailbox: MAILBOX,
        author: mei.author(),
        content: b"sealed".to_vec(),
    };
    assert_eq!(received, expected);
    let usage = RelayUsage {
        connections: 2,
        mailboxes: 2,
        passed_on: 1,
        refused: 0,
    };
    assert_eq!(relay.usage(), usage);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_for_those_who_come_later() {
    let (_relay, sockets) = RelayServer::spawn();
    let mut mei = Client::new(&sockets, source(1)).await;
    assert_eq!(
        mei.ask(ClientFrame::Event(event(b"1"))).await,
        Some(ok(&event(b"1"), true, ""))
    );
    let mut tom = Client::new(&sockets, source(2)).await;
    let end = RelayFrame::EndOfStored {
        subscription: "s".to_owned(),
    };
    assert_eq!(tom.ask(req("s", MAILBOX)).await, Some(end));
    let event = event(b"2");
    mei.ask(ClientFrame::Event(event.clone())).await;
    let second = RelayFrame::Event {
        subscription: "s".to_owned(),
        event,
    };
    assert_eq!(tom.next().await, Some(second));
}

#[tokio::test(start_paused = true)]
async fn an_event_comes_once_and_not_after_the_subscription_has_ended() {
    let (_relay, sockets) = RelayServer::spawn();
    let mut mei = Client::new(&sockets, source(1)).await;
    let mut tom = Client::new(&sockets, source(2)).await;
    tom.ask(req("s", MAILBOX)).await;
    mei.ask(ClientFrame::Event(event(b"1"))).await;
    let again = mei.ask(ClientFrame::Event(event(b"1"))).await;
    assert_eq!(
        again,
        Some(ok(&event(b"1"), true, "duplicate: was passed on"))
    );
    assert!(matches!(tom.next().await, Some(RelayFrame::Event { .. })));
    tom.send(ClientFrame::Close {
        subscription: "s".to_owned(),
    })
    .await;
    // Its answer shows that the end of the subscription was read.
    tom.ask(req("t", [9; 32])).await;
    mei.ask(ClientFrame::Event(event(b"2"))).await;
    assert!(
        time::timeout(Duration::from_secs(9), tom.next())
            .await
            .is_err()
    );
}

#[tokio::test(start_paused = true)]
async fn only_ephemeral_events_of_the_right_size_with_a_true_signature_are_passed_on() {
    let (relay, sockets) = RelayServer::spawn();
    let mut mei = Client::new(&sockets, source(1)).await;
    let change = |change: fn(&mut Event)| {
        let mut event = event(b"1");
        change(&mut event);
        event
    };
    for (wrong, reason) in [
        (
            change(|e| e.kind = 1),
            "blocked: only ephemeral events are passed on",
        ),
        (
            change(|e| e.content = "x".repeat(4097)),
            "invalid: the content is too long",
        ),
        (change(|e| e.tags.clear()), "invalid: one to four p tags"),
        (
            change(|e| e.sig[0] ^= 1),
            "invalid: the id or the signature",
        ),
        (
            change(|e| e.content.push('x')),
            "invalid: the id or the signature",
        ),
    ] {
        let answer = mei.ask(ClientFrame::Event(wrong.clone())).await;
        assert_eq!(answer, Some(ok(&wrong, false, reason)));
    }
    // The id of an event that was forged is not taken for that of one that has come.
    assert_eq!(
        mei.ask(ClientFrame::Event(event(b"1"))).await,
        Some(ok(&event(b"1"), true, ""))
    );
    assert_eq!((relay.usage().passed_on, relay.usage().refused), (1, 5));
}

#[tokio::test(start_paused = true)]
async fn nobody_may_listen_to_everything() {
    let (relay, sockets) = RelayServer::spawn();
    let mut mei = Client::new(&sockets, source(1)).await;
    let ask = |filter: &str| format!(r#"["REQ","s",{filter}]"#);
    let mailbox = "07".repeat(32);
    for filter in [
        "{}".to_owned(),
        r#"{"kinds":[21059]}"#.to_owned(),
        r##"{"#p":[]}"##.to_owned(),
        r##"{"#p":["07"]}"##.to_owned(),
        format!(r##"{{"#p":["{mailbox}"],"kinds":[1]}}"##),
        format!(r##"{{"#p":["{mailbox}"],"authors":["{mailbox}"]}}"##),
        format!(r##"{{"#p":["{mailbox}"],"ids":["{mailbox}"]}}"##),
        format!(r##"{{"#p":["{mailbox}"]}},{{}}"##),
        format!(
            r##"{{"#p":["{}"]}}"##,
            vec![mailbox.clone(); 17].join(r#"",""#)
        ),
    ] {
        mei.send_text(ask(&filter)).await;
        let answer = mei.next().await;
        assert!(
            matches!(answer, Some(RelayFrame::Closed { .. })),
            "{filter} {answer:?}"
        );
    }
    for number in 0..MAX_SUBSCRIPTIONS {
        let answer = mei.ask(req(&format!("s{number}"), [9; 32])).await;
        assert!(matches!(answer, Some(RelayFrame::EndOfStored { .. })));
    }
    let one_more = mei.ask(req("more", [9; 32])).await;
    assert!(matches!(one_more, Some(RelayFrame::Closed { .. })));
    assert_eq!(relay.usage().mailboxes, 1);
    drop(mei);
    time::sleep(Duration::from_secs(1)).await;
    assert_eq!((relay.usage().mailboxes, relay.usage().connections), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn one_address_that_sends_too_much_does_not_slow_another() {
    let (_relay, sockets) = RelayServer::spawn();
    let mut flooder = Client::new(&sockets, source(1)).await;
    for number in 0..SOURCE_BURST {
        let event = event(&number.to_be_bytes());
        assert_eq!(
            flooder.ask(ClientFrame::Event(event.clone())).await,
            Some(ok(&event, true, ""))
        );
    }
    // A second connection of the same address does not help.
    let mut second = Client::new(&sockets, source(1)).await;
    for client in [&mut flooder, &mut second] {
        let event = event(b"more");
        let answer = client.ask(ClientFrame::Event(event.clone())).await;
        assert_eq!(answer, Some(ok(&event, false, "rate-limited: slow down")));
    }
    let mut mei = Client::new(&sockets, source(2)).await;
    assert_eq!(
        mei.ask(ClientFrame::Event(event(b"mei"))).await,
        Some(ok(&event(b"mei"), true, ""))
    );
    time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        flooder.ask(ClientFrame::Event(event(b"late"))).await,
        Some(ok(&event(b"late"), true, ""))
    );
}

#[tokio::test(start_paused = true)]
async fn connections_are_bounded_for_one_address_and_for_all() {
    let (relay, sockets) = RelayServer::spawn();
    let mut clients = Vec::new();
    for _ in 0..SOURCE_CONNECTIONS {
        clients.push(Client::new(&sockets, source(1)).await);
    }
    let mut one_more = Client::new(&sockets, source(1)).await;
    assert!(matches!(one_more.next().await, Some(RelayFrame::Notice(_))));
    assert!(one_more.has_ended().await);
    for number in SOURCE_CONNECTIONS..MAX_CONNECTIONS {
        let last = u8::try_from(2 + number / SOURCE_CONNECTIONS).unwrap();
        clients.push(Client::new(&sockets, source(last)).await);
    }
    let mut of_another = Client::new(&sockets, source(254)).await;
    assert!(of_another.has_ended().await);
    assert_eq!(relay.usage().connections, MAX_CONNECTIONS);
    clients.pop();
    time::sleep(Duration::from_millis(10)).await;
    let mut next = Client::new(&sockets, source(254)).await;
    assert!(matches!(
        next.ask(req("s", MAILBOX)).await,
        Some(RelayFrame::EndOfStored { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn hostile_frames_end_a_connection_and_nothing_else() {
    let (relay, sockets) = RelayServer::spawn();
    let mut tom = Client::new(&sockets, source(2)).await;
    tom.ask(req("s", MAILBOX)).await;
    for text in [
        "",
        "null",
        "[]",
        "[[[[",
        r#"["EVENT",{}]"#,
        r#"["AUTH",7]"#,
        "\u{0}",
    ] {
        let mut mei = Client::new(&sockets, source(1)).await;
        for _ in 0..=MAX_REFUSALS {
            mei.send_text(text.to_owned()).await;
        }
        assert!(mei.has_ended().await, "{text}");
    }
    let mut mei = Client::new(&sockets, source(3)).await;
    mei.send_text(format!(r#"["CLOSE","{}"]"#, "x".repeat(20_000)))
        .await;
    assert!(mei.has_ended().await);
    let mut binary = Client::new(&sockets, source(3)).await;
    binary.0.send(Message::binary(vec![0; 100])).await.unwrap();
    let mut zoe = Client::new(&sockets, source(4)).await;
    zoe.ask(ClientFrame::Event(event(b"1"))).await;
    assert!(matches!(tom.next().await, Some(RelayFrame::Event { .. })));
    assert_eq!(relay.usage().passed_on, 1);
}

#[tokio::test(start_paused = true)]
async fn a_listener_who_does_not_read_costs_bounded_memory_and_is_dropped() {
    let (relay, sockets) = RelayServer::spawn();
    let mut deaf = Client::new(&sockets, source(1)).await;
    deaf.ask(req("s", MAILBOX)).await;
    let mut number = 0_u64;
    for last in 2..12 {
        let mut mei = Client::new(&sockets, source(last)).await;
        for _ in 0..SOURCE_BURST {
            number += 1;
            let mut content = [0; MAX_CONTENT_BYTES];
            content[..8].copy_from_slice(&number.to_be_bytes());
            mei.ask(ClientFrame::Event(event(&content))).await;
        }
    }
    let queued = relay.shared.queued_bytes.load(Ordering::Relaxed);
    assert!(
        (1..=limits::MAX_QUEUED * 5000).contains(&queued),
        "{queued}"
    );
    time::sleep(PONG_TIMEOUT + Duration::from_secs(30)).await;
    assert_eq!(relay.shared.queued_bytes.load(Ordering::Relaxed), 0);
    assert_eq!(relay.usage().connections, 0);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_died_without_a_word_is_dropped() {
    let (relay, sockets) = RelayServer::spawn();
    let _dead = Client::new(&sockets, source(1)).await;
    time::sleep(PING_AFTER - Duration::from_secs(1)).await;
    assert_eq!(relay.usage().connections, 1);
    time::sleep(2 * PONG_TIMEOUT + Duration::from_secs(2)).await;
    assert_eq!(relay.usage().connections, 0);
}

#[test]
fn the_ids_that_are_remembered_are_bounded() {
    let now = std::time::Instant::now();
    let mut hub = Hub::new(now);
    let conn = hub.open(Source::InProcess, now).unwrap();
    let mut seconds = 0;
    let mut publish = |hub: &mut Hub, number: u64| {
        // Slowly enough for the bound of all.
        seconds += 1;
        let now = now + Duration::from_secs(seconds);
        let text = ClientFrame::Event(event(&number.to_be_bytes()))
            .to_text()
            .unwrap();
        hub.receive(conn, &text, now)
    };
    let many = u64::try_from(MAX_SEEN).unwrap();
    for number in 0..=many {
        assert!(!publish(&mut hub, number).is_refused);
    }
    assert!(publish(&mut hub, many).event.is_none(), "a repetition");
    assert!(publish(&mut hub, 0).event.is_some(), "forgotten");
}
