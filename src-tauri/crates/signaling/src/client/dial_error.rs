//! Why an attempt to connect failed, and which fault of the server that shows.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::task::{Context, Poll, ready};

use rustls::CertificateError;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::Error as WebSocketError;
use tokio_tungstenite::tungstenite::http::header::LOCATION;
use tokio_tungstenite::tungstenite::http::{Response, StatusCode};

use super::ServerFault;
use super::connector::BoxedStream;
use super::proxy::ProxyFault;

/// The content type of a TLS alert (RFC 8446, section 5.1).
const TLS_ALERT: u8 = 21;

/// Why one attempt failed. The text has no host.
#[derive(Debug, thiserror::Error)]
pub(super) enum DialError {
    #[error("the name has no address: {0}")]
    Resolve(io::Error),
    #[error("no connection: {0}")]
    Connect(#[from] io::Error),
    #[error("no answer in time")]
    Timeout,
    #[error("no root certificates: {0}")]
    NoRoots(io::Error),
    #[error("the handshake failed: {}", describe(error))]
    Handshake {
        error: Box<WebSocketError>,
        /// Whether we spoke TLS.
        tls: bool,
        first_byte: Option<u8>,
    },
    #[error("a WebSocket without a challenge")]
    NoChallenge,
}

impl DialError {
    /// There is nothing to dial.
    pub(super) fn no_endpoint() -> Self {
        Self::Connect(io::ErrorKind::NotFound.into())
    }

    pub(super) fn fault(&self) -> ServerFault {
        match self {
            Self::Resolve(error) | Self::Connect(error) if ProxyFault::of(error).is_some() => {
                match ProxyFault::of(error) {
                    Some(ProxyFault::NeedsPassword) => ServerFault::ProxyNeedsPassword,
                    Some(ProxyFault::Refused(_)) => ServerFault::ProxyRefused,
                    Some(ProxyFault::NoAnswer) | None => ServerFault::ProxyNoAnswer,
                }
            }
            Self::Resolve(_) => ServerFault::NameNotFound,
            Self::Connect(error) if error.kind() == io::ErrorKind::NetworkUnreachable => {
                ServerFault::Offline
            }
            Self::Connect(_) | Self::Timeout => ServerFault::NoAnswer,
            Self::NoRoots(_) => ServerFault::CertificateUntrusted,
            Self::NoChallenge => ServerFault::NotParlour,
            Self::Handshake {
                error,
                tls,
                first_byte,
            } => handshake_fault(error, *tls, *first_byte),
        }
    }
}

fn handshake_fault(error: &WebSocketError, tls: bool, first_byte: Option<u8>) -> ServerFault {
    match error {
        WebSocketError::Http(response) => http_fault(response, tls),
        WebSocketError::Io(error) if tls_error(error).is_some() => {
            tls_error(error).map_or(ServerFault::NotParlour, tls_fault)
        }
        _ if !tls && first_byte == Some(TLS_ALERT) => ServerFault::NeedsTls,
        // Nothing came: the connection broke, as a server that is about to end or a firewall breaks it.
        _ if first_byte.is_none() => ServerFault::NoAnswer,
        _ => ServerFault::NotParlour,
    }
}

fn http_fault(response: &Response<Option<Vec<u8>>>, tls: bool) -> ServerFault {
    let status = response.status();
    if !tls && leads_to_tls(response) {
        ServerFault::NeedsTls
    } else if status == StatusCode::TOO_MANY_REQUESTS {
        ServerFault::Busy
    } else if status.is_server_error() {
        ServerFault::Unavailable
    } else {
        ServerFault::NotParlour
    }
}

/// A redirect, or what nginx, Apache and Go answer to a request without TLS at a port with TLS.
fn leads_to_tls(response: &Response<Option<Vec<u8>>>) -> bool {
    let location = response.headers().get(LOCATION);
    let is_redirect = response.status().is_redirection()
        && location.is_some_and(|location| location.as_bytes().starts_with(b"https:"));
    let body = response.body().as_deref().unwrap_or_default();
    let says_so = |word: &[u8]| body.windows(word.len()).any(|part| part == word);
    is_redirect
        || (response.status() == StatusCode::BAD_REQUEST
            && (says_so(b"HTTPS") || says_so(b"SSL-enabled")))
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn tls_fault(error: &rustls::Error) -> ServerFault {
    match error {
        rustls::Error::InvalidCertificate(why) => match why {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => ServerFault::CertificateDate,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                ServerFault::CertificateOtherName
            }
            _ => ServerFault::CertificateUntrusted,
        },
        rustls::Error::InvalidMessage(_) => ServerFault::HasNoTls,
        _ => ServerFault::NotParlour,
    }
}

/// For the log: without names of hosts, which errors of certificates have.
fn describe(error: &WebSocketError) -> String {
    match error {
        WebSocketError::Http(response) => format!("HTTP {}", response.status().as_u16()),
        WebSocketError::Io(error) => match tls_error(error) {
            Some(error @ rustls::Error::InvalidCertificate(_)) => format!("{:?}", tls_fault(error)),
            _ => error.to_string(),
        },
        error => error.to_string(),
    }
}

/// The first byte that came over a stream, once one came.
#[derive(Clone, Debug)]
pub(super) struct FirstByte(Arc<AtomicU16>);

impl FirstByte {
    const NONE: u16 = u16::MAX;

    pub(super) fn get(&self) -> Option<u8> {
        u8::try_from(self.0.load(Ordering::Relaxed)).ok()
    }
}

impl Default for FirstByte {
    fn default() -> Self {
        Self(Arc::new(AtomicU16::new(Self::NONE)))
    }
}

/// Notes the first byte, which tells what the other side speaks.
pub(super) struct WatchedStream {
    inner: BoxedStream,
    first_byte: FirstByte,
}

impl WatchedStream {
    pub(super) fn new(inner: BoxedStream, first_byte: FirstByte) -> Self {
        Self { inner, first_byte }
    }
}

impl AsyncRead for WatchedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.inner).poll_read(cx, buf));
        if let Some(&byte) = buf.filled().get(before) {
            let (none, byte) = (FirstByte::NONE, u16::from(byte));
            // Fails for every byte but the first.
            let _ = self.first_byte.0.compare_exchange(
                none,
                byte,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
