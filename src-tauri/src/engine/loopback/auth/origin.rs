//! Checks `Host` and `Origin` of requests. Pure.

use axum::http::{HeaderMap, Method, header};

/// The server's address in the forms that requests contain.
#[derive(Clone, Debug)]
pub(in crate::engine::loopback) struct OwnAddress {
    /// `127.0.0.1:PORT`
    pub(in crate::engine::loopback) host: String,
    /// `http://127.0.0.1:PORT`
    pub(in crate::engine::loopback) origin: String,
}

impl OwnAddress {
    pub(in crate::engine::loopback) fn new(port: u16) -> Self {
        Self {
            host: format!("127.0.0.1:{port}"),
            origin: format!("http://127.0.0.1:{port}"),
        }
    }

    /// Whether the request is meant for this server: a name that DNS rebinds to 127.0.0.1 appears in `Host`, the page
    /// of another site in `Origin`.
    pub(in crate::engine::loopback) fn is_addressed(
        &self,
        headers: &HeaderMap,
        must_have_origin: bool,
    ) -> bool {
        let origin = match only(headers, header::ORIGIN) {
            One(origin) => origin == self.origin.as_bytes(),
            Absent => !must_have_origin,
            Several => false,
        };
        origin && matches!(only(headers, header::HOST), One(host) if host == self.host.as_bytes())
    }
}

/// Whether a request changes state, or opens the socket on which commands do.
pub(in crate::engine::loopback) fn must_have_origin(method: &Method, path: &str) -> bool {
    path == "/ipc" || !matches!(*method, Method::GET | Method::HEAD)
}

enum Only<'a> {
    Absent,
    One(&'a [u8]),
    Several,
}
use Only::{Absent, One, Several};

fn only(headers: &HeaderMap, name: header::HeaderName) -> Only<'_> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Absent,
        (Some(value), None) => One(value.as_bytes()),
        _ => Several,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_the_server_s_host_is_accepted() {
        let own = OwnAddress::new(4000);
        assert!(own.is_addressed(&headers(&[("host", "127.0.0.1:4000")]), false));
        for host in [
            "localhost:4000",
            "127.0.0.1",
            "127.0.0.1:4001",
            "evil.example:4000",
            "127.0.0.1:4000.evil.example",
            "[::1]:4000",
            "",
        ] {
            assert!(
                !own.is_addressed(&headers(&[("host", host)]), false),
                "{host}"
            );
        }
        assert!(!own.is_addressed(&headers(&[]), false));
        let twice = headers(&[("host", "127.0.0.1:4000"), ("host", "127.0.0.1:4000")]);
        assert!(!own.is_addressed(&twice, false));
    }

    #[test]
    fn only_the_server_s_origin_is_accepted() {
        let own = OwnAddress::new(4000);
        let with = |origin| headers(&[("host", "127.0.0.1:4000"), ("origin", origin)]);
        assert!(own.is_addressed(&with("http://127.0.0.1:4000"), true));
        for origin in [
            "null",
            "",
            "http://127.0.0.1:4001",
            "http://localhost:4000",
            "https://127.0.0.1:4000",
            "http://evil.example",
            "file://",
        ] {
            assert!(!own.is_addressed(&with(origin), false), "{origin}");
        }
        let none = headers(&[("host", "127.0.0.1:4000")]);
        assert!(own.is_addressed(&none, false));
        assert!(!own.is_addressed(&none, true));
    }
}
