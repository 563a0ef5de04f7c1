//! The client's task: dial, converse, and again.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until};
use tracing::info;

use super::connector::{self, Missed, Socket, Ways};
use super::send_queue::Outbox;
use super::{ClientConfig, ClientError, Command};
use crate::client::backoff::Backoff;
use crate::client::event::{FailReason, RoomEvent};
use crate::client::membership::Membership;
use crate::crypto::random;
use crate::invite::Endpoint;
use crate::protocol::{ErrorCode, ResumeSecret};

/// Rounds without an answer before the first join is given up.
const FIRST_ROUNDS: u32 = 3;
/// How long a round of dialling may go on when the network has changed under it.
const STALE_DIAL: Duration = Duration::from_secs(1);

/// Between attempts while this computer has no way out. They cost nobody anything, and the network's return, of which
/// not every system tells, is not missed.
const OFFLINE_PAUSE: Duration = Duration::from_millis(250);

/// A second attempt that runs beside a connection.
pub(super) type Redial = Pin<Box<dyn Future<Output = Option<(Socket, Endpoint)>> + Send>>;

pub(super) struct Task {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) membership: Membership,
    pub(super) resume: ResumeSecret,
    pub(super) name: String,
    pub(super) entered: bool,
    pub(super) outbox: Outbox,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) hurry: Arc<Notify>,
    pub(super) events: mpsc::Sender<RoomEvent>,
    /// Events that the reader has no room for yet.
    pub(super) pending: VecDeque<RoomEvent>,
    backoff: Backoff,
    ways: Arc<Ways>,
    /// The last attempt found no way out.
    is_offline: bool,
    /// Whether nobody answers has been told since the connection was lost.
    told_unreachable: bool,
}

/// Why the task has nothing more to do.
pub(super) enum End {
    /// We leave, or the client is gone.
    Left,
    Failed(FailReason),
}

/// Why a connection is over.
pub(super) enum Lost {
    /// It broke, fell silent or was closed.
    Broken,
    /// The server ended it.
    Refused(ErrorCode),
    /// We leave.
    Left,
    /// A newer one, dialled when the network had changed, was quicker than a sign of life of this one.
    Replaced(Box<(Socket, Endpoint)>),
}

/// What came first while waiting.
enum Waited<T> {
    Done(T),
    Hurry,
    Left,
}

impl Task {
    pub(super) fn new(
        config: ClientConfig,
        membership: Membership,
        commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<RoomEvent>,
        hurry: Arc<Notify>,
        ways: Ways,
    ) -> Self {
        Self {
            endpoints: config.endpoints,
            membership,
            resume: ResumeSecret::from_bytes(random()),
            name: config.name,
            entered: false,
            outbox: Outbox::default(),
            commands,
            hurry,
            events,
            pending: VecDeque::new(),
            backoff: Backoff::new(config.retry),
            ways: Arc::new(ways),
            is_offline: false,
            told_unreachable: false,
        }
    }

    pub(super) async fn run(mut self) {
        if let End::Failed(reason) = self.stay().await {
            info!(?reason, "the room cannot be joined");
            self.pending.push_back(RoomEvent::Failed(reason));
        }
        for event in self.pending {
            if self.events.send(event).await.is_err() {
                return;
            }
        }
    }

    /// Dials and converses until it is over.
    async fn stay(&mut self) -> End {
        let mut rounds = 0;
        // Has accepted us and then said nothing sensible: let the others try first.
        let mut useless: Option<Endpoint> = None;
        let mut next = None;
        loop {
            let (socket, server) = if let Some(won) = next.take() {
                won
            } else {
                if !self.pause().await {
                    return self.farewell().await;
                }
                let endpoints = self.line_up(useless.take());
                match self.dial(&endpoints).await {
                    Waited::Left => return self.farewell().await,
                    Waited::Hurry => {
                        self.backoff.hurry();
                        continue;
                    }
                    Waited::Done(Ok(won)) => won,
                    Waited::Done(Err(missed)) => {
                        self.is_offline = missed == Missed::Offline;
                        rounds += 1;
                        if !self.membership.has_joined() && rounds >= FIRST_ROUNDS {
                            return End::Failed(FailReason::Unreachable);
                        }
                        self.tell_unreachable();
                        continue;
                    }
                }
            };
            let since = Instant::now();
            let lost = self.converse(socket, &server).await;
            let was_welcome = self.membership.is_welcome();
            self.membership.disconnected();
            self.outbox.rewind();
            let lost = match lost {
                Lost::Left => return End::Left,
                Lost::Replaced(won) => {
                    info!("the connection to the server goes on over another network");
                    next = Some(*won);
                    continue;
                }
                lost => lost,
            };
            if was_welcome {
                self.told_unreachable = false;
                info!("the connection to the server is lost");
                self.backoff.connection_ended(since.elapsed());
                self.pending.push_back(RoomEvent::Reconnecting);
            }
            match lost {
                // Whatever the refusal: the call goes on without a server, and a failure would end it.
                _ if self.membership.has_joined() => {}
                Lost::Refused(ErrorCode::RoomFull) => return End::Failed(FailReason::RoomFull),
                Lost::Refused(code) if !is_passing(code) => {
                    return End::Failed(FailReason::Refused(code));
                }
                _ => {
                    rounds += 1;
                    if rounds >= FIRST_ROUNDS {
                        return End::Failed(FailReason::Unreachable);
                    }
                }
            }
            useless = (!was_welcome).then_some(server);
        }
    }

