//! The joined room: its invite, its client, and the server if this computer hosts it.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use parlour_relay::bridge::BridgeStatus;
use parlour_relay::bridged_server::BridgedServer;
use parlour_signaling::client::{
    ClientConfig, FailReason, RetryPolicy, RoomClient, RoomEvent, ServerAccess, ServerFault,
    TcpTransport,
};
use parlour_signaling::crypto::RoomSecret;
use parlour_signaling::invite::{Endpoint, Invite, Relays};
use parlour_signaling::looks::shown_address;
use parlour_signaling::protocol::{Access, IceServer, PeerId, ServerErrorCode};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::hosting::EmbeddedServer;
use super::ice_servers;
use super::invite_text::{self, Published};
use super::relays::{self, bridge_config};
use super::room_place::is_of_private_network;
use super::room_state::RoomState;
use super::turn::RoomTurn;
use crate::error::{AppError, ErrorCode};
use crate::storage::last_room::LastRoom;
use crate::storage::settings::{Reach, Settings};
use crate::view::{InviteTemplates, Phase, RelayView, RoomHost, RoomView};

pub(super) struct JoinedRoom {
    invite: Invite,
    /// Where our own client finds the server.
    endpoints: Vec<Endpoint>,
    server: Option<EmbeddedServer>,
    /// The own server with its bridge to the relays, if the invite names some and the app may use them.
    bridged_server: Option<BridgedServer>,
    relay_status: Option<watch::Receiver<BridgeStatus>>,
    /// Our peer id before the app ended without a leave.
    previous_peer_id: Option<PeerId>,
    access: ServerAccess,
    /// We start the room, on the server of the settings.
    is_new: bool,
    /// While there is a page for the call.
    client: Option<RoomClient>,
    /// While the app may be reached from the internet.
    turn: Option<RoomTurn>,
    /// Our STUN and TURN servers as each other member was told them last. Nobody is told first that there are none.
    told: HashMap<PeerId, Vec<IceServer>>,
    pub(super) state: RoomState,
}

impl JoinedRoom {
    /// Hosted by this computer.
    pub(super) fn hosted(secret: RoomSecret, server: EmbeddedServer, name: String) -> Self {
        let invite = Invite {
            endpoints: server.endpoints().to_vec(),
            relays: Relays::default(),
            secret,
        };
        Self {
            endpoints: vec![server.local_endpoint()],
            server: Some(server),
            ..Self::remote(invite, name)
        }
    }

    /// Hosted where the invite says.
    pub(super) fn remote(invite: Invite, name: String) -> Self {
        Self {
            endpoints: invite.endpoints.clone(),
            invite,
            server: None,
            bridged_server: None,
            relay_status: None,
            previous_peer_id: None,
            access: ServerAccess::default(),
            is_new: false,
            client: None,
            turn: None,
            told: HashMap::new(),
            state: RoomState::new(name),
        }
    }

    /// Others find the room by these relays too. Somebody may be there already, unless it is new.
    pub(super) fn host_by_relays(&mut self, relays: Relays, is_new: bool) {
        self.invite.relays = relays;
        if let Some(server) = &self.server
            && let Some(config) = bridge_config(&self.invite, !is_new)
        {
            self.set_bridged_server(BridgedServer::of_host(config, server.handle()));
        }
    }

    /// The room is looked for by the relays of its invite when no endpoint answers.
    pub(super) fn join_by_relays(&mut self) {
        if let Some(config) = bridge_config(&self.invite, true) {
            self.set_bridged_server(BridgedServer::of_guest(config));
            self.endpoints.push(BridgedServer::endpoint());
        }
    }

    fn set_bridged_server(&mut self, bridged_server: BridgedServer) {
        self.relay_status = Some(bridged_server.status());
        self.bridged_server = Some(bridged_server);
    }

    /// Changes when a relay's state does.
    pub(super) fn relay_status(&self) -> Option<watch::Receiver<BridgeStatus>> {
        self.relay_status.clone()
    }

    /// The page's link with a peer is up, or has been dead for a while.
    pub(super) fn report_link(&self, peer: PeerId, is_up: bool) {
        if let Some(bridged_server) = &self.bridged_server {
            bridged_server.report_link(peer, is_up);
        }
    }

    /// The place of this peer id is ours.
    pub(super) fn replace_peer(&mut self, id: &str) {
        self.previous_peer_id = id.parse().ok();
    }

    /// The room is new on this server of the settings, which may ask for its access token.
    pub(super) fn start_with_token(&mut self, server: Endpoint, token: String) {
        self.is_new = true;
        if !token.is_empty() {
            self.access.set(server, Access::Token(token));
        }
    }

