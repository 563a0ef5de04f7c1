//! The task of a client: dial, run the connection until it is lost, dial again.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tracing::{info, warn};

use super::backoff::Backoff;
use super::command::Command;
use super::connector::Connector;
use super::endpoints::Endpoints;
use super::event::{FailReason, RoomEvent};
use super::membership::Membership;
use super::race::{ConnectError, Connected, connect_first};
use super::send_queue::SendQueue;
use super::server_access::ServerAccess;
use super::{ClientConfig, ServerFault};
use crate::crypto::random;
use crate::invite::Endpoint;
use crate::protocol::ServerErrorCode;
use crate::runtime::{BoxFuture, Instant, sleep_until, to_core};

/// Rounds of dialling without a welcome after which the first join fails.
const MAX_FIRST_ROUNDS: u32 = 3;
/// How old a round of dialling may be when the network changes. An older one starts again.
const MAX_DIAL_AGE: Duration = Duration::from_secs(1);
/// Pause between attempts while this computer has no route. Such attempts send nothing, and not every system reports
/// that the network is back.
const OFFLINE_PAUSE: Duration = Duration::from_millis(250);

/// A second attempt that runs beside a connection.
pub(super) type Redial = BoxFuture<Option<Connected>>;

pub(super) struct Task {
    pub(super) endpoints: Endpoints,
    pub(super) membership: Membership,
    pub(super) access: ServerAccess,
    pub(super) name: String,
    pub(super) has_entered: bool,
    /// Whether we have sent a signal, or were sent one.
    pub(super) has_exchanged: bool,
    pub(super) send_queue: SendQueue,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) reconnect: Arc<Notify>,
    pub(super) events: mpsc::Sender<RoomEvent>,
    /// Events for which the channel has no capacity yet.
    pub(super) pending_events: VecDeque<RoomEvent>,
    backoff: Backoff,
    connector: Arc<Connector>,
    /// The last attempt found no route.
    is_offline: bool,
    /// Whether `Unreachable` was reported since the connection was lost.
    reported_unreachable: bool,
    /// The fault that was logged since there was a connection. The same one is not logged again.
    logged_fault: Option<ServerFault>,
}

/// Why the task ends.
enum TaskEnd {
    /// We leave, or the client is dropped.
    Left,
    Failed(FailReason),
}

/// Why a connection ends.
pub(super) enum ConnectionEnd {
    /// It broke, was silent or was closed.
    Broken,
    /// The server ended it.
    Refused(ServerErrorCode),
    /// The server speaks another version of the protocol.
    UnsupportedVersion,
    /// We leave.
    Left,
    /// The network changed, and a new connection was there before this one gave a sign of life.
    Replaced(Box<Connected>),
}

/// The first thing that happened while the task waited.
enum Waited<T> {
    Done(T),
    ReconnectNow,
    Left,
}

impl Task {
    pub(super) fn new(
        config: ClientConfig,
        membership: Membership,
        commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<RoomEvent>,
        reconnect: Arc<Notify>,
        connector: Connector,
    ) -> Self {
        Self {
            endpoints: Endpoints::new(config.endpoints),
            membership,
            access: config.access,
            name: config.name,
            has_entered: false,
            has_exchanged: false,
            send_queue: SendQueue::default(),
            commands,
            reconnect,
            events,
            pending_events: VecDeque::new(),
            backoff: Backoff::new(config.retry),
            connector: Arc::new(connector),
            is_offline: false,
            reported_unreachable: false,
            logged_fault: None,
        }
    }

    pub(super) async fn run(mut self) {
        if let TaskEnd::Failed(reason) = self.run_to_end().await {
            info!(?reason, "the room cannot be joined");
            self.pending_events.push_back(RoomEvent::Failed(reason));
        }
        // The reader of the events may be waiting for the reply to a request, so requests fail before events are sent.
        drop(self.commands);
        for event in self.pending_events {
            if self.events.send(event).await.is_err() {
                return;
            }
        }
    }

