//! A server goes down behind a load balancer, and another takes its rooms over.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parlour_signaling::protocol::{
    ClientMessage, Nonce, PATH, ServerErrorCode, ServerMessage, limits,
};
use parlour_signaling::server::{BudgetConfig, ServerConfig, ServerHandle};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::test_messages::{join, proved, room};

/// A server over streams in memory, with a clock that the test runtime moves on.
struct InMemory {
    server: ServerHandle,
    streams: mpsc::Sender<DuplexStream>,
}

impl InMemory {
    fn new(config: ServerConfig) -> Self {
        let (streams, accepted) = mpsc::channel(64);
        let server = ServerHandle::serve(accepted, config);
        Self { server, streams }
    }

    async fn peer(&self, r: u8, n: u8) -> Member {
        let (stream, theirs) = duplex(64 * 1024);
        self.streams.send(theirs).await.unwrap();
        let url = format!("ws://server{PATH}?r={}", room(r).room_hash());
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        let mut member = Member(socket);
        let Some(ServerMessage::Challenge { nonce, .. }) = member.next().await else {
            panic!("no challenge");
        };
        member.join(r, n, &nonce).await;
        member
    }
}

struct Member(WebSocketStream<DuplexStream>);

impl Member {
    async fn join(&mut self, r: u8, n: u8, nonce: &Nonce) {
        let ClientMessage::Join(join) = join(r, n) else {
            unreachable!()
        };
        let join = ClientMessage::Join(proved(join, nonce));
        let text = serde_json::to_string(&join).unwrap();
        self.0.send(Message::text(text)).await.unwrap();
        let welcome = self.next().await;
        assert!(matches!(welcome, Some(ServerMessage::Welcome { .. })));
    }

    async fn next(&mut self) -> Option<ServerMessage> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Text(text) => return serde_json::from_str(&text).ok(),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// When it is told that the server goes down.
    async fn told_at(mut self) -> Instant {
        loop {
            let code = match self.next().await {
                Some(ServerMessage::Error { code, .. }) => code,
                Some(_) => continue,
                None => panic!("the end without a word"),
            };
            assert_eq!(code, ServerErrorCode::ShuttingDown);
            let at = Instant::now();
            while self.next().await.is_some() {}
            return at;
        }
    }
}

/// The status of the answer to a request for a WebSocket.
async fn status(streams: &mpsc::Sender<DuplexStream>, target: &str, header: &str) -> String {
    let (mut stream, theirs) = duplex(64 * 1024);
    streams.send(theirs).await.unwrap();
    let request = format!(
        "GET {target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{header}\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()[9..].to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_room_moves_as_one_and_not_all_rooms_at_once() {
    const SPREAD: Duration = Duration::from_secs(1);
    const ROOMS: u8 = 10;
    let mut budgets = BudgetConfig::default();
    // An eighth is for those who come back.
    budgets.server.connections = 24;
    let running = InMemory::new(ServerConfig {
        drain_spread: SPREAD,
        budgets,
        ..ServerConfig::default()
    });
    let mut waiting = Vec::new();
    for r in 0..ROOMS {
        let (ada, bob) = (
            running.peer(r, 2 * r).await,
            running.peer(r, 2 * r + 1).await,
        );
        waiting.push((tokio::spawn(ada.told_at()), tokio::spawn(bob.told_at())));
    }
    let InMemory { server, streams } = running;
    let monitor = server.monitor();
    assert!(monitor.is_ready());
    let begin = Instant::now();
    let shutdown = tokio::spawn(server.shutdown());
    let mut times = Vec::new();
    for (ada, bob) in waiting {
        let (ada, bob) = (ada.await.unwrap(), bob.await.unwrap());
        assert_eq!(ada, bob, "one room is in two places");
        times.push(ada - begin);
    }
    times.sort();
    assert!(times[0] < SPREAD / 10, "{times:?}");
    assert!(times[9] > SPREAD / 2 && times[9] <= SPREAD, "{times:?}");
    times.dedup();
    assert_eq!(
        times.len(),
        usize::from(ROOMS),
        "several at once: {times:?}"
    );
    shutdown.await.unwrap();
    assert!(begin.elapsed() < SPREAD + limits::CLOSE_TIMEOUT);
    assert!(!monitor.is_ready());
    drop(streams);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_goes_down_says_so_to_its_balancer() {
    let mut budgets = BudgetConfig::default();
    budgets.server.connections = 4;
    let running = InMemory::new(ServerConfig {
        drain_spread: Duration::from_secs(1),
        budgets,
        ..ServerConfig::default()
    });
    let (ada, bob) = (running.peer(1, 1).await, running.peer(2, 2).await);
    let InMemory { server, streams } = running;
    let monitor = server.monitor();
    let shutdown = tokio::spawn(server.shutdown());
    tokio::select! {
        _ = ada.told_at() => {}
        _ = bob.told_at() => {}
    }
    // One of the rooms is still here, and whoever comes is sent on at once.
    assert!(!monitor.is_ready());
    assert_eq!(status(&streams, PATH, "").await, "503");
    shutdown.await.unwrap();
    assert!(streams.is_closed());
}

#[tokio::test(start_paused = true)]
async fn a_balancer_hears_where_a_room_is_open() {
    let running = InMemory::new(ServerConfig::default());
    let here = room(1).room_hash();
    let elsewhere = room(2).room_hash();
    let asked = async |value: &str| {
        let header = format!("Parlour-If-Open: {value}\r\n");
        status(&running.streams, PATH, &header).await
    };
    assert_eq!(asked(&here.to_string()).await, "404");
    let ada = running.peer(1, 1).await;
    assert_eq!(asked(&here.to_string()).await, "101");
    for not_here in [&*elsewhere.to_string(), "", "zzzz", &format!("0{here}")] {
        assert_eq!(asked(not_here).await, "404", "{not_here:?}");
    }
    // A place that is kept for somebody is where that peer has to come back to.
    drop(ada);
    assert_eq!(asked(&here.to_string()).await, "101");
    tokio::time::sleep(limits::AWAY_TIMEOUT + Duration::from_secs(1)).await;
    assert_eq!(asked(&here.to_string()).await, "404");
}

#[tokio::test(start_paused = true)]
async fn what_stands_in_the_url_behind_the_path_changes_nothing() {
    let running = InMemory::new(ServerConfig::default());
    let long = format!("{PATH}?r={}", "a".repeat(4000));
    for target in [
        "/v1?r=0000",
        "/v1?r=",
        "/v1?r=%00%ff&r=1",
        "/v1?&&==",
        &long,
    ] {
        assert_eq!(
            status(&running.streams, target, "").await,
            "101",
            "{target}"
        );
    }
    let too_long = format!("{PATH}?r={}", "a".repeat(limits::MAX_REQUEST_BYTES));
    assert_eq!(status(&running.streams, &too_long, "").await, "400");
}
