//! From an endpoint to a connection with a Parlour server. All addresses of its name are tried.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rustls::RootCertStore;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::header::DATE;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{
    Connector as TlsConnector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
};
use tracing::debug;

use super::ServerFault;
use super::dial_error::{DialError, FirstByte, WatchedStream};
use super::proxy::{Proxies, ProxyFault};
use super::race::{Connected, connect_first, keep_most_telling};
use super::tungstenite_socket::{Pings, TungsteniteSocket};
use crate::invite::{Endpoint, Host};
use crate::protocol::limits::{CONNECT_TIMEOUT, MAX_FRAME_BYTES, READ_BUFFER_BYTES};
use crate::protocol::{PATH, PROTOCOL_VERSION, RoomId, ServerMessage};

/// Between the starts of two addresses of one name (RFC 8305, section 5).
const ADDRESS_STAGGER: Duration = Duration::from_millis(250);
/// Between two attempts at one endpoint that does not answer.
const REDIAL_INTERVAL: Duration = Duration::from_secs(2);
/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;

/// A WebSocket of a client.
pub type WebSocket = WebSocketStream<MaybeTlsStream<BoxedStream>>;

/// The stream under a WebSocket.
pub type BoxedStream = Box<dyn ByteStream>;

/// A stream of bytes in both directions.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// What [`Transport::resolve`] returns.
pub type Resolved<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;
/// What [`Transport::connect`] returns.
pub type Connecting<'a> = Pin<Box<dyn Future<Output = io::Result<BoxedStream>> + Send + 'a>>;

/// Makes connections: over the network, or over a simulation of it.
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// The addresses of an endpoint, in the order in which they are tried. A simulation needs no addresses: the
    /// default is one that means nothing.
    fn resolve<'a>(&'a self, endpoint: &'a Endpoint) -> Resolved<'a> {
        let address = SocketAddr::from(([0, 0, 0, 0], endpoint.port));
        Box::pin(std::future::ready(Ok(vec![address])))
    }

    /// Connects to one address of an endpoint, without TLS.
    fn connect<'a>(&'a self, endpoint: &'a Endpoint, address: SocketAddr) -> Connecting<'a>;

    /// How a client pings over its connections. A simulation can do it as a web page has to.
    fn pings(&self) -> Pings {
        Pings::WebSocket
    }
}

/// The network of this computer, through its HTTP proxy where it has one.
#[derive(Clone, Debug, Default)]
pub struct TcpTransport {
    proxies: Proxies,
}

impl Transport for TcpTransport {
    fn resolve<'a>(&'a self, endpoint: &'a Endpoint) -> Resolved<'a> {
        Box::pin(async move {
            if let Some(proxy) = self.proxies.proxy_for(endpoint) {
                let found = lookup_host(proxy.authority()).await;
                let found = found.map_err(|_| ProxyFault::NoAnswer)?;
                return Ok(interleave_families(found.collect()));
            }
            Ok(match &endpoint.host {
                Host::Ip(address) => vec![SocketAddr::new(*address, endpoint.port)],
                Host::Name(name) => {
                    let found = lookup_host((name.as_str(), endpoint.port)).await?;
                    interleave_families(found.collect())
                }
            })
        })
    }

    fn connect<'a>(&'a self, endpoint: &'a Endpoint, address: SocketAddr) -> Connecting<'a> {
        Box::pin(async move {
            let proxy = self.proxies.proxy_for(endpoint);
            let connected = TcpStream::connect(address).await;
            let mut stream = match &proxy {
                Some(_) => connected.map_err(|_| ProxyFault::NoAnswer)?,
                None => connected?,
            };
            stream.set_nodelay(true)?;
            if let Some(proxy) = proxy {
                proxy.tunnel(&mut stream, endpoint).await?;
            }
            Ok(Box::new(stream) as BoxedStream)
        })
    }
}

