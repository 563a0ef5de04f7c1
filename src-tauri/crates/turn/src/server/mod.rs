//! The STUN and TURN server of a member whom others can reach: one port for UDP and TCP.
//!
//! It has no socket but the one that its clients talk to. See [`Relay`] for why nothing else can be reached through it.

mod rate;
mod relay;
mod secret;
mod stream;

use std::collections::HashMap;
use std::future::pending;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{debug, info, warn};

pub use self::relay::{Packet, Relay};
pub use self::secret::{Credential, Secret};
use self::stream::Frame;
use crate::message::{canonical, for_family};

/// Bytes of the longest datagram.
const MAX_DATAGRAM_BYTES: usize = 65_536;
/// Connections that wait to be accepted.
const BACKLOG: i32 = 64;
/// Frames of all streams that wait to be handled.
const MAX_WAITING_FRAMES: usize = 256;
/// Frames that wait to be written to one stream. More are dropped, as a network drops datagrams.
const MAX_WAITING_PACKETS: usize = 128;
/// Streams of another server that wait to be served. More are closed.
const MAX_PASSED_STREAMS: usize = 16;
/// How often what has ended is forgotten.
const SWEEP_INTERVAL: Duration = Duration::from_secs(5);
/// A pause after a failure that most often lasts.
const ERROR_PAUSE: Duration = Duration::from_millis(100);

/// The most that the server holds and sends.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Allocations in all. A browser makes one for each link, each address of the server and each of its networks.
    pub allocations: usize,
    /// Allocations of one address.
    pub allocations_per_address: usize,
    /// Channels of one allocation.
    pub channels: usize,
    /// Streams in all.
    pub streams: usize,
    /// Streams of one address.
    pub streams_per_address: usize,
    /// Seconds until a stream without an allocation is closed.
    pub stream_seconds: u64,
    /// Answers in a second to clients that have no allocation.
    pub stranger_answers_per_second: u32,
    /// Bytes in a second that are relayed.
    pub bytes_per_second: u32,
}

impl Default for Limits {
    /// For a room of eight, of whom some are behind one address.
    fn default() -> Self {
        Self {
            allocations: 512,
            allocations_per_address: 256,
            channels: 64,
            streams: 128,
            streams_per_address: 64,
            stream_seconds: 10,
            stranger_answers_per_second: 256,
            bytes_per_second: 8 * 1024 * 1024,
        }
    }
}

/// Where a client's packets come from. Its address is canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// Its address and port.
    pub address: SocketAddr,
    /// It came by TCP.
    pub is_stream: bool,
}

/// A server that is bound and does not yet answer.
pub struct TurnServer {
    udp: UdpSocket,
    tcp: Option<TcpListener>,
    port: u16,
}

impl TurnServer {
    /// Binds the port for UDP and TCP at all addresses of both families, or of IPv4 where there is no IPv6. With 0 the
    /// system chooses one.
    ///
    /// # Errors
    /// When the port is not free.
    pub fn bind(port: u16) -> io::Result<Self> {
        let both = (Ipv6Addr::UNSPECIFIED, port).into();
        bind(both).or_else(|_| bind((Ipv4Addr::UNSPECIFIED, port).into()))
    }

    /// Binds the port for UDP alone, where another server has it for TCP. That one passes streams on to
    /// [`TurnHandle::serve_stream`].
    ///
    /// # Errors
    /// When the port is not free.
    pub fn bind_udp(port: u16) -> io::Result<Self> {
        let both = (Ipv6Addr::UNSPECIFIED, port).into();
        let udp = udp(both).or_else(|_| udp((Ipv4Addr::UNSPECIFIED, port).into()))?;
        let port = udp.local_addr()?.port();
        Ok(Self {
            udp,
            tcp: None,
            port,
        })
    }

