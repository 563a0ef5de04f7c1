//! One connection from the WebSocket handshake to its end: the join, frames in both directions, and a heartbeat.

use std::future::{pending, poll_fn};
use std::ops::ControlFlow;
use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt, Sink, SinkExt, StreamExt};
use tracing::{debug, info};

use super::command::Command;
use super::race::Connected;
use super::send_rate::SendRate;
use super::socket::{BoxedSocket, Incoming, Outgoing};
use super::task::{ConnectionEnd, Redial, Task};
use crate::heartbeat::{Beat, Heartbeat};
use crate::invite::Endpoint;
use crate::protocol::limits::{IDLE_PING_INTERVAL, JOIN_TIMEOUT, PING_INTERVAL, SILENCE_TIMEOUT};
use crate::protocol::{
    Access, ClientMessage, Join, Nonce, PROTOCOL_VERSION, ServerErrorCode, ServerMessage,
};
use crate::runtime::{Instant, from_core, sleep_until, timeout, to_core};

/// How long the connection may take to give a sign of life after the network has changed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);
/// The same, when it is known that no other connection can be made either.
const LAST_CHECK_TIMEOUT: Duration = Duration::from_millis(300);
/// Events that may wait before the socket is no longer read.
const MAX_PENDING_EVENTS: usize = 64;
/// Upper bound for the lifetime of ICE credentials: longer than any credential lasts, and short enough for every
/// clock.
const MAX_ICE_SECONDS: u64 = 30 * 24 * 60 * 60;
/// The shortest time after which ICE servers are requested again.
const MIN_ICE_REFRESH: Duration = Duration::from_secs(1);
/// How long `leave` and the close handshake may take.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(1500);

type Writer = SplitSink<BoxedSocket, Outgoing>;
type Reader = SplitStream<BoxedSocket>;

/// The state of one connection. State that outlives it is in the [`Task`].
struct Connection {
    heartbeat: Heartbeat,
    /// The network has changed, and it is not known yet whether the connection has survived.
    check: Option<LivenessCheck>,
    welcome_deadline: Instant,
    /// Whether we have joined. One connection gets one proof.
    is_challenged: bool,
    /// Frames that are written before any signal.
    control_frames: Vec<Outgoing>,
    /// Our state as the server knows it: whether we have entered, and our name.
    announced: (bool, String),
    needs_flush: bool,
    send_rate: SendRate,
    /// When the credentials of the ICE servers are to be renewed.
    ice_refresh_at: Option<Instant>,
}

struct LivenessCheck {
    /// The mark of the ping that has to be answered.
    mark: u64,
    deadline: Instant,
    /// A second connection, which replaces this one if it is there first.
    redial: Option<Redial>,
}

type Flow = ControlFlow<ConnectionEnd>;
const CONTINUE: Flow = ControlFlow::Continue(());

