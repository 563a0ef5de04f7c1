//! One connection with a relay: frames in both directions, and pings.

use std::time::{Duration, UNIX_EPOCH};

use futures_util::{SinkExt, StreamExt};
use parlour_signaling::client::{WebSocket, WebSocketDialer};
use parlour_signaling::invite::Endpoint;
use tokio::sync::mpsc;
use tokio::time::{self, Instant};
use tokio_tungstenite::tungstenite::Message;

use super::limits::{MAX_MESSAGE_BYTES, PING_AFTER, PONG_TIMEOUT};
use super::status::RelayFault;
use crate::event::RelayFrame;

/// Relays listen at the root of their name.
const PATH: &str = "/";

/// How long the goodbye may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Which connection of which relay.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConnectionId {
    pub(super) relay: usize,
    pub(super) conn: u64,
}

/// An event of a connection.
#[derive(Debug)]
pub(super) enum ConnectionEvent {
    /// It is made. With the relay's clock, in seconds since 1970, if its answer had it.
    Connected { relay_unix: Option<u64> },
    /// A frame that could be read.
    Frame(RelayFrame),
    /// It has ended, or could not be made.
    Ended(RelayFault),
}

/// Connects and serves the connection until it ends, or until there are no more commands.
pub(super) async fn run(
    id: ConnectionId,
    relay: Endpoint,
    dialer: WebSocketDialer,
    mut commands: mpsc::Receiver<String>,
    events: mpsc::Sender<(ConnectionId, ConnectionEvent)>,
) {
    let dial = dialer.open(&relay, PATH, MAX_MESSAGE_BYTES);
    let opened = tokio::select! {
        opened = dial => opened,
        // A command cannot come before the connection: the pool has given it up.
        _ = commands.recv() => return,
    };
    let (mut socket, date) = match opened {
        Ok(opened) => opened,
        Err(fault) => {
            let fault = ConnectionEvent::Ended(fault.into());
            let _ = events.send((id, fault)).await;
            return;
        }
    };
    let relay_unix = date.as_deref().and_then(seconds_since_1970);
    let connected = ConnectionEvent::Connected { relay_unix };
    if events.send((id, connected)).await.is_err() {
        return;
    }
    if let Some(fault) = serve(id, &mut socket, &mut commands, &events).await {
        let _ = events.send((id, ConnectionEvent::Ended(fault))).await;
        return;
    }
    let goodbye = async {
        if socket.close(None).await.is_ok() {
            while let Some(Ok(_)) = socket.next().await {}
        }
    };
    let _ = time::timeout(CLOSE_TIMEOUT, goodbye).await;
}

/// Returns why the connection has ended, or nothing when the pool has given it up.
async fn serve(
    id: ConnectionId,
    socket: &mut WebSocket,
    commands: &mut mpsc::Receiver<String>,
    events: &mpsc::Sender<(ConnectionId, ConnectionEvent)>,
) -> Option<RelayFault> {
    let mut is_pinged = false;
    let silence = time::sleep(PING_AFTER);
    tokio::pin!(silence);
    loop {
        let written = tokio::select! {
            message = socket.next() => {
                let Some(Ok(message)) = message else {
                    return Some(RelayFault::Closed);
                };
                is_pinged = false;
                silence.as_mut().reset(Instant::now() + PING_AFTER);
                if let Message::Text(text) = message
                    && let Some(frame) = RelayFrame::parse(&text)
                    && events.send((id, ConnectionEvent::Frame(frame))).await.is_err()
                {
                    return None;
                }
                // A ping is answered when something is written or read next.
                time::timeout(PONG_TIMEOUT, socket.flush()).await
            }
            command = commands.recv() => {
                let text = command?;
                time::timeout(PONG_TIMEOUT, socket.send(Message::text(text))).await
            }
            () = &mut silence => {
                if is_pinged {
                    return Some(RelayFault::Silent);
                }
                is_pinged = true;
                silence.as_mut().reset(Instant::now() + PONG_TIMEOUT);
                time::timeout(PONG_TIMEOUT, socket.send(Message::Ping(Vec::new().into()))).await
            }
        };
        match written {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Some(RelayFault::Closed),
            Err(_) => return Some(RelayFault::Silent),
        }
    }
}

fn seconds_since_1970(date: &str) -> Option<u64> {
    let time = httpdate::parse_http_date(date).ok()?;
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}