    /// The port, the same for UDP and TCP.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Answers until the handle is shut down or dropped. To be called inside a runtime.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn start(self, limits: Limits) -> io::Result<TurnHandle> {
        let mut last = [0];
        getrandom::fill(&mut last).map_err(io::Error::other)?;
        // One of TEST-NET-1 (RFC 5737), where nobody is. Two servers of one room seldom use the same names.
        let address = Ipv4Addr::new(192, 0, 2, last[0].clamp(1, 254));
        let (secret, stop) = (Arc::new(Secret::random()?), CancellationToken::new());
        let relay = Relay::new(limits, Arc::clone(&secret), address, Instant::now());
        let (passed, streams) = mpsc::channel(MAX_PASSED_STREAMS);
        let serving = Serving::new(self.udp, self.tcp, relay, limits);
        let task = tokio::spawn(serving.run(streams, stop.clone()));
        info!(port = self.port, "a STUN and TURN server for the room");
        Ok(TurnHandle {
            port: self.port,
            passed,
            secret,
            task,
            _stop: stop.drop_guard(),
        })
    }
}

fn bind(address: SocketAddr) -> io::Result<TurnServer> {
    let listener = socket(address, Type::STREAM, Protocol::TCP)?;
    listener.listen(BACKLOG)?;
    let tcp = TcpListener::from_std(listener.into())?;
    let port = tcp.local_addr()?.port();
    let udp = udp((address.ip(), port).into())?;
    let tcp = Some(tcp);
    Ok(TurnServer { udp, tcp, port })
}

fn udp(address: SocketAddr) -> io::Result<UdpSocket> {
    UdpSocket::from_std(socket(address, Type::DGRAM, Protocol::UDP)?.into())
}

