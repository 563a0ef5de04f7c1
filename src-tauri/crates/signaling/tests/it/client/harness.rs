//! Clients whose events are awaited, and a server that follows a script.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parlour_signaling::client::{
    ClientConfig, Member, RetryPolicy, RoomClient, RoomEvent, ServerAccess,
};
use parlour_signaling::crypto::RoomSecret;
use parlour_signaling::invite::{Endpoint, Host};
use parlour_signaling::protocol::{
    ClientMessage, Limits, Nonce, PROTOCOL_VERSION, PeerId, PeerInfo, ServerMessage, limits,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Long enough for a loaded machine. Only a failing test waits for it.
pub const EVENT_TIMEOUT: Duration = Duration::from_secs(20);

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
        guest: false,
        retry: RetryPolicy::default(),
        access: ServerAccess::default(),
    }
}

/// A client and its events.
pub struct Peer {
    pub client: RoomClient,
    pub events: Receiver<RoomEvent>,
}

impl Peer {
    pub fn new(config: ClientConfig) -> Self {
        let (client, events) = RoomClient::spawn(config);
        Self { client, events }
    }

    /// A client in the lobby of the room on that server.
    pub async fn joined(name: &str, server: SocketAddr) -> (Self, Vec<Member>) {
        let mut peer = Self::new(config(name, vec![endpoint(server)]));
        let (members, _) = peer.join().await;
        (peer, members)
    }

    pub fn me(&self) -> PeerId {
        self.client.peer_id()
    }

    pub async fn next(&mut self) -> RoomEvent {
        timeout(EVENT_TIMEOUT, self.events.recv())
            .await
            .expect("an event in time")
            .expect("an event")
    }

    /// Expects `Joined` as the next event.
    pub async fn join(&mut self) -> (Vec<Member>, bool) {
        match self.next().await {
            RoomEvent::Joined {
                members, resumed, ..
            } => (members, resumed),
            other => panic!("{other:?} instead of Joined"),
        }
    }

    /// Skips events until one matches.
    pub async fn until<T>(&mut self, mut fits: impl FnMut(&RoomEvent) -> Option<T>) -> T {
        loop {
            let event = self.next().await;
            if let Some(found) = fits(&event) {
                return found;
            }
        }
    }

    /// The sender and the number of the next signal, as [`Peer::send`] made it.
    pub async fn next_signal(&mut self) -> (PeerId, u64) {
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
pub struct ScriptedConnection(pub WebSocketStream<TcpStream>);

impl ScriptedConnection {
    /// Accepts and sends a challenge.
    pub async fn accept(listener: &TcpListener) -> Self {
        let mut connection = Self::accept_silently(listener).await;
        connection.challenge(PROTOCOL_VERSION).await;
        connection
    }

    pub async fn challenge(&mut self, version: u32) {
        let nonce = Nonce::from_bytes([5; 32]);
        self.send(&ServerMessage::Challenge { nonce, version })
            .await;
    }

    pub async fn accept_silently(listener: &TcpListener) -> Self {
        let (stream, _) = timeout(EVENT_TIMEOUT, listener.accept())
            .await
            .unwrap()
            .unwrap();
        Self(tokio_tungstenite::accept_async(stream).await.unwrap())
    }

    /// Accepts, reads the join, and sends a welcome.
    pub async fn welcome(
        listener: &TcpListener,
        peers: Vec<PeerInfo>,
        resumed: bool,
    ) -> (Self, ClientMessage) {
        let mut connection = Self::accept(listener).await;
        let join = connection.read().await.unwrap();
        assert!(matches!(join, ClientMessage::Join(_)));
        connection.send(&welcome(peers, resumed)).await;
        (connection, join)
    }

    /// The next message, or nothing when the connection has ended.
    pub async fn read(&mut self) -> Option<ClientMessage> {
        loop {
            match timeout(EVENT_TIMEOUT, self.0.next())
                .await
                .expect("a frame in time")?
            {
                Ok(Message::Text(text)) => return serde_json::from_str(&text).ok(),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    pub async fn send(&mut self, message: &ServerMessage) {
        self.send_text(serde_json::to_string(message).unwrap())
            .await;
    }

    /// Puts a message into the buffer, to be sent with the next one.
    pub async fn feed(&mut self, message: &ServerMessage) {
        let text = serde_json::to_string(message).unwrap();
        self.0.feed(Message::text(text)).await.unwrap();
    }

    pub async fn send_text(&mut self, text: String) {
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
        permit: None,
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
