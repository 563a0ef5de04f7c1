//! A network in memory between people and a server, with faults at chosen frames.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use parlour_signaling::client::{BoxedStream, Connecting, Pings, Transport};
use parlour_signaling::invite::Endpoint;
use parlour_signaling::server::{ServerConfig, ServerHandle};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split};
use tokio::sync::{mpsc, watch};

/// The delay of a write in one direction.
const LATENCY: Duration = Duration::from_millis(20);
const BUFFER: usize = 256 * 1024;
const MAX_PEOPLE: usize = 4;

/// How a connection is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Both ends are closed.
    Closed,
    /// Nothing arrives any more, and neither end is told.
    Silent,
}

/// A fault that happens once.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Counted on the connections of the first person.
    at_frame: usize,
    what: FaultKind,
    outage: Duration,
}

#[derive(Clone, Copy, Debug)]
enum FaultKind {
    Cut(usize, Loss),
    Restart,
}

impl Fault {
    pub fn cut(person: usize, at_frame: usize, loss: Loss, outage: Duration) -> Self {
        let what = FaultKind::Cut(person, loss);
        Self {
            at_frame,
            what,
            outage,
        }
    }

    pub fn restart(at_frame: usize, outage: Duration) -> Self {
        Self {
            at_frame,
            what: FaultKind::Restart,
            outage,
        }
    }
}

/// A handle of the network. Clones share it.
#[derive(Clone, Debug)]
pub struct Net(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// How everybody pings.
    pings: Pings,
    server: Option<(mpsc::Sender<DuplexStream>, ServerHandle)>,
    closes_at_once: bool,
    people: [PersonLink; MAX_PEOPLE],
    plan: Option<Fault>,
    /// Repairs that have not happened yet.
    repairs: usize,
}

#[derive(Debug, Default)]
struct PersonLink {
    is_down: bool,
    /// Its computer has no network at all, and reports that.
    is_unplugged: bool,
    frames: usize,
    attempts: usize,
    /// Ends the open connections.
    cuts: Vec<watch::Sender<Option<Loss>>>,
}

impl Net {
    pub fn new() -> Self {
        Self::with_pings(Pings::WebSocket)
    }

    pub fn with_pings(pings: Pings) -> Self {
        let net = Self(Arc::new(Mutex::new(State {
            pings,
            server: None,
            closes_at_once: false,
            people: Default::default(),
            plan: None,
            repairs: 0,
        })));
        net.serve();
        net
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The transport of one person.
    pub fn link(&self, person: usize) -> Arc<dyn Transport> {
        Arc::new(PersonTransport {
            net: self.clone(),
            person,
        })
    }

    pub fn plan(&self, fault: Fault) {
        self.state().plan = Some(fault);
    }

    /// Frames on a person's connections, in both directions.
    pub fn frames(&self, person: usize) -> usize {
        self.state().people[person].frames
    }

    /// Connections that a person has tried to make.
    pub fn attempts(&self, person: usize) -> usize {
        self.state().people[person].attempts
    }

    pub fn closes_at_once(&self, closes: bool) {
        self.state().closes_at_once = closes;
    }

    /// Ends a person's connections and prevents new ones.
    pub fn cut(&self, person: usize, loss: Loss) {
        let link = &mut self.state().people[person];
        link.is_down = loss == Loss::Silent;
        for cut in link.cuts.drain(..) {
            cut.send_replace(Some(loss));
        }
    }

    pub fn down(&self, person: usize) {
        self.cut(person, Loss::Silent);
    }

    /// Takes the network from a person's computer, or gives it back, without telling the client.
    pub fn unplug(&self, person: usize, unplugged: bool) {
        if unplugged {
            self.cut(person, Loss::Silent);
        }
        let link = &mut self.state().people[person];
        link.is_down = false;
        link.is_unplugged = unplugged;
    }

    pub fn heal_after(&self, person: usize, outage: Duration) {
        self.repair(outage, move |net| {
            net.state().people[person].is_down = false
        });
    }

    /// Waits until everything is repaired.
    pub async fn settle(&self) {
        while self.state().repairs > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn repair(&self, after: Duration, repair: impl FnOnce(&Self) + Send + 'static) {
        self.state().repairs += 1;
        let net = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            repair(&net);
            net.state().repairs -= 1;
        });
    }

