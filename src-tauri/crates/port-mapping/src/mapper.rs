//! The task that opens the ports and keeps them open.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::announcements::Announcements;
use crate::global_address::is_global;
use crate::lease::{Lease, RouterClock};
use crate::route::{Family, Route};
use crate::router::{Granted, NonceKey, Router, Wanted};
use crate::{Mapped, Ports, Protocol, Reason, State, Status};

/// Bounds the release of all mappings: a person who leaves does not wait for a router.
const RELEASE_TIMEOUT: Duration = Duration::from_millis(1_500);
/// Pauses between attempts while no port is open: from the first to the last they double.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const MAX_PAUSE: Duration = Duration::from_secs(600);
/// Announcements lead to a renewal at most this often, whoever sends them.
const MIN_ANNOUNCEMENT_INTERVAL: Duration = Duration::from_secs(5);

/// Tells the public address of this computer that a STUN server sees, IPv4 alone. `None` when no server answers. It has
/// a time limit of its own.
pub type PublicAddress =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Option<IpAddr>> + Send>> + Send + Sync>;

#[derive(Clone)]
pub struct Config {
    pub ports: Ports,
    /// A secret that stays the same for the same room. A router lets only its owner renew or end a mapping, so that an
    /// app that crashed finds its own again.
    pub key: [u8; 32],
    pub public_address: PublicAddress,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("ports", &self.ports)
            .finish_non_exhaustive()
    }
}

/// The input of both tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Input {
    ports: Ports,
    /// Grows with every change of the network.
    network: u64,
}

/// Owns the mappings of some ports, for both address families. Dropped without [`PortMapper::release`], it leaves them to
/// expire.
#[derive(Debug)]
pub struct PortMapper {
    input: watch::Sender<Input>,
    state: watch::Receiver<State>,
    tasks: JoinSet<()>,
}

impl PortMapper {
    /// Begins to open the ports. Must be called inside a Tokio runtime.
    #[must_use]
    pub fn spawn(config: Config) -> Self {
        let (input, _) = watch::channel(Input {
            ports: config.ports,
            network: 0,
        });
        let (sender, state) = watch::channel(State {
            ipv4: Status::Trying,
            ipv6: Status::Trying,
        });
        let mut tasks = JoinSet::new();
        for family in [Family::V4, Family::V6] {
            let keeper = Keeper {
                family,
                input: input.subscribe(),
                state: sender.clone(),
                nonces: NonceKey::new(config.key),
                public_address: Arc::clone(&config.public_address),
                known: *input.borrow(),
                announcements: None,
                open: None,
                valid_until: Instant::now(),
            };
            tasks.spawn(keeper.run());
        }
        Self {
            input,
            state,
            tasks,
        }
    }

    /// Plays these states to the tests of a program.
    #[must_use]
    pub fn scripted(state: watch::Receiver<State>) -> Self {
        let (input, _) = watch::channel(Input {
            ports: Ports::default(),
            network: 0,
        });
        Self {
            input,
            state,
            tasks: JoinSet::new(),
        }
    }

    /// The state, and every change of it.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Other ports shall be reachable. Those that stay keep their mappings.
    pub fn set_ports(&self, ports: Ports) {
        self.input.send_if_modified(|input| {
            let is_new = input.ports != ports;
            input.ports = ports;
            is_new
        });
    }

    /// The network has changed, or the computer has slept: everything is looked at again.
    pub fn network_changed(&self) {
        self.input.send_modify(|input| input.network += 1);
    }

    /// Ends all mappings. Those that a router does not end in time expire within minutes.
    pub async fn release(self) {
        let Self {
            input, mut tasks, ..
        } = self;
        drop(input);
        let released = timeout(RELEASE_TIMEOUT, async {
            while tasks.join_next().await.is_some() {}
        });
        if released.await.is_err() {
            tracing::info!("the router keeps the mappings until they expire");
        }
    }
}

