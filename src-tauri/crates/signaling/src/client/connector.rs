//! From endpoints to a WebSocket: all are tried together, the first that completes its handshake wins.

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
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};
use tracing::debug;

use crate::invite::{Endpoint, Host};
use crate::protocol::limits::{CONNECT_TIMEOUT, MAX_FRAME_BYTES, READ_BUFFER_BYTES};

/// Between the starts of two endpoints: the last of eight starts after 420 ms.
const ENDPOINT_STAGGER: Duration = Duration::from_millis(60);
/// Between the starts of two addresses of one name (RFC 8305, section 5).
const ADDRESS_STAGGER: Duration = Duration::from_millis(250);
/// Between two attempts at one endpoint that says nothing.
const KNOCK_AGAIN: Duration = Duration::from_secs(2);
/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;

pub(super) type Socket = WebSocketStream<MaybeTlsStream<Wire>>;

/// What a WebSocket runs over.
pub type Wire = Box<dyn Stream>;

/// Bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Where wires come from: the network, or what a simulation plays in its place.
pub trait Wires: fmt::Debug + Send + Sync + 'static {
    /// A connection to whoever serves at that endpoint, without TLS.
    fn connect(
        &self,
        endpoint: &Endpoint,
    ) -> Pin<Box<dyn Future<Output = io::Result<Wire>> + Send + '_>>;
}

/// The network of this computer.
#[derive(Debug)]
struct Network;

impl Wires for Network {
    fn connect(
        &self,
        endpoint: &Endpoint,
    ) -> Pin<Box<dyn Future<Output = io::Result<Wire>> + Send + '_>> {
        let endpoint = endpoint.clone();
        Box::pin(async move {
            let stream = reach(&endpoint).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Wire)
        })
    }
}

/// Why no endpoint was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missed {
    /// This computer has no way out: nothing was sent.
    Offline,
    /// Nobody answers.
    Silent,
}

/// Dials all endpoints. The losers are dropped, having said nothing.
pub(super) async fn race(
    endpoints: &[Endpoint],
    ways: &Ways,
) -> Result<(Socket, Endpoint), Missed> {
    let mut attempts: FuturesUnordered<_> = (0_u32..)
        .zip(endpoints)
        .map(|(nth, endpoint)| async move {
            sleep(ENDPOINT_STAGGER * nth).await;
            (
                timeout(CONNECT_TIMEOUT, knock(endpoint, ways)).await,
                endpoint,
            )
        })
        .collect();
    let mut missed = Missed::Offline;
    while let Some((attempt, endpoint)) = attempts.next().await {
        match attempt {
            Ok(Ok(socket)) => return Ok((socket, endpoint.clone())),
            Ok(Err(error)) => {
                if !error.is_offline() {
                    missed = Missed::Silent;
                }
                debug!(%error, "an endpoint does not answer");
            }
            Err(_) => {
                missed = Missed::Silent;
                debug!("an endpoint does not answer in time");
            }
        }
    }
    Err(missed)
}

/// Connects, and once more beside it as long as nothing is heard: a system repeats its own first packet after 1, 3 and
/// 7 seconds only, and a network that is back is not to be missed for so long.
async fn knock(endpoint: &Endpoint, ways: &Ways) -> Result<Socket, DialError> {
    let mut attempts = FuturesUnordered::new();
    loop {
        attempts.push(connect(endpoint, ways));
        tokio::select! {
            Some(outcome) = attempts.next() => return outcome,
            () = sleep(KNOCK_AGAIN) => {}
        }
    }
}

async fn connect(endpoint: &Endpoint, ways: &Ways) -> Result<Socket, DialError> {
    let stream = ways.wires.connect(endpoint).await?;
    let connector = if endpoint.tls {
        Connector::Rustls(ways.tls.config().await?)
    } else {
        Connector::Plain
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * MAX_FRAME_BYTES)
        .max_message_size(Some(MAX_FRAME_BYTES))
        .max_frame_size(Some(MAX_FRAME_BYTES));
    let url = endpoint.ws_url();
    let (socket, _) = client_async_tls_with_config(url, stream, Some(config), Some(connector))
        .await
        .map_err(Box::new)?;
    Ok(socket)
}

/// A connection to the first of the host's addresses that accepts one.
async fn reach(endpoint: &Endpoint) -> io::Result<TcpStream> {
    let addresses = match &endpoint.host {
        Host::Ip(address) => vec![SocketAddr::new(*address, endpoint.port)],
        Host::Name(name) => {
            let found = lookup_host((name.as_str(), endpoint.port)).await?;
            alternate(found.collect())
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

/// Families in turn, the one that the resolver prefers first, so that a broken one costs little.
fn alternate(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
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
    /// Whether the computer itself knows of no way there.
    fn is_offline(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NetworkUnreachable)
    }
}

/// How servers are reached, and whom we trust to name them.
pub(super) struct Ways {
    wires: Arc<dyn Wires>,
    tls: Tls,
}

impl Ways {
    pub(super) fn over(wires: Arc<dyn Wires>) -> Self {
        Self {
            wires,
            tls: Tls::default(),
        }
    }
}

impl Default for Ways {
    fn default() -> Self {
        Self::over(Arc::new(Network))
    }
}

/// Whom we trust to name servers: the system's certificates, read when first needed.
#[derive(Default)]
struct Tls(tokio::sync::OnceCell<Arc<rustls::ClientConfig>>);

impl Tls {
    async fn config(&self) -> io::Result<Arc<rustls::ClientConfig>> {
        let config = self.0.get_or_try_init(|| async {
            // Reads hundreds of files on some systems.
            tokio::task::spawn_blocking(load)
                .await
                .map_err(io::Error::other)?
        });
        config.await.cloned()
    }
}

fn load() -> io::Result<Arc<rustls::ClientConfig>> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "no root certificates",
        ));
    }
    trusting(roots)
}

fn trusting(roots: RootCertStore) -> io::Result<Arc<rustls::ClientConfig>> {
    // The provider is named: another crate may bring a second one, and then there is no default.
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
    fn client_addresses_of_both_families_take_turns() {
        let list = |texts: &[&str]| texts.iter().map(|t| t.parse().unwrap()).collect::<Vec<_>>();
        let found = list(&["[::1]:1", "[::2]:1", "1.1.1.1:1", "[::3]:1"]);
        assert_eq!(
            alternate(found),
            list(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"])
        );
        assert!(alternate(Vec::new()).is_empty());
        let many = list(&["1.1.1.1:1"; 20]);
        assert_eq!(alternate(many).len(), MAX_ADDRESSES);
    }

    /// A server with TLS, under a certificate that no system trusts.
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
    async fn client_speaks_tls_with_a_server_that_is_who_it_says() {
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject;
        let port = tls_server().await;
        let server = |host: &str| vec![Endpoint::parse(&format!("https://{host}:{port}")).unwrap()];
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(CERT).unwrap())
            .unwrap();
        let trusting = Ways {
            tls: Tls(tokio::sync::OnceCell::new_with(Some(
                trusting(roots).unwrap(),
            ))),
            ..Ways::default()
        };
        for host in ["localhost", "127.0.0.1"] {
            let endpoints = server(host);
            let (_, won) = race(&endpoints, &trusting).await.ok().unwrap();
            assert_eq!(won, endpoints[0]);
        }
        assert!(
            race(&server("127.0.0.2"), &trusting).await.is_err(),
            "another name"
        );
        assert!(
            race(&server("localhost"), &Ways::default()).await.is_err(),
            "not trusted"
        );
    }
}