    async fn run_to_end(&mut self) -> TaskEnd {
        let mut rounds = 0;
        let mut replacement = None;
        // Whether another endpoint is dialled without a pause. Each time there is one less.
        let mut is_at_once = false;
        loop {
            let connected = if let Some(connected) = replacement.take() {
                connected
            } else {
                if !std::mem::take(&mut is_at_once) && !self.pause().await {
                    return self.leave_over_new_connection().await;
                }
                let endpoints = self.endpoints.next();
                match self.dial(&endpoints).await {
                    Waited::Left => return self.leave_over_new_connection().await,
                    Waited::ReconnectNow => {
                        self.backoff.shorten();
                        continue;
                    }
                    Waited::Done(Ok(connected)) => connected,
                    Waited::Done(Err(error)) => {
                        self.is_offline = error.fault == ServerFault::Offline;
                        self.log_fault(&error);
                        self.endpoints.begin_round();
                        rounds += 1;
                        if !self.membership.has_joined() && rounds >= MAX_FIRST_ROUNDS {
                            return TaskEnd::Failed(FailReason::Unreachable(error.fault));
                        }
                        self.report_unreachable();
                        continue;
                    }
                }
            };
            let since = Instant::now();
            self.logged_fault = None;
            let server = connected.server.clone();
            let end = self.run_connection(connected).await;
            let was_welcome = self.membership.is_welcome();
            self.membership.handle_disconnect();
            self.send_queue.rewind();
            let end = match end {
                ConnectionEnd::Left => return TaskEnd::Left,
                ConnectionEnd::Replaced(connected) => {
                    info!("the connection to the server goes on over another network");
                    replacement = Some(*connected);
                    continue;
                }
                end => end,
            };
            if was_welcome {
                self.reported_unreachable = false;
                info!("the connection to the server is lost");
                self.backoff.connection_ended(since.elapsed());
                self.pending_events.push_back(RoomEvent::Reconnecting);
                if matches!(end, ConnectionEnd::Refused(ServerErrorCode::ShuttingDown)) {
                    self.pending_events.push_back(RoomEvent::ServerEnded);
                }
            }
            if let Some(reason) = cannot_have_room(&end) {
                match self.endpoints.exclude(server, reason) {
                    Ok(()) => is_at_once = true,
                    Err(reason) if !self.membership.has_joined() => return TaskEnd::Failed(reason),
                    Err(_) => {
                        self.endpoints.begin_round();
                        self.report_unreachable();
                    }
                }
                continue;
            }
            match end {
                // After a join no refusal is final: the call goes on without a server, and a failure would end it.
                _ if self.membership.has_joined() => {}
                ConnectionEnd::Refused(ServerErrorCode::RoomFull) => {
                    return TaskEnd::Failed(FailReason::RoomFull);
                }
                ConnectionEnd::Refused(code) if !is_transient(code) => {
                    return TaskEnd::Failed(FailReason::Refused(code));
                }
                end => {
                    rounds += 1;
                    if rounds >= MAX_FIRST_ROUNDS {
                        return TaskEnd::Failed(match end {
                            ConnectionEnd::Refused(code) if is_busy(code) => {
                                FailReason::Refused(code)
                            }
                            // It has sent its challenge, and then no welcome.
                            _ => FailReason::Unreachable(ServerFault::NoAnswer),
                        });
                    }
                }
            }
            if !was_welcome {
                self.endpoints.avoid(server);
            }
        }
    }

    /// Without [`log_filter`](crate::log_filter) set to more, the log says why a server cannot be used.
    fn log_fault(&mut self, error: &ConnectError) {
        let fault = error.fault;
        if self.logged_fault.replace(fault) != Some(fault) {
            warn!(
                ?fault,
                cause = error.cause,
                "no server of the room can be used"
            );
        }
    }

