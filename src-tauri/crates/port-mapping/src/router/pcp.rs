//! A router that speaks PCP (RFC 6887).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::net::UdpSocket;

use super::{Granted, Wanted, exchange};
use crate::lease::LEASE;
use crate::route::Route;
use crate::wire::pcp::{Body, MapRequest, Nonce, Response, SUCCESS};
use crate::{Protocol, Reason};

/// A secret from which the nonce of each mapping is made, so that the app finds its own mappings again after a crash.
#[derive(Clone)]
pub(crate) struct NonceKey([u8; 32]);

impl NonceKey {
    pub(crate) const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    fn nonce(&self, client: IpAddr, protocol: Protocol, port: u16) -> Nonce {
        let digest = Sha256::new()
            .chain_update(self.0)
            .chain_update(client.to_string())
            .chain_update([protocol.number()])
            .chain_update(port.to_be_bytes())
            .finalize();
        let mut nonce = Nonce::default();
        for (byte, digest) in nonce.iter_mut().zip(digest) {
            *byte = digest;
        }
        nonce
    }
}

pub(crate) struct Pcp {
    socket: UdpSocket,
    source: IpAddr,
    nonces: NonceKey,
}

impl Pcp {
    pub(super) async fn open(route: Route, nonces: NonceKey) -> Result<Self, Reason> {
        Ok(Self {
            socket: exchange::connect(&route).await?,
            source: route.source,
            nonces,
        })
    }

    pub(super) async fn map(&self, wanted: Wanted) -> Result<Granted, Reason> {
        let request = self.request(wanted, LEASE);
        let answer = self.ask(&request).await?;
        match answer {
            Response {
                result: SUCCESS,
                body: Body::Map { external, .. },
                lifetime,
                epoch,
            } => Ok(Granted {
                external,
                lifetime: Duration::from_secs(lifetime.into()),
                epoch: Some(epoch),
            }),
            Response {
                body: Body::OtherVersion,
                ..
            } => Err(Reason::NoAnswer),
            Response { result, .. } => {
                tracing::info!(result, "the router refuses a mapping by PCP");
                Err(Reason::Refused)
            }
        }
    }

    pub(super) async fn unmap(&self, wanted: Wanted) {
        let request = MapRequest {
            suggested: unspecified(self.source),
            ..self.request(wanted, Duration::ZERO)
        };
        // It expires otherwise.
        let _ = self.ask(&request).await;
    }

    async fn ask(&self, request: &MapRequest) -> Result<Response, Reason> {
        let read = |packet: &[u8]| Response::parse(packet).filter(|read| read.answers(request));
        exchange::request(&self.socket, &request.encode(), read).await
    }

    fn request(&self, wanted: Wanted, lifetime: Duration) -> MapRequest {
        let suggested = wanted.previous.unwrap_or_else(|| {
            let mut suggested = unspecified(self.source);
            suggested.set_port(wanted.port);
            suggested
        });
        MapRequest {
            nonce: self.nonces.nonce(self.source, wanted.protocol, wanted.port),
            protocol: wanted.protocol,
            client: self.source,
            internal_port: wanted.port,
            suggested,
            lifetime: u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX),
        }
    }
}

const fn unspecified(like: IpAddr) -> SocketAddr {
    let address = match like {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    SocketAddr::new(address, 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_mapping_has_the_same_nonce_after_a_crash_and_no_other_has_it() {
        let source: IpAddr = "192.168.1.10".parse().unwrap();
        let nonce =
            |key: u8, protocol, port| NonceKey::new([key; 32]).nonce(source, protocol, port);
        assert_eq!(nonce(1, Protocol::Tcp, 80), nonce(1, Protocol::Tcp, 80));
        let others = [
            nonce(2, Protocol::Tcp, 80),
            nonce(1, Protocol::Udp, 80),
            nonce(1, Protocol::Tcp, 81),
        ];
        for other in others {
            assert_ne!(nonce(1, Protocol::Tcp, 80), other);
        }
    }
}
