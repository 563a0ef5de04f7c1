//! One connection: frames to the hall, its queue to the socket, and a watch on whether anybody is there.

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

use super::close::part;
use super::send_queue::{Inlet, Outgoing};
use super::shared::House;
use super::upgrade::WRITE_BUFFER_BYTES;
use crate::protocol::limits::{CLOSE_TIMEOUT, MAX_QUEUED_FRAMES};
use crate::protocol::{ServerErrorCode, ServerMessage};
use crate::server::rooms::{ConnId, Incoming};

/// Signals after which a ping asks whether they have arrived, before the mailbox forgets the oldest.
const SIGNALS_PER_PING: u64 = MAX_QUEUED_FRAMES as u64 / 4;

/// Serves a connection to its end.
pub(super) async fn run<S>(socket: WebSocketStream<S>, house: &House)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (conn, inlet) = house.connect();
    let now = Instant::now();
    let mut connection = Connection {
        socket,
        inlet,
        house,
        seat: Seat { house, conn },
        last_heard: now,
        next_ping: now + house.config.ping_interval,
        flushing_since: None,
        is_reading: true,
        reads_first: false,
        sent: 0,
        asked: 0,
    };
    let span = debug_span!("connection", ?conn);
    async {
        let end = connection.serve().await;
        debug!(?end, "connection ends");
        drop(connection.seat);
        if let End::Closing(error) = end {
            // Whoever cannot say good-bye in time is left without.
            let is_reading = connection.is_reading;
            let part = part(connection.socket, error, is_reading);
            let _ = time::timeout(CLOSE_TIMEOUT, part).await;
        }
    }
    .instrument(span)
    .await;
}

/// Frees the place at the table when a connection ends, however it ends.
struct Seat<'a> {
    house: &'a House,
    conn: ConnId,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.house.disconnect(self.conn);
    }
}

struct Connection<'a, S> {
    socket: WebSocketStream<S>,
    inlet: Inlet,
    house: &'a House,
    seat: Seat<'a>,
    last_heard: Instant,
    next_ping: Instant,
    /// What is written waits for the other side to read since then.
    flushing_since: Option<Instant>,
    /// After an error nothing more can be read, but last words can be written.
    is_reading: bool,
    /// Reading and writing take turns, so that neither starves the other.
    reads_first: bool,
    /// Number of the last signal written.
    sent: u64,
    /// Number of the last signal that a ping has asked for.
    asked: u64,
}

/// Why a connection ends.
#[derive(Debug)]
enum End {
    /// The other side is gone.
    Gone,
    /// The other side is silent or does not read.
    Silent,
    /// The hall does not wait for it any more.
    Cut,
    /// The hall ends it in good order.
    Closing(Option<ServerErrorCode>),
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
        let cut = self.inlet.cut.clone();
        let cut = cut.cancelled();
        tokio::pin!(cut);
        // One timer for pings and silence, armed again only when it has rung.
        let timer = time::sleep_until(self.alarm());
        tokio::pin!(timer);
        loop {
            let event = tokio::select! {
                biased;
                () = &mut cut => return End::Cut,
                () = &mut timer => {
                    if let Some(end) = self.check() {
                        return end;
                    }
                    timer.as_mut().reset(self.alarm());
                    continue;
                }
                event = poll_fn(|cx| self.poll(cx)) => event,
            };
            let end = match event {
                Event::Flushed(Ok(())) => {
                    self.flushing_since = None;
                    None
                }
                Event::Flushed(Err(_)) => Some(End::Gone),
                Event::Outgoing(outgoing) => self.write_batch(outgoing),
                Event::Incoming(incoming) => self.read(incoming),
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        self.reads_first = !self.reads_first;
        if self.reads_first {
            self.poll_read(cx).or_else(|| self.poll_write(cx))
        } else {
            self.poll_write(cx).or_else(|| self.poll_read(cx))
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        if !self.is_reading {
            return Poll::Pending;
        }
        self.socket.poll_next_unpin(cx).map(Event::Incoming)
    }

    /// While something waits to be written nothing more is taken from the queue.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        if self.flushing_since.is_some() {
            self.socket.poll_flush_unpin(cx).map(Event::Flushed)
        } else {
            self.inlet.queue.poll_recv(cx).map(Event::Outgoing)
        }
    }