/// The ports that are open at one router.
struct Open {
    route: Route,
    router: Router,
    leases: HashMap<(Protocol, u16), (SocketAddr, Lease)>,
    clock: RouterClock,
    /// The external IPv4 address that a STUN server has confirmed.
    confirmed: Option<IpAddr>,
}

/// Why a keeper begins anew.
enum Again {
    /// The owner has gone.
    Stop,
    /// A mapping could not be renewed.
    Lost(Reason),
    /// Another network.
    Moved,
}

/// Keeps the ports open for one address family.
struct Keeper {
    family: Family,
    input: watch::Receiver<Input>,
    state: watch::Sender<State>,
    nonces: NonceKey,
    public_address: PublicAddress,
    /// The input with which the attempt that runs, or that has opened the ports, began.
    known: Input,
    /// Of the router of the last attempt.
    announcements: Option<Announcements>,
    open: Option<Open>,
    /// Mappings whose renewal has failed count until they expire.
    valid_until: Instant,
}

impl Keeper {
    async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let mut again = match self.attempt().await {
                Ok(()) => {
                    pause = FIRST_PAUSE;
                    self.keep().await
                }
                Err(again) => again,
            };
            if let Again::Lost(reason) = again {
                if let Some(expires) = self.open.take().and_then(|open| open.expires()) {
                    // Once more at once: perhaps the router has another port for UPnP, or speaks another protocol.
                    self.valid_until = expires;
                    continue;
                }
                again = self.wait(reason, Instant::now() + pause).await;
                pause = (pause * 2).min(MAX_PAUSE);
            }
            match again {
                Again::Stop => break,
                Again::Moved => {
                    self.release().await;
                    (pause, self.valid_until) = (FIRST_PAUSE, Instant::now());
                    self.publish(Status::Trying);
                }
                Again::Lost(_) => {}
            }
        }
        let _ = timeout(RELEASE_TIMEOUT, self.release()).await;
    }

    /// Finds the router and opens all ports. A change of the network makes the answers worthless; so does a person who
    /// leaves.
    async fn attempt(&mut self) -> Result<(), Again> {
        self.known = *self.input.borrow_and_update();
        let (mut input, known) = (self.input.clone(), self.known);
        let changed = async {
            loop {
                match input.changed().await {
                    Err(_) => return Again::Stop,
                    Ok(()) if input.borrow().network != known.network => return Again::Moved,
                    Ok(()) => {}
                }
            }
        };
        tokio::select! {
            again = changed => Err(again),
            opened = self.open_all(known.ports) => opened.map_err(Again::Lost),
        }
    }

    async fn open_all(&mut self, ports: Ports) -> Result<(), Reason> {
        let Some((protocol, port)) = ports.iter().next() else {
            return Err(Reason::NoRouter);
        };
        let first = Wanted {
            protocol,
            port,
            previous: None,
        };
        let route = Route::find(self.family).await.ok_or(Reason::NoRouter)?;
        if self.family == Family::V6 && !is_global(route.source) {
            return Err(Reason::NoRouter);
        }
        self.announcements = Announcements::listen(&route)
            .inspect_err(|error| tracing::debug!(%error, "the router cannot be heard"))
            .ok();
        let (connected, seen) = tokio::join!(
            Router::connect(route, &self.nonces, first),
            self.seen_by_stun()
        );
        let (router, granted) = match connected {
            Ok(connected) => connected,
            Err(_) if route.source.is_ipv4() && seen == Some(route.source) => {
                (Router::None(route.source), None)
            }
            Err(reason) => return Err(reason),
        };
        let mut open = Open {
            route,
            router,
            leases: HashMap::new(),
            clock: RouterClock::default(),
            confirmed: seen,
        };
        if let Some(granted) = granted {
            open.insert(first, granted);
        }
        self.open = Some(open);
        let opened = self.renew_due().await;
        let checked = match opened {
            Ok(()) => self.check().await,
            Err(reason) => Err(reason),
        };
        if let Err(reason) = checked {
            self.release().await;
            self.valid_until = Instant::now();
            return Err(reason);
        }
        self.publish_open();
        Ok(())
    }

    async fn seen_by_stun(&self) -> Option<IpAddr> {
        match self.family {
            Family::V4 => (self.public_address)().await,
            Family::V6 => None,
        }
    }

    /// Renews, asks for and ends mappings as it is time.
    async fn renew_due(&mut self) -> Result<(), Reason> {
        let ports = self.input.borrow().ports;
        let Some(open) = &mut self.open else {
            return Err(Reason::NoRouter);
        };
        let wanted: Vec<_> = ports.iter().collect();
        let unwanted = open.leases.keys().filter(|key| !wanted.contains(key));
        for key in unwanted.copied().collect::<Vec<_>>() {
            open.unmap(key).await;
        }
        for key in wanted {
            let now = Instant::now();
            let is_due = open
                .leases
                .get(&key)
                .is_none_or(|(_, lease)| lease.renewal() <= now);
            if is_due && !open.map(key).await? {
                // The router has restarted: the others are gone too.
                for (_, lease) in open.leases.values_mut() {
                    lease.renew_at_once(now);
                }
                open.map(key).await?;
            }
        }
        Ok(())
    }

    /// An address counts if the internet routes it, and if it is ours: what a STUN server sees, or for IPv6, where
    /// addresses are not translated, the address of this computer.
    async fn check(&mut self) -> Result<(), Reason> {
        let Some(open) = &self.open else {
            return Err(Reason::NoRouter);
        };
        let addresses: Vec<IpAddr> = open
            .leases
            .values()
            .map(|(external, _)| external.ip())
            .collect();
        if addresses.iter().any(|address| !is_global(*address)) {
            return Err(Reason::BehindAnotherRouter);
        }
        let is_all = |expected| addresses.iter().all(|address| *address == expected);
        if self.family == Family::V6 {
            let source = open.route.source;
            return is_all(source)
                .then_some(())
                .ok_or(Reason::BehindAnotherRouter);
        }
        if open.confirmed.is_some_and(is_all) {
            return Ok(());
        }
        let seen = self.seen_by_stun().await.ok_or(Reason::NotConfirmed)?;
        if let Some(open) = &mut self.open {
            open.confirmed = Some(seen);
        }
        is_all(seen)
            .then_some(())
            .ok_or(Reason::BehindAnotherRouter)
    }

    /// Keeps the ports open until something ends that.
    async fn keep(&mut self) -> Again {
        let mut deaf_until = Instant::now();
        loop {
            let Some(open) = &mut self.open else {
                return Again::Lost(Reason::NoRouter);
            };
            let due = open
                .next_renewal()
                .unwrap_or_else(|| Instant::now() + MAX_PAUSE);
            tokio::select! {
                changed = self.input.changed() => {
                    if changed.is_err() {
                        return Again::Stop;
                    }
                    let input = *self.input.borrow_and_update();
                    if input.network != self.known.network {
                        if Route::find(self.family).await != Some(open.route) {
                            return Again::Moved;
                        }
                        // The router may be another one all the same, or have another address.
                        open.renew_all_at_once();
                    }
                    self.known = input;
                }
                () = sleep_until(due) => {}
                () = next_announcement(self.announcements.as_ref(), deaf_until) => {
                    deaf_until = Instant::now() + MIN_ANNOUNCEMENT_INTERVAL;
                    open.renew_all_at_once();
                }
            }
            let renewed = match self.renew_due().await {
                Ok(()) => self.check().await,
                Err(reason) => Err(reason),
            };
            match renewed {
                Ok(()) => self.publish_open(),
                Err(reason) => {
                    tracing::info!(?reason, "a mapping was not renewed");
                    return Again::Lost(reason);
                }
            }
        }
    }

    /// Waits for the next attempt: for the time, for another network, or for the router to announce itself.
    async fn wait(&mut self, reason: Reason, retry: Instant) -> Again {
        let deaf_until = Instant::now() + MIN_ANNOUNCEMENT_INTERVAL;
        let mut is_valid = self.valid_until > Instant::now();
        if !is_valid {
            self.publish(Status::Unavailable(reason));
        }
        loop {
            tokio::select! {
                changed = self.input.changed() => {
                    return if changed.is_err() { Again::Stop } else { Again::Moved };
                }
                () = sleep_until(self.valid_until), if is_valid => {
                    is_valid = false;
                    self.publish(Status::Unavailable(reason));
                }
                () = next_announcement(self.announcements.as_ref(), deaf_until) => {
                    return Again::Lost(reason);
                }
                () = sleep_until(retry) => return Again::Lost(reason),
            }
        }
    }

    async fn release(&mut self) {
        if let Some(mut open) = self.open.take() {
            for key in open.leases.keys().copied().collect::<Vec<_>>() {
                open.unmap(key).await;
            }
        }
    }

    fn publish_open(&self) {
        let Some(open) = &self.open else { return };
        let external = |protocol| {
            let mut leases = open.leases.iter();
            leases.find_map(|((of, _), (external, _))| (*of == protocol).then_some(*external))
        };
        self.publish(Status::Mapped(Mapped {
            method: open.router.method(),
            tcp: external(Protocol::Tcp),
            udp: external(Protocol::Udp),
        }));
    }

    fn publish(&self, status: Status) {
        self.state.send_if_modified(|state| {
            let own = match self.family {
                Family::V4 => &mut state.ipv4,
                Family::V6 => &mut state.ipv6,
            };
            let is_new = *own != status;
            if is_new {
                // Without the addresses, which are nobody's business in a log.
                let method = match status {
                    Status::Mapped(Mapped { method, .. }) => Some(method),
                    Status::Trying | Status::Unavailable(_) => None,
                };
                let reason = match status {
                    Status::Unavailable(reason) => Some(reason),
                    Status::Trying | Status::Mapped(_) => None,
                };
                tracing::info!(family = ?self.family, ?method, ?reason, "the ports in the router");
            }
            *own = status;
            is_new
        });
    }
}

