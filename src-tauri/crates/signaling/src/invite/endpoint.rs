//! An endpoint: where a server listens, and whether it speaks TLS.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::protocol::PATH;

/// A host, by name or by address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A DNS name in ASCII and lower case. An international name is read in letters and kept in Punycode (RFC 5891).
    Name(String),
    /// An address, printed without brackets.
    Ip(IpAddr),
}

/// Where a server listens. As text it is `host[:port]`. By default names use TLS and addresses do not; `ws+` or `wss+`
/// in front says otherwise. The default port is 443 with TLS and 80 without.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// The machine.
    pub host: Host,
    /// Its port, never 0.
    pub port: u16,
    /// `wss` instead of `ws`.
    pub tls: bool,
}

/// Why a typed address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Nothing was typed.
    #[error("the address is empty")]
    Empty,
    /// A scheme other than `https`, `wss`, `http` and `ws`.
    #[error("the address has a scheme that is not known")]
    Scheme,
    /// Neither a host name nor an IP address.
    #[error("the address has no valid host")]
    Host,
    /// Not a number from 1 to 65535.
    #[error("the address has no valid port")]
    Port,
    /// Something follows the host and the port.
    #[error("the address has a path")]
    Path,
}

impl Endpoint {
    /// Reads an address as a person types or pastes it: also `https://host`, `wss://host:port`, `ws://host`, a bare
    /// IPv6 address, and white space around it.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EndpointError::Empty);
        }
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Ok(Self::new(Host::Ip(address.into()), None, false));
        }
        let (tls, rest) = match text.split_once("://") {
            Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
                "https" | "wss" => (Some(true), rest),
                "http" | "ws" => (Some(false), rest),
                _ => return Err(EndpointError::Scheme),
            },
            None => (None, text),
        };
        if tls.is_none() {
            return rest.parse();
        }
        Self::from_authority(rest.strip_suffix('/').unwrap_or(rest), tls)
    }

    /// Reads `host[:port]` of a URL with that scheme.
    pub(super) fn from_authority(text: &str, tls: Option<bool>) -> Result<Self, EndpointError> {
        if text.contains(['/', '?', '#']) {
            return Err(EndpointError::Path);
        }
        let (host, port) = split_port(text)?;
        let host = read_host(host)?;
        let tls = tls.unwrap_or(matches!(host, Host::Name(_)));
        Ok(Self::new(host, port, tls))
    }

    fn new(host: Host, port: Option<u16>, tls: bool) -> Self {
        let port = port.unwrap_or(default_port(tls));
        Self { host, port, tls }
    }

    /// The URL of the WebSocket.
    #[must_use]
    pub fn ws_url(&self) -> String {
        self.ws_url_at(PATH)
    }

    /// The URL of a WebSocket at another path, which begins with a slash.
    #[must_use]
    pub fn ws_url_at(&self, path: &str) -> String {
        let scheme = if self.tls { "wss" } else { "ws" };
        format!("{scheme}://{}{path}", self.authority())
    }

    /// `host[:port]`, without the default port of the scheme.
    #[must_use]
    pub fn authority(&self) -> String {
        if self.port == default_port(self.tls) {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// Reads the strict form of a link.
impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        if text.is_empty() {
            return Err(EndpointError::Empty);
        }
        match text.split_once('+') {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("wss") => {
                Self::from_authority(rest, Some(true))
            }
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("ws") => {
                Self::from_authority(rest, Some(false))
            }
            Some(_) => Err(EndpointError::Scheme),
            None => Self::from_authority(text, None),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.host, self.tls) {
            (Host::Name(_), true) | (Host::Ip(_), false) => {}
            (Host::Name(_), false) => f.write_str("ws+")?,
            (Host::Ip(_), true) => f.write_str("wss+")?,
        }
        f.write_str(&self.authority())
    }
}

/// The form of a URL: an IPv6 address stands in brackets.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Ip(IpAddr::V4(address)) => address.fmt(f),
            Self::Ip(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

const fn default_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

/// Splits a host from its port, which is not 0.
fn split_port(text: &str) -> Result<(&str, Option<u16>), EndpointError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(_) => {
            let end = text.find(']').ok_or(EndpointError::Host)? + 1;
            let (host, rest) = text.split_at(end);
            if rest.is_empty() {
                return Ok((host, None));
            }
            (host, rest.strip_prefix(':').ok_or(EndpointError::Host)?)
        }
        None => match text.split_once(':') {
            Some(parts) => parts,
            None => return Ok((text, None)),
        },
    };
    if port.contains(':') {
        // An IPv6 address without brackets: the start of the port is ambiguous.
        return Err(EndpointError::Host);
    }
    let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    match port.parse() {
        Ok(number) if digits && number > 0 => Ok((host, Some(number))),
        _ => Err(EndpointError::Port),
    }
}

fn read_host(text: &str) -> Result<Host, EndpointError> {
    if let Some(inside) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        return inside
            .parse::<Ipv6Addr>()
            .map(|address| Host::Ip(address.into()))
            .map_err(|_| EndpointError::Host);
    }
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(Host::Ip(address.into()));
    }
    if text.is_ascii() {
        return is_name(text)
            .then(|| Host::Name(text.to_ascii_lowercase()))
            .ok_or(EndpointError::Host);
    }
    // The mapping may lead to what is an address: full-width digits do.
    to_ascii(text)
        .filter(|ascii| ascii.is_ascii() && is_name(ascii))
        .map(Host::Name)
        .ok_or(EndpointError::Host)
}

/// An international name in Punycode, as the address bar of a browser takes it.
#[cfg(not(target_arch = "wasm32"))]
fn to_ascii(name: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_cow(name.as_bytes(), idna::AsciiDenyList::URL);
    ascii.ok().map(|ascii| ascii.into_owned())
}

/// The same by the browser itself: the tables for it are larger than the rest of a page's core.
#[cfg(target_arch = "wasm32")]
fn to_ascii(name: &str) -> Option<String> {
    let is_of_name = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.".contains(c);
    let url = name
        .chars()
        .all(is_of_name)
        .then(|| format!("https://{name}/"))?;
    web_sys::Url::new(&url).ok().map(|url| url.hostname())
}

/// Whether it is a DNS name. A name whose last part is a number is refused, because others take it for an IPv4 address
/// (`127.1`).
fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let is_number = |label: &str| {
        let hex = label
            .strip_prefix("0x")
            .or_else(|| label.strip_prefix("0X"));
        label.bytes().all(|b| b.is_ascii_digit())
            || hex.is_some_and(|h| h.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    text.len() <= 253
        && text.split('.').all(label)
        && !text.rsplit('.').next().is_some_and(is_number)
}