    fn report_unreachable(&mut self) {
        if self.membership.has_joined() && !std::mem::replace(&mut self.reported_unreachable, true)
        {
            self.pending_events.push_back(RoomEvent::Unreachable);
        }
    }

    /// Dials once more, while there is a connection.
    pub(super) fn redial(&self) -> Redial {
        let (endpoints, connector) = (self.endpoints.remaining(), Arc::clone(&self.connector));
        Box::pin(async move { connect_first(&endpoints, &connector).await.ok() })
    }

    /// Connects only to tell the server that we leave. Otherwise the others would see us away for half a minute.
    /// [`super::RoomClient::leave`] limits how long this may take.
    async fn leave_over_new_connection(&self) -> TaskEnd {
        if self.membership.has_joined()
            && let Ok(connected) = connect_first(&self.endpoints.remaining(), &self.connector).await
        {
            self.join_and_leave(connected).await;
        }
        TaskEnd::Left
    }

    async fn dial(&mut self, endpoints: &[Endpoint]) -> Waited<Result<Connected, ConnectError>> {
        let since = Instant::now();
        let connector = Arc::clone(&self.connector);
        let mut dialling = pin!(connect_first(endpoints, &connector));
        loop {
            match self.wait(dialling.as_mut()).await {
                Waited::ReconnectNow if since.elapsed() < MAX_DIAL_AGE => {}
                other => return other,
            }
        }
    }

    /// Waits before the next attempt. Returns false when we leave.
    async fn pause(&mut self) -> bool {
        let was_offline = std::mem::take(&mut self.is_offline) && self.membership.has_joined();
        let wait = if was_offline {
            OFFLINE_PAUSE
        } else {
            self.backoff.next_wait(random_u64())
        };
        let mut until = Instant::now() + wait;
        loop {
            match self.wait(sleep_until(until)).await {
                Waited::Done(()) => return true,
                Waited::Left => return false,
                Waited::ReconnectNow => {
                    self.backoff.shorten();
                    until = until.min(Instant::now() + self.backoff.next_wait(random_u64()));
                }
            }
        }
    }

    /// Waits for a future while there is no connection. Handles commands and passes events on meanwhile.
    async fn wait<F: Future>(&mut self, future: F) -> Waited<F::Output> {
        let mut future = pin!(future);
        let events = self.events.clone();
        loop {
            tokio::select! {
                output = &mut future => return Waited::Done(output),
                () = self.reconnect.notified() => return Waited::ReconnectNow,
                permit = events.reserve(), if !self.pending_events.is_empty() => {
                    let Ok(permit) = permit else { return Waited::Left };
                    if let Some(event) = self.pending_events.pop_front() {
                        permit.send(event);
                    }
                }
                command = self.commands.recv() => match command {
                    None | Some(Command::Leave) => return Waited::Left,
                    Some(command) => self.handle_command(command),
                },
            }
        }
    }

    /// Handles every command but `Leave`. Frames that it leads to are written when there is a welcome.
    pub(super) fn handle_command(&mut self, command: Command) {
        match command {
            Command::Enter { name } => {
                self.name = name;
                self.has_entered = true;
            }
            Command::SendSignal {
                to,
                signal,
                number,
                reply,
            } => {
                let queued = self.send_queue.check_capacity(to).and_then(|()| {
                    let prepared = self.membership.prepare(to, &signal, number)?;
                    self.send_queue.push(to, prepared);
                    Ok(())
                });
                // The caller may have been cancelled.
                let _ = reply.send(queued);
            }
            Command::SealSignal {
                to,
                signal,
                number,
                reply,
            } => {
                let prepared = self.membership.prepare(to, &signal, number);
                let sealed = prepared.and_then(|prepared| {
                    let envelope = self.membership.seal(to, &prepared)?;
                    Ok((prepared.number(), envelope))
                });
                let _ = reply.send(sealed);
            }
            Command::OpenSignal {
                from,
                envelope,
                reply,
            } => {
                let now = to_core(Instant::now());
                let opened = self.membership.open_direct(from, &envelope, now);
                let _ = reply.send(opened);
            }
            Command::Leave => {}
        }
    }