    /// Permits that servers gave us in this room before.
    pub(super) fn use_permits(&mut self, permits: &BTreeMap<String, String>) {
        for (server, permit) in permits {
            if let Ok(server) = Endpoint::parse(server) {
                self.access.set_permit(&server, permit);
            }
        }
    }

    pub(super) fn apply(&mut self, event: RoomEvent) {
        match event {
            RoomEvent::Failed(FailReason::Refused(ServerErrorCode::AccessRequired)) => {
                self.state.fail(self.access_required());
            }
            RoomEvent::Failed(FailReason::Unreachable(fault))
                if fault != ServerFault::Offline && self.is_without_relay() =>
            {
                self.state.fail(ErrorCode::RelaysUnreachable);
            }
            // A device of one's own network may have the address that the host has in another network.
            RoomEvent::Failed(FailReason::Unreachable(
                ServerFault::NoAnswer | ServerFault::NotParlour,
            )) if is_of_private_network(&self.endpoints) => {
                self.state.fail(ErrorCode::RoomOutOfNetwork);
            }
            event => {
                if let RoomEvent::Joined { server, permit, .. } = &event
                    && let Some(permit) = permit
                {
                    self.access.set_permit(server, permit);
                }
                self.state.apply(event);
            }
        }
    }

    /// It was to be found by relays, and none has answered.
    fn is_without_relay(&self) -> bool {
        let status = self.relay_status.as_ref();
        status.is_some_and(|status| !status.borrow().has_gathered)
    }

    /// Only who starts a room can help by entering a token.
    const fn access_required(&self) -> ErrorCode {
        if self.is_new {
            ErrorCode::AccessRequired
        } else {
            ErrorCode::RoomNotOpen
        }
    }

    pub(super) fn view(&self, settings: &Settings, reach: Reach) -> RoomView {
        let state = &self.state;
        let own_turn = self.turn.as_ref().and_then(RoomTurn::for_own_page);
        RoomView {
            invite: invite_text::link(
                &self.invite,
                Published::BUILT_WITH.with_page(&settings.invite_page),
            ),
            hosting: self.is_hosting(),
            reachable: self
                .server
                .as_ref()
                .is_none_or(EmbeddedServer::is_reachable),
            server: state.server.clone(),
            invited_server: match self.endpoints.as_slice() {
                [only] if *only != BridgedServer::endpoint() => Some(shown_address(only)),
                _ => None,
            },
            on_own_server: self.is_new,
            phase: state.phase,
            connection: state.connection,
            host: state.host,
            relays: self.relay_views(),
            me: state.me.clone(),
            name: state.name.clone(),
            peers: state.shown_peers(),
            member_turn: ice_servers::turn_of_members(
                settings,
                reach,
                own_turn.as_ref().map(|turn| (state.me.as_str(), turn)),
                &state.member_ice_servers,
            ),
            ice_servers: ice_servers::for_page(
                settings,
                reach,
                own_turn,
                &state.ice_servers,
                &state.member_ice_servers,
            ),
            relay_only: settings.relay_only,
        }
    }

    /// When the host has left, the relays keep the room open from the first moment, although none was asked yet.
    fn relay_views(&self) -> Vec<RelayView> {
        let Some(status) = &self.relay_status else {
            return Vec::new();
        };
        let asked = relays::views(&status.borrow());
        if !asked.is_empty() || self.state.host != RoomHost::Left {
            return asked;
        }
        bridge_config(&self.invite, true)
            .map_or_else(Vec::new, |config| relays::about_to_be_asked(&config))
    }

    /// The STUN and TURN servers that the page has, without that of this app.
    pub(super) fn ice_servers_of_others(
        &self,
        settings: &Settings,
        reach: Reach,
    ) -> Vec<IceServer> {
        let state = &self.state;
        let of_members = &state.member_ice_servers;
        ice_servers::for_page(settings, reach, None, &state.ice_servers, of_members)
    }

    pub(super) fn invite(&self) -> &Invite {
        &self.invite
    }

    pub(super) fn to_last_room(&self) -> LastRoom {
        LastRoom {
            invite: self.invite.to_link(),
            port: self.server.as_ref().map(EmbeddedServer::port),
            name: self.state.name.clone(),
            entered: self.state.phase == Phase::Entered,
            me: self.state.me.clone(),
            permits: self
                .access
                .permits()
                .map(|(server, permit)| (server.to_string(), permit.to_owned()))
                .collect(),
        }
    }

    pub(super) fn invite_text(
        &self,
        templates: &InviteTemplates,
        settings: &Settings,
    ) -> Result<String, AppError> {
        let published = Published::BUILT_WITH.with_page(&settings.invite_page);
        invite_text::text(&self.invite, templates, published)
    }