    fn read(&mut self, incoming: Option<Result<Message, Error>>) -> Option<End> {
        self.last_heard = Instant::now();
        let incoming = match incoming {
            Some(Ok(Message::Text(text))) => Incoming::from_text(&text),
            Some(Ok(Message::Binary(_))) => Incoming::refused(ServerErrorCode::BadFrame, None),
            Some(Ok(Message::Ping(_))) => Incoming::Ping,
            Some(Ok(Message::Pong(payload))) => Incoming::Pong {
                confirms: confirmed(&payload).min(self.sent),
            },
            Some(Ok(Message::Close(_) | Message::Frame(_))) => return None,
            Some(Err(Error::Capacity(_))) => {
                self.is_reading = false;
                Incoming::refused(ServerErrorCode::FrameTooLarge, None)
            }
            Some(Err(Error::Utf8(_))) => {
                self.is_reading = false;
                Incoming::refused(ServerErrorCode::BadFrame, None)
            }
            Some(Err(_)) | None => return Some(End::Gone),
        };
        self.house.receive(self.seat.conn, incoming);
        None
    }

    /// Writes what waits, up to a buffer full, then flushes.
    fn write_batch(&mut self, first: Option<Outgoing>) -> Option<End> {
        let mut next = first;
        let mut bytes = 0;
        loop {
            match next {
                Some(Outgoing::Message(message)) => {
                    self.inlet.took(&message);
                    let Some(text) = self.text(&message) else {
                        return Some(End::Gone);
                    };
                    bytes += text.len();
                    if self.write(Message::text(text)).is_err() {
                        return Some(End::Gone);
                    }
                    if self.sent >= self.asked + SIGNALS_PER_PING && self.ping().is_err() {
                        return Some(End::Gone);
                    }
                }
                Some(Outgoing::Close(error)) => return Some(End::Closing(error)),
                None => return Some(End::Cut),
            }
            if bytes >= WRITE_BUFFER_BYTES {
                break;
            }
            match self.inlet.queue.try_recv() {
                Ok(outgoing) => next = Some(outgoing),
                Err(_) => break,
            }
        }
        self.flushing_since = Some(Instant::now());
        None
    }

    fn text(&mut self, message: &ServerMessage) -> Option<String> {
        match message {
            ServerMessage::Signal { seq, .. } => {
                self.sent = *seq;
                serde_json::to_string(message)
            }
            ServerMessage::Welcome { .. } | ServerMessage::IceServers { .. } => {
                serde_json::to_string(&self.complete(message.clone()))
            }
            _ => serde_json::to_string(message),
        }
        .ok()
    }

    /// Adds what the hall does not know.
    fn complete(&self, mut message: ServerMessage) -> ServerMessage {
        let config = &self.house.config;
        if let ServerMessage::Welcome { embedded, .. } = &mut message {
            *embedded = config.embedded;
        }
        if let ServerMessage::Welcome {
            ice_servers,
            ice_seconds,
            ..
        }
        | ServerMessage::IceServers {
            ice_servers,
            ice_seconds,
        } = &mut message
        {
            *ice_servers = config.ice.servers(SystemTime::now());
            *ice_seconds = config.ice.seconds();
        }
        message
    }

    fn write(&mut self, message: Message) -> Result<(), Error> {
        Pin::new(&mut self.socket).start_send(message)
    }

    /// A pong tells that everything written before its ping has arrived: an acknowledgement that no frame of
    /// the protocol has to carry.
    fn ping(&mut self) -> Result<(), Error> {
        self.asked = self.sent;
        self.write(Message::Ping(self.sent.to_be_bytes().to_vec().into()))
    }

    fn alarm(&self) -> Instant {
        self.next_ping.min(self.silent_at())
    }

    /// When the other side counts as gone if it neither sends nor reads until then.
    fn silent_at(&self) -> Instant {
        let since = self.flushing_since.unwrap_or(self.last_heard);
        since.min(self.last_heard) + self.house.config.silence_timeout
    }

    fn check(&mut self) -> Option<End> {
        let now = Instant::now();
        if now >= self.silent_at() {
            return Some(End::Silent);
        }
        if now >= self.next_ping {
            self.next_ping = now + self.house.config.ping_interval;
            if self.flushing_since.is_none() {
                if self.ping().is_err() {
                    return Some(End::Gone);
                }
                self.flushing_since = Some(now);
            }
        }
        None
    }
}

/// Either the one or, if it is not ready, the other.
trait OrElse {
    fn or_else(self, other: impl FnOnce() -> Self) -> Self;
}

impl OrElse for Poll<Event> {
    fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        if self.is_ready() { self } else { other() }
    }
}

/// The number of the last signal that had arrived.
fn confirmed(payload: &[u8]) -> u64 {
    payload.try_into().map_or(0, u64::from_be_bytes)
}
