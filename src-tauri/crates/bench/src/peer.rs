//! One side of a room, on either program: a connection from an address of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use parlour_signaling::crypto::{Hello, RoomKeys, RoomSecret, SessionKey};
use parlour_signaling::protocol::limits::IDLE_PING_INTERVAL;
use parlour_signaling::protocol::{ClientMessage, PATH, PeerId, Sealed, ServerMessage};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::forwarder::READ_BUFFER_BYTES;
use crate::join;

pub(crate) type Socket = WebSocketStream<TcpStream>;

/// How long any step may take.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);

/// The two programs that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Server,
    Forwarder,
}

/// A room whose keys are derived once, as a client does.
pub(crate) struct Room {
    pub(crate) keys: RoomKeys,
    /// The path and query under which the program serves it.
    path: String,
}

impl Room {
    pub(crate) fn new(kind: Kind) -> Self {
        let keys = RoomKeys::new(&RoomSecret::random());
        let path = match kind {
            Kind::Server => PATH.to_owned(),
            Kind::Forwarder => format!("{PATH}?{}", keys.room_id()),
        };
        Self { keys, path }
    }
}

/// Connects from the next address of `127.0.0.0/8`, so that each connection has the budget of an address.
async fn connect(addr: SocketAddr, room: &Room) -> Result<Socket> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let low = NEXT.fetch_add(1, Ordering::Relaxed) % 0x00fe_0000;
    let from = Ipv4Addr::from_bits(0x7f01_0000 + low);
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    let stream = socket.connect(addr).await?;
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
    let url = format!("ws://{addr}{}", room.path);
    let (socket, _) = client_async_with_config(url, stream, Some(config)).await?;
    Ok(socket)
}

/// A peer that is in its room.
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    pub(crate) socket: Socket,
}

impl Peer {
    /// Connects and joins. The forwarder gets a hello instead of the join, which it passes on.
    pub(crate) async fn join(addr: SocketAddr, kind: Kind, room: &Room) -> Result<Self> {
        timeout(STEP_TIMEOUT, Self::join_untimed(addr, kind, room)).await?
    }

    async fn join_untimed(addr: SocketAddr, kind: Kind, room: &Room) -> Result<Self> {
        let session = SessionKey::random();
        let hello = room.keys.seal_hello(&session, &Hello::new("Ada"))?;
        let mut socket = connect(addr, room).await?;
        match kind {
            Kind::Server => {
                let join = join::answer(&mut socket, &room.keys, &session, hello).await?;
                send(&mut socket, &join).await?;
                let answer = next(&mut socket).await?;
                ensure!(
                    matches!(answer, ServerMessage::Welcome { .. }),
                    "refused: {answer:?}"
                );
            }
            Kind::Forwarder => send(&mut socket, &ClientMessage::Enter { hello }).await?,
        }
        Ok(Self {
            id: session.peer_id(),
            socket,
        })
    }

    /// Leaves and waits until the connection has ended.
    pub(crate) async fn leave(mut self, kind: Kind) -> Result<()> {
        if kind == Kind::Server {
            send(&mut self.socket, &ClientMessage::Leave {}).await?;
        } else {
            self.socket.close(None).await?;
        }
        let ended = async { while let Some(Ok(_)) = self.socket.next().await {} };
        timeout(STEP_TIMEOUT, ended).await?;
        Ok(())
    }
}

/// Joined connections that read what comes until they are dropped.
#[derive(Default)]
pub(crate) struct Held {
    readers: JoinSet<()>,
    pings: watch::Sender<()>,
    received: Arc<AtomicU64>,
}

impl Held {
    /// Keeps a peer that reads, and pings as Parlour's client does after [`Held::start_pings`].
    pub(crate) fn hold(&mut self, peer: Peer) {
        let mut socket = peer.socket;
        let ping = Message::Ping(vec![0; 16].into());
        let mut has_started = self.pings.subscribe();
        // Spread over the interval, as those of people are.
        let first = IDLE_PING_INTERVAL.mul_f64((self.readers.len() % 100) as f64 / 100.0);
        self.readers.spawn(async move {
            loop {
                tokio::select! {
                    Ok(()) = has_started.changed() => break,
                    Some(Ok(_)) = socket.next() => {}
                    else => return,
                }
            }
            let mut pings = interval_at(Instant::now() + first, IDLE_PING_INTERVAL);
            loop {
                tokio::select! {
                    _ = pings.tick() => if socket.send(ping.clone()).await.is_err() { return },
                    Some(Ok(_)) = socket.next() => {}
                    else => return,
                }
            }
        });
    }

    pub(crate) fn start_pings(&self) {
        self.pings.send_replace(());
    }

    /// Keeps a peer's reading half. Its signals are counted.
    pub(crate) fn hold_reader(&mut self, mut stream: SplitStream<Socket>, min_bytes: usize) {
        let received = Arc::clone(&self.received);
        self.readers.spawn(async move {
            while let Some(Ok(frame)) = stream.next().await {
                if frame.is_text() && frame.len() >= min_bytes {
                    received.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }

    /// Waits for so many signals.
    pub(crate) async fn have_received(&self, expected: u64) {
        while self.received() < expected {
            sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

pub(crate) type Sender = SplitSink<Socket, Message>;

/// An envelope for a peer.
pub(crate) fn signal(to: PeerId, envelope_chars: usize) -> Result<Message> {
    let envelope = Sealed("x".repeat(envelope_chars));
    let text = serde_json::to_string(&ClientMessage::Signal { to, envelope })?;
    Ok(Message::text(text))
}

pub(crate) async fn send(socket: &mut Socket, message: &ClientMessage) -> Result<()> {
    let text = serde_json::to_string(message)?;
    socket.send(Message::text(text)).await?;
    Ok(())
}

pub(crate) async fn next(socket: &mut Socket) -> Result<ServerMessage> {
    loop {
        match socket.next().await.context("the connection has ended")?? {
            Message::Text(text) => return Ok(serde_json::from_str(&text)?),
            Message::Close(_) => bail!("the server has closed the connection"),
            _ => {}
        }
    }
}
