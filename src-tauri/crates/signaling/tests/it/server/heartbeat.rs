//! When the server finds that somebody is gone without a word. The clock is the test's.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parlour_signaling::protocol::{ClientMessage, PATH, PeerInfo, ServerMessage};
use parlour_signaling::server::{ServerConfig, ServerHandle};
use tokio::io::{DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::test_messages::{join, peer, proved, signal};

struct Net {
    connections: mpsc::Sender<DuplexStream>,
    _server: ServerHandle,
}

/// A peer that answers pings while it is read, and is silent while it is not.
struct Peer(WebSocketStream<DuplexStream>);

impl Net {
    fn new() -> Self {
        let (connections, accepted) = mpsc::channel(8);
        let server = ServerHandle::serve(accepted, ServerConfig::default());
        Self {
            connections,
            _server: server,
        }
    }

    async fn join(&self, n: u8) -> (Peer, Vec<PeerInfo>) {
        let (stream, served) = duplex(64 * 1024);
        self.connections.send(served).await.unwrap();
        let url = format!("ws://server{PATH}");
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        let mut joined = Peer(socket);
        let ServerMessage::Challenge { nonce, .. } = joined.next().await else {
            panic!("no challenge");
        };
        let ClientMessage::Join(join) = join(1, n) else {
            unreachable!()
        };
        joined
            .send(&ClientMessage::Join(proved(join, &nonce)))
            .await;
        let ServerMessage::Welcome { peers, .. } = joined.next().await else {
            panic!("no welcome");
        };
        (joined, peers)
    }
}

impl Peer {
    async fn send(&mut self, message: &ClientMessage) {
        let text = serde_json::to_string(message).unwrap();
        self.0.send(Message::text(text)).await.unwrap();
    }

    async fn next(&mut self) -> ServerMessage {
        loop {
            if let Message::Text(text) = self.0.next().await.unwrap().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// How long it takes until the server says that this peer is away.
    async fn finds_away(&mut self, n: u8) -> Duration {
        let from = Instant::now();
        let away = ServerMessage::PeerAway { peer: peer(n) };
        while self.next().await != away {}
        from.elapsed()
    }

    /// Pings as a web page does, which can send no ping of WebSocket, and reads up to the pong.
    async fn ping(&mut self, mark: u64) {
        self.send(&ClientMessage::Ping { mark }).await;
        let pong = ServerMessage::Pong { mark };
        let answered = async { while self.next().await != pong {} };
        let answered = tokio::time::timeout(seconds(60), answered).await;
        answered.expect("a pong");
    }

    /// Reads until the server has been quiet for this long, and returns the pings that came.
    async fn pings_within(&mut self, time: Duration) -> usize {
        let mut pings = 0;
        let until = Instant::now() + time;
        while let Ok(Some(Ok(frame))) = tokio::time::timeout_at(until, self.0.next()).await {
            pings += usize::from(frame.is_ping());
        }
        pings
    }
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[tokio::test(start_paused = true)]
async fn somebody_who_vanishes_from_a_call_is_away_within_twelve_seconds() {
    let net = Net::new();
    let (mut ada, _) = net.join(1).await;
    let (mut bob, _) = net.join(2).await;
    ada.send(&signal(2, "offer")).await;
    bob.send(&signal(1, "answer")).await;
    let found = ada.finds_away(2).await;
    assert!(found <= seconds(12), "{found:?}");
    assert!(found > seconds(11), "{found:?}: a pause is no end");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_pings_by_messages_knows_what_has_arrived() {
    let net = Net::new();
    let (mut ada, _) = net.join(1).await;
    let (mut bob, _) = net.join(2).await;
    bob.send(&signal(1, "offer")).await;
    bob.ping(7).await;
    // The server has it, so it needs nothing more of Bob.
    drop(bob);
    assert!(matches!(ada.next().await, ServerMessage::PeerJoined { .. }));
    assert!(matches!(ada.next().await, ServerMessage::Signal { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_pings_by_messages_stays_and_is_never_asked() {
    let net = Net::new();
    let (mut ada, _) = net.join(1).await;
    let (mut bob, _) = net.join(2).await;
    ada.send(&signal(2, "offer")).await;
    bob.send(&signal(1, "answer")).await;
    for mark in 0..20 {
        ada.ping(mark).await;
        let pings = ada.pings_within(seconds(5)).await;
        // One asks whether the answer has arrived.
        assert!(pings <= usize::from(mark < 2), "{pings} after {mark}");
        bob.ping(mark).await;
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_who_waits_alone_is_pinged_every_thirty_seconds() {
    let net = Net::new();
    let (mut ada, _) = net.join(1).await;
    let pings = ada.pings_within(seconds(601)).await;
    assert_eq!(pings, 20);
}

#[tokio::test(start_paused = true)]
async fn somebody_who_vanished_while_waiting_is_found_when_a_guest_comes() {
    let net = Net::new();
    let (_ada, _) = net.join(1).await;
    tokio::time::sleep(seconds(20)).await;
    let (mut bob, peers) = net.join(2).await;
    assert!(!peers[0].away, "nobody has asked Ada yet");
    bob.send(&signal(1, "offer")).await;
    let found = bob.finds_away(1).await;
    assert!(found <= seconds(6), "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn somebody_who_vanished_while_waiting_is_away_in_the_end() {
    let net = Net::new();
    let (_ada, _) = net.join(1).await;
    let (mut bob, _) = net.join(2).await;
    let found = bob.finds_away(1).await;
    assert!(found <= seconds(36), "{found:?}");
}