/// The epoch is not used: a router may count differently by PCP and by NAT-PMP, so its clock is read from answers alone.
async fn next_announcement(announcements: Option<&Announcements>, deaf_until: Instant) {
    sleep_until(deaf_until).await;
    if let Some(announcements) = announcements
        && announcements.next().await.is_ok()
    {
        tracing::info!("the router has announced itself");
        return;
    }
    std::future::pending().await
}

impl Open {
    /// Makes or renews a mapping. False when the router's clock says that it has lost those before.
    async fn map(&mut self, (protocol, port): (Protocol, u16)) -> Result<bool, Reason> {
        let previous = self
            .leases
            .get(&(protocol, port))
            .map(|(external, _)| *external);
        let wanted = Wanted {
            protocol,
            port,
            previous,
        };
        let granted = self.router.map(wanted).await?;
        let has_lost = granted
            .epoch
            .is_some_and(|epoch| self.clock.observe(Instant::now(), epoch));
        self.insert(wanted, granted);
        Ok(!has_lost)
    }

    fn insert(&mut self, wanted: Wanted, granted: Granted) {
        let lease = Lease::granted(Instant::now(), granted.lifetime);
        let key = (wanted.protocol, wanted.port);
        self.leases.insert(key, (granted.external, lease));
    }

    async fn unmap(&mut self, (protocol, port): (Protocol, u16)) {
        if let Some((external, _)) = self.leases.remove(&(protocol, port)) {
            let wanted = Wanted {
                protocol,
                port,
                previous: Some(external),
            };
            self.router.unmap(wanted).await;
        }
    }

    fn renew_all_at_once(&mut self) {
        let now = Instant::now();
        for (_, lease) in self.leases.values_mut() {
            lease.renew_at_once(now);
        }
    }

    fn next_renewal(&self) -> Option<Instant> {
        self.leases.values().map(|(_, lease)| lease.renewal()).min()
    }

    fn expires(&self) -> Option<Instant> {
        self.leases.values().map(|(_, lease)| lease.expires()).min()
    }
}
