//! The servers that a person has used. A link to any other asks before anything connects.

use std::net::IpAddr;

use parlour_signaling::invite::{Endpoint, Host};
use serde_json::Value;

/// Servers that are remembered; the one used longest ago is forgotten first.
const MAX_SERVERS: usize = 64;
/// Longer than any endpoint's text.
const MAX_CHARS: usize = 300;

/// The servers used, the last one first, each as the text of its endpoint. The address of one machine stands without
/// its port: who hosts rooms there may have another port for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownServers(Vec<String>);

impl KnownServers {
    /// Reads what was kept. `None` when it is not a list of texts within their bounds.
    #[must_use]
    pub fn read(kept: &Value) -> Option<Self> {
        let servers: Vec<String> = serde_json::from_value(kept.clone()).ok()?;
        let bounded = servers.len() <= MAX_SERVERS
            && servers
                .iter()
                .all(|server| server.chars().count() <= MAX_CHARS);
        bounded.then_some(Self(servers))
    }

    /// For keeping.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.0.iter().cloned().map(Value::String).collect()
    }

    /// Whether the person has used it.
    #[must_use]
    pub fn has(&self, server: &Endpoint) -> bool {
        self.0.contains(&identity(server))
    }

    /// The person uses these now.
    pub fn remember<'a>(&mut self, servers: impl IntoIterator<Item = &'a Endpoint>) {
        let mut used: Vec<String> = Vec::new();
        for server in servers.into_iter().map(identity).chain(self.0.drain(..)) {
            if !used.contains(&server) {
                used.push(server);
            }
        }
        used.truncate(MAX_SERVERS);
        self.0 = used;
    }
}

/// What a server is called in the question.
#[must_use]
pub fn for_people(server: &Endpoint) -> String {
    if is_one_machine(&server.host) {
        server.host.to_string()
    } else {
        server.authority()
    }
}

fn identity(server: &Endpoint) -> String {
    if is_one_machine(&server.host) {
        server.host.to_string()
    } else {
        server.to_string()
    }
}

/// Whether the address is one machine's. Behind a public one of IPv4 there may be many, and behind a name anything.
fn is_one_machine(host: &Host) -> bool {
    match host {
        Host::Name(_) => false,
        Host::Ip(address) => match address.to_canonical() {
            IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || is_shared(v4.octets()),
            IpAddr::V6(_) => true,
        },
    }
}

/// `100.64.0.0/10`: what carriers and virtual private networks share out.
const fn is_shared(octets: [u8; 4]) -> bool {
    octets[0] == 100 && octets[1] & 0b1100_0000 == 64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn server(text: &str) -> Endpoint {
        text.parse().unwrap()
    }

    fn known(text: &str) -> KnownServers {
        let mut servers = KnownServers::default();
        servers.remember([&server(text)]);
        servers
    }

    #[test]
    fn a_name_is_known_with_its_port_and_its_tls() {
        let servers = known("parlour.example.org");
        assert!(servers.has(&server("parlour.example.org:443")));
        for other in [
            "parlour.example.org:8443",
            "ws+parlour.example.org:443",
            "example.org",
            "parlour.example.org.evil.example",
        ] {
            assert!(!servers.has(&server(other)), "{other}");
        }
    }

    #[test]
    fn a_machine_is_known_on_every_port() {
        for address in [
            "192.168.1.7",
            "10.0.0.7",
            "100.64.1.7",
            "[fd00::7]",
            "[2001:db8::7]",
            "[::ffff:10.0.0.7]",
        ] {
            let servers = known(&format!("{address}:18420"));
            assert!(servers.has(&server(&format!("{address}:40000"))));
            assert!(!servers.has(&server("192.168.1.8:18420")));
        }
    }

    #[test]
    fn a_public_address_of_ipv4_is_known_with_its_port() {
        for address in ["203.0.113.7", "100.128.0.7", "[::ffff:203.0.113.7]"] {
            let servers = known(&format!("{address}:80"));
            assert!(servers.has(&server(address)));
            assert!(!servers.has(&server(&format!("{address}:81"))));
        }
    }

    #[test]
    fn the_one_used_longest_ago_is_forgotten() {
        let mut servers = known("first.example.org");
        for n in 1..MAX_SERVERS {
            servers.remember([&server(&format!("s{n}.example.org"))]);
        }
        // Used again, so it is the second that goes.
        servers.remember([&server("first.example.org")]);
        servers.remember([&server("last.example.org")]);
        assert!(servers.has(&server("first.example.org")));
        assert!(!servers.has(&server("s1.example.org")));
        assert!(servers.has(&server("s2.example.org")));
    }

    #[test]
    fn what_is_kept_is_read_and_nothing_else() {
        let servers = known("parlour.example.org");
        assert_eq!(KnownServers::read(&servers.to_value()).unwrap(), servers);
        for broken in [
            json!("parlour.example.org"),
            json!([1]),
            json!(["x".repeat(MAX_CHARS + 1)]),
            json!(vec!["x"; MAX_SERVERS + 1]),
        ] {
            assert!(KnownServers::read(&broken).is_none());
        }
    }
}