impl Task {
    /// Joins over this connection and stays until it is lost or we leave.
    pub(super) async fn run_connection(&mut self, connected: Connected) -> ConnectionEnd {
        let Connected {
            socket,
            server,
            first,
        } = connected;
        let server = &server;
        let (mut writer, mut reader) = socket.split();
        let now = Instant::now();
        let mut connection = Connection {
            heartbeat: Heartbeat::new(now, PING_INTERVAL, IDLE_PING_INTERVAL, SILENCE_TIMEOUT),
            check: None,
            welcome_deadline: now + JOIN_TIMEOUT,
            is_challenged: false,
            control_frames: Vec::new(),
            announced: (false, String::new()),
            needs_flush: false,
            send_rate: SendRate::new(now),
            ice_refresh_at: None,
        };
        if let Flow::Break(end) = self.on_message(first, server, &mut connection) {
            return end;
        }
        let events = self.events.clone();
        loop {
            let mut deadline = self.next_deadline(&connection);
            let mut has_frame = !connection.control_frames.is_empty();
            if !has_frame && let Some(ready) = self.signal_ready_at(&connection.send_rate) {
                has_frame = ready <= Instant::now();
                deadline = deadline.min(ready);
            }
            let flow = tokio::select! {
                permit = events.reserve(), if !self.pending_events.is_empty() => match permit {
                    Ok(permit) => {
                        if let Some(event) = self.pending_events.pop_front() {
                            permit.send(event);
                        }
                        CONTINUE
                    }
                    Err(_) => Flow::Break(ConnectionEnd::Left),
                },
                frame = reader.next(), if self.pending_events.len() < MAX_PENDING_EVENTS => {
                    match frame {
                        Some(Ok(frame)) => {
                            let was_welcome = self.membership.is_welcome();
                            let mut flow = self.on_frame(frame, server, &mut connection);
                            // ICE servers that came with the welcome belong to it: the first view of the room is whole.
                            while !was_welcome && self.membership.is_welcome() && flow.is_continue()
                                && let Some(Some(Ok(next))) = reader.next().now_or_never()
                            {
                                flow = self.on_frame(next, server, &mut connection);
                            }
                            flow
                        }
                        Some(Err(error)) => {
                            debug!(%error, "the connection broke");
                            Flow::Break(ConnectionEnd::Broken)
                        }
                        None => Flow::Break(ConnectionEnd::Broken),
                    }
                }
                ready = poll_fn(|cx| {
                    let sink = Pin::new(&mut writer);
                    if has_frame { sink.poll_ready(cx) } else { sink.poll_flush(cx) }
                }), if has_frame || connection.needs_flush => {
                    connection.needs_flush = false;
                    let written = match ready {
                        Ok(()) if has_frame => self.write_frame(&mut writer, &mut connection),
                        Ok(()) => Some(()),
                        Err(_) => None,
                    };
                    written.map_or(Flow::Break(ConnectionEnd::Broken), |()| CONTINUE)
                }
                command = self.commands.recv() => match command {
                    None => Flow::Break(ConnectionEnd::Left),
                    Some(Command::Leave) => {
                        leave_and_close(writer, reader).await;
                        return ConnectionEnd::Left;
                    }
                    Some(command) => {
                        self.handle_command(command);
                        self.announce_entered(&mut connection);
                        CONTINUE
                    }
                },
                () = self.reconnect.notified() => {
                    self.check_liveness(&mut connection);
                    CONTINUE
                }
                connected = redialled(&mut connection.check) => match connected {
                    Some(connected) => {
                        Flow::Break(ConnectionEnd::Replaced(Box::new(connected)))
                    }
                    None => CONTINUE,
                },
                () = sleep_until(deadline) => self.on_timeout(&mut connection),
            };
            if let Flow::Break(end) = flow {
                return end;
            }
        }
    }

    /// Takes up our place over a new connection, only to leave it.
    pub(super) async fn join_and_leave(&self, connected: Connected) {
        let (mut writer, reader) = connected.socket.split();
        if let ServerMessage::Challenge { nonce, .. } = connected.first
            // To leave a room that is gone needs no right to start it.
            && let Some(join) = self.join_frame(&nonce, None)
            && writer.send(join).await.is_ok()
        {
            leave_and_close(writer, reader).await;
        }
    }

    fn join_frame(&self, nonce: &Nonce, access: Option<Access>) -> Option<Outgoing> {
        let join = self.membership.join(nonce, &self.name, self.has_entered);
        let join = join.ok()?;
        Outgoing::message(&ClientMessage::Join(Join { access, ..join }))
    }

    /// Joins. The server's challenge is its first frame.
    fn on_challenge(
        &self,
        nonce: &Nonce,
        version: u32,
        server: &Endpoint,
        connection: &mut Connection,
    ) -> Flow {
        if version != PROTOCOL_VERSION {
            info!(version, "the server speaks another version");
            return Flow::Break(ConnectionEnd::UnsupportedVersion);
        }
        if std::mem::replace(&mut connection.is_challenged, true) {
            return CONTINUE;
        }
        connection.announced = (self.has_entered, self.name.clone());
        match self.join_frame(nonce, self.access.of(server).cloned()) {
            Some(join) => {
                connection.control_frames.push(join);
                CONTINUE
            }
            None => Flow::Break(ConnectionEnd::Broken),
        }
    }

    fn next_deadline(&self, connection: &Connection) -> Instant {
        let mut deadline = connection.heartbeat.next_deadline();
        if !self.membership.is_welcome() {
            deadline = deadline.min(connection.welcome_deadline);
        }
        let membership = self.membership.next_deadline().map(from_core);
        let check = connection.check.as_ref().map(|check| check.deadline);
        [check, membership, connection.ice_refresh_at]
            .into_iter()
            .flatten()
            .fold(deadline, Instant::min)
    }

