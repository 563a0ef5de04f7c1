//! One connection, from the handshake to its end: the join, frames both ways, and a heartbeat.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{Sink, SinkExt, StreamExt};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tracing::{debug, info};

use super::Command;
use super::connector::Socket;
use super::send_rate::Pace;
use super::task::{Lost, Redial, Task};
use crate::invite::Endpoint;
use crate::protocol::limits::{JOIN_TIMEOUT, PING_INTERVAL, SILENCE_TIMEOUT};
use crate::protocol::{ClientMessage, ServerMessage};

/// How long the connection may take to give a sign of life when the network has changed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);
/// The same, once it is known that no other can be had either.
const LAST_TIMEOUT: Duration = Duration::from_millis(300);
/// Events that may wait before the socket is no longer read.
const MAX_PENDING: usize = 64;
/// Longer than any credential lasts, and short enough for every clock.
const MAX_ICE_SECONDS: u64 = 30 * 24 * 60 * 60;
/// The shortest time after which ICE servers are asked for anew.
const MIN_REFRESH: Duration = Duration::from_secs(1);
/// How long our last words may take.
const GOODBYE_TIMEOUT: Duration = Duration::from_millis(1500);

type Outgoing = SplitSink<Socket, Message>;

/// What a connection knows beside the task.
struct Connection {
    /// When something came last.
    heard: Instant,
    next_ping: Instant,
    /// Counts pings, so that an answer tells which it is to.
    pings: u64,
    /// The network has changed: whether the connection has survived it.
    check: Option<Check>,
    /// The welcome is due by then.
    welcome_by: Instant,
    /// Frames to be written before any signal.
    first: Vec<Message>,
    /// What the server was told of us: whether and under which name we have entered.
    told: (bool, String),
    unflushed: bool,
    pace: Pace,
    /// The ICE servers' credentials are old by then.
    refresh: Option<Instant>,
}

struct Check {
    /// The answer to this ping is due…
    ping: u64,
    /// … by then.
    by: Instant,
    /// A new connection, if that is there sooner.
    redial: Option<Redial>,
}

/// What to do next.
enum Next {
    Go,
    End(Lost),
}

impl Task {
    /// Joins over this socket and stays until it is lost or we leave.
    pub(super) async fn converse(&mut self, socket: Socket, server: &Endpoint) -> Lost {
        let (mut outgoing, mut incoming) = socket.split();
        let now = Instant::now();
        let mut connection = Connection {
            heard: now,
            next_ping: now + PING_INTERVAL,
            pings: 0,
            check: None,
            welcome_by: now + JOIN_TIMEOUT,
            first: Vec::new(),
            told: (self.entered, self.name.clone()),
            unflushed: false,
            pace: Pace::new(now),
            refresh: None,
        };
        match self.join() {
            Some(join) => connection.first.push(join),
            None => return Lost::Broken,
        }
        let events = self.events.clone();
        loop {
            let mut due = self.wake_at(&connection);
            let mut has_frame = !connection.first.is_empty();
            if !has_frame && let Some(ready) = self.signal_ready_at(&connection.pace) {
                has_frame = ready <= Instant::now();
                due = due.min(ready);
            }
            let next = tokio::select! {
                room = events.reserve(), if !self.pending.is_empty() => match room {
                    Ok(room) => {
                        if let Some(event) = self.pending.pop_front() {
                            room.send(event);
                        }
                        Next::Go
                    }
                    Err(_) => Next::End(Lost::Left),
                },
                frame = incoming.next(), if self.pending.len() < MAX_PENDING => match frame {
                    Some(Ok(frame)) => self.hear(frame, server, &mut connection),
                    Some(Err(error)) => {
                        debug!(%error, "the connection broke");
                        Next::End(Lost::Broken)
                    }
                    None => Next::End(Lost::Broken),
                },
                ready = poll_fn(|cx| {
                    let sink = Pin::new(&mut outgoing);
                    if has_frame { sink.poll_ready(cx) } else { sink.poll_flush(cx) }
                }), if has_frame || connection.unflushed => {
                    connection.unflushed = false;
                    let written = match ready {
                        Ok(()) if has_frame => self.write(&mut outgoing, &mut connection),
                        Ok(()) => Some(()),
                        Err(_) => None,
                    };
                    written.map_or(Next::End(Lost::Broken), |()| Next::Go)
                }
                command = self.commands.recv() => match command {
                    None => Next::End(Lost::Left),
                    Some(Command::Leave) => {
                        goodbye(outgoing, incoming).await;
                        return Lost::Left;
                    }
                    Some(command) => {
                        self.take(command);
                        self.tell_entered(&mut connection);
                        Next::Go
                    }
                },
                () = self.hurry.notified() => {
                    self.doubt(&mut connection);
                    Next::Go
                }
                won = redialled(&mut connection.check) => match won {
                    Some(won) => Next::End(Lost::Replaced(Box::new(won))),
                    None => Next::Go,
                },
                () = sleep_until(due) => self.tick(&mut connection),
            };
            if let Next::End(lost) = next {
                return lost;
            }
        }
    }

