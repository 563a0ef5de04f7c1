//! The ports of this computer that its router opens: that of the embedded server, and that of a STUN and TURN server.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hkdf::Hkdf;
use parlour_port_mapping::{Config, PortMapper, Ports, PublicAddress, Reason, State, Status};
use parlour_signaling::crypto::RoomSecret;
use parlour_turn::ServerUrl;
use parlour_turn::client::bindings;
use sha2::Sha256;
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Controller, Platform, until};
use crate::storage::settings::Reach;
use crate::view::{PortMappingStatus, PortMappingUnavailable, ReachStatus};

/// How long *Copy invite* waits for a better invite.
const INVITE_TIMEOUT: Duration = Duration::from_millis(1_500);
/// For the answers of all STUN servers.
const STUN_TIMEOUT: Duration = Duration::from_secs(1);
/// More servers say nothing more.
const MAX_STUN_SERVERS: usize = 4;

/// The owner of the [`PortMapper`], which there is while a port is wanted.
#[derive(Default)]
pub(super) struct PortMapping {
    mapper: Option<PortMapper>,
    states: Option<watch::Receiver<State>>,
    /// Until then *Copy invite* waits.
    invite_deadline: Option<Instant>,
    /// The port of our own STUN and TURN server.
    turn_port: Option<u16>,
}

impl PortMapping {
    /// Waits for another state, or for the end of the wait for an invite.
    pub(super) async fn changed(&mut self) {
        let next = async {
            let changed = match &mut self.states {
                Some(states) => states.changed().await.is_ok(),
                None => false,
            };
            if !changed {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = next => {}
            () = until(self.invite_deadline) => self.invite_deadline = None,
        }
    }

    fn state(&self) -> Option<State> {
        self.states.as_ref().map(|states| *states.borrow())
    }

    /// Where others reach the port of our own STUN and TURN server from the internet.
    pub(super) fn turn_addresses(&self) -> Vec<SocketAddr> {
        self.state()
            .map(|state| state.udp().collect())
            .unwrap_or_default()
    }

    /// Where others reach the port of the embedded server.
    pub(super) fn host_addresses(&self) -> Vec<SocketAddr> {
        self.state()
            .map(|state| state.tcp().collect())
            .unwrap_or_default()
    }

    /// An address that is found later makes the invite better. IPv6 adds none.
    fn is_invite_complete(&self) -> bool {
        self.invite_deadline.is_none()
            || self
                .state()
                .is_none_or(|state| state.ipv4 != Status::Trying)
    }

    fn status(&self) -> PortMappingStatus {
        let Some(state) = self.state() else {
            return PortMappingStatus::Off;
        };
        if let Some(external) = state.tcp().chain(state.udp()).next() {
            return PortMappingStatus::Mapped {
                external: external.to_string(),
            };
        }
        match (state.ipv4, state.ipv6) {
            // IPv4 says more: most homes have a router for it.
            (Status::Unavailable(Reason::NoRouter), Status::Unavailable(reason))
            | (Status::Unavailable(reason), Status::Unavailable(_)) => {
                PortMappingStatus::Unavailable {
                    reason: reason.into(),
                }
            }
            _ => PortMappingStatus::Trying,
        }
    }

    pub(super) fn network_changed(&self) {
        if let Some(mapper) = &self.mapper {
            mapper.network_changed();
        }
    }
}

impl From<Reason> for PortMappingUnavailable {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::NoRouter => Self::NoRouter,
            Reason::NoAnswer => Self::NoAnswer,
            Reason::Refused => Self::Refused,
            Reason::BehindAnotherRouter => Self::BehindAnotherRouter,
            Reason::NotConfirmed => Self::NotConfirmed,
        }
    }
}

impl<P: Platform> Controller<P> {
    pub(super) fn reach_status(&self) -> ReachStatus {
        ReachStatus {
            invite_complete: self.port_mapping.is_invite_complete(),
            port_mapping: self.port_mapping.status(),
        }
    }

    /// The port of our own STUN and TURN server, or none.
    pub(super) fn set_turn_port(&mut self, port: Option<u16>) {
        if self.port_mapping.turn_port != port {
            self.port_mapping.turn_port = port;
            self.update_port_mapping();
        }
    }

