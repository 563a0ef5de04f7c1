//! A client that trusts one root.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::program::TIMEOUT;

pub(crate) type Stream = TlsStream<TcpStream>;

#[derive(Clone)]
pub(crate) struct Client {
    root: CertificateDer<'static>,
    versions: &'static [&'static SupportedProtocolVersion],
}

impl Client {
    pub(crate) fn new(root: CertificateDer<'static>) -> Self {
        let versions = rustls::ALL_VERSIONS;
        Self { root, versions }
    }

    pub(crate) fn with_versions(
        &self,
        versions: &'static [&'static SupportedProtocolVersion],
    ) -> Self {
        let root = self.root.clone();
        Self { root, versions }
    }

    /// A connection with a server that has to prove that it is `name`.
    pub(crate) async fn connect(&self, addr: SocketAddr, name: &str) -> io::Result<Stream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(self.versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let stream = TcpStream::connect(addr).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
    }

    /// The same as soon as the server can.
    pub(crate) async fn connected(&self, addr: SocketAddr, name: &str) -> Stream {
        let start = Instant::now();
        loop {
            match self.connect(addr, name).await {
                Ok(stream) => return stream,
                Err(error) => assert!(start.elapsed() < TIMEOUT, "{name}: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The number of the certificate that is served for `name` now.
    pub(crate) async fn serial(&self, addr: SocketAddr, name: &str) -> String {
        serial(&self.connected(addr, name).await)
    }
}

pub(crate) fn serial(stream: &Stream) -> String {
    let certificates = stream.get_ref().1.peer_certificates().unwrap();
    let (_, own) = x509_parser::parse_x509_certificate(&certificates[0]).unwrap();
    own.raw_serial_as_string()
}

/// The response to one request, after which the stream goes on.
pub(crate) async fn get(stream: &mut Stream, host: &str, path: &str, more: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    loop {
        let read = stream.read_buf(&mut response).await.unwrap();
        let text = String::from_utf8_lossy(&response).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.parse::<usize>().unwrap())
        });
        let is_whole = text.contains("\r\n\r\n") && body.len() >= length.unwrap_or(0);
        if is_whole || read == 0 {
            return text;
        }
    }
}
