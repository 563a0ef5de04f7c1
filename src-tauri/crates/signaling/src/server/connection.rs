//! One connection: frames to the registry, the send queue to the socket, and a heartbeat.

use std::fmt::Write as _;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use futures_util::{Sink, SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{self, Instant, Sleep};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tracing::{Instrument, debug, debug_span};

use super::close::close;
use super::metrics::DropReason;
use super::rooms::{Admission, ConnId, Inbound, queued_bytes};
use super::send_queue::{Outgoing, SendQueueReceiver};
use super::shared::{Opening, Shared};
use super::upgrade::WRITE_BUFFER_BYTES;
use crate::heartbeat::{Beat, Heartbeat};
use crate::protocol::limits::{CLOSE_TIMEOUT, MAX_QUEUED_FRAMES};
use crate::protocol::{ClientMessage, Nonce, PeerId, RoomId, ServerErrorCode, ServerMessage};

/// An idle connection may be silent for so many intervals before it is pinged.
const IDLE_INTERVALS: u32 = 5;
/// Signals after which a ping asks whether they have arrived, before the mailbox drops the oldest.
const SIGNALS_PER_PING: u64 = MAX_QUEUED_FRAMES as u64 / 4;

/// Bytes of a text beside what is counted for its message: enough for the names of the fields.
const TEXT_BYTES: usize = 32;

/// Serves a connection to its end. The nonce is that of its challenge, which was written.
pub(super) async fn run<S>(
    socket: WebSocketStream<S>,
    nonce: Nonce,
    shared: &Shared,
    opening: &Opening,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let conn = opening.conn;
    shared.connect(conn);
    let config = &shared.config;
    let mut connection = Connection {
        socket,
        send_queue: &opening.queue,
        shared,
        guard: DisconnectGuard { shared, conn },
        challenge: Some(nonce),
        room: None,
        heartbeat: Heartbeat::new(
            Instant::now(),
            config.ping_interval,
            config.ping_interval * IDLE_INTERVALS,
            config.silence_timeout,
        ),
        is_reading: true,
        reads_first: false,
        last_sent: 0,
        last_pinged: 0,
        unanswered: None,
    };
    let span = debug_span!("connection", ?conn);
    async {
        let end = connection.serve().await;
        debug!(?end, "connection ends");
        drop(connection.guard);
        if let End::Closing(error) = end {
            let is_reading = connection.is_reading;
            // Boxed: its buffer would be part of every connection's memory.
            let closed = Box::pin(close(connection.socket, error, is_reading));
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
    send_queue: &'a SendQueueReceiver,
    shared: &'a Shared,
    guard: DisconnectGuard<'a>,
    /// The nonce that the join has to sign. Taken by the first join: one connection costs two signature checks at most.
    challenge: Option<Nonce>,
    /// The room that the peer has proved to know.
    room: Option<RoomId>,
    heartbeat: Heartbeat,
    /// After a frame that cannot be read nothing more is read, but the error can still be written.
    is_reading: bool,
    /// Reading and writing take turns, so that neither starves the other.
    reads_first: bool,
    /// Sequence number of the last signal written.
    last_sent: u64,
    /// Sequence number of the last signal that a ping has asked for.
    last_pinged: u64,
    /// The mark of a `ping` that is to be answered. The latest counts, as with the pings of WebSocket, so a flood of them
    /// takes no memory.
    unanswered: Option<u64>,
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
    /// The `ping` with this mark is answered.
    Pong(u64),
    Outgoing(Option<Outgoing>),
    Incoming(Option<Result<Message, Error>>),
    Timer,
}

impl<S> Connection<'_, S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    async fn serve(&mut self) -> End {
        // One timer for pings and silence. It is set again only when it has fired, or has to fire earlier.
        let timer = time::sleep_until(self.heartbeat.next_deadline());
        tokio::pin!(timer);
        loop {
            let handled = match poll_fn(|cx| self.poll(cx, timer.as_mut())).await {
                Event::Flushed(Ok(())) => {
                    self.heartbeat.flushed();
                    Ok(())
                }
                Event::Flushed(Err(error)) => Err(error.into()),
                Event::Pong(mark) => self.pong(mark),
                Event::Outgoing(outgoing) => self.write_batch(outgoing),
                Event::Incoming(incoming) => self.on_frame(incoming),
                Event::Timer => self.on_timer().map(|()| {
                    timer.as_mut().reset(self.heartbeat.next_deadline());
                }),
            };
            if let Err(end) = handled {
                return end;
            }
            let deadline = self.heartbeat.next_deadline();
            if deadline < timer.deadline() {
                timer.as_mut().reset(deadline);
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, timer: Pin<&mut Sleep>) -> Poll<Event> {
        self.reads_first = !self.reads_first;
        let first = if self.reads_first {
            self.poll_read(cx)
        } else {
            self.poll_write(cx)
        };
        if first.is_ready() {
            return first;
        }
        let second = if self.reads_first {
            self.poll_write(cx)
        } else {
            self.poll_read(cx)
        };
        if second.is_ready() {
            return second;
        }
        // Last, and so once for each time that the connection is woken: a client may not send for long without a pause.
        timer.poll(cx).map(|()| Event::Timer)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        if !self.is_reading {
            return Poll::Pending;
        }
        self.socket.poll_next_unpin(cx).map(Event::Incoming)
    }

    /// Takes nothing from the queue while something waits to be flushed.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        if !self.heartbeat.is_flushing() {
            if let Some(mark) = self.unanswered.take() {
                return Poll::Ready(Event::Pong(mark));
            }
            return self.send_queue.poll_next(cx).map(Event::Outgoing);
        }
        if self.send_queue.poll_end(cx).is_ready() {
            return Poll::Ready(Event::Outgoing(None));
        }
        self.socket.poll_flush_unpin(cx).map(Event::Flushed)
    }

    fn on_frame(&mut self, frame: Option<Result<Message, Error>>) -> Result<(), End> {
        self.heartbeat.received(Instant::now());
        self.shared.metrics.count_frame_in();
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
        let join = match Inbound::from_text(text) {
            Inbound::Message(ClientMessage::Join(join)) => join,
            Inbound::Message(signal @ ClientMessage::Signal { .. }) => {
                self.heartbeat.exchanged();
                return Inbound::Message(signal);
            }
            Inbound::Message(ClientMessage::Ping { mark }) => {
                self.unanswered = Some(mark);
                return Inbound::Ping;
            }
            inbound => return inbound,
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

    /// Writes what is queued, up to a full buffer, then flushes.
    fn write_batch(&mut self, first: Option<Outgoing>) -> Result<(), End> {
        let mut next = first;
        let mut bytes = 0;
        loop {
            match next {
                Some(Outgoing::Message(message, queued)) => {
                    let text = self.serialize(&message).ok_or(End::Unserializable)?;
                    bytes += text.len();
                    self.write(Message::text(text))?;
                    if let ServerMessage::Signal { .. } = *message {
                        let metrics = &self.shared.metrics;
                        metrics.count_wait(queued, Instant::now().into_std());
                    }
                    if self.last_sent >= self.last_pinged + SIGNALS_PER_PING {
                        self.ping()?;
                    }
                }
                Some(Outgoing::IceServers(turn_for)) => {
                    let turn_for = turn_for.map(|room| *room);
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
            match self.send_queue.try_next() {
                Some(outgoing) => next = Some(outgoing),
                None => break,
            }
        }
        self.heartbeat.wrote(Instant::now());
        Ok(())
    }

    fn serialize(&mut self, message: &ServerMessage) -> Option<String> {
        if let ServerMessage::Signal {
            from,
            seq,
            envelope,
        } = message
        {
            self.last_sent = *seq;
            self.heartbeat.wrote_signal(Instant::now());
            if let Some(text) = signal_text(*from, *seq, &envelope.0) {
                return Some(text);
            }
        }
        let mut text = Vec::with_capacity(TEXT_BYTES + queued_bytes(message));
        match message {
            ServerMessage::Welcome { .. } => {
                serde_json::to_writer(&mut text, &self.add_server_fields(message.clone()))
            }
            _ => serde_json::to_writer(&mut text, message),
        }
        .ok()?;
        String::from_utf8(text).ok()
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
        self.shared.metrics.count_frame_out();
        Pin::new(&mut self.socket).start_send(message)
    }

    /// The pong confirms everything that was written before the ping, so the protocol needs no frame for it.
    fn ping(&mut self) -> Result<(), Error> {
        self.last_pinged = self.last_sent;
        self.heartbeat.pinged();
        self.write(Message::Ping(self.last_sent.to_be_bytes().to_vec().into()))
    }

    /// The frames before the ping were passed on when it was read.
    fn pong(&mut self, mark: u64) -> Result<(), End> {
        let text = self.serialize(&ServerMessage::Pong { mark });
        self.write(Message::text(text.ok_or(End::Unserializable)?))?;
        self.heartbeat.wrote(Instant::now());
        Ok(())
    }

    fn on_timer(&mut self) -> Result<(), End> {
        let now = Instant::now();
        let (shared, conn) = (self.shared, self.guard.conn);
        match self.heartbeat.on_timer(now, || shared.is_idle(conn)) {
            Beat::Wait => Ok(()),
            Beat::Ping => {
                self.ping()?;
                self.heartbeat.wrote(now);
                Ok(())
            }
            Beat::Dead => {
                shared.metrics.count_drop(DropReason::Silent);
                Err(End::Silent)
            }
        }
    }
}

/// A signal as serde would write it, in half the time. Nothing if its envelope has characters that JSON escapes, which
/// base64url has not.
fn signal_text(from: PeerId, seq: u64, envelope: &str) -> Option<String> {
    // Without an early end, so that the compiler looks at many bytes at a time.
    let is_plain = |plain, byte: u8| plain & (byte >= 0x20 && byte != b'"' && byte != b'\\');
    if !envelope.bytes().fold(true, is_plain) {
        return None;
    }
    let mut text = String::with_capacity(TEXT_BYTES + 64 + envelope.len());
    write!(
        text,
        r#"{{"type":"signal","from":"{from}","seq":{seq},"envelope":""#
    )
    .ok()?;
    text.push_str(envelope);
    text.push_str("\"}");
    Some(text)
}

/// Sequence number of the last signal that had arrived.
fn confirmed_seq(payload: &[u8]) -> u64 {
    payload.try_into().map_or(0, u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::protocol::Sealed;

    proptest! {
        #[test]
        fn a_signal_is_written_as_serde_writes_it(
            from: [u8; 16],
            seq: u64,
            envelope in "[A-Za-z0-9_-]{0,200}|\\PC{0,20}|.{0,20}",
        ) {
            let from = PeerId::from_bytes(from);
            let text = signal_text(from, seq, &envelope);
            prop_assert!(text.is_some() || !envelope.bytes().all(|b| b.is_ascii_alphanumeric()));
            let signal = ServerMessage::Signal { from, seq, envelope: Sealed(envelope) };
            if let Some(text) = text {
                prop_assert_eq!(text, serde_json::to_string(&signal).unwrap());
            }
        }
    }
}