    /// Opens the ports that are wanted now, and closes the others.
    pub(super) fn update_port_mapping(&mut self) {
        let room = self.room.as_ref().filter(|room| room.is_open());
        let is_allowed = self.reach() >= Reach::Open;
        let (Some(room), true) = (room, is_allowed) else {
            return self.close_ports();
        };
        let ports = Ports {
            tcp: room.hosted_port(),
            udp: self.port_mapping.turn_port,
        };
        if ports == Ports::default() {
            return self.close_ports();
        }
        if let Some(mapper) = &self.port_mapping.mapper {
            return mapper.set_ports(ports);
        }
        let config = Config {
            ports,
            key: key(&room.invite().secret),
            public_address: public_address(self.stun_servers()),
        };
        let mapper = self.platform.open_ports(config);
        self.port_mapping.states = Some(mapper.state());
        self.port_mapping.mapper = Some(mapper);
        // A guest's own port is not in the invite.
        self.port_mapping.invite_deadline = ports.tcp.map(|_| Instant::now() + INVITE_TIMEOUT);
    }

    fn close_ports(&mut self) {
        self.port_mapping.states = None;
        self.port_mapping.invite_deadline = None;
        if let Some(mapper) = self.port_mapping.mapper.take() {
            self.closing.spawn(mapper.release());
        }
        self.name_external_addresses();
    }

    /// The invite names the addresses at which the router has opened the port.
    pub(super) fn name_external_addresses(&mut self) {
        let state = self.port_mapping.state();
        let external = state.map(|state| state.tcp().collect()).unwrap_or_default();
        if let Some(room) = &mut self.room
            && room.set_external_addresses(external)
        {
            self.on_invite_changed();
        }
    }

    /// A copy of the invite on the clipboard is made better, if it is still there.
    pub(super) fn on_invite_changed(&mut self) {
        self.save_last_room();
        let Some((copied, templates)) = &self.copied_invite else {
            return;
        };
        let text = self
            .room
            .as_ref()
            .map(|room| room.invite_text(templates, &self.settings));
        if let Some(Ok(text)) = text
            && text != *copied
            && self.platform.replace_in_clipboard(copied, &text)
        {
            self.copied_invite = Some((text, templates.clone()));
        }
    }

    /// The STUN servers that say which address this computer has.
    fn stun_servers(&self) -> Vec<ServerUrl> {
        let public = self.settings.public_stun(self.reach());
        let servers = self.settings.ice_servers.iter().chain(&public);
        let urls = servers.flat_map(|server| &server.urls);
        let parsed = urls.filter_map(|url| ServerUrl::parse(url));
        parsed.filter(|server| !server.is_turn).collect()
    }
}

/// The secret of the mappings of a room, the same after a crash.
fn key(secret: &RoomSecret) -> [u8; 32] {
    let mut key = [0; 32];
    // 32 bytes are no more than HKDF can make.
    let _ = Hkdf::<Sha256>::new(None, secret.expose()).expand(b"parlour v1 port mapping", &mut key);
    key
}

/// Asks all servers at once, and takes what the first of the list says that has answered.
fn public_address(servers: Vec<ServerUrl>) -> PublicAddress {
    let servers = Arc::new(servers);
    Arc::new(move || {
        let servers = Arc::clone(&servers);
        Box::pin(async move { ask(&servers).await })
    })
}

async fn ask(servers: &[ServerUrl]) -> Option<IpAddr> {
    let mut addresses = Vec::new();
    let resolving = async {
        for server in servers.iter().take(MAX_STUN_SERVERS) {
            let resolved = server.resolve().await;
            addresses.extend(resolved.into_iter().find(SocketAddr::is_ipv4));
        }
    };
    let _ = tokio::time::timeout(STUN_TIMEOUT, resolving).await;
    let socket = UdpSocket::bind("0.0.0.0:0").await.ok()?;
    let answers = bindings(&socket, &addresses, STUN_TIMEOUT).await;
    answers
        .into_iter()
        .find_map(|answer| Some(answer.ok()?.address.ip()))
}
