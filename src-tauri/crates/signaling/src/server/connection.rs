//! One connection: frames to the registry, the send queue to the socket, and a heartbeat.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use futures_util::{Sink, SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{self, Instant};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tracing::{Instrument, debug, debug_span};

use super::close::close;
use super::rooms::{Admission, ConnId, Inbound};
use super::send_queue::{Outgoing, SendQueueReceiver};
use super::shared::{Opening, Shared};
use super::upgrade::WRITE_BUFFER_BYTES;
use crate::crypto::random;
use crate::protocol::limits::{CLOSE_TIMEOUT, MAX_QUEUED_FRAMES};
use crate::protocol::{
    ClientMessage, Nonce, PROTOCOL_VERSION, RoomId, ServerErrorCode, ServerMessage,
};

/// Signals after which a ping asks whether they have arrived, before the mailbox drops the oldest.
const SIGNALS_PER_PING: u64 = MAX_QUEUED_FRAMES as u64 / 4;

/// Serves a connection to its end.
pub(super) async fn run<S>(socket: WebSocketStream<S>, shared: &Shared, opening: &Opening)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (conn, send_queue) = (opening.conn, shared.connect(opening));
    let now = Instant::now();
    let mut connection = Connection {
        socket,
        send_queue,
        shared,
        guard: DisconnectGuard { shared, conn },
        challenge: Some(Nonce::from_bytes(random())),
        room: None,
        last_received: now,
        next_ping: now + shared.config.ping_interval,
        flushing_since: None,
        is_reading: true,
        reads_first: false,
        last_sent: 0,
        last_pinged: 0,
    };
    let span = debug_span!("connection", ?conn);
    async {
        let end = connection.serve().await;
        debug!(?end, "connection ends");
        drop(connection.guard);
        if let End::Closing(error) = end {
            let is_reading = connection.is_reading;
            let closed = close(connection.socket, error, is_reading);
            // A client that does not close in time is dropped.
            let _ = time::timeout(CLOSE_TIMEOUT, closed).await;
        }
    }
    .instrument(span)
    .await;
}

/// Removes the connection from the registry, however its task ends.
struct DisconnectGuard<'a> {
    shared: &'a Shared,
    conn: ConnId,
}

impl Drop for DisconnectGuard<'_> {
    fn drop(&mut self) {
        self.shared.disconnect(self.conn);
    }
}

struct Connection<'a, S> {
    socket: WebSocketStream<S>,
    send_queue: SendQueueReceiver,
    shared: &'a Shared,
    guard: DisconnectGuard<'a>,
    /// The nonce that the join has to sign. Taken by the first join: one connection costs two signature checks at most.
    challenge: Option<Nonce>,
    /// The room that the peer has proved to know.
    room: Option<RoomId>,
    last_received: Instant,
    next_ping: Instant,
    /// Since when a flush waits for the other side to read.
    flushing_since: Option<Instant>,
    /// After a frame that cannot be read nothing more is read, but the error can still be written.
    is_reading: bool,
    /// Reading and writing take turns, so that neither starves the other.
    reads_first: bool,
    /// Sequence number of the last signal written.
    last_sent: u64,
    /// Sequence number of the last signal that a ping has asked for.
    last_pinged: u64,
}

