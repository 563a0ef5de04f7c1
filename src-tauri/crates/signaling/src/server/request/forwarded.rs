//! The client's address behind a proxy: `X-Forwarded-For`, and `Forwarded` (RFC 7239).

use std::net::{IpAddr, SocketAddr};

use tokio_tungstenite::tungstenite::http::HeaderMap;

use super::Network;

const X_FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED: &str = "forwarded";

/// The address that a connection counts for. A header is believed only from a trusted proxy, and then only up to the
/// last hop that is none: what stands before was written by the client.
pub(in crate::server) fn client_address(
    from: IpAddr,
    headers: &HeaderMap,
    trusted: &[Network],
) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(from) {
        return from;
    }
    let claims = [
        last_untrusted(list(headers, X_FORWARDED_FOR).map(address), is_trusted),
        last_untrusted(list(headers, FORWARDED).map(forwarded_for), is_trusted),
    ];
    match claims {
        [Some(client), None] | [None, Some(client)] => client,
        [Some(one), Some(other)] if one == other => one,
        // A proxy writes one of the two. If they differ, one comes from the client, and nobody knows which.
        _ => from,
    }
}

/// Whether a proxy says that it speaks for somebody, or somebody says that it is a proxy.
pub(in crate::server) fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(FORWARDED)
}

/// The elements of a header that may be repeated, the last first.
fn list<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let mut values: Vec<_> = headers.get_all(name).iter().collect();
    values.reverse();
    values.into_iter().flat_map(|value| {
        let text = value.to_str().unwrap_or_default();
        text.rsplit(',').map(str::trim)
    })
}

fn last_untrusted(
    hops: impl Iterator<Item = Option<IpAddr>>,
    is_trusted: impl Fn(IpAddr) -> bool,
) -> Option<IpAddr> {
    for hop in hops {
        // An unreadable hop hides those before it.
        let hop = hop?.to_canonical();
        if !is_trusted(hop) {
            return Some(hop);
        }
    }
    None
}

/// `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::7`, `[2001:db8::7]` or `[2001:db8::7]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Ok(socket) = text.parse::<SocketAddr>() {
        return Some(socket.ip());
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// The parameter `for` of one element: `for="[2001:db8::7]:4711";proto=https`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut parameters = element.split(';').filter_map(|p| p.split_once('='));
    let (_, value) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    address(value.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const PROXY: &str = "10.0.0.1";

    /// The address that counts for a connection from `from` with these headers, one `name: value` a line.
    fn counted(from: &str, headers: &str) -> String {
        let mut map = HeaderMap::new();
        for line in headers.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            let name = match name {
                "X-Forwarded-For" => "x-forwarded-for",
                "Forwarded" => "forwarded",
                other => panic!("{other}"),
            };
            map.append(name, value.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        client_address(from.parse().unwrap(), &map, &trusted).to_string()
    }

    #[test]
    fn nobody_but_a_trusted_proxy_is_believed() {
        let claim = "X-Forwarded-For: 192.0.2.7\nForwarded: for=192.0.2.7";
        assert_eq!(counted("198.51.100.1", claim), "198.51.100.1");
        assert_eq!(counted(PROXY, claim), "192.0.2.7");
        assert_eq!(counted("::ffff:10.0.0.1", claim), "192.0.2.7");
    }

    #[test]
    fn the_last_hop_that_is_no_proxy_is_the_client() {
        for headers in [
            "X-Forwarded-For: 203.0.113.66, 192.0.2.7",
            "X-Forwarded-For: 203.0.113.66, 192.0.2.7, 10.0.0.2",
            "X-Forwarded-For: 203.0.113.66\nX-Forwarded-For: 192.0.2.7, fd00::2",
            "X-Forwarded-For: 192.0.2.7:4711",
            "Forwarded: for=203.0.113.66, For=\"192.0.2.7:4711\";proto=https;by=10.0.0.1",
        ] {
            assert_eq!(counted(PROXY, headers), "192.0.2.7", "{headers}");
        }
        for headers in [
            "X-Forwarded-For: 2001:db8::7",
            "X-Forwarded-For: [2001:db8::7]:4711",
            "Forwarded: proto=https; for=\"[2001:db8::7]\"",
        ] {
            assert_eq!(counted(PROXY, headers), "2001:db8::7", "{headers}");
        }
    }

    #[test]
    fn what_cannot_be_read_counts_for_the_proxy() {
        for headers in [
            "",
            "X-Forwarded-For: 192.0.2.7, unknown",
            "X-Forwarded-For: 192.0.2.7,",
            "X-Forwarded-For: 10.0.0.9",
            "Forwarded: for=192.0.2.7, for=_hidden",
            "Forwarded: proto=https",
        ] {
            assert_eq!(counted(PROXY, headers), PROXY, "{headers}");
        }
    }

    #[test]
    fn a_header_that_the_proxy_does_not_write_gives_no_address() {
        let headers = "X-Forwarded-For: 192.0.2.7\nForwarded: for=203.0.113.66";
        assert_eq!(counted(PROXY, headers), PROXY);
    }
}
