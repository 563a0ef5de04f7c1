//! TLS 1.2 and 1.3 for the connections, with certificates that change while the server runs.

mod certificate;
mod files;
mod resolver;

use std::io;
use std::sync::Arc;

use parlour_signaling::server::DuplexStream;
use rustls::ServerConfig;
use rustls::crypto::ring;
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::debug;

pub(crate) use self::certificate::Certificate;
pub(crate) use self::files::{CertificateFiles, FilesError, log, watch};
pub(crate) use self::resolver::Resolver;

/// The protocol of requests, which browsers name. WebSockets and pages need no other.
const HTTP: &[u8] = b"http/1.1";
/// The protocol of a challenge of ACME (RFC 8737).
const ACME: &[u8] = b"acme-tls/1";

/// The TLS side of all connections.
pub(crate) struct Tls(TlsAcceptor);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls(…)")
    }
}

impl Tls {
    /// Serves the certificates of this resolver.
    pub(crate) fn new(resolver: Arc<Resolver>) -> Result<Self, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![HTTP.to_vec(), ACME.to_vec()];
        // One is enough for a client that comes back, and each is a packet and work for the server.
        config.send_tls13_tickets = 1;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// The stream after its handshake. Nothing when that fails, or was all that an authority wanted.
    pub(crate) async fn accept(
        &self,
        stream: Box<dyn DuplexStream>,
    ) -> Option<TlsStream<Box<dyn DuplexStream>>> {
        let accepted: io::Result<_> = self.0.accept(stream).await;
        let mut stream = accepted
            .inspect_err(|error| debug!(%error, "no TLS"))
            .ok()?;
        if stream.get_ref().1.alpn_protocol() == Some(ACME) {
            let _ = stream.shutdown().await;
            return None;
        }
        Some(stream)
    }
}
