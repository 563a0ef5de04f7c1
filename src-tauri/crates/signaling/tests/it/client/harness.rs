//! What the client's scenarios share: clients whose events are awaited, and a server that follows a script.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parlour_signaling::client::{ClientConfig, Member, RetryPolicy, RoomClient, RoomEvent};
use parlour_signaling::crypto::RoomSecret;
use parlour_signaling::invite::{Endpoint, Host};
use parlour_signaling::protocol::{ClientMessage, Limits, PeerId, PeerInfo, ServerMessage, limits};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Long enough for a loaded machine: reached only by a failing test.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn endpoint(address: SocketAddr) -> Endpoint {
    Endpoint {
        host: Host::Ip(address.ip()),
        port: address.port(),
        tls: false,
    }
}

pub fn secret(byte: u8) -> RoomSecret {
    RoomSecret::from_bytes([byte; 16])
}

pub fn config(name: &str, endpoints: Vec<Endpoint>) -> ClientConfig {
    ClientConfig {
        endpoints,
        secret: secret(7),
        previous_peer_id: None,
        name: name.to_owned(),
        retry: RetryPolicy::default(),
    }
}

/// A client and what it reports.
pub struct Peer {
    pub client: RoomClient,
    pub events: Receiver<RoomEvent>,
}

impl Peer {
    pub fn new(config: ClientConfig) -> Self {
        let (client, events) = RoomClient::spawn(config);
        Self { client, events }
    }

    /// In the lobby of the room on that server.
    pub async fn joined(name: &str, server: SocketAddr) -> (Self, Vec<Member>) {
        let mut peer = Self::new(config(name, vec![endpoint(server)]));
        let (members, _) = peer.join().await;
        (peer, members)
    }

    pub fn me(&self) -> PeerId {
        self.client.peer_id()
    }

    pub async fn next(&mut self) -> RoomEvent {
        timeout(PATIENCE, self.events.recv())
            .await
            .expect("an event in time")
            .expect("an event")
    }

    /// The next event is `Joined`.
    pub async fn join(&mut self) -> (Vec<Member>, bool) {
        match self.next().await {
            RoomEvent::Joined {
                members, resumed, ..
            } => (members, resumed),
            other => panic!("{other:?} instead of Joined"),
        }
    }

    /// Skips events until one fits.
    pub async fn until<T>(&mut self, mut fits: impl FnMut(&RoomEvent) -> Option<T>) -> T {
        loop {
            let event = self.next().await;
            if let Some(found) = fits(&event) {
                return found;
            }
        }
    }

    /// The next signal's number, which [`Peer::send`] has put into it.
    pub async fn hear(&mut self) -> (PeerId, u64) {
        self.until(|event| match event {
            RoomEvent::Signal { from, signal } => Some((*from, signal["n"].as_u64().unwrap())),
            _ => None,
        })
        .await
    }

    pub async fn send(&self, to: PeerId, n: u64) {
        self.client
            .send_signal(to, serde_json::json!({ "n": n }), None)
            .await
            .unwrap();
    }
}

/// One connection to a scripted server.
pub struct Visitor(pub WebSocketStream<TcpStream>);

impl Visitor {
    pub async fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
        Self(tokio_tungstenite::accept_async(stream).await.unwrap())
    }

    /// Accepts, reads the join, and welcomes.
    pub async fn welcome(
        listener: &TcpListener,
        peers: Vec<PeerInfo>,
        resumed: bool,
    ) -> (Self, ClientMessage) {
        let mut visitor = Self::accept(listener).await;
        let join = visitor.read().await.unwrap();
        assert!(matches!(join, ClientMessage::Join { .. }));
        visitor.say(&welcome(peers, resumed)).await;
        (visitor, join)
    }

    /// The next frame of the protocol; none when the connection is over.
    pub async fn read(&mut self) -> Option<ClientMessage> {
        loop {
            match timeout(PATIENCE, self.0.next())
                .await
                .expect("a frame in time")?
            {
                Ok(Message::Text(text)) => return serde_json::from_str(&text).ok(),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    pub async fn say(&mut self, message: &ServerMessage) {
        self.say_text(serde_json::to_string(message).unwrap()).await;
    }

    pub async fn say_text(&mut self, text: String) {
        self.0.send(Message::text(text)).await.unwrap();
    }
}

pub fn welcome(peers: Vec<PeerInfo>, resumed: bool) -> ServerMessage {
    ServerMessage::Welcome {
        peers,
        ice_servers: Vec::new(),
        ice_seconds: 0,
        embedded: false,
        left: Vec::new(),
        limits: Limits {
            frame_bytes: limits::MAX_FRAME_BYTES,
            peers: limits::MAX_PEERS,
            away_seconds: 30,
        },
        resumed,
    }
}

pub async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}