    /// Takes up our place over a fresh connection, only to leave it.
    pub(super) async fn leave_over(&self, socket: Socket) {
        let (mut outgoing, incoming) = socket.split();
        if let Some(join) = self.join()
            && outgoing.send(join).await.is_ok()
        {
            goodbye(outgoing, incoming).await;
        }
    }

    fn join(&self) -> Option<Message> {
        frame(&ClientMessage::Join {
            room: self.membership.room_id(),
            peer: self.membership.me(),
            resume: self.resume.clone(),
            hello: self.membership.hello(&self.name).ok()?,
            entered: self.entered,
            seen: self.membership.seen(),
        })
    }

    fn wake_at(&self, connection: &Connection) -> Instant {
        let mut due = connection.next_ping.min(connection.heard + SILENCE_TIMEOUT);
        if !self.membership.is_welcome() {
            due = due.min(connection.welcome_by);
        }
        let membership = self.membership.next_deadline().map(Instant::from_std);
        let check = connection.check.as_ref().map(|check| check.by);
        [check, membership, connection.refresh]
            .into_iter()
            .flatten()
            .fold(due, Instant::min)
    }

    /// The network has changed or the machine has slept: what was written may have gone nowhere, and nothing would
    /// tell for long. A ping asks, and a second connection is dialled meanwhile; whichever is there first stays.
    fn doubt(&mut self, connection: &mut Connection) {
        if let Some(check) = &mut connection.check {
            check.redial.get_or_insert_with(|| self.redial());
            return;
        }
        self.ping(connection);
        connection.check = Some(Check {
            ping: connection.pings,
            by: Instant::now() + CHECK_TIMEOUT,
            redial: Some(self.redial()),
        });
        if self.membership.is_welcome() {
            refresh(connection);
        }
    }

    /// Asks whether all that was written has arrived.
    fn ping(&mut self, connection: &mut Connection) {
        connection.next_ping = Instant::now() + PING_INTERVAL;
        connection.pings += 1;
        let mark = [self.outbox.mark(), connection.pings].map(u64::to_be_bytes);
        let mark = Bytes::copy_from_slice(mark.as_flattened());
        connection.first.push(Message::Ping(mark));
    }

    /// The clock says that something is due.
    fn tick(&mut self, connection: &mut Connection) -> Next {
        let now = Instant::now();
        let left = self.membership.tick(now.into_std());
        self.report(left);
        if self.pending.len() >= MAX_PENDING {
            // It is we who do not listen.
            connection.heard = now;
            connection.check = None;
        }
        if now >= connection.heard + SILENCE_TIMEOUT
            || connection
                .check
                .as_ref()
                .is_some_and(|check| now >= check.by)
            || (!self.membership.is_welcome() && now >= connection.welcome_by)
        {
            info!("the server is silent");
            return Next::End(Lost::Broken);
        }
        if now >= connection.next_ping {
            self.ping(connection);
        }
        if connection.refresh.is_some_and(|at| now >= at) {
            refresh(connection);
        }
        Next::Go
    }

