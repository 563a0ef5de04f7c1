//! A network of memory between people and a server, with faults at chosen places.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use parlour_signaling::client::{BoxedStream, Transport};
use parlour_signaling::invite::Endpoint;
use parlour_signaling::server::{ServerConfig, ServerHandle};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split};
use tokio::sync::{mpsc, watch};

/// One way, for what is written.
const LATENCY: Duration = Duration::from_millis(20);
const BUFFER: usize = 256 * 1024;
const MOST_PEOPLE: usize = 4;

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Both ends hear of it.
    Told,
    /// Nothing comes any more, and nobody says so.
    Silent,
}

/// What goes wrong, once.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Counted on the wires of the first person.
    at_frame: usize,
    what: What,
    outage: Duration,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Cut(usize, How),
    Restart,
}

impl Fault {
    pub fn cut(person: usize, at_frame: usize, how: How, outage: Duration) -> Self {
        let what = What::Cut(person, how);
        Self {
            at_frame,
            what,
            outage,
        }
    }

    pub fn restart(at_frame: usize, outage: Duration) -> Self {
        Self {
            at_frame,
            what: What::Restart,
            outage,
        }
    }
}

/// Cheap to clone: all are the same network.
#[derive(Clone, Debug)]
pub struct Net(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    server: Option<(mpsc::Sender<DuplexStream>, ServerHandle)>,
    closes_at_once: bool,
    people: [Line; MOST_PEOPLE],
    plan: Option<Fault>,
    /// Repairs under way.
    repairs: usize,
}

#[derive(Debug, Default)]
struct Line {
    is_down: bool,
    /// Its computer has no network at all, and knows it.
    is_unplugged: bool,
    frames: usize,
    attempts: usize,
    /// Of the connections that are open: how each ends.
    cuts: Vec<watch::Sender<Option<How>>>,
}

impl Net {
    pub fn new() -> Self {
        let net = Self(Arc::new(Mutex::new(State {
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

    /// The way of one person into it.
    pub fn line(&self, person: usize) -> Arc<dyn Transport> {
        Arc::new(Way {
            net: self.clone(),
            person,
        })
    }

    pub fn plan(&self, fault: Fault) {
        self.state().plan = Some(fault);
    }

    /// Frames that have run through a person's wires, both ways.
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

    /// Ends a person's connections, and lets no other be made.
    pub fn cut(&self, person: usize, how: How) {
        let line = &mut self.state().people[person];
        line.is_down = how == How::Silent;
        for cut in line.cuts.drain(..) {
            cut.send_replace(Some(how));
        }
    }

    pub fn down(&self, person: usize) {
        self.cut(person, How::Silent);
    }

    /// A person's computer has no network at all; then it has one again. Nobody tells the client.
    pub fn unplug(&self, person: usize, unplugged: bool) {
        if unplugged {
            self.cut(person, How::Silent);
        }
        let line = &mut self.state().people[person];
        line.is_down = false;
        line.is_unplugged = unplugged;
    }

    pub fn heal_after(&self, person: usize, outage: Duration) {
        self.repair(outage, move |net| {
            net.state().people[person].is_down = false
        });
    }

    /// Until nothing is broken any more.
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
            What::Cut(person, how) => {
                self.cut(person, how);
                self.state().people[person].is_down = true;
                self.heal_after(person, fault.outage);
            }
            What::Restart => {
                // As a process that is killed: its connections are reset, and nothing is said.
                self.state().server = None;
                self.repair(fault.outage, Self::serve);
            }
        }
    }

    /// A frame is about to be delivered: the fault may be planned for here.
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
            // Somebody on the way knows of no route in half of the cases; in the other nobody answers, and TCP asks again
            // after one second, two more, four more.
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

    /// Carries what comes, a piece at a time.
    async fn carry(
        self,
        person: usize,
        mut from: ReadHalf<DuplexStream>,
        mut to: WriteHalf<DuplexStream>,
        mut cut: watch::Receiver<Option<How>>,
    ) {
        let mut piece = vec![0; 4096];
        loop {
            let read = tokio::select! {
                biased;
                how = ended(&mut cut) => {
                    if how == How::Silent {
                        // The ends are kept open.
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

async fn ended(cut: &mut watch::Receiver<Option<How>>) -> How {
    let how = cut.wait_for(Option::is_some).await.map(|how| *how);
    how.ok().flatten().unwrap_or(How::Told)
}

#[derive(Debug)]
struct Way {
    net: Net,
    person: usize,
}

impl Transport for Way {
    fn connect(
        &self,
        _: &Endpoint,
    ) -> Pin<Box<dyn Future<Output = io::Result<BoxedStream>> + Send + '_>> {
        Box::pin(self.net.connect(self.person))
    }
}

/// Repeatable chance.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Below `bound`.
    pub fn next(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
