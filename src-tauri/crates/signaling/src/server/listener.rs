//! Listening sockets, and the one task that a server's handle holds: it accepts, runs the timer and owns every
//! connection.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time;
use tokio_tungstenite::tungstenite::http::HeaderMap;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::budgets::Source;
use super::metrics::DropReason;
use super::request::{client_address, is_forwarded};
use super::rooms::ConnId;
use super::shared::{Opening, Shared};
use super::upgrade::{Refused, Upgraded};
use super::{connection, upgrade};
use crate::crypto::random;
use crate::protocol::Nonce;
use crate::protocol::limits::CLOSE_TIMEOUT;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;
/// Pause after a failed accept, which most often means that the system has no more sockets.
const ACCEPT_ERROR_PAUSE: Duration = Duration::from_millis(100);

/// With this header, whose value is the hash of a room, a balancer asks one server after the other for the one at which
/// the room is open. Others who ask hear whether a room of that hash is open, and are as far from joining it as before.
const IF_OPEN: &str = "parlour-if-open";

/// A message of STUN begins with two bits of zero and the first bits of its type, which are zero too.
const FIRST_OF_NO_STUN: u8 = 4;

/// Listens. `[::]` takes IPv4 too, which Windows and some Linux set-ups do only on request.
pub(super) fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    if addr.is_ipv6() {
        socket.set_only_v6(!addr.ip().is_unspecified())?;
    }
    // On Windows this would let another program take the port over.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// A stream whose first byte is that of STUN (RFC 8489, section 5) and of no HTTP request.
pub struct StunStream {
    /// The stream.
    pub stream: Box<dyn DuplexStream>,
    /// The address that it comes from, if it is not of this process.
    pub from: Option<IpAddr>,
    /// The bytes that were read of it.
    pub head: Vec<u8>,
}

/// A stream that has become a WebSocket at the path of a relay.
pub struct RelaySocket {
    /// The stream.
    pub stream: Box<dyn DuplexStream>,
    /// The bytes that were read of the WebSocket's frames.
    pub early: Vec<u8>,
    /// The owner of the budget that it uses.
    pub source: Source,
}

impl std::fmt::Debug for RelaySocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RelaySocket(…)")
    }
}

/// Takes such streams.
pub(super) struct StunReceiver(pub(super) Box<dyn Fn(StunStream) + Send + Sync>);

impl std::fmt::Debug for StunReceiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StunReceiver")
    }
}

/// Bytes in both directions.
pub trait DuplexStream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> DuplexStream for S {}

impl std::fmt::Debug for StunStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StunStream(…)")
    }
}

/// A stream and the address that it comes from. A stream of this process has none.
pub(super) struct Accepted<S> {
    pub(super) stream: S,
    pub(super) from: Option<IpAddr>,
}

/// The addresses of this computer at which a server serves. They may change while it runs.
///
/// A filter and not a listener for each address: an address that has just come may not be bound yet (IPv6 still looks
/// for duplicates), and its port may be another program's. So a server binds once, and a connection to any other
/// address is closed before a byte of it is read.
#[derive(Clone, Debug, Default)]
pub struct ServedAddresses(Arc<RwLock<Vec<IpAddr>>>);

impl ServedAddresses {
    /// Replaces the addresses.
    pub fn set(&self, addresses: Vec<IpAddr>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = addresses;
    }

    fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let addresses = self.0.read().unwrap_or_else(PoisonError::into_inner);
        address.is_loopback() || addresses.contains(&address)
    }
}