/// Whether a Parlour server of this version answers at the endpoint. Takes 8 seconds at most.
///
/// # Errors
/// Why it cannot be used.
pub async fn test_server(server: &Endpoint) -> Result<(), ServerFault> {
    let connected = connect_first(std::slice::from_ref(server), &Connector::default()).await;
    match connected.map_err(|error| error.fault)?.first {
        ServerMessage::Challenge { version, .. } if version != PROTOCOL_VERSION => {
            Err(ServerFault::OtherVersion)
        }
        ServerMessage::Challenge { .. } => Ok(()),
        // It has no place for another connection.
        _ => Err(ServerFault::Busy),
    }
}

/// Tries the addresses of the endpoint one after the other, and the next one beside those that take long (RFC 8305,
/// "Happy Eyeballs").
async fn dial_endpoint<T, C>(
    endpoint: &Endpoint,
    connector: &Connector,
    connect: impl Fn(SocketAddr) -> C,
) -> Result<T, DialError>
where
    C: Future<Output = Result<T, DialError>>,
{
    let deadline = Instant::now() + CONNECT_TIMEOUT;
    let resolved = timeout_at(deadline, connector.transport.resolve(endpoint)).await;
    let found = match resolved {
        Ok(found) => found.map_err(DialError::Resolve)?,
        Err(_) => return Err(DialError::Timeout),
    };
    let mut waiting = found.into_iter();
    let dial = |address| dial_address(address, deadline, &connect);
    let mut attempts: FuturesUnordered<_> = waiting.next().map(dial).into_iter().collect();
    let mut error = None;
    while !attempts.is_empty() {
        tokio::select! {
            Some(attempt) = attempts.next() => match attempt {
                Ok(connected) => return Ok(connected),
                Err(next) => {
                    keep_most_telling(&mut error, next);
                    attempts.extend(waiting.next().map(dial));
                }
            },
            () = sleep(ADDRESS_STAGGER), if waiting.len() > 0 => {
                attempts.extend(waiting.next().map(dial));
            }
        }
    }
    Err(error.unwrap_or_else(|| DialError::Resolve(io::ErrorKind::NotFound.into())))
}

/// Connects, and starts another attempt beside it while there is no answer. The system repeats the first packet of an
/// attempt only after 1, 3 and 7 seconds, which is too late for a network that has just come back.
async fn dial_address<T, C>(
    address: SocketAddr,
    deadline: Instant,
    connect: &impl Fn(SocketAddr) -> C,
) -> Result<T, DialError>
where
    C: Future<Output = Result<T, DialError>>,
{
    let mut attempts = FuturesUnordered::new();
    loop {
        attempts.push(timeout_at(deadline, connect(address)));
        tokio::select! {
            Some(outcome) = attempts.next() => return outcome.unwrap_or(Err(DialError::Timeout)),
            () = sleep(REDIAL_INTERVAL) => {}
        }
    }
}

/// An address counts when a Parlour server speaks there.
async fn connect(
    endpoint: &Endpoint,
    address: SocketAddr,
    connector: &Connector,
) -> Result<Connected, DialError> {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * MAX_FRAME_BYTES)
        .max_message_size(Some(MAX_FRAME_BYTES))
        .max_frame_size(Some(MAX_FRAME_BYTES));
    let url = endpoint.ws_url_at(&connector.path);
    let (mut socket, _) = open_socket(endpoint, address, connector, url, config).await?;
    let first = read_first(&mut socket)
        .await
        .ok_or(DialError::NoChallenge)?;
    Ok(Connected {
        socket: Box::new(TungsteniteSocket::new(socket, connector.transport.pings())),
        server: endpoint.clone(),
        first,
    })
}

