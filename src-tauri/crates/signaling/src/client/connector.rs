//! From endpoints to a WebSocket. All endpoints are tried together, and the first completed handshake wins.

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
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{
    Connector as TlsConnector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
};
use tracing::debug;

use crate::invite::{Endpoint, Host};
use crate::protocol::limits::{CONNECT_TIMEOUT, MAX_FRAME_BYTES, READ_BUFFER_BYTES};

/// Between the starts of two endpoints: the last of eight starts after 420 ms.
const ENDPOINT_STAGGER: Duration = Duration::from_millis(60);
/// Between the starts of two addresses of one name (RFC 8305, section 5).
const ADDRESS_STAGGER: Duration = Duration::from_millis(250);
/// Between two attempts at one endpoint that does not answer.
const REDIAL_INTERVAL: Duration = Duration::from_secs(2);
/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;

pub(super) type Socket = WebSocketStream<MaybeTlsStream<BoxedStream>>;

/// The stream under a WebSocket.
pub type BoxedStream = Box<dyn ByteStream>;

/// A stream of bytes in both directions.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// Makes connections: over the network, or over a simulation of it.
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Connects to an endpoint, without TLS.
    fn connect(
        &self,
        endpoint: &Endpoint,
    ) -> Pin<Box<dyn Future<Output = io::Result<BoxedStream>> + Send + '_>>;
}

/// The network of this computer.
#[derive(Debug)]
struct TcpTransport;

impl Transport for TcpTransport {
    fn connect(
        &self,
        endpoint: &Endpoint,
    ) -> Pin<Box<dyn Future<Output = io::Result<BoxedStream>> + Send + '_>> {
        let endpoint = endpoint.clone();
        Box::pin(async move {
            let stream = connect_tcp(&endpoint).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as BoxedStream)
        })
    }
}

/// Why no endpoint was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConnectError {
    /// This computer has no route: nothing was sent.
    Offline,
    /// No endpoint answers.
    Unreachable,
}

/// Dials all endpoints and takes the first WebSocket. The others are dropped before they send a frame.
pub(super) async fn connect_first(
    endpoints: &[Endpoint],
    connector: &Connector,
) -> Result<(Socket, Endpoint), ConnectError> {
    let mut attempts: FuturesUnordered<_> = (0_u32..)
        .zip(endpoints)
        .map(|(nth, endpoint)| async move {
            sleep(ENDPOINT_STAGGER * nth).await;
            (
                timeout(CONNECT_TIMEOUT, dial_endpoint(endpoint, connector)).await,
                endpoint,
            )
        })
        .collect();
    let mut reason = ConnectError::Offline;
    while let Some((attempt, endpoint)) = attempts.next().await {
        match attempt {
            Ok(Ok(socket)) => return Ok((socket, endpoint.clone())),
            Ok(Err(error)) => {
                if !error.is_offline() {
                    reason = ConnectError::Unreachable;
                }
                debug!(%error, "an endpoint does not answer");
            }
            Err(_) => {
                reason = ConnectError::Unreachable;
                debug!("an endpoint does not answer in time");
            }
        }
    }
    Err(reason)
}

/// Connects, and starts another attempt beside it while there is no answer. The system repeats the first packet of an
/// attempt only after 1, 3 and 7 seconds, which is too late for a network that has just come back.
async fn dial_endpoint(endpoint: &Endpoint, connector: &Connector) -> Result<Socket, DialError> {
    let mut attempts = FuturesUnordered::new();
    loop {
        attempts.push(connect(endpoint, connector));
        tokio::select! {
            Some(outcome) = attempts.next() => return outcome,
            () = sleep(REDIAL_INTERVAL) => {}
        }
    }
}

async fn connect(endpoint: &Endpoint, connector: &Connector) -> Result<Socket, DialError> {
    let stream = connector.transport.connect(endpoint).await?;
    let tls = if endpoint.tls {
        TlsConnector::Rustls(connector.tls.config().await?)
    } else {
        TlsConnector::Plain
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * MAX_FRAME_BYTES)
        .max_message_size(Some(MAX_FRAME_BYTES))
        .max_frame_size(Some(MAX_FRAME_BYTES));
    let url = endpoint.ws_url();
    let (socket, _) = client_async_tls_with_config(url, stream, Some(config), Some(tls))
        .await
        .map_err(Box::new)?;
    Ok(socket)
}

/// Connects to the first address of the host that accepts (RFC 8305, "Happy Eyeballs").
async fn connect_tcp(endpoint: &Endpoint) -> io::Result<TcpStream> {
    let addresses = match &endpoint.host {
        Host::Ip(address) => vec![SocketAddr::new(*address, endpoint.port)],
        Host::Name(name) => {
            let found = lookup_host((name.as_str(), endpoint.port)).await?;
            interleave_families(found.collect())
        }
    };
    let mut attempts: FuturesUnordered<_> = (0_u32..)
        .zip(addresses)
        .map(|(nth, address)| async move {
            sleep(ADDRESS_STAGGER * nth).await;
            TcpStream::connect(address).await
        })
        .collect();
    let mut last = io::ErrorKind::NotFound.into();
    while let Some(attempt) = attempts.next().await {
        match attempt {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
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

#[derive(Debug, thiserror::Error)]
enum DialError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    WebSocket(#[from] Box<tokio_tungstenite::tungstenite::Error>),
}

impl DialError {
    /// Whether the computer itself has no route.
    fn is_offline(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NetworkUnreachable)
    }
}

/// How servers are reached: the transport, and the certificates that are trusted.
pub(super) struct Connector {
    transport: Arc<dyn Transport>,
    tls: Tls,
}

impl Connector {
    pub(super) fn new(transport: Arc<dyn Transport>) -> Self {
        Self {
            transport,
            tls: Tls::default(),
        }
    }
}

impl Default for Connector {
    fn default() -> Self {
        Self::new(Arc::new(TcpTransport))
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
    use super::*;

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

    /// A TLS server whose certificate no system trusts.
    async fn tls_server() -> u16 {
        use rustls::pki_types::pem::PemObject;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(CERT).unwrap()],
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
                    tokio::spawn(async move { while socket.next().await.is_some() {} });
                }
            }
        });
        port
    }

    const CERT: &[u8] = include_bytes!("../../tests/tls/cert.pem");
    const KEY: &[u8] = include_bytes!("../../tests/tls/key.pem");

    #[tokio::test]
    async fn tls_is_spoken_only_with_a_server_whose_certificate_is_trusted() {
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject;
        let port = tls_server().await;
        let server = |host: &str| vec![Endpoint::parse(&format!("https://{host}:{port}")).unwrap()];
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(CERT).unwrap())
            .unwrap();
        let trusting = Connector {
            tls: Tls(tokio::sync::OnceCell::new_with(Some(
                tls_config(roots).unwrap(),
            ))),
            ..Connector::default()
        };
        for host in ["localhost", "127.0.0.1"] {
            let endpoints = server(host);
            let (_, won) = connect_first(&endpoints, &trusting).await.ok().unwrap();
            assert_eq!(won, endpoints[0]);
        }
        assert!(
            connect_first(&server("127.0.0.2"), &trusting)
                .await
                .is_err(),
            "another name"
        );
        assert!(
            connect_first(&server("localhost"), &Connector::default())
                .await
                .is_err(),
            "not trusted"
        );
    }
}