/// Serves the connections that `accept` returns until the server is stopped.
pub(super) async fn run<S>(
    mut accept: impl FnMut(&mut Context<'_>) -> Poll<io::Result<Accepted<S>>>,
    shared: Arc<Shared>,
    stop: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // Dropped with this future, and every connection with it.
    let mut connections = JoinSet::new();
    let timer = shared.run_timer();
    tokio::pin!(timer);
    // Only accepting pauses: the connections and their deadlines go on.
    let pause = time::sleep(Duration::ZERO);
    tokio::pin!(pause);
    let mut is_paused = false;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = &mut timer => {}
            Some(_) = connections.join_next() => {}
            () = &mut pause, if is_paused => is_paused = false,
            accepted = poll_fn(&mut accept), if !is_paused => match accepted {
                Ok(accepted) => begin(accepted, &shared, &mut connections),
                Err(error) => {
                    warn!(kind = ?error.kind(), "cannot accept");
                    pause.as_mut().reset(time::Instant::now() + ACCEPT_ERROR_PAUSE);
                    is_paused = true;
                }
            },
        }
    }
    // Connections are accepted until the last room was told: a balancer in front then learns by an answer, and not by
    // a server that seems to be dead, that the rooms are elsewhere.
    let drained = shared.drain();
    tokio::pin!(drained);
    loop {
        tokio::select! {
            () = &mut drained => break,
            () = &mut timer => {}
            Some(_) = connections.join_next() => {}
            Ok(accepted) = poll_fn(&mut accept) => begin(accepted, &shared, &mut connections),
        }
    }
    drop(accept);
    shared.shut_down();
    let all_closed = async { while connections.join_next().await.is_some() {} };
    if time::timeout(CLOSE_TIMEOUT, all_closed).await.is_err() {
        debug!("connections did not close in time");
    }
}

/// Serves a connection, unless its address begins too many.
fn begin<S>(accepted: Accepted<S>, shared: &Arc<Shared>, connections: &mut JoinSet<()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Accepted { stream, from } = accepted;
    let Some(opening) = shared.open(source(from, shared)) else {
        return;
    };
    let shared = Arc::clone(shared);
    #[cfg(feature = "front")]
    if let Some(front) = shared.config.front.clone() {
        let stream: Box<dyn DuplexStream> = Box::new(stream);
        connections.spawn(super::front::serve(front, stream, from, opening, shared));
        return;
    }
    connections.spawn(serve(stream, from, opening, shared));
}

