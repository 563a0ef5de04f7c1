//! Which web pages may use a server. A browser names the page's origin at the upgrade; Parlour's own clients send none.

use tokio_tungstenite::tungstenite::http::HeaderMap;
use tokio_tungstenite::tungstenite::http::header::{HOST, ORIGIN};

/// The web pages that may connect. A client that sends no `Origin` is not a web page and always may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OriginPolicy {
    /// None.
    #[default]
    RefuseAll,
    /// Pages of the server's own name over TLS, and of these origins, such as `https://example.org`.
    Allow(Vec<String>),
}

impl OriginPolicy {
    /// Whether a request with these headers may become a WebSocket.
    pub(in crate::server) fn allows(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(ORIGIN).iter();
        let Some(origin) = origins.next() else {
            return true;
        };
        let Self::Allow(allowed) = self else {
            return false;
        };
        let Some(origin) = origin.to_str().ok().filter(|_| origins.next().is_none()) else {
            return false;
        };
        // Over TLS alone: a page of another name that leads here by DNS has no certificate for it.
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let is_own = host
            .zip(origin.strip_prefix("https://"))
            .is_some_and(|(host, of_page)| host.eq_ignore_ascii_case(of_page));
        is_own || allowed.iter().any(|a| a.eq_ignore_ascii_case(origin))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn headers(host: &str, origins: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        for origin in origins {
            headers.append(ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_client_without_an_origin_is_no_web_page() {
        for policy in [OriginPolicy::RefuseAll, OriginPolicy::Allow(Vec::new())] {
            assert!(policy.allows(&headers("example.org", &[])));
        }
    }

    #[test]
    fn an_embedded_server_refuses_every_page() {
        for origin in ["https://example.org", "null", "", "http://127.0.0.1:18420"] {
            let headers = headers("example.org", &[origin]);
            assert!(!OriginPolicy::RefuseAll.allows(&headers), "{origin}");
        }
    }

    #[test]
    fn a_server_takes_its_own_pages_and_those_it_names() {
        let policy = OriginPolicy::Allow(vec!["https://app.example.net:8443".to_owned()]);
        let is_allowed = |host, origin| policy.allows(&headers(host, &[origin]));
        assert!(is_allowed("Example.org", "https://example.org"));
        assert!(is_allowed("example.org:444", "https://example.org:444"));
        assert!(is_allowed("example.org", "https://app.example.net:8443"));
        for origin in [
            "http://example.org",
            "https://example.org.evil.example",
            "https://app.example.net",
            "https://evil.example",
            "null",
        ] {
            assert!(!is_allowed("example.org", origin), "{origin}");
        }
    }

    #[test]
    fn two_origins_are_none_to_trust() {
        let two = ["https://example.org", "https://evil.example"];
        let policy = OriginPolicy::Allow(Vec::new());
        assert!(!policy.allows(&headers("example.org", &two)));
    }
}
