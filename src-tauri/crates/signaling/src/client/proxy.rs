//! The HTTP proxy of this computer, through which networks of offices let connections out (`CONNECT`, RFC 9110, section
//! 9.3.6).
//!
//! The system or the environment names it (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`). It is used for servers with TLS that
//! are not on a private network. Proxies that are themselves reached over TLS or SOCKS are not supported, and ignored.

use std::io;
use std::net::IpAddr;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::http::Uri;

use crate::invite::{Endpoint, Host};

/// Bytes of the answer of a proxy before the connection.
const MAX_ANSWER_BYTES: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;
const DEFAULT_PORT: u16 = 80;

/// Why a proxy does not connect us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProxyFault {
    #[error("the proxy does not answer")]
    NoAnswer,
    #[error("the proxy answers with HTTP {0}")]
    Refused(u16),
    #[error("the proxy asks for a password")]
    NeedsPassword,
}

impl ProxyFault {
    /// The fault inside an error that [`Proxy::tunnel`] has made.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl From<ProxyFault> for io::Error {
    fn from(fault: ProxyFault) -> Self {
        Self::other(fault)
    }
}

/// Which proxies there are.
#[derive(Clone, Debug, Default)]
pub(super) enum Proxies {
    /// As the system says at the moment.
    #[default]
    OfSystem,
    #[cfg(test)]
    Fixed(std::sync::Arc<Matcher>),
}

impl Proxies {
    /// The proxy for this server, if there is one.
    pub(super) fn proxy_for(&self, server: &Endpoint) -> Option<Proxy> {
        if !server.tls || is_private(&server.host) {
            return None;
        }
        let uri: Uri = format!("https://{}/", server.authority()).parse().ok()?;
        let found = match self {
            Self::OfSystem => Matcher::from_system().intercept(&uri),
            #[cfg(test)]
            Self::Fixed(matcher) => matcher.intercept(&uri),
        };
        found
            .filter(|found| found.uri().scheme_str() == Some("http"))
            .map(Proxy)
    }
}

/// Whether this computer is set to reach the server through a proxy, as [`TcpTransport`](super::TcpTransport) then does.
#[must_use]
pub fn uses_proxy(server: &Endpoint) -> bool {
    Proxies::OfSystem.proxy_for(server).is_some()
}

/// Whether a server is where no proxy leads: on this computer or its networks.
fn is_private(host: &Host) -> bool {
    match host {
        Host::Ip(address) => match address.to_canonical() {
            IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
            IpAddr::V6(v6) => {
                v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
            }
        },
        Host::Name(name) => {
            !name.contains('.') || name.ends_with(".localhost") || name.ends_with(".local")
        }
    }
}

/// A proxy. Its password is not logged.
pub(super) struct Proxy(Intercept);

impl Proxy {
    /// Its host and port, for a lookup.
    pub(super) fn authority(&self) -> (&str, u16) {
        let uri = self.0.uri();
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        (host, uri.port_u16().unwrap_or(DEFAULT_PORT))
    }

    /// Asks it, over a connection with it, for one with the server.
    pub(super) async fn tunnel(&self, stream: &mut TcpStream, server: &Endpoint) -> io::Result<()> {
        let target = format!("{}:{}", server.host, server.port);
        let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes();
        if let Some(auth) = self.0.basic_auth() {
            request.extend_from_slice(b"Proxy-Authorization: ");
            request.extend_from_slice(auth.as_bytes());
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        stream.write_all(&request).await?;
        match read_status(stream).await? {
            200..=299 => Ok(()),
            407 => Err(ProxyFault::NeedsPassword.into()),
            status => Err(ProxyFault::Refused(status).into()),
        }
    }
}

/// The status of the answer. Nothing behind the head is read: it is the server's.
async fn read_status(stream: &mut TcpStream) -> io::Result<u16> {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() == MAX_ANSWER_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        answer.push(stream.read_u8().await?);
    }
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(&answer).map_err(io::Error::other)?;
    response
        .code
        .filter(|_| parsed.is_complete())
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use super::*;

    fn proxy_of(server: &str) -> Option<String> {
        let matcher = Matcher::builder()
            .all("http://proxy.example:3128")
            .no("direct.example,203.0.113.0/24")
            .build();
        let proxies = Proxies::Fixed(Arc::new(matcher));
        let proxy = proxies.proxy_for(&server.parse().unwrap())?;
        let (host, port) = proxy.authority();
        Some(format!("{host}:{port}"))
    }

    #[test]
    fn a_server_with_tls_on_the_internet_is_reached_through_the_proxy() {
        for server in [
            "a.example",
            "a.example:8443",
            "wss+198.51.100.7",
            "wss+[2001:db8::7]",
        ] {
            assert_eq!(
                proxy_of(server).as_deref(),
                Some("proxy.example:3128"),
                "{server}"
            );
        }
    }

    #[test]
    fn what_is_near_needs_no_tls_or_is_excepted_is_reached_directly() {
        for server in [
            "ws+a.example",
            "198.51.100.7:18420",
            "wss+192.168.1.7",
            "wss+10.0.0.7",
            "wss+127.0.0.1",
            "wss+[::1]",
            "wss+[fd00::7]",
            "wss+[fe80::7]",
            "wss+box",
            "box.local",
            "direct.example",
            "wss+203.0.113.7",
        ] {
            assert_eq!(proxy_of(server), None, "{server}");
        }
    }

    #[test]
    fn a_proxy_of_another_kind_is_not_used() {
        for kind in ["socks5://proxy.example:1080", "https://proxy.example:443"] {
            let proxies = Proxies::Fixed(Arc::new(Matcher::builder().all(kind).build()));
            assert!(
                proxies.proxy_for(&"a.example".parse().unwrap()).is_none(),
                "{kind}"
            );
        }
    }
}