    fn serve(&self) {
        let (connections, accepted) = mpsc::channel(64);
        let server = ServerHandle::serve(accepted, ServerConfig::default());
        self.state().server = Some((connections, server));
    }

    fn fail(&self, fault: Fault) {
        match fault.what {
            FaultKind::Cut(person, loss) => {
                self.cut(person, loss);
                self.state().people[person].is_down = true;
                self.heal_after(person, fault.outage);
            }
            FaultKind::Restart => {
                // Like a killed process: its connections are reset without a message.
                self.state().server = None;
                self.repair(fault.outage, Self::serve);
            }
        }
    }

    /// Counts a frame that is about to be delivered, and causes the fault that is planned for it.
    fn frame(&self, person: usize) {
        let fault = {
            let mut state = self.state();
            state.people[person].frames += 1;
            let frames = state.people[0].frames;
            state
                .plan
                .take_if(|plan| person == 0 && frames > plan.at_frame)
        };
        if let Some(fault) = fault {
            self.fail(fault);
        }
    }

    async fn connect(&self, person: usize) -> io::Result<BoxedStream> {
        self.state().people[person].attempts += 1;
        if self.state().people[person].is_unplugged {
            return Err(io::ErrorKind::NetworkUnreachable.into());
        }
        tokio::time::sleep(2 * LATENCY).await;
        if self.state().people[person].is_down {
            // In half of the cases a router reports that there is no route. In the other half nobody answers, and TCP
            // tries again after one second, two more, four more.
            if self.state().people[person].attempts.is_multiple_of(2) {
                return Err(io::ErrorKind::HostUnreachable.into());
            }
            let mut pause = Duration::from_secs(1);
            while self.state().people[person].is_down {
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
        }
        let (near, wire) = duplex(BUFFER);
        let (far, served) = duplex(BUFFER);
        let cut = {
            let mut state = self.state();
            let Some((server, _)) = &state.server else {
                return Err(io::ErrorKind::ConnectionRefused.into());
            };
            if !state.closes_at_once {
                server.try_send(served).map_err(io::Error::other)?;
            }
            let (cut, cuts) = watch::channel(None);
            state.people[person].cuts.push(cut);
            cuts
        };
        let ((near_in, near_out), (far_in, far_out)) = (split(near), split(far));
        for (from, to) in [(near_in, far_out), (far_in, near_out)] {
            tokio::spawn(self.clone().carry(person, from, to, cut.clone()));
        }
        Ok(Box::new(wire))
    }

    /// Carries bytes, one piece at a time.
    async fn carry(
        self,
        person: usize,
        mut from: ReadHalf<DuplexStream>,
        mut to: WriteHalf<DuplexStream>,
        mut cut: watch::Receiver<Option<Loss>>,
    ) {
        let mut piece = vec![0; 4096];
        loop {
            let read = tokio::select! {
                biased;
                loss = ended(&mut cut) => {
                    if loss == Loss::Silent {
                        // Both ends stay open.
                        std::future::pending::<()>().await;
                    }
                    break;
                }
                read = from.read(&mut piece) => read,
            };
            let Ok(read @ 1..) = read else { break };
            tokio::time::sleep(LATENCY).await;
            self.frame(person);
            if cut.borrow().is_some() {
                continue;
            }
            if to.write_all(&piece[..read]).await.is_err() {
                break;
            }
        }
        let _ = to.shutdown().await;
    }
}

async fn ended(cut: &mut watch::Receiver<Option<Loss>>) -> Loss {
    let loss = cut.wait_for(Option::is_some).await.map(|loss| *loss);
    loss.ok().flatten().unwrap_or(Loss::Closed)
}

#[derive(Debug)]
struct PersonTransport {
    net: Net,
    person: usize,
}

impl Transport for PersonTransport {
    fn connect<'a>(&'a self, _: &'a Endpoint, _: SocketAddr) -> Connecting<'a> {
        Box::pin(self.net.connect(self.person))
    }

    fn pings(&self) -> Pings {
        self.net.state().pings
    }
}

/// Repeatable random numbers.
pub struct SeededRandom(u64);

impl SeededRandom {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `bound`.
    pub fn next(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
