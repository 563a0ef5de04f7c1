//! Which certificate a client gets.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::ACME;
use crate::domain::Domain;

/// The certificates that are served now. They change while the server runs; connections that are open keep theirs.
#[derive(Debug, Default)]
pub(crate) struct Resolver(RwLock<Certificates>);

#[derive(Debug, Default)]
struct Certificates {
    /// Of names.
    by_name: HashMap<String, Arc<CertifiedKey>>,
    /// Of the addresses, which clients do not name.
    of_addresses: Option<Arc<CertifiedKey>>,
    /// Of the files, for everybody.
    of_files: Option<Arc<CertifiedKey>>,
    /// The certificates that an authority asks for, by the name that it asks with.
    challenges: HashMap<String, Arc<CertifiedKey>>,
}

impl Resolver {
    /// Serves this certificate whatever a client asks for. The client says in words what does not fit.
    pub(crate) fn set_of_files(&self, key: Arc<CertifiedKey>) {
        self.write(|certificates| certificates.of_files = Some(key));
    }

    /// Serves this certificate for these names and addresses.
    pub(crate) fn set(&self, domains: &[Domain], key: &Arc<CertifiedKey>) {
        self.write(|certificates| {
            for domain in domains {
                let key = Arc::clone(key);
                match domain {
                    Domain::Name(name) => {
                        certificates.by_name.insert(name.clone(), key);
                    }
                    Domain::Address(_) => certificates.of_addresses = Some(key),
                }
            }
        });
    }

    /// Answers the challenge for this name or address, or no longer does.
    pub(crate) fn set_challenge(&self, domain: &Domain, key: Option<Arc<CertifiedKey>>) {
        let name = challenge_name(domain);
        self.write(|certificates| match key {
            Some(key) => {
                certificates.challenges.insert(name, key);
            }
            None => {
                certificates.challenges.remove(&name);
            }
        });
    }

    fn write(&self, change: impl FnOnce(&mut Certificates)) {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let certificates = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let is_challenge = hello
            .alpn()
            .is_some_and(|mut protocols| protocols.any(|protocol| protocol == ACME));
        certificates
            .find(hello.server_name(), is_challenge)
            .cloned()
    }
}

impl Certificates {
    fn find(&self, name: Option<&str>, is_challenge: bool) -> Option<&Arc<CertifiedKey>> {
        let name = name.map(|name| name.trim_end_matches('.').to_ascii_lowercase());
        if is_challenge {
            return self.challenges.get(&name?);
        }
        if let Some(of_files) = &self.of_files {
            return Some(of_files);
        }
        match name {
            Some(name) => self.by_name.get(&name),
            None => self.of_addresses.as_ref(),
        }
    }
}

/// The name that an authority asks with. For an address it is that of its reverse mapping (RFC 8738, section 6).
fn challenge_name(domain: &Domain) -> String {
    match domain {
        Domain::Name(name) => name.clone(),
        Domain::Address(IpAddr::V4(address)) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        Domain::Address(IpAddr::V6(address)) => {
            let nibbles = address.octets().into_iter().rev();
            let name: String = nibbles
                .map(|byte| format!("{:x}.{:x}.", byte & 15, byte >> 4))
                .collect();
            format!("{name}ip6.arpa")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_authority_asks_for_an_address_by_its_reverse_name() {
        let name = |text: &str| challenge_name(&text.parse().unwrap());
        assert_eq!(name("203.0.113.7"), "7.113.0.203.in-addr.arpa");
        assert_eq!(
            name("2001:db8::7"),
            "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
        );
        assert_eq!(name("call.example.org"), "call.example.org");
    }
}