    /// The network has changed or the machine has slept. TCP reports a dead connection only much later, so a ping
    /// asks, and a second connection is dialled meanwhile. The one that answers first stays.
    fn check_liveness(&mut self, connection: &mut Connection) {
        if let Some(check) = &mut connection.check {
            check.redial.get_or_insert_with(|| self.redial());
            return;
        }
        connection.check = Some(LivenessCheck {
            mark: self.ping(connection),
            deadline: Instant::now() + CHECK_TIMEOUT,
            redial: Some(self.redial()),
        });
        if self.membership.is_welcome() {
            request_ice_servers(connection);
        }
    }

    /// Whether nobody waits for us: we are alone in the room, or nobody has sent a signal, as the server sees it too.
    fn is_idle(&self) -> bool {
        self.membership.is_welcome()
            && (!self.has_exchanged || self.membership.members().next().is_none())
    }

    /// Asks whether everything that was written has arrived. Returns the mark of the ping.
    fn ping(&mut self, connection: &mut Connection) -> u64 {
        connection.heartbeat.pinged();
        let mark = self.send_queue.ping_mark();
        connection.control_frames.push(Outgoing::Ping { mark });
        mark
    }

    /// The server has read everything that was written before the ping with this mark.
    fn on_pong(&mut self, mark: u64, connection: &mut Connection) {
        self.send_queue.confirm(mark);
        // A pong to an earlier ping may have been on its way before the network changed.
        connection.check.take_if(|check| mark >= check.mark);
    }

    fn on_timeout(&mut self, connection: &mut Connection) -> Flow {
        let now = Instant::now();
        let events = self.membership.handle_timeout(to_core(now));
        self.queue_events(events);
        if self.pending_events.len() >= MAX_PENDING_EVENTS {
            // We do not read the socket, so its silence says nothing.
            connection.heartbeat.received(now);
            connection.check = None;
        }
        let beat = connection.heartbeat.on_timer(now, || self.is_idle());
        if beat == Beat::Dead
            || connection
                .check
                .as_ref()
                .is_some_and(|check| now >= check.deadline)
            || (!self.membership.is_welcome() && now >= connection.welcome_deadline)
        {
            info!("the server is silent");
            return Flow::Break(ConnectionEnd::Broken);
        }
        if beat == Beat::Ping {
            self.ping(connection);
        }
        if connection.ice_refresh_at.is_some_and(|at| now >= at) {
            request_ice_servers(connection);
        }
        CONTINUE
    }

    fn on_frame(
        &mut self,
        frame: Incoming,
        server: &Endpoint,
        connection: &mut Connection,
    ) -> Flow {
        let now = Instant::now();
        connection.heartbeat.received(now);
        match frame {
            Incoming::Text(text) => match serde_json::from_str(&text) {
                Ok(message) => return self.on_message(message, server, connection),
                // A newer server may send types that this client does not know.
                Err(_) => debug!("a frame is not understood"),
            },
            Incoming::Pong { mark } => self.on_pong(mark, connection),
            Incoming::Close => return Flow::Break(ConnectionEnd::Broken),
            Incoming::Ping => {
                connection.send_rate.count_frame(now);
                connection.needs_flush = true;
            }
            Incoming::Unknown => debug!("a frame is not understood"),
        }
        CONTINUE
    }

    fn on_message(
        &mut self,
        message: ServerMessage,
        server: &Endpoint,
        connection: &mut Connection,
    ) -> Flow {
        if let ServerMessage::Challenge { nonce, version } = message {
            return self.on_challenge(&nonce, version, server, connection);
        }
        if let ServerMessage::Pong { mark } = message {
            self.on_pong(mark, connection);
            return CONTINUE;
        }
        if let ServerMessage::Error { code, fatal, .. } = message {
            debug!(?code, fatal, "the server has refused a frame");
            // Before the welcome a refused join is final, whatever the frame says: there is nothing to wait for.
            return if fatal || (!self.membership.is_welcome() && is_join_refusal(code)) {
                Flow::Break(ConnectionEnd::Refused(code))
            } else {
                CONTINUE
            };
        }
        if let ServerMessage::Welcome { ice_seconds, .. }
        | ServerMessage::IceServers { ice_seconds, .. } = message
        {
            let refresh = Duration::from_secs(ice_seconds.min(MAX_ICE_SECONDS)) * 3 / 4;
            let at = Instant::now() + refresh.max(MIN_ICE_REFRESH);
            connection.ice_refresh_at = (ice_seconds > 0).then_some(at);
        }
        if let ServerMessage::Signal { .. } = message {
            connection.heartbeat.exchanged();
            self.has_exchanged = true;
        }
        let was_welcome = self.membership.is_welcome();
        if let ServerMessage::Welcome {
            permit: Some(permit),
            ..
        } = &message
            && !was_welcome
        {
            self.access.set_permit(server, permit);
        }
        let now = to_core(Instant::now());
        let events = self.membership.handle_message(message, server, now);
        self.queue_events(events);
        if !was_welcome && self.membership.is_welcome() {
            info!(members = self.membership.members().count(), "joined");
            self.announce_entered(connection);
        }
        CONTINUE
    }