    /// Queues events in order, and drops the signals for peers that have left.
    pub(super) fn queue_events(&mut self, events: Vec<RoomEvent>) {
        for event in events {
            if let RoomEvent::PeerLeft { peer, .. } = &event {
                self.send_queue.remove_peer(*peer);
            }
            match (self.pending_events.back_mut(), event) {
                // The TURN servers follow the welcome. A page that sees both at once makes its first offers with them.
                (Some(RoomEvent::Joined { ice_servers, .. }), RoomEvent::IceServers(servers)) => {
                    *ice_servers = servers
                }
                (_, event) => self.pending_events.push_back(event),
            }
        }
    }
}

/// Whether trying again may help.
const fn is_transient(code: ServerErrorCode) -> bool {
    is_busy(code)
        || matches!(
            code,
            ServerErrorCode::ShuttingDown
                | ServerErrorCode::TooManyMessages
                | ServerErrorCode::Replaced
        )
}

const fn is_busy(code: ServerErrorCode) -> bool {
    matches!(
        code,
        ServerErrorCode::ServerFull | ServerErrorCode::AddressLimit
    )
}

/// Why the room is not at the server of that connection, or cannot be joined there.
const fn cannot_have_room(end: &ConnectionEnd) -> Option<FailReason> {
    match end {
        // Nobody is in the room there, and we may not start it.
        ConnectionEnd::Refused(
            code @ (ServerErrorCode::WrongRoom | ServerErrorCode::AccessRequired),
        ) => Some(FailReason::Refused(*code)),
        ConnectionEnd::UnsupportedVersion => Some(FailReason::UnsupportedVersion),
        _ => None,
    }
}

fn random_u64() -> u64 {
    u64::from_ne_bytes(random())
}

#[cfg(all(test, feature = "net"))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;
    use tokio::time::timeout;
    use tokio_util::task::AbortOnDropHandle;

    use super::*;
    use crate::client::{RetryPolicy, RoomClient, SignalError};
    use crate::crypto::{RoomSecret, SessionKey};

    #[tokio::test(start_paused = true)]
    async fn a_failed_client_refuses_requests_while_its_events_are_unread() {
        let config = ClientConfig {
            endpoints: Vec::new(),
            secret: RoomSecret::from_bytes([7; 16]),
            previous_peer_id: None,
            name: "Mei".to_owned(),
            guest: false,
            retry: RetryPolicy::default(),
            access: ServerAccess::default(),
        };
        let membership = Membership::new(&config.secret, SessionKey::random());
        let peer_id = membership.peer_id();
        let (commands, receiver) = mpsc::channel(1);
        let (sender, mut events) = mpsc::channel(1);
        sender.send(RoomEvent::Reconnecting).await.unwrap();
        let reconnect = Arc::new(Notify::new());
        let task = Task::new(
            config,
            membership,
            receiver,
            sender,
            Arc::clone(&reconnect),
            Connector::default(),
        );
        let client = RoomClient {
            peer_id,
            session: SessionKey::random(),
            commands,
            reconnect,
            _task: AbortOnDropHandle::new(tokio::spawn(task.run())),
        };
        let closed = timeout(Duration::from_secs(60), client.commands.closed()).await;
        assert!(closed.is_ok(), "the failed task still takes requests");
        let sealed = client.seal_signal(peer_id, Value::Null, None).await;
        assert_eq!(sealed.unwrap_err(), SignalError::Closed);
        assert_eq!(events.recv().await, Some(RoomEvent::Reconnecting));
        let event = events.recv().await;
        assert!(matches!(
            event,
            Some(RoomEvent::Failed(FailReason::Unreachable(_)))
        ));
    }
}