    fn hear(&mut self, frame: Message, server: &Endpoint, connection: &mut Connection) -> Next {
        let now = Instant::now();
        connection.heard = now;
        match frame {
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(message) => return self.receive(message, server, connection),
                // A newer server may say more than we know, and a broken one says nothing.
                Err(_) => debug!("a frame that means nothing to us"),
            },
            Message::Pong(mark) => {
                if let (marks, []) = mark.as_chunks::<8>()
                    && let [mark, ping] = marks
                {
                    self.outbox.confirm(u64::from_be_bytes(*mark));
                    let ping = u64::from_be_bytes(*ping);
                    // What was on its way before the network changed says nothing.
                    connection.check.take_if(|check| ping >= check.ping);
                }
            }
            Message::Close(_) => return Next::End(Lost::Broken),
            // tungstenite has put the pong into its buffer.
            Message::Ping(_) => {
                connection.pace.wrote(now);
                connection.unflushed = true;
            }
            Message::Binary(_) | Message::Frame(_) => debug!("a frame that means nothing to us"),
        }
        Next::Go
    }

    fn receive(
        &mut self,
        message: ServerMessage,
        server: &Endpoint,
        connection: &mut Connection,
    ) -> Next {
        if let ServerMessage::Error { code, fatal, .. } = message {
            debug!(?code, fatal, "the server has refused something");
            // It is fatal when we say so as well: who is not in the room has nothing to wait for.
            return if fatal || (!self.membership.is_welcome() && code.is_fatal()) {
                Next::End(Lost::Refused(code))
            } else {
                Next::Go
            };
        }
        if let ServerMessage::Welcome { ice_seconds, .. }
        | ServerMessage::IceServers { ice_seconds, .. } = message
        {
            let lasts = Duration::from_secs(ice_seconds.min(MAX_ICE_SECONDS)) * 3 / 4;
            let at = Instant::now() + lasts.max(MIN_REFRESH);
            connection.refresh = (ice_seconds > 0).then_some(at);
        }
        let was_welcome = self.membership.is_welcome();
        let events = self
            .membership
            .receive(message, server, Instant::now().into_std());
        self.report(events);
        if !was_welcome && self.membership.is_welcome() {
            info!(members = self.membership.members().count(), "joined");
            self.tell_entered(connection);
        }
        Next::Go
    }

    /// Says that we have entered, unless the server knows.
    fn tell_entered(&mut self, connection: &mut Connection) {
        if !self.entered || !self.membership.is_welcome() {
            return;
        }
        let now = (true, self.name.clone());
        if connection.told != now
            && let Ok(hello) = self.membership.hello(&self.name)
        {
            connection.told = now;
            connection
                .first
                .extend(frame(&ClientMessage::Enter { hello }));
        }
    }

    /// When the next signal that can be delivered may be written.
    fn signal_ready_at(&self, pace: &Pace) -> Option<Instant> {
        let now = Instant::now();
        self.outbox
            .receivers()
            .filter(|to| self.membership.is_within_reach(*to))
            .map(|to| pace.ready_at(to, now))
            .min()
    }

    /// Puts the next frame into the socket's buffer, which has room for it.
    fn write(&mut self, outgoing: &mut Outgoing, connection: &mut Connection) -> Option<()> {
        let now = Instant::now();
        let next = if connection.first.is_empty() {
            let (membership, pace) = (&self.membership, &mut connection.pace);
            let item = self
                .outbox
                .take(|peer| membership.is_within_reach(peer) && pace.ready_at(peer, now) <= now)?;
            pace.wrote_to(item.to, now);
            let envelope = self.membership.seal(item.to, &item.prepared).ok()?;
            frame(&ClientMessage::Signal {
                to: item.to,
                envelope,
            })?
        } else {
            connection.first.remove(0)
        };
        connection.pace.wrote(now);
        if self.outbox.wants_ping() {
            self.ping(connection);
        }
        connection.unflushed = true;
        Pin::new(outgoing).start_send(next).ok()
    }
}

/// Asks for ICE servers with fresh credentials. A server that knows nothing of it says so, and nothing is lost.
fn refresh(connection: &mut Connection) {
    connection.refresh = None;
    connection
        .first
        .extend(frame(&ClientMessage::IceServers {}));
}

/// The connection that was dialled beside this one; pending while there is none.
async fn redialled(check: &mut Option<Check>) -> Option<(Socket, Endpoint)> {
    match check.as_mut().and_then(|check| check.redial.as_mut()) {
        Some(redial) => {
            let won = redial.await;
            if let Some(check) = check {
                check.redial = None;
                check.by = check.by.min(Instant::now() + LAST_TIMEOUT);
            }
            won
        }
        None => std::future::pending().await,
    }
}

fn frame(message: &ClientMessage) -> Option<Message> {
    serde_json::to_string(message).ok().map(Message::text)
}

/// Says that we leave, closes, and waits for the other side's close.
async fn goodbye(mut outgoing: Outgoing, mut incoming: SplitStream<Socket>) {
    let words = async {
        if let Some(leave) = frame(&ClientMessage::Leave {}) {
            outgoing.send(leave).await.ok()?;
        }
        outgoing.close().await.ok()?;
        while let Some(Ok(_)) = incoming.next().await {}
        Some(())
    };
    let _ = timeout(GOODBYE_TIMEOUT, words).await;
}