    /// Sends `enter` if we have entered and the server does not know it, or does not know our name.
    fn announce_entered(&mut self, connection: &mut Connection) {
        if !self.has_entered || !self.membership.is_welcome() {
            return;
        }
        let current = (true, self.name.clone());
        if connection.announced != current
            && let Ok(hello) = self.membership.hello(&self.name)
        {
            connection.announced = current;
            connection
                .control_frames
                .extend(Outgoing::message(&ClientMessage::Enter { hello }));
        }
    }

    /// When the next signal that can be relayed may be written.
    fn signal_ready_at(&self, send_rate: &SendRate) -> Option<Instant> {
        let now = Instant::now();
        self.send_queue
            .receivers()
            .filter(|to| self.membership.can_relay_to(*to))
            .map(|to| send_rate.ready_at(to, now))
            .min()
    }

    /// Puts the next frame into the socket's buffer, which has capacity for it.
    fn write_frame(&mut self, writer: &mut Writer, connection: &mut Connection) -> Option<()> {
        let now = Instant::now();
        let frame = if connection.control_frames.is_empty() {
            let (membership, send_rate) = (&self.membership, &mut connection.send_rate);
            let item = self.send_queue.take(|peer| {
                membership.can_relay_to(peer) && send_rate.ready_at(peer, now) <= now
            })?;
            send_rate.count_signal(item.to, now);
            connection.heartbeat.wrote_signal(now);
            self.has_exchanged = true;
            let envelope = self.membership.seal(item.to, &item.prepared).ok()?;
            Outgoing::message(&ClientMessage::Signal {
                to: item.to,
                envelope,
            })?
        } else {
            connection.control_frames.remove(0)
        };
        connection.send_rate.count_frame(now);
        if self.send_queue.wants_ping() {
            self.ping(connection);
        }
        connection.needs_flush = true;
        Pin::new(writer).start_send(frame).ok()
    }
}

/// Whether the code, before the welcome, means that the server will not let us in.
const fn is_join_refusal(code: ServerErrorCode) -> bool {
    !matches!(
        code,
        ServerErrorCode::UnknownType
            | ServerErrorCode::AlreadyJoined
            | ServerErrorCode::UnknownPeer
            | ServerErrorCode::MailboxFull
    )
}

/// Requests ICE servers with fresh credentials. A server that does not know the request answers with an error that is
/// not fatal.
fn request_ice_servers(connection: &mut Connection) {
    connection.ice_refresh_at = None;
    connection
        .control_frames
        .extend(Outgoing::message(&ClientMessage::IceServers {}));
}

/// Waits for the second connection. Never returns while none is dialled.
async fn redialled(check: &mut Option<LivenessCheck>) -> Option<Connected> {
    match check.as_mut().and_then(|check| check.redial.as_mut()) {
        Some(redial) => {
            let connected = redial.await;
            if let Some(check) = check {
                check.redial = None;
                check.deadline = check.deadline.min(Instant::now() + LAST_CHECK_TIMEOUT);
            }
            connected
        }
        None => pending().await,
    }
}

/// Sends `leave`, closes, and waits for the other side's close frame.
async fn leave_and_close(mut writer: Writer, mut reader: Reader) {
    let closed = async {
        if let Some(leave) = Outgoing::message(&ClientMessage::Leave {}) {
            writer.send(leave).await.ok()?;
        }
        writer.close().await.ok()?;
        while let Some(Ok(_)) = reader.next().await {}
        Some(())
    };
    let _ = timeout(CLOSE_TIMEOUT, closed).await;
}
