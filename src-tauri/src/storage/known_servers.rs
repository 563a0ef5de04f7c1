//! The servers that a person has used. A link to another server asks before anything connects.

use std::net::IpAddr;

use parlour_signaling::invite::{Endpoint, Host};
use serde_json::Value;

/// The server used longest ago is forgotten first.
const MAX_SERVERS: usize = 64;
/// Longer than the text of any endpoint.
const MAX_SERVER_CHARS: usize = 300;

/// Texts of endpoints, the most recently used first. The address of a single machine has no port, because each room
/// that the machine hosts may have another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownServers(Vec<String>);

impl KnownServers {
    /// `None` when the value is not a list of strings within the limits.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        let servers: Vec<String> = serde_json::from_value(value.clone()).ok()?;
        let bounded = servers.len() <= MAX_SERVERS
            && servers
                .iter()
                .all(|server| server.chars().count() <= MAX_SERVER_CHARS);
        bounded.then_some(Self(servers))
    }

    #[must_use]
    pub fn to_value(&self) -> Value {
        self.0.iter().cloned().map(Value::String).collect()
    }

    #[must_use]
    pub fn contains(&self, server: &Endpoint) -> bool {
        self.0.contains(&identity(server))
    }

    /// Adds servers that the person uses now.
    pub fn add<'a>(&mut self, servers: impl IntoIterator<Item = &'a Endpoint>) {
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

/// The name of a server in the question to the person.
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

/// Whether the address belongs to a single machine. Many machines may share a public IPv4 address or a name.
fn is_one_machine(host: &Host) -> bool {
    match host {
        Host::Name(_) => false,
        Host::Ip(address) => match address.to_canonical() {
            IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || is_shared(v4.octets()),
            IpAddr::V6(_) => true,
        },
    }
}

/// `100.64.0.0/10` (RFC 6598), which carriers and virtual private networks assign.
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
        servers.add([&server(text)]);
        servers
    }

    #[test]
    fn a_name_is_known_with_its_port_and_its_tls() {
        let servers = known("parlour.example.org");
        assert!(servers.contains(&server("parlour.example.org:443")));
        for other in [
            "parlour.example.org:8443",
            "ws+parlour.example.org:443",
            "example.org",
            "parlour.example.org.evil.example",
        ] {
            assert!(!servers.contains(&server(other)), "{other}");
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
            assert!(servers.contains(&server(&format!("{address}:40000"))));
            assert!(!servers.contains(&server("192.168.1.8:18420")));
        }
    }

    #[test]
    fn a_public_address_of_ipv4_is_known_with_its_port() {
        for address in ["203.0.113.7", "100.128.0.7", "[::ffff:203.0.113.7]"] {
            let servers = known(&format!("{address}:80"));
            assert!(servers.contains(&server(address)));
            assert!(!servers.contains(&server(&format!("{address}:81"))));
        }
    }

    #[test]
    fn the_one_used_longest_ago_is_forgotten() {
        let mut servers = known("first.example.org");
        for n in 1..MAX_SERVERS {
            servers.add([&server(&format!("s{n}.example.org"))]);
        }
        // Used again, so it is the second that goes.
        servers.add([&server("first.example.org")]);
        servers.add([&server("last.example.org")]);
        assert!(servers.contains(&server("first.example.org")));
        assert!(!servers.contains(&server("s1.example.org")));
        assert!(servers.contains(&server("s2.example.org")));
    }

    #[test]
    fn only_valid_values_are_read() {
        let servers = known("parlour.example.org");
        assert_eq!(
            KnownServers::from_value(&servers.to_value()).unwrap(),
            servers
        );
        for broken in [
            json!("parlour.example.org"),
            json!([1]),
            json!(["x".repeat(MAX_SERVER_CHARS + 1)]),
            json!(vec!["x"; MAX_SERVERS + 1]),
        ] {
            assert!(KnownServers::from_value(&broken).is_none());
        }
    }
}
