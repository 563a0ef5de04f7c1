//! Checks `Host`, `Origin` and the session cookie of requests. Pure.

use axum::http::{HeaderMap, Method, header};
use data_encoding::BASE64URL_NOPAD;

/// The server's address in the forms that requests contain.
#[derive(Clone, Debug)]
pub(in crate::engine::loopback) struct OwnAddress {
    /// `127.0.0.1:PORT`
    pub(in crate::engine::loopback) host: String,
    /// `http://127.0.0.1:PORT`
    pub(in crate::engine::loopback) origin: String,
    /// The name of the cookie. It contains the port because all ports of a host share cookies.
    pub(in crate::engine::loopback) cookie: String,
}

impl OwnAddress {
    pub(in crate::engine::loopback) fn new(port: u16) -> Self {
        Self {
            host: format!("127.0.0.1:{port}"),
            origin: format!("http://127.0.0.1:{port}"),
            cookie: format!("parlour-{port}"),
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

    /// The session's secret, if a cookie contains one.
    pub(in crate::engine::loopback) fn session<'a>(
        &self,
        headers: &'a HeaderMap,
    ) -> Option<&'a [u8]> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .flat_map(|value| value.as_bytes().split(|b| *b == b';'))
            .find_map(|pair| {
                pair.trim_ascii()
                    .strip_prefix(self.cookie.as_bytes())?
                    .strip_prefix(b"=")
            })
    }

    /// The value of `Set-Cookie` for a session.
    pub(in crate::engine::loopback) fn set_cookie(&self, session: &str) -> String {
        debug_assert!(BASE64URL_NOPAD.decode(session.as_bytes()).is_ok());
        format!(
            "{}={session}; Path=/; HttpOnly; SameSite=Strict",
            self.cookie
        )
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

    #[test]
    fn the_cookie_is_found_among_others() {
        let own = OwnAddress::new(4000);
        let found = headers(&[("cookie", "a=b; parlour-40001=x;parlour-4000=yes ; c")]);
        assert_eq!(own.session(&found), Some(&b"yes"[..]));
        let split = headers(&[("cookie", "a=b"), ("cookie", "parlour-4000=yes")]);
        assert_eq!(own.session(&split), Some(&b"yes"[..]));
        for other in ["", "parlour-4000", "xparlour-4000=1", "parlour-400=1"] {
            assert_eq!(own.session(&headers(&[("cookie", other)])), None);
        }
    }
}