    /// Starts the STUN and TURN server of this app if others may reach it, and ends it if not.
    pub(super) fn serve_turn(&mut self, is_wanted: bool, forwarded: Option<IpAddr>) {
        if !is_wanted {
            self.turn = None;
        } else if self.turn.is_none() {
            self.turn = RoomTurn::start(self.server.as_ref(), forwarded)
                .inspect_err(|error| tracing::info!(%error, "no TURN server for the room"))
                .ok();
        }
    }

    /// When the members are told another credential for it.
    pub(super) fn turn_deadline(&self) -> Option<Instant> {
        let turn = self.turn.as_ref().filter(|_| self.is_open());
        turn.map(RoomTurn::renew_at)
    }

    /// The UDP port that the router shall open for it.
    pub(super) fn turn_port(&self) -> Option<u16> {
        self.turn.as_ref().map(RoomTurn::port)
    }

    /// Where the router has opened the ports.
    pub(super) fn set_public_addresses(&mut self, udp: Vec<SocketAddr>, tcp: Vec<SocketAddr>) {
        if let Some(turn) = &mut self.turn {
            turn.set_public(udp, tcp);
        }
    }

    /// Tells each member the STUN and TURN servers that we have for it, once.
    pub(super) async fn share_ice_servers(&mut self, settings: &Settings) {
        let own = self.turn.as_mut().and_then(RoomTurn::for_members);
        let shared = ice_servers::shared_by_settings(settings).cloned();
        let servers: Vec<IceServer> = own.into_iter().chain(shared).collect();
        let Some(client) = &self.client else {
            self.told.clear();
            return;
        };
        let peers: Vec<PeerId> = self.state.peer_ids().collect();
        self.told.retain(|peer, _| peers.contains(peer));
        for peer in peers {
            if self.told.get(&peer).map_or(&[][..], Vec::as_slice) == servers {
                continue;
            }
            let signal = ice_servers::signal(&servers);
            match client.send_signal(peer, signal, None).await {
                Ok(()) => drop(self.told.insert(peer, servers.clone())),
                Err(error) => tracing::info!(%error, "a member is not told of our TURN servers"),
            }
        }
    }

    /// After a network change others may find a room that is hosted here under other addresses.
    /// True when they have changed.
    pub(super) fn update_addresses(&mut self) -> bool {
        let has_changed = self
            .server
            .as_mut()
            .is_some_and(EmbeddedServer::update_addresses);
        if let Some(bridged_server) = &self.bridged_server {
            bridged_server.network_changed();
        }
        if let Some(turn) = &mut self.turn {
            turn.network_changed();
        }
        self.name_endpoints(has_changed)
    }

    /// The addresses at which the router has opened the port of a room that is hosted here. True when they have changed.
    pub(super) fn set_external_addresses(&mut self, external: Vec<SocketAddr>) -> bool {
        let server = self.server.as_mut();
        let has_changed = server.is_some_and(|server| server.set_external_addresses(external));
        self.name_endpoints(has_changed)
    }

    fn name_endpoints(&mut self, have_changed: bool) -> bool {
        if have_changed && let Some(server) = &self.server {
            self.invite.endpoints = server.endpoints().to_vec();
        }
        have_changed
    }

    /// The port of the server here, if the room is hosted here.
    pub(super) fn hosted_port(&self) -> Option<u16> {
        self.server.as_ref().map(EmbeddedServer::port)
    }

    pub(super) fn is_hosting(&self) -> bool {
        self.server.is_some()
    }