    fn tell_unreachable(&mut self) {
        if self.membership.has_joined() && !std::mem::replace(&mut self.told_unreachable, true) {
            self.pending.push_back(RoomEvent::Unreachable);
        }
    }

    /// Dials once more, while there is a connection.
    pub(super) fn redial(&self) -> Redial {
        let (endpoints, ways) = (self.endpoints.clone(), Arc::clone(&self.ways));
        Box::pin(async move { connector::race(&endpoints, &ways).await.ok() })
    }

    /// We leave while there is no connection. One is made to say so, or the others would see us away for half a minute.
    /// How long that may take is up to [`super::RoomClient::leave`].
    async fn farewell(&self) -> End {
        if self.membership.has_joined()
            && let Ok((socket, _)) = connector::race(&self.endpoints, &self.ways).await
        {
            self.leave_over(socket).await;
        }
        End::Left
    }

    /// The endpoints in the order in which they start.
    fn line_up(&self, useless: Option<Endpoint>) -> Vec<Endpoint> {
        let mut endpoints = self.endpoints.clone();
        if endpoints.len() > 1 {
            endpoints.retain(|endpoint| Some(endpoint) != useless.as_ref());
        }
        endpoints
    }

    async fn dial(&mut self, endpoints: &[Endpoint]) -> Waited<Result<(Socket, Endpoint), Missed>> {
        let since = Instant::now();
        let ways = Arc::clone(&self.ways);
        let mut race = pin!(connector::race(endpoints, &ways));
        loop {
            match self.wait(race.as_mut()).await {
                Waited::Hurry if since.elapsed() < STALE_DIAL => {}
                other => return other,
            }
        }
    }

    /// Waits before the next attempt; false when it is over.
    async fn pause(&mut self) -> bool {
        let was_offline = std::mem::take(&mut self.is_offline) && self.membership.has_joined();
        let wait = if was_offline {
            OFFLINE_PAUSE
        } else {
            self.backoff.next_wait(dice())
        };
        let mut until = Instant::now() + wait;
        loop {
            match self.wait(sleep_until(until)).await {
                Waited::Done(()) => return true,
                Waited::Left => return false,
                Waited::Hurry => {
                    self.backoff.hurry();
                    until = until.min(Instant::now() + self.backoff.next_wait(dice()));
                }
            }
        }
    }

    /// Waits for something while there is no connection: requests are taken and events handed over.
    async fn wait<F: Future>(&mut self, future: F) -> Waited<F::Output> {
        let mut future = pin!(future);
        let events = self.events.clone();
        loop {
            tokio::select! {
                output = &mut future => return Waited::Done(output),
                () = self.hurry.notified() => return Waited::Hurry,
                room = events.reserve(), if !self.pending.is_empty() => {
                    let Ok(room) = room else { return Waited::Left };
                    if let Some(event) = self.pending.pop_front() {
                        room.send(event);
                    }
                }
                command = self.commands.recv() => match command {
                    None | Some(Command::Leave) => return Waited::Left,
                    Some(command) => self.take(command),
                },
            }
        }
    }

    /// Takes a request, except to leave. What it leads to is sent when there is a welcome.
    pub(super) fn take(&mut self, command: Command) {
        match command {
            Command::Enter { name } => {
                self.name = name;
                self.entered = true;
            }
            Command::Signal {
                to,
                signal,
                number,
                answer,
            } => {
                let taken = self.outbox.has_room(to).and_then(|()| {
                    let prepared = self.membership.prepare_as(to, &signal, number)?;
                    self.outbox.push(to, prepared);
                    Ok::<_, ClientError>(())
                });
                // Who asked may have gone.
                let _ = answer.send(taken);
            }
            Command::Seal {
                to,
                signal,
                number,
                answer,
            } => {
                let prepared = self.membership.prepare_as(to, &signal, number);
                let sealed = prepared.and_then(|prepared| {
                    let envelope = self.membership.seal(to, &prepared)?;
                    Ok((prepared.number(), envelope))
                });
                let _ = answer.send(sealed.map_err(ClientError::from));
            }
            Command::Open {
                from,
                envelope,
                answer,
            } => {
                let now = Instant::now().into_std();
                let opened = self.membership.open_direct(from, &envelope, now);
                let _ = answer.send(opened);
            }
            Command::Leave => {}
        }
    }

    /// Hands events over in order, and forgets what waited for those who have left.
    pub(super) fn report(&mut self, events: Vec<RoomEvent>) {
        for event in &events {
            if let RoomEvent::PeerLeft { peer, .. } = event {
                self.outbox.forget(*peer);
            }
        }
        self.pending.extend(events);
    }
}

/// Whether trying again may help.
const fn is_passing(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::ShuttingDown | ErrorCode::TooManyMessages | ErrorCode::Replaced
    )
}

fn dice() -> u64 {
    u64::from_ne_bytes(random())
}