/// Why a connection ends.
#[derive(Debug)]
enum End {
    /// The other side closed it.
    Closed,
    /// The socket failed. The error names no address.
    Failed(#[expect(dead_code, reason = "for the log")] Box<Error>),
    /// A message could not be written as JSON.
    Unserializable,
    /// The other side is silent or does not read.
    Silent,
    /// The registry has dropped it.
    Aborted,
    /// The registry closes it, and the other side is told.
    Closing(Option<ServerErrorCode>),
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

enum Event {
    Flushed(Result<(), Error>),
    Outgoing(Option<Outgoing>),
    Incoming(Option<Result<Message, Error>>),
}

impl<S> Connection<'_, S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    async fn serve(&mut self) -> End {
        if let Err(end) = self.write_challenge() {
            return end;
        }
        let aborted = self.send_queue.aborted.clone();
        let aborted = aborted.cancelled();
        tokio::pin!(aborted);
        // One timer for pings and silence. It is set again only when it has fired.
        let timer = time::sleep_until(self.next_deadline());
        tokio::pin!(timer);
        loop {
            let event = tokio::select! {
                biased;
                () = &mut aborted => return End::Aborted,
                () = &mut timer => {
                    if let Err(end) = self.on_timer() {
                        return end;
                    }
                    timer.as_mut().reset(self.next_deadline());
                    continue;
                }
                event = poll_fn(|cx| self.poll(cx)) => event,
            };
            let handled = match event {
                Event::Flushed(Ok(())) => {
                    self.flushing_since = None;
                    Ok(())
                }
                Event::Flushed(Err(error)) => Err(error.into()),
                Event::Outgoing(outgoing) => self.write_batch(outgoing),
                Event::Incoming(incoming) => self.on_frame(incoming),
            };
            if let Err(end) = handled {
                return end;
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        self.reads_first = !self.reads_first;
        let first = if self.reads_first {
            self.poll_read(cx)
        } else {
            self.poll_write(cx)
        };
        if first.is_ready() {
            first
        } else if self.reads_first {
            self.poll_write(cx)
        } else {
            self.poll_read(cx)
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        if !self.is_reading {
            return Poll::Pending;
        }
        self.socket.poll_next_unpin(cx).map(Event::Incoming)
    }

    /// Takes nothing from the queue while something waits to be flushed.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        if self.flushing_since.is_some() {
            self.socket.poll_flush_unpin(cx).map(Event::Flushed)
        } else {
            self.send_queue.queue.poll_recv(cx).map(Event::Outgoing)
        }
    }

    fn on_frame(&mut self, frame: Option<Result<Message, Error>>) -> Result<(), End> {
        self.last_received = Instant::now();
        let inbound = match frame {
            Some(Ok(Message::Text(text))) => self.read(&text),
            Some(Ok(Message::Binary(_))) => Inbound::invalid(ServerErrorCode::BadFrame),
            Some(Ok(Message::Ping(_))) => Inbound::Ping,
            Some(Ok(Message::Pong(payload))) => Inbound::Pong {
                confirms: confirmed_seq(&payload).min(self.last_sent),
            },
            Some(Ok(Message::Close(_) | Message::Frame(_))) => return Ok(()),
            Some(Err(Error::Capacity(_))) => {
                self.is_reading = false;
                Inbound::invalid(ServerErrorCode::FrameTooLarge)
            }
            Some(Err(Error::Utf8(_))) => {
                self.is_reading = false;
                Inbound::invalid(ServerErrorCode::BadFrame)
            }
            Some(Err(error)) => return Err(error.into()),
            None => return Err(End::Closed),
        };
        self.shared.receive(self.guard.conn, inbound);
        Ok(())
    }

    /// Reads a frame. A join is checked here, where it delays no other connection.
    fn read(&mut self, text: &str) -> Inbound {
        let inbound = Inbound::from_text(text);
        let Inbound::Message(ClientMessage::Join(join)) = inbound else {
            return inbound;
        };
        let Some(nonce) = self.challenge.take() else {
            return Inbound::Message(ClientMessage::Join(join));
        };
        let (conn, peer) = (self.guard.conn, join.keys.peer_id());
        let admission = self.shared.begin_join(conn, join.room, peer);
        let admission = admission
            .and_then(|()| Admission::prove(join, &nonce).map_err(|_| ServerErrorCode::BadProof));
        match admission {
            Ok(admission) => {
                self.room = Some(admission.room());
                Inbound::Join(match &self.shared.config.access {
                    Some(access) => admission.with_access(access, SystemTime::now()),
                    None => admission,
                })
            }
            Err(code) => Inbound::Invalid {
                code,
                about: Some("join".to_owned()),
            },
        }
    }

    /// The first frame of every connection.
    fn write_challenge(&mut self) -> Result<(), End> {
        let Some(nonce) = self.challenge else {
            return Ok(());
        };
        let version = PROTOCOL_VERSION;
        let challenge = self.serialize(&ServerMessage::Challenge { nonce, version });
        self.write(Message::text(challenge.ok_or(End::Unserializable)?))?;
        self.flushing_since = Some(Instant::now());
        Ok(())
    }

    /// Writes what is queued, up to a full buffer, then flushes.
    fn write_batch(&mut self, first: Option<Outgoing>) -> Result<(), End> {
        let mut next = first;
        let mut bytes = 0;
        loop {
            match next {
                Some(Outgoing::Message(message)) => {
                    self.send_queue.release(&message);
                    let text = self.serialize(&message).ok_or(End::Unserializable)?;
                    bytes += text.len();
                    self.write(Message::text(text))?;
                    if self.last_sent >= self.last_pinged + SIGNALS_PER_PING {
                        self.ping()?;
                    }
                }
                Some(Outgoing::IceServers(turn_for)) => {
                    let servers = self.shared.ice_servers(self.guard.conn, turn_for);
                    let text = self.serialize(&servers);
                    let text = text.ok_or(End::Unserializable)?;
                    bytes += text.len();
                    self.write(Message::text(text))?;
                }
                Some(Outgoing::Close(error)) => return Err(End::Closing(error)),
                None => return Err(End::Aborted),
            }
            if bytes >= WRITE_BUFFER_BYTES {
                break;
            }
            match self.send_queue.queue.try_recv() {
                Ok(outgoing) => next = Some(outgoing),
                Err(_) => break,
            }
        }
        self.flushing_since = Some(Instant::now());
        Ok(())
    }

    fn serialize(&mut self, message: &ServerMessage) -> Option<String> {
        if let ServerMessage::Signal { seq, .. } = message {
            self.last_sent = *seq;
        }
        match message {
            ServerMessage::Welcome { .. } => {
                serde_json::to_string(&self.add_server_fields(message.clone()))
            }
            _ => serde_json::to_string(message),
        }
        .ok()
    }

    /// Adds what the registry does not know.
    fn add_server_fields(&self, mut message: ServerMessage) -> ServerMessage {
        let config = &self.shared.config;
        if let ServerMessage::Welcome {
            embedded,
            ice_servers,
            permit,
            ..
        } = &mut message
        {
            *embedded = config.embedded;
            *ice_servers = config.ice.stun_servers();
            let access = config.access.as_ref().zip(self.room);
            *permit = access.and_then(|(access, room)| access.permit(room, SystemTime::now()));
        }
        message
    }

    fn write(&mut self, message: Message) -> Result<(), Error> {
        Pin::new(&mut self.socket).start_send(message)
    }

    /// The pong confirms everything that was written before the ping, so the protocol needs no frame for it.
    fn ping(&mut self) -> Result<(), Error> {
        self.last_pinged = self.last_sent;
        self.write(Message::Ping(self.last_sent.to_be_bytes().to_vec().into()))
    }

    fn next_deadline(&self) -> Instant {
        self.next_ping.min(self.silence_deadline())
    }

    /// When the other side counts as gone if it neither sends nor reads until then.
    fn silence_deadline(&self) -> Instant {
        let since = self.flushing_since.unwrap_or(self.last_received);
        since.min(self.last_received) + self.shared.config.silence_timeout
    }

    fn on_timer(&mut self) -> Result<(), End> {
        let now = Instant::now();
        if now >= self.silence_deadline() {
            return Err(End::Silent);
        }
        if now >= self.next_ping {
            self.next_ping = now + self.shared.config.ping_interval;
            if self.flushing_since.is_none() {
                self.ping()?;
                self.flushing_since = Some(now);
            }
        }
        Ok(())
    }
}

/// Sequence number of the last signal that had arrived.
fn confirmed_seq(payload: &[u8]) -> u64 {
    payload.try_into().map_or(0, u64::from_be_bytes)
}