/// Connects, with TLS where the endpoint says so, and opens a WebSocket.
async fn open_socket(
    endpoint: &Endpoint,
    address: SocketAddr,
    connector: &Connector,
    url: String,
    config: WebSocketConfig,
) -> Result<(WebSocket, Response), DialError> {
    let stream = connector.transport.connect(endpoint, address).await?;
    let first_byte = FirstByte::default();
    let stream: BoxedStream = Box::new(WatchedStream::new(stream, first_byte.clone()));
    let tls = if endpoint.tls {
        let config = connector.tls.config().await;
        TlsConnector::Rustls(config.map_err(DialError::NoRoots)?)
    } else {
        TlsConnector::Plain
    };
    let handshake = client_async_tls_with_config(url, stream, Some(config), Some(tls)).await;
    handshake.map_err(|error| DialError::Handshake {
        error: Box::new(error),
        tls: endpoint.tls,
        first_byte: first_byte.get(),
    })
}

/// Opens WebSockets with servers that are not Parlour's, the same way as with those.
#[derive(Clone)]
pub struct WebSocketDialer(Arc<Connector>);

impl WebSocketDialer {
    /// Over the network, or a simulation of it.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self(Arc::new(Connector::new(transport)))
    }

    /// Opens a WebSocket at this path, which begins with a slash. Messages may have that many bytes. Returns the header
    /// `Date` of the answer too, if it has one. Takes 8 seconds at most.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub async fn open(
        &self,
        server: &Endpoint,
        path: &str,
        max_bytes: usize,
    ) -> Result<(WebSocket, Option<String>), ServerFault> {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(max_bytes)
            .max_message_size(Some(max_bytes))
            .max_frame_size(Some(max_bytes));
        let url = server.ws_url_at(path);
        let connect = |address| open_socket(server, address, &self.0, url.clone(), config);
        let opened = dial_endpoint(server, &self.0, connect).await;
        let (socket, response) = opened.map_err(|error| {
            debug!(%error, "a WebSocket cannot be opened");
            error.fault()
        })?;
        let date = response.headers().get(DATE);
        let date = date.and_then(|date| date.to_str().ok()).map(str::to_owned);
        Ok((socket, date))
    }
}

impl fmt::Debug for WebSocketDialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebSocketDialer")
    }
}

/// The first frame of a Parlour server. A newer server may send types that this client does not know.
async fn read_first(socket: &mut WebSocket) -> Option<ServerMessage> {
    loop {
        if let Message::Text(text) = socket.next().await?.ok()?
            && let Ok(message) = serde_json::from_str(&text)
            && matches!(
                message,
                ServerMessage::Challenge { .. } | ServerMessage::Error { .. }
            )
        {
            return Some(message);
        }
    }
}

/// Takes IPv6 and IPv4 in turn, starting with the family of the resolver's first answer, so that a broken family costs
/// little (RFC 8305, section 4).
fn interleave_families(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let v6_first = found.first().is_some_and(SocketAddr::is_ipv6);
    let (mut first, mut second): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|address| address.is_ipv6() == v6_first);
    first.reverse();
    second.reverse();
    let mut turns = Vec::new();
    while turns.len() < MAX_ADDRESSES && !(first.is_empty() && second.is_empty()) {
        turns.extend(first.pop());
        turns.extend(second.pop());
    }
    turns
}

/// How servers are reached: the transport, and the certificates that are trusted.
pub(super) struct Connector {
    transport: Arc<dyn Transport>,
    tls: Tls,
    /// Path and query of the WebSocket.
    path: String,
}

impl Connector {
    pub(super) fn new(transport: Arc<dyn Transport>) -> Self {
        Self {
            transport,
            tls: Tls::default(),
            path: PATH.to_owned(),
        }
    }

    /// Connects with one endpoint.
    pub(super) async fn dial(&self, endpoint: &Endpoint) -> Result<Connected, DialError> {
        dial_endpoint(endpoint, self, |address| connect(endpoint, address, self)).await
    }

    /// For connections that join this room: load balancers see its hash.
    pub(super) fn for_room(self, room: &RoomId) -> Self {
        let path = room.room_hash().path();
        Self { path, ..self }
    }
}

impl Default for Connector {
    fn default() -> Self {
        Self::new(Arc::new(TcpTransport::default()))
    }
}

/// The TLS configuration with the root certificates of the system, which are read when first needed.
#[derive(Default)]
struct Tls(tokio::sync::OnceCell<Arc<rustls::ClientConfig>>);

