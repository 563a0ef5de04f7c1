//! A router that speaks NAT-PMP (RFC 6886).

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;

use super::{Granted, Wanted, exchange};
use crate::Reason;
use crate::lease::LEASE;
use crate::route::Route;
use crate::wire::nat_pmp::{ADDRESS_REQUEST, Body, Response, SUCCESS, map_request};

/// Section 3.5: the router has no address of its own yet, or none that could be mapped.
const NETWORK_FAILURE: u16 = 3;

pub(crate) struct NatPmp {
    socket: UdpSocket,
    external: Ipv4Addr,
}

impl NatPmp {
    /// Asks for the external address.
    pub(super) async fn open(route: Route) -> Result<Self, Reason> {
        if route.source.is_ipv6() {
            return Err(Reason::NoAnswer);
        }
        let socket = exchange::connect(&route).await?;
        let external = external_address(&socket).await?;
        Ok(Self { socket, external })
    }

    pub(super) async fn map(&mut self, wanted: Wanted) -> Result<Granted, Reason> {
        // It may have changed since the last time.
        self.external = external_address(&self.socket).await?;
        let lifetime = u32::try_from(LEASE.as_secs()).unwrap_or(u32::MAX);
        let (port, seconds, epoch) = self.ask(wanted, wanted.external_port(), lifetime).await?;
        Ok(Granted {
            external: SocketAddr::new(self.external.into(), port),
            lifetime: Duration::from_secs(seconds.into()),
            epoch: Some(epoch),
        })
    }

    pub(super) async fn unmap(&self, wanted: Wanted) {
        // It expires otherwise.
        let _ = self.ask(wanted, 0, 0).await;
    }

    /// The external port, the lifetime in seconds, and the router's clock.
    async fn ask(
        &self,
        wanted: Wanted,
        suggested: u16,
        lifetime: u32,
    ) -> Result<(u16, u32, u32), Reason> {
        let packet = map_request(wanted.protocol, wanted.port, suggested, lifetime);
        let read = |packet: &[u8]| {
            let response = Response::parse(packet)?;
            match response.body {
                Body::Mapping {
                    protocol,
                    internal_port,
                    external_port,
                    lifetime,
                } if protocol == wanted.protocol && internal_port == wanted.port => {
                    Some((response.result, external_port, lifetime, response.epoch))
                }
                _ => None,
            }
        };
        let (result, port, lifetime, epoch) =
            exchange::request(&self.socket, &packet, read).await?;
        if result == SUCCESS {
            Ok((port, lifetime, epoch))
        } else {
            tracing::info!(result, "the router refuses a mapping by NAT-PMP");
            Err(Reason::Refused)
        }
    }
}

async fn external_address(socket: &UdpSocket) -> Result<Ipv4Addr, Reason> {
    let read = |packet: &[u8]| {
        let response = Response::parse(packet)?;
        match response.body {
            Body::Address(address) => Some((response.result, address)),
            Body::Mapping { .. } => None,
        }
    };
    match exchange::request(socket, &ADDRESS_REQUEST, read).await? {
        (SUCCESS, address) => Ok(address),
        (NETWORK_FAILURE, _) => Err(Reason::BehindAnotherRouter),
        (result, _) => {
            tracing::info!(result, "the router refuses its address by NAT-PMP");
            Err(Reason::Refused)
        }
    }
}