/// Accepts the next connection of any of these listeners.
pub(super) fn accept(
    listeners: &[TcpListener],
    served: Option<&ServedAddresses>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<Accepted<TcpStream>>> {
    let mut next = listeners.iter();
    let mut listener = next.next();
    while let Some(current) = listener {
        let Poll::Ready(accepted) = current.poll_accept(cx) else {
            listener = next.next();
            continue;
        };
        let (stream, from) = accepted?;
        let is_served = |served: &ServedAddresses| {
            let to = stream.local_addr();
            to.is_ok_and(|to| served.contains(to.ip()))
        };
        if !served.is_none_or(is_served) {
            debug!("a connection to another address of this computer is closed");
            continue;
        }
        // Nagle's algorithm would only delay signals, which are small. A failure costs that delay.
        let _ = stream.set_nodelay(true);
        let from = Some(from.ip());
        return Poll::Ready(Ok(Accepted { stream, from }));
    }
    Poll::Pending
}

/// Whose budget a connection uses at first.
fn source(from: Option<IpAddr>, shared: &Shared) -> Source {
    let proxies = &shared.config.trusted_proxies;
    match from {
        None => Source::InProcess,
        Some(from) if proxies.iter().any(|proxy| proxy.contains(from)) => Source::TrustedProxy,
        Some(from) => from.into(),
    }
}

async fn serve<S>(mut stream: S, from: Option<IpAddr>, opening: Opening, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (conn, nonce) = (opening.conn, Nonce::from_bytes(random()));
    let mut client = source(from, &shared);
    let admit = |headers: &HeaderMap| {
        client = admit(conn, from, headers, &shared)?;
        Ok(())
    };
    let relay = shared.config.relay.as_ref();
    let limit = shared.config.handshake_timeout;
    // Boxed, so that its memory is given back when it is over.
    let upgraded = Box::pin(time::timeout(limit, async {
        let mut head = Vec::with_capacity(1024);
        if stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
        if head[0] < FIRST_OF_NO_STUN
            && let Some(StunReceiver(receive)) = shared.stun.get()
        {
            let stream = Box::new(stream);
            receive(StunStream { stream, from, head });
            return None;
        }
        upgrade::upgrade(stream, head, &nonce, relay.is_some(), admit).await
    }));
    let upgraded = tokio::select! {
        biased;
        () = poll_fn(|cx| opening.queue.poll_end(cx)) => return debug!("a handshake made room for another"),
        upgraded = upgraded => upgraded,
    };
    match upgraded {
        Ok(Some(Upgraded::Signaling(socket))) => {
            connection::run(socket, nonce, &shared, &opening).await;
        }
        Ok(Some(Upgraded::Relay(stream, early))) => {
            let stream = Box::new(stream);
            let socket = RelaySocket {
                stream,
                early,
                source: client,
            };
            // The relay counts its connections itself. A full queue ends this one.
            let _ = relay.map(|relay| relay.try_send(socket));
        }
        Ok(None) => debug!("no WebSocket was asked for"),
        Err(_) => {
            shared.metrics.count_drop(DropReason::Handshake);
            debug!("the handshake took too long");
        }
    }
}

/// Whether this request may become a WebSocket. It is counted for the address that a trusted proxy names, which is
/// returned.
pub(super) fn admit(
    conn: ConnId,
    from: Option<IpAddr>,
    headers: &HeaderMap,
    shared: &Shared,
) -> Result<Source, Refused> {
    if shared.is_draining() {
        return Err(Refused::Draining);
    }
    if !shared.config.origins.allows(headers) {
        shared.metrics.count_drop(DropReason::Origin);
        return Err(Refused::Origin);
    }
    if let Some(hash) = headers.get(IF_OPEN) {
        let hash = hash.to_str().ok().and_then(|hash| hash.parse().ok());
        if !hash.is_some_and(|hash| shared.has_room(hash)) {
            return Err(Refused::NotOpen);
        }
    }
    let Some(from) = from else {
        return Ok(Source::InProcess);
    };
    if is_forwarded(headers) && source(Some(from), shared) != Source::TrustedProxy {
        shared.warn_of_unknown_proxy();
    }
    let client = client_address(from, headers, &shared.config.trusted_proxies);
    let client = client.into();
    if shared.set_source(conn, client) {
        Ok(client)
    } else {
        shared.metrics.count_drop(DropReason::Address);
        Err(Refused::TooMany)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    use super::*;
    use crate::server::ServerConfig;

    const UPGRADE: &[u8] =
        b"GET /v1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    #[tokio::test(start_paused = true)]
    async fn deadlines_go_on_while_the_system_has_no_more_sockets() {
        let (mut client, stream) = duplex(64 * 1024);
        let mut first = Some(stream);
        let accept =
            move |_: &mut Context<'_>| -> Poll<io::Result<Accepted<tokio::io::DuplexStream>>> {
                Poll::Ready(match first.take() {
                    Some(stream) => Ok(Accepted { stream, from: None }),
                    None => Err(io::Error::other("no more sockets")),
                })
            };
        let shared = Arc::new(Shared::new(ServerConfig {
            join_timeout: Duration::from_millis(10),
            ..ServerConfig::default()
        }));
        let serving = tokio::spawn(run(accept, shared, CancellationToken::new()));
        let before = Instant::now();
        client.write_all(UPGRADE).await.unwrap();
        let mut answers = Vec::new();
        while !String::from_utf8_lossy(&answers).contains("not_joined") {
            client.read_buf(&mut answers).await.unwrap();
        }
        assert!(
            before.elapsed() < ACCEPT_ERROR_PAUSE / 2,
            "{:?}",
            before.elapsed()
        );
        serving.abort();
    }

    #[test]
    fn a_server_is_found_at_the_addresses_that_it_names_and_at_this_computer() {
        let served = ServedAddresses::default();
        let is_served = |address: &str| served.contains(address.parse().unwrap());
        assert!(!is_served("192.168.1.7"));
        served.set(vec!["192.168.1.7".parse().unwrap()]);
        for address in ["192.168.1.7", "::ffff:192.168.1.7", "127.0.0.1", "::1"] {
            assert!(is_served(address), "{address}");
        }
        assert!(!is_served("2001:db8::7"));
    }
}