impl Tls {
    async fn config(&self) -> io::Result<Arc<rustls::ClientConfig>> {
        let config = self.0.get_or_try_init(|| async {
            // Reads hundreds of files on some systems.
            tokio::task::spawn_blocking(load_system_roots)
                .await
                .map_err(io::Error::other)?
        });
        config.await.cloned()
    }
}

fn load_system_roots() -> io::Result<Arc<rustls::ClientConfig>> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "no root certificates",
        ));
    }
    tls_config(roots)
}

fn tls_config(roots: RootCertStore) -> io::Result<Arc<rustls::ClientConfig>> {
    // The provider is named, because there is no default when another crate brings a second one.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use futures_util::SinkExt;
    use hyper_util::client::proxy::matcher::Matcher;
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::protocol::Nonce;

    #[test]
    fn addresses_of_both_families_take_turns() {
        let list = |texts: &[&str]| texts.iter().map(|t| t.parse().unwrap()).collect::<Vec<_>>();
        let found = list(&["[::1]:1", "[::2]:1", "1.1.1.1:1", "[::3]:1"]);
        assert_eq!(
            interleave_families(found),
            list(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"])
        );
        assert!(interleave_families(Vec::new()).is_empty());
        let many = list(&["1.1.1.1:1"; 20]);
        assert_eq!(interleave_families(many).len(), MAX_ADDRESSES);
    }

    /// A TLS server with this certificate.
    async fn tls_server(cert: &[u8]) -> u16 {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(cert).unwrap()],
                PrivateKeyDer::from_pem_slice(KEY).unwrap(),
            )
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                if let Ok(stream) = acceptor.accept(stream).await {
                    let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
                    let challenge = ServerMessage::Challenge {
                        nonce: Nonce::from_bytes([5; 32]),
                        version: PROTOCOL_VERSION,
                    };
                    let challenge = serde_json::to_string(&challenge).unwrap();
                    socket.send(Message::text(challenge)).await.unwrap();
                    tokio::spawn(async move { while socket.next().await.is_some() {} });
                }
            }
        });
        port
    }

    const CERT: &[u8] = include_bytes!("../../tests/tls/cert.pem");
    const EXPIRED: &[u8] = include_bytes!("../../tests/tls/expired.pem");
    const KEY: &[u8] = include_bytes!("../../tests/tls/key.pem");

    /// Trusts these certificates only.
    fn trusting(certs: &[&[u8]]) -> Connector {
        let mut roots = RootCertStore::empty();
        for cert in certs {
            let cert = CertificateDer::from_pem_slice(cert).unwrap();
            roots.add(cert).unwrap();
        }
        let tls = tls_config(roots).unwrap();
        Connector {
            tls: Tls(tokio::sync::OnceCell::new_with(Some(tls))),
            ..Connector::default()
        }
    }

    async fn dial(server: &str, connector: &Connector) -> Result<Endpoint, ServerFault> {
        let server = [Endpoint::parse(server).unwrap()];
        let connected = connect_first(&server, connector).await;
        connected.map(|c| c.server).map_err(|error| error.fault)
    }

    #[tokio::test]
    async fn tls_is_spoken_only_with_a_server_whose_certificate_is_trusted() {
        let port = tls_server(CERT).await;
        let connector = trusting(&[CERT]);
        for host in ["localhost", "127.0.0.1"] {
            let server = format!("https://{host}:{port}");
            let won = dial(&server, &connector).await;
            assert_eq!(won, Ok(Endpoint::parse(&server).unwrap()));
        }
        let other_name = dial(&format!("https://[::ffff:127.0.0.1]:{port}"), &connector).await;
        assert_eq!(other_name, Err(ServerFault::CertificateOtherName));
        let server = format!("https://localhost:{port}");
        let untrusted = dial(&server, &Connector::default()).await;
        assert_eq!(untrusted, Err(ServerFault::CertificateUntrusted));
        let plain = dial(&format!("http://localhost:{port}"), &connector).await;
        assert_eq!(plain, Err(ServerFault::NeedsTls));
    }

    #[tokio::test]
    async fn a_certificate_that_has_expired_is_told_from_one_that_is_not_trusted() {
        let port = tls_server(EXPIRED).await;
        let server = format!("https://localhost:{port}");
        let expired = dial(&server, &trusting(&[EXPIRED, CERT])).await;
        assert_eq!(expired, Err(ServerFault::CertificateDate));
    }

    /// A proxy that gives this answer, and connects with a port of this computer if it is a good one. Returns its port,
    /// and what it is asked.
    async fn proxy(answer: &'static str, port: u16) -> (u16, tokio::sync::mpsc::Receiver<String>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy_port = listener.local_addr().unwrap().port();
        let (asked, requests) = tokio::sync::mpsc::channel(8);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap());
                }
                let _ = asked.send(String::from_utf8(request).unwrap()).await;
                stream.write_all(answer.as_bytes()).await.unwrap();
                if answer.starts_with("HTTP/1.1 2") {
                    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
                }
            }
        });
        (proxy_port, requests)
    }

    fn through_proxy(port: u16, connector: Connector) -> Connector {
        let matcher = Matcher::builder().all(format!("http://mei:word@127.0.0.1:{port}"));
        let proxies = Proxies::Fixed(Arc::new(matcher.build()));
        Connector {
            transport: Arc::new(TcpTransport { proxies }),
            ..connector
        }
    }

    #[tokio::test]
    async fn an_office_that_lets_only_its_proxy_out_is_no_obstacle() {
        let server = tls_server(CERT).await;
        let answer = "HTTP/1.1 200 Connection established\r\nVia: 1.1 office\r\n\r\n";
        let (port, mut requests) = proxy(answer, server).await;
        let connector = through_proxy(port, trusting(&[CERT]));
        // The certificate is the test server's own: TLS goes through the proxy, to the server behind it.
        let reached = dial("a.example:8443", &connector).await;
        assert_eq!(reached, Err(ServerFault::CertificateOtherName));
        assert_eq!(
            requests.recv().await.unwrap(),
            "CONNECT a.example:8443 HTTP/1.1\r\nHost: a.example:8443\r\n\
             Proxy-Authorization: Basic bWVpOndvcmQ=\r\n\r\n"
        );
        // A server on this computer is not the proxy's business.
        let near = format!("https://localhost:{server}");
        assert!(dial(&near, &connector).await.is_ok());
        assert!(requests.try_recv().is_err());
    }

    #[tokio::test]
    async fn the_faults_of_a_proxy_are_told_apart() {
        let cases = [
            (
                "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
                ServerFault::ProxyNeedsPassword,
            ),
            ("HTTP/1.1 403 Forbidden\r\n\r\n", ServerFault::ProxyRefused),
            (
                "HTTP/1.1 502 Bad Gateway\r\n\r\n",
                ServerFault::ProxyRefused,
            ),
        ];
        for (answer, fault) in cases {
            let (port, _requests) = proxy(answer, 9).await;
            let connector = through_proxy(port, Connector::default());
            assert_eq!(dial("a.example", &connector).await, Err(fault), "{answer}");
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gone = listener.local_addr().unwrap().port();
        drop(listener);
        let connector = through_proxy(gone, Connector::default());
        assert_eq!(
            dial("a.example", &connector).await,
            Err(ServerFault::ProxyNoAnswer)
        );
    }

    #[tokio::test]
    async fn a_cause_for_the_log_names_no_host() {
        let port = tls_server(CERT).await;
        // rustls says for which names the certificate is.
        let server = Endpoint::parse(&format!("https://[::ffff:127.0.0.1]:{port}")).unwrap();
        let error = connect_first(&[server], &trusting(&[CERT])).await;
        let cause = error.err().unwrap().cause;
        assert_eq!(cause, "the handshake failed: CertificateOtherName");
    }
}
