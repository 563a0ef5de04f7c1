//! Relays in this process that do what a test says, and the network on which they are.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parlour_signaling::client::{BoxedStream, Connecting, Transport};
use parlour_signaling::invite::Endpoint;
use tokio::io::{DuplexStream, duplex};
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use crate::event::{ClientFrame, Event, RelayFrame};

/// How a relay behaves.
#[derive(Clone, Debug, Default)]
pub(super) enum Manner {
    #[default]
    Honest,
    /// Nobody listens at its address.
    Down,
    /// Answers each event with this reason.
    Refuse(&'static str),
    /// The same with an empty id.
    RefuseWithoutId(&'static str),
    /// Takes each event with an empty id, and passes none on.
    TakeWithoutId,
    /// Answers each event with a notice alone.
    Notice(&'static str),
    /// Says that it has taken an event, and throws it away.
    Swallow,
    /// Answers nothing to events.
    Mute,
    /// Passes events on and does not say so.
    NoAnswer,
    /// Confirms no subscription.
    NoEndOfStored,
    /// Ends each subscription with this reason.
    CloseSubscription(&'static str),
    /// Ends the connection when an event comes.
    HangUp,
    /// Delivers each event three times, and some that are forged.
    Forge,
    /// Delivers and answers late.
    Late(Duration),
    /// Refuses the first event of each connection, and never answers on that connection again.
    Poison(&'static str),
    /// Reads nothing more after the handshake, and closes nothing.
    HalfOpen,
}

/// The record of a relay: its connections and what was sent on them.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) connections: usize,
    pub(super) open: usize,
    pub(super) events: Vec<(Instant, Event)>,
    pub(super) subscriptions: Vec<Vec<String>>,
}

/// One relay.
#[derive(Clone)]
pub(super) struct ScriptedRelay {
    state: Arc<Mutex<State>>,
    passed_on: broadcast::Sender<Event>,
    restarts: broadcast::Sender<()>,
    freezes: broadcast::Sender<()>,
}

struct State {
    manner: Manner,
    log: Log,
    /// The header `Date` of its answers.
    date: Option<&'static str>,
}

impl ScriptedRelay {
    fn new(manner: Manner) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                manner,
                log: Log {
                    connections: 0,
                    open: 0,
                    events: Vec::new(),
                    subscriptions: Vec::new(),
                },
                date: None,
            })),
            passed_on: broadcast::channel(1024).0,
            restarts: broadcast::channel(4).0,
            freezes: broadcast::channel(4).0,
        }
    }

    pub(super) fn set(&self, manner: Manner) {
        self.state.lock().unwrap().manner = manner;
    }

    pub(super) fn set_date(&self, date: &'static str) {
        self.state.lock().unwrap().date = Some(date);
    }

    pub(super) fn log(&self) -> Log {
        self.state.lock().unwrap().log.clone()
    }

    /// Ends all connections.
    pub(super) fn restart(&self) {
        let _ = self.restarts.send(());
    }

    /// Neither reads nor writes on the connections that are open, as a machine that has lost its network.
    pub(super) fn freeze(&self) {
        let _ = self.freezes.send(());
    }

    /// Passes an event on that nobody has published.
    pub(super) fn pass_on(&self, event: Event) {
        let _ = self.passed_on.send(event);
    }

    fn manner(&self) -> Manner {
        self.state.lock().unwrap().manner.clone()
    }

    async fn serve(self, stream: DuplexStream) {
        let date = self.state.lock().unwrap().date;
        #[expect(clippy::result_large_err, reason = "tungstenite's type")]
        let answer = |_: &Request, mut response: Response| {
            if let Some(date) = date {
                response.headers_mut().insert("Date", date.parse().unwrap());
            }
            Ok(response)
        };
        let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, answer).await else {
            return;
        };
        let _open = Open::new(self.state.clone());
        if matches!(self.manner(), Manner::HalfOpen) {
            std::future::pending::<()>().await;
        }
        let mut passed_on = self.passed_on.subscribe();
        let mut restarts = self.restarts.subscribe();
        let mut freezes = self.freezes.subscribe();
        let mut subscription: Option<(String, Vec<String>)> = None;
        let mut is_poisoned = false;
        loop {
            let answers = tokio::select! {
                _ = restarts.recv() => return,
                _ = freezes.recv() => std::future::pending().await,
                Ok(event) = passed_on.recv() => {
                    match &subscription {
                        Some((name, mailboxes)) if is_for(&event, mailboxes) => self.deliver(name, event),
                        _ => Vec::new(),
                    }
                }
                frame = socket.next() => {
                    let text = match frame {
                        Some(Ok(Message::Text(text))) => text,
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                        Some(Ok(_)) => { let _ = socket.flush().await; continue }
                    };
                    match ClientFrame::parse(&text).expect("a frame of NIP-01") {
                        ClientFrame::Event(event) => {
                            self.state.lock().unwrap().log.events.push((Instant::now(), event.clone()));
                            if let Manner::Late(late) = self.manner() {
                                sleep(late).await;
                            }
                            if is_poisoned {
                                continue;
                            }
                            let Some(answers) = self.take(event) else { return };
                            is_poisoned = matches!(self.manner(), Manner::Poison(_));
                            answers
                        }
                        ClientFrame::Req { subscription: name, filters } => {
                            let mailboxes = filters[0].mailboxes.clone().unwrap();
                            self.state.lock().unwrap().log.subscriptions.push(mailboxes.clone());
                            subscription = Some((name.clone(), mailboxes));
                            match self.manner() {
                                Manner::NoEndOfStored => Vec::new(),
                                Manner::CloseSubscription(reason) => {
                                    vec![RelayFrame::Closed { subscription: name, reason: reason.to_owned() }]
                                }
                                _ => vec![RelayFrame::EndOfStored { subscription: name }],
                            }
                        }
                        ClientFrame::Close { .. } => { subscription = None; Vec::new() }
                    }
                }
            };
            for answer in answers {
                let text = answer.to_text().unwrap();
                if socket.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
        }
    }

    /// The answers to an event, or nothing when the connection ends.
    fn take(&self, event: Event) -> Option<Vec<RelayFrame>> {
        let answer = |event: &Event, is_taken, reason: &str| RelayFrame::Ok {
            id: data_encoding::HEXLOWER.encode(&event.id),
            is_taken,
            reason: reason.to_owned(),
        };
        Some(match self.manner() {
            Manner::Refuse(reason) | Manner::Poison(reason) => vec![answer(&event, false, reason)],
            Manner::RefuseWithoutId(reason) => vec![RelayFrame::Ok {
                id: String::new(),
                is_taken: false,
                reason: reason.to_owned(),
            }],
            Manner::TakeWithoutId => vec![RelayFrame::Ok {
                id: String::new(),
                is_taken: true,
                reason: String::new(),
            }],
            Manner::Notice(text) => vec![RelayFrame::Notice(text.to_owned())],
            Manner::Swallow => vec![answer(&event, true, "")],
            Manner::Mute => Vec::new(),
            Manner::HangUp => return None,
            Manner::NoAnswer => {
                self.pass_on(event);
                Vec::new()
            }
            _ => {
                let answers = vec![answer(&event, true, "")];
                self.pass_on(event);
                answers
            }
        })
    }

    fn deliver(&self, name: &str, event: Event) -> Vec<RelayFrame> {
        let frame = |event| RelayFrame::Event {
            subscription: name.to_owned(),
            event,
        };
        if !matches!(self.manner(), Manner::Forge) {
            return vec![frame(event)];
        }
        let mut other_content = event.clone();
        other_content.content = "Zm9yZ2Vk".to_owned();
        let mut other_author = event.clone();
        other_author.pubkey[0] ^= 1;
        let mut other_id = event.clone();
        other_id.id[0] ^= 1;
        let forged = [other_content, other_author, other_id];
        let honest = vec![event; 3];
        forged.into_iter().chain(honest).map(frame).collect()
    }
}