fn socket(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    // On Windows this would let another program take the port over, and UDP needs it nowhere.
    #[cfg(unix)]
    if kind == Type::STREAM {
        socket.set_reuse_address(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

/// A running server. Dropping it ends the server.
pub struct TurnHandle {
    port: u16,
    passed: mpsc::Sender<PassedStream>,
    secret: Arc<Secret>,
    task: JoinHandle<()>,
    _stop: DropGuard,
}

impl TurnHandle {
    /// The port, the same for UDP and TCP.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// A credential that is taken until then.
    #[must_use]
    pub fn credential(&self, until: SystemTime) -> Credential {
        self.secret.credential(until)
    }

    /// Where another server passes the streams of clients on.
    #[must_use]
    pub fn streams(&self) -> mpsc::Sender<PassedStream> {
        self.passed.clone()
    }

    /// Whether the server still answers.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.task.is_finished()
    }

    /// Ends the server, and waits until its sockets are closed.
    pub async fn shutdown(self) {
        let Self { task, _stop, .. } = self;
        drop(_stop);
        // The task ends at the next wait.
        let _ = task.await;
    }
}

/// A client's stream that another server has accepted.
pub struct PassedStream {
    /// The stream.
    pub stream: Box<dyn ByteStream>,
    /// Where it comes from.
    pub from: IpAddr,
    /// The bytes that were read of it.
    pub head: Vec<u8>,
}

/// Bytes in both directions.
pub trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> ByteStream for S {}

/// An open stream.
struct Stream {
    packets: mpsc::Sender<Vec<u8>>,
    opened: Instant,
}

/// The one task of a server. It owns the sockets and every stream.
struct Serving {
    udp: UdpSocket,
    tcp: Option<TcpListener>,
    relay: Relay,
    limits: Limits,
    is_v6: bool,
    /// Makes an address of each stream that was passed on, whose port is not known.
    last_port: u16,
    open: HashMap<SocketAddr, Stream>,
}

impl Serving {
    fn new(udp: UdpSocket, tcp: Option<TcpListener>, relay: Relay, limits: Limits) -> Self {
        Self {
            is_v6: udp.local_addr().is_ok_and(|local| local.is_ipv6()),
            udp,
            tcp,
            relay,
            limits,
            last_port: 0,
            open: HashMap::new(),
        }
    }

    async fn run(mut self, mut passed: mpsc::Receiver<PassedStream>, stop: CancellationToken) {
        let (frames, mut received) = mpsc::channel::<Frame>(MAX_WAITING_FRAMES);
        let mut streams = JoinSet::new();
        let mut sweep = time::interval(SWEEP_INTERVAL);
        let mut bytes = vec![0; MAX_DATAGRAM_BYTES];
        // Both sockets fail together when the system has no more of something, and a pause is all that helps.
        let pause = time::sleep(Duration::ZERO);
        tokio::pin!(pause);
        let mut is_paused = false;
        loop {
            let failed = tokio::select! {
                () = stop.cancelled() => break,
                () = &mut pause, if is_paused => {
                    is_paused = false;
                    None
                }
                datagram = self.udp.recv_from(&mut bytes), if !is_paused => match datagram {
                    Ok((count, from)) => {
                        let from = Client { address: canonical(from), is_stream: false };
                        self.handle(from, &bytes[..count]);
                        None
                    }
                    // Windows reports that an earlier packet did not arrive.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionReset => None,
                    Err(error) => Some(error),
                },
                accepted = accept(self.tcp.as_ref()), if !is_paused => match accepted {
                    Ok((stream, from)) => {
                        // Nagle's algorithm would hold back sound. A failure costs that delay.
                        let _ = stream.set_nodelay(true);
                        let client = Client { address: canonical(from), is_stream: true };
                        if let Some(packets) = self.open(client) {
                            let frames = frames.clone();
                            streams.spawn(stream::run(stream, Vec::new(), client, frames, packets));
                        }
                        None
                    }
                    Err(error) => Some(error),
                },
                Some(PassedStream { stream, from, head }) = passed.recv() => {
                    let client = self.client_of_stream(from);
                    if let Some(packets) = self.open(client) {
                        streams.spawn(stream::run(stream, head, client, frames.clone(), packets));
                    }
                    None
                }
                Some(Frame { from, bytes }) = received.recv() => {
                    self.handle(from, &bytes);
                    None
                }
                Some(ended) = streams.join_next() => {
                    if let Ok(client) = ended {
                        self.closed(client);
                    }
                    None
                }
                _ = sweep.tick() => {
                    self.sweep();
                    None
                }
            };
            if let Some(error) = failed {
                warn!(kind = ?error.kind(), "the TURN server's socket fails");
                pause.as_mut().reset(time::Instant::now() + ERROR_PAUSE);
                is_paused = true;
            }
        }
        debug!("the TURN server ends");
    }

    fn handle(&mut self, from: Client, bytes: &[u8]) {
        let packet = self
            .relay
            .handle(Instant::now(), SystemTime::now(), from, bytes);
        let Some(Packet { to, bytes }) = packet else {
            return;
        };
        if to.is_stream {
            if let Some(stream) = self.open.get(&to.address) {
                // A full queue loses the packet, as a full network does.
                let _ = stream.packets.try_send(bytes);
            }
        } else {
            // Likewise.
            let _ = self
                .udp
                .try_send_to(&bytes, for_family(to.address, self.is_v6));
        }
    }

    /// An address that no other stream has. The port is made up.
    fn client_of_stream(&mut self, from: IpAddr) -> Client {
        loop {
            self.last_port = self.last_port.wrapping_add(1);
            let address = SocketAddr::new(from.to_canonical(), self.last_port);
            if !self.open.contains_key(&address) {
                return Client {
                    address,
                    is_stream: true,
                };
            }
        }
    }

    /// The packets that are for a new stream, unless there are too many streams.
    fn open(&mut self, client: Client) -> Option<mpsc::Receiver<Vec<u8>>> {
        let from = client.address;
        let of_address = |other: &&SocketAddr| other.ip() == from.ip();
        if self.open.len() >= self.limits.streams
            || self.open.keys().filter(of_address).count() >= self.limits.streams_per_address
        {
            debug!("too many streams");
            return None;
        }
        let (sender, packets) = mpsc::channel(MAX_WAITING_PACKETS);
        let opened = Instant::now();
        let opened = Stream {
            packets: sender,
            opened,
        };
        self.open.insert(from, opened);
        Some(packets)
    }

    /// A stream has ended. Its address may be that of a newer one already.
    fn closed(&mut self, client: Client) {
        let is_closed = |stream: &Stream| stream.packets.is_closed();
        if self.open.get(&client.address).is_none_or(is_closed) {
            self.open.remove(&client.address);
            self.relay.remove(client);
        }
    }

    /// Forgets what has ended, and ends streams that are of no use: their task sees that no more packets come.
    fn sweep(&mut self) {
        let now = Instant::now();
        self.relay.expire(now);
        let limit = Duration::from_secs(self.limits.stream_seconds);
        let relay = &self.relay;
        self.open.retain(|address, stream| {
            let client = Client {
                address: *address,
                is_stream: true,
            };
            relay.is_known(client) || now.duration_since(stream.opened) < limit
        });
    }
}

/// The next connection. Never, without a listener.
async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => pending().await,
    }
}