    /// The room has not failed.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.state.phase, Phase::Failed { .. })
    }

    pub(super) fn is_room_of(&self, invite: &Invite) -> bool {
        self.invite.secret == invite.secret
    }

    pub(super) fn client(&self) -> Option<&RoomClient> {
        self.client.as_ref()
    }

    pub(super) fn take_client(&mut self) -> Option<RoomClient> {
        self.client.take()
    }

    /// Joins as a new peer, and enters if the person had entered.
    pub(super) async fn connect(&mut self) -> mpsc::Receiver<RoomEvent> {
        let config = ClientConfig {
            endpoints: self.endpoints.clone(),
            secret: self.invite.secret.clone(),
            previous_peer_id: self.previous_peer_id,
            name: self.state.name.clone(),
            guest: false,
            retry: RetryPolicy::default(),
            access: self.access.clone(),
        };
        let (client, events) = match &self.bridged_server {
            Some(bridged_server) => {
                let is_only = self.endpoints.len() == 1;
                let transport =
                    bridged_server.transport(Arc::new(TcpTransport::default()), is_only);
                let (client, events) = RoomClient::spawn_with_transport(config, transport);
                bridged_server.set_own(client.session_key().clone());
                (client, events)
            }
            None => RoomClient::spawn(config),
        };
        self.state.begin(client.peer_id());
        self.client = Some(client);
        if self.state.phase == Phase::Entered {
            self.enter(self.state.name.clone()).await;
        }
        events
    }

    pub(super) async fn enter(&mut self, name: String) {
        self.state.name = name.clone();
        self.state.phase = Phase::Entered;
        if let Some(client) = &self.client
            && let Err(error) = client.enter(name).await
        {
            tracing::info!(%error, "the client does not enter");
        }
    }

    /// The call page attached. True when that needs a new client: the page was there before, or the client has ended
    /// since.
    pub(super) fn page_attached(&mut self) -> bool {
        let was_attached = std::mem::replace(&mut self.state.is_page_attached, true);
        self.is_open() && (was_attached || self.client.is_none())
    }

    /// The call page was there when the room began.
    pub(super) fn set_page_attached(&mut self) {
        self.state.is_page_attached = true;
    }

    /// The room stays, without its client.
    pub(super) fn page_closed(&mut self) -> Option<RoomClient> {
        self.state.page_closed();
        self.take_client()
    }

    /// The client has no more events: it failed and reported it, or it crashed.
    pub(super) fn client_ended(&mut self) {
        self.client = None;
        if self.is_open() {
            tracing::error!("the signaling client ended without a reason");
            self.state.fail(ErrorCode::Internal);
        }
    }

    /// Sends the leave, then ends the server that was hosted here.
    pub(super) async fn leave(self) {
        if let Some(client) = self.client {
            client.leave().await;
        }
        if let Some(bridged_server) = self.bridged_server {
            bridged_server.close().await;
        }
        if let Some(turn) = self.turn {
            turn.shutdown().await;
        }
        if let Some(server) = self.server {
            server.shutdown().await;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn code_of(endpoints: &[&str], fault: ServerFault) -> ErrorCode {
        let endpoints = endpoints.iter().map(|text| text.parse().unwrap());
        let invite = Invite {
            endpoints: endpoints.collect(),
            relays: Relays::default(),
            secret: RoomSecret::random(),
        };
        let mut room = JoinedRoom::remote(invite, "Mei".into());
        room.apply(RoomEvent::Failed(FailReason::Unreachable(fault)));
        match room.state.phase {
            Phase::Failed { code } => code,
            phase => panic!("{phase:?}"),
        }
    }

    #[test]
    fn a_room_with_relays_is_never_closed_when_its_host_leaves() {
        let invite = Invite {
            endpoints: vec!["192.168.77.5:18420".parse().unwrap()],
            relays: Relays {
                named: vec!["relay.example".parse().unwrap()],
                listed: false,
            },
            secret: RoomSecret::random(),
        };
        let relays = |room: &JoinedRoom| {
            let view = room.view(&Settings::default(), Reach::Anywhere);
            view.relays.into_iter().map(|relay| relay.name).collect()
        };
        let mut room = JoinedRoom::remote(invite.clone(), "Mei".into());
        room.join_by_relays();
        let none: Vec<String> = relays(&room);
        assert!(none.is_empty(), "the host answers, and no relay was asked");
        room.state.host = RoomHost::Left;
        let asked: Vec<String> = relays(&room);
        assert_eq!(asked, ["relay.example"]);
        let mut on_own_network = JoinedRoom::remote(invite, "Mei".into());
        on_own_network.state.host = RoomHost::Left;
        let none: Vec<String> = relays(&on_own_network);
        assert!(none.is_empty(), "relays may not be used");
    }

    #[test]
    fn a_room_at_home_that_does_not_answer_is_on_another_network() {
        let at_home = ["192.168.77.5:18420", "[2001:db8::5]:18420"];
        for fault in [ServerFault::NoAnswer, ServerFault::NotParlour] {
            assert_eq!(code_of(&at_home, fault), ErrorCode::RoomOutOfNetwork);
            assert_eq!(
                code_of(&["[fd00::5]:18420"], fault),
                ErrorCode::RoomOutOfNetwork
            );
        }
        assert_eq!(
            code_of(&at_home, ServerFault::Offline),
            ErrorCode::NoNetwork
        );
        for elsewhere in ["a.example", "203.0.113.5:18420", "127.0.0.1:18420"] {
            assert_eq!(
                code_of(&[elsewhere], ServerFault::NoAnswer),
                ErrorCode::ServerUnreachable
            );
        }
        let with_server = ["192.168.77.5:18420", "a.example"];
        assert_eq!(
            code_of(&with_server, ServerFault::NoAnswer),
            ErrorCode::ServerUnreachable
        );
    }
}