fn is_for(event: &Event, mailboxes: &[String]) -> bool {
    let mailbox = |key: [u8; 32]| mailboxes.contains(&data_encoding::HEXLOWER.encode(&key));
    event.mailboxes().any(mailbox)
}

/// Counts a connection.
struct Open(Arc<Mutex<State>>);

impl Open {
    fn new(state: Arc<Mutex<State>>) -> Self {
        {
            let mut state = state.lock().unwrap();
            state.log.connections += 1;
            state.log.open += 1;
        }
        Self(state)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.lock().unwrap().log.open -= 1;
    }
}

/// The relays `a`, `b`, … of a test.
#[derive(Clone)]
pub(super) struct Network {
    relays: Vec<ScriptedRelay>,
    streams: HashMap<String, mpsc::UnboundedSender<DuplexStream>>,
    _serving: Arc<JoinSet<()>>,
}

impl Network {
    pub(super) fn new<const N: usize>(manners: [Manner; N]) -> Self {
        let relays = manners.map(ScriptedRelay::new);
        let mut streams = HashMap::new();
        let mut serving = JoinSet::new();
        for (relay, name) in relays.iter().zip('a'..) {
            let (sender, mut receiver) = mpsc::unbounded_channel();
            streams.insert(format!("{name}.example"), sender);
            let relay = relay.clone();
            serving.spawn(async move {
                let mut connections = JoinSet::new();
                while let Some(stream) = receiver.recv().await {
                    connections.spawn(relay.clone().serve(stream));
                }
            });
        }
        Self {
            relays: relays.to_vec(),
            streams,
            _serving: Arc::new(serving),
        }
    }

    pub(super) fn relay(&self, number: usize) -> &ScriptedRelay {
        &self.relays[number]
    }

    pub(super) fn endpoints(&self) -> Vec<Endpoint> {
        let names = ('a'..).take(self.relays.len());
        names
            .map(|name| Endpoint::parse(&format!("ws://{name}.example")).unwrap())
            .collect()
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Network")
    }
}

impl Transport for Network {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint, _: std::net::SocketAddr) -> Connecting<'a> {
        Box::pin(async move {
            let name = endpoint.authority();
            let number = usize::from(name.as_bytes()[0] - b'a');
            if matches!(self.relays[number].manner(), Manner::Down) {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            let (ours, theirs) = duplex(512 * 1024);
            self.streams[&name].send(theirs).unwrap();
            Ok(Box::new(ours) as BoxedStream)
        })
    }
}
