//! The state of the joined room, and the signals that wait for the call page. Pure.

use std::collections::VecDeque;

use parlour_relay::bridged_server::BridgedServer;
use parlour_signaling::client::{FailReason, Member, Presence, RoomEvent, ServerFault};
use parlour_signaling::looks::shown_address;
use parlour_signaling::protocol::{IceServer, PeerId, ServerErrorCode};

use super::ice_servers::MemberIceServers;
use super::namesakes::Namesakes;
use crate::error::ErrorCode;
use crate::view::{ConnectionState, PeerView, Phase, RoomHost, SignalEvent};

/// Signals kept for a call page that has not attached yet. The offers of a full room with their candidates fit. Signals
/// above the limit are dropped: these are late candidates, as offers come first.
const MAX_WAITING_SIGNALS: usize = 256;

#[derive(Debug)]
pub(super) struct RoomState {
    pub(super) me: String,
    pub(super) name: String,
    pub(super) phase: Phase,
    pub(super) connection: ConnectionState,
    pub(super) server: Option<String>,
    pub(super) host: RoomHost,
    /// Under the names that they gave themselves.
    pub(super) peers: Vec<PeerView>,
    namesakes: Namesakes,
    pub(super) ice_servers: Vec<IceServer>,
    pub(super) member_ice_servers: MemberIceServers,
    pub(super) is_page_attached: bool,
    signals: VecDeque<SignalEvent>,
}

impl RoomState {
    pub(super) fn new(name: String) -> Self {
        Self {
            me: String::new(),
            name,
            phase: Phase::Lobby,
            connection: ConnectionState::Connecting,
            server: None,
            host: RoomHost::Server,
            peers: Vec::new(),
            namesakes: Namesakes::default(),
            ice_servers: Vec::new(),
            member_ice_servers: MemberIceServers::default(),
            is_page_attached: false,
            signals: VecDeque::new(),
        }
    }

    /// A new client joins under this id.
    pub(super) fn begin(&mut self, me: PeerId) {
        self.me = me.to_string();
        self.disconnect();
    }

    pub(super) fn page_closed(&mut self) {
        self.is_page_attached = false;
        self.disconnect();
    }

    fn disconnect(&mut self) {
        self.connection = ConnectionState::Connecting;
        self.peers.clear();
        self.signals.clear();
        self.member_ice_servers.clear();
    }

    pub(super) fn apply(&mut self, event: RoomEvent) {
        match event {
            RoomEvent::Joined {
                server,
                ice_servers,
                members,
                embedded,
                ..
            } => {
                self.connection = ConnectionState::Online;
                let is_own = server == BridgedServer::endpoint();
                self.host = match embedded {
                    _ if is_own => RoomHost::Relays,
                    true => RoomHost::Person,
                    false => RoomHost::Server,
                };
                self.server = (!is_own).then(|| shown_address(&server));
                self.ice_servers = ice_servers;
                self.peers = members.into_iter().map(peer_view).collect();
                self.drop_signals_of_departed();
            }
            RoomEvent::PeerJoined(member) => {
                let peer = peer_view(member);
                self.peers.retain(|known| known.id != peer.id);
                self.peers.push(peer);
            }
            RoomEvent::PeerEntered { peer, name } => self.update_peer(peer, |known| {
                known.entered = true;
                known.name = name;
            }),
            RoomEvent::PresenceChanged { peer, presence } => {
                self.update_peer(peer, |known| known.presence = presence);
            }
            RoomEvent::IceServers(servers) => self.ice_servers = servers,
            RoomEvent::PeerLeft { peer, .. } => {
                let id = peer.to_string();
                self.peers.retain(|known| known.id != id);
                self.member_ice_servers.remove(&id);
                self.drop_signals_of_departed();
            }
            RoomEvent::Signal { from, signal } => {
                if self.member_ice_servers.take(&from.to_string(), &signal) {
                    // The page gets it with the view.
                } else if self.signals.len() < MAX_WAITING_SIGNALS {
                    self.signals.push_back(SignalEvent {
                        from: from.to_string(),
                        to: self.me.clone(),
                        signal,
                    });
                } else {
                    tracing::warn!("a signal was dropped: too many wait for the call page");
                }
            }
            RoomEvent::Reconnecting => self.connection = ConnectionState::Reconnecting,
            RoomEvent::ServerEnded if self.host == RoomHost::Person => self.host = RoomHost::Left,
            RoomEvent::Unreachable if self.host == RoomHost::Person => self.host = RoomHost::Lost,
            RoomEvent::ServerEnded | RoomEvent::Unreachable => {}
            // A notice of the app.
            RoomEvent::Tampering => {}
            RoomEvent::Failed(reason) => self.fail(error_code(&reason)),
        }
    }

    /// Before the peers are shown, when all events of a moment are applied: who comes back under another id is a
    /// namesake of itself in between.
    pub(super) fn number_namesakes(&mut self) {
        self.namesakes.update(&self.name, &self.peers);
    }

    pub(super) fn shown_peers(&self) -> Vec<PeerView> {
        self.namesakes.shown(&self.peers)
    }

    /// The other peers, but those that may be gone.
    pub(super) fn peer_ids(&self) -> impl Iterator<Item = PeerId> {
        let peers = self.peers.iter();
        let there = peers.filter(|peer| peer.presence != Presence::Lost);
        there.filter_map(|peer| peer.id.parse().ok())
    }

    /// The signals for the call page. Empty while no page is attached.
    pub(super) fn take_signals(&mut self) -> Vec<SignalEvent> {
        if self.is_page_attached {
            self.signals.drain(..).collect()
        } else {
            Vec::new()
        }
    }

    pub(super) fn fail(&mut self, code: ErrorCode) {
        self.phase = Phase::Failed { code };
        self.peers.clear();
        self.signals.clear();
    }

    fn update_peer(&mut self, peer: PeerId, update: impl FnOnce(&mut PeerView)) {
        let id = peer.to_string();
        if let Some(known) = self.peers.iter_mut().find(|known| known.id == id) {
            update(known);
        }
    }

    fn drop_signals_of_departed(&mut self) {
        let peers = &self.peers;
        self.signals
            .retain(|event| peers.iter().any(|peer| peer.id == event.from));
    }
}

fn peer_view(member: Member) -> PeerView {
    PeerView {
        id: member.id.to_string(),
        name: member.name,
        entered: member.entered,
        presence: member.presence,
        role: member.role,
        guest: member.guest,
        safety_binding: member.safety_binding,
    }
}

fn error_code(reason: &FailReason) -> ErrorCode {
    match reason {
        FailReason::Unreachable(fault) => server_fault_code(*fault),
        FailReason::RoomFull => ErrorCode::RoomFull,
        FailReason::UnsupportedVersion => ErrorCode::ServerVersion,
        FailReason::Refused(code) => match code {
            ServerErrorCode::WrongRoom => ErrorCode::RoomElsewhere,
            ServerErrorCode::ServerFull | ServerErrorCode::AddressLimit => ErrorCode::ServerFull,
            _ => ErrorCode::ServerRefused,
        },
    }
}

pub(crate) const fn server_fault_code(fault: ServerFault) -> ErrorCode {
    match fault {
        ServerFault::Offline => ErrorCode::NoNetwork,
        ServerFault::NoAnswer => ErrorCode::ServerUnreachable,
        ServerFault::NameNotFound => ErrorCode::ServerNameNotFound,
        ServerFault::NotParlour => ErrorCode::ServerNotParlour,
        ServerFault::Unavailable => ErrorCode::ServerUnavailable,
        ServerFault::ProxyNoAnswer => ErrorCode::ProxyUnreachable,
        ServerFault::ProxyRefused => ErrorCode::ProxyRefused,
        ServerFault::ProxyNeedsPassword => ErrorCode::ProxyNeedsPassword,
        ServerFault::Busy => ErrorCode::ServerFull,
        ServerFault::OtherVersion => ErrorCode::ServerVersion,
        ServerFault::NeedsTls => ErrorCode::ServerNeedsTls,
        ServerFault::HasNoTls => ErrorCode::ServerHasNoTls,
        ServerFault::CertificateUntrusted => ErrorCode::CertificateUntrusted,
        ServerFault::CertificateOtherName => ErrorCode::CertificateOtherName,
        ServerFault::CertificateDate => ErrorCode::CertificateDate,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use parlour_signaling::client::Role;
    use parlour_signaling::invite::Endpoint;
    use parlour_signaling::protocol::LeftReason;
    use serde_json::{Value, json};

    use super::*;

    fn id(number: u8) -> PeerId {
        PeerId::from_bytes([number; 16])
    }

    fn member(number: u8) -> Member {
        Member {
            id: id(number),
            name: format!("peer {number}"),
            entered: false,
            presence: Presence::Online,
            role: Role::Answerer,
            guest: false,
            safety_binding: String::new(),
        }
    }

    fn signal(from: u8, text: &str) -> RoomEvent {
        RoomEvent::Signal {
            from: id(from),
            signal: json!(text),
        }
    }

    fn presence(number: u8, presence: Presence) -> RoomEvent {
        RoomEvent::PresenceChanged {
            peer: id(number),
            presence,
        }
    }

    fn joined(members: Vec<Member>) -> RoomEvent {
        RoomEvent::Joined {
            server: Endpoint::parse("parlour.example.org").unwrap(),
            ice_servers: Vec::new(),
            members,
            resumed: false,
            embedded: true,
            permit: None,
        }
    }

    fn state(members: &[u8]) -> RoomState {
        let mut state = RoomState::new("Mei".into());
        state.begin(id(0));
        state.apply(joined(members.iter().copied().map(member).collect()));
        state
    }

    fn waiting(state: &RoomState) -> Vec<&Value> {
        state.signals.iter().map(|event| &event.signal).collect()
    }

    #[test]
    fn peers_follow_the_events() {
        let mut state = state(&[1, 2]);
        assert_eq!(state.server.as_deref(), Some("parlour.example.org"));
        state.apply(RoomEvent::PeerJoined(member(3)));
        state.apply(presence(2, Presence::Away));
        let peer = id(1);
        state.apply(RoomEvent::PeerLeft {
            peer,
            reason: LeftReason::Left,
        });
        let name = "Tom".to_owned();
        state.apply(RoomEvent::PeerEntered { peer: id(3), name });
        let seen: Vec<_> = state
            .peers
            .iter()
            .map(|peer| (peer.name.as_str(), peer.entered, peer.presence))
            .collect();
        assert_eq!(
            seen,
            [
                ("peer 2", false, Presence::Away),
                ("Tom", true, Presence::Online)
            ]
        );
        // An unknown peer is ignored.
        state.apply(presence(9, Presence::Away));
        assert_eq!(state.peers.len(), 2);
    }

    #[test]
    fn a_lost_peer_stays_and_can_come_back() {
        let mut state = state(&[1]);
        state.apply(presence(1, Presence::Lost));
        assert_eq!(state.peers[0].presence, Presence::Lost);
        state.apply(presence(1, Presence::Online));
        assert_eq!(state.peers[0].presence, Presence::Online);
    }

    #[test]
    fn signals_wait_for_the_page_up_to_a_limit() {
        let mut state = state(&[1]);
        for _ in 0..MAX_WAITING_SIGNALS {
            state.apply(signal(1, "early"));
        }
        assert!(state.take_signals().is_empty(), "there is no page yet");
        state.apply(signal(1, "late"));
        assert_eq!(state.signals.len(), MAX_WAITING_SIGNALS);
        assert!(
            waiting(&state)
                .iter()
                .all(|signal| **signal == json!("early"))
        );
        state.is_page_attached = true;
        assert_eq!(state.take_signals().len(), MAX_WAITING_SIGNALS);
        state.apply(signal(1, "now"));
        let taken = state.take_signals();
        assert!(matches!(&taken[..], [event] if event.signal == json!("now")));
    }

    #[test]
    fn the_signals_of_a_peer_that_left_are_dropped() {
        let mut state = state(&[1, 2]);
        state.apply(signal(1, "one"));
        state.apply(signal(2, "two"));
        state.apply(RoomEvent::PeerLeft {
            peer: id(1),
            reason: LeftReason::Gone,
        });
        assert_eq!(waiting(&state), [&json!("two")]);
        state.apply(joined(vec![member(3)]));
        assert!(waiting(&state).is_empty());
    }

    #[test]
    fn a_new_client_begins_without_the_peers_and_signals_of_the_old_one() {
        let mut state = state(&[1]);
        state.apply(signal(1, "for the old one"));
        state.begin(id(7));
        assert_eq!(state.me, id(7).to_string());
        assert_eq!(state.connection, ConnectionState::Connecting);
        assert!(state.peers.is_empty() && state.signals.is_empty());
    }

    #[test]
    fn the_host_is_lost_while_nobody_answers_at_its_endpoint() {
        let mut state = state(&[1]);
        assert_eq!(state.host, RoomHost::Person);
        // Our own network may be down.
        state.apply(RoomEvent::Reconnecting);
        assert_eq!(state.host, RoomHost::Person);
        state.apply(RoomEvent::Unreachable);
        assert_eq!(state.host, RoomHost::Lost);
        state.apply(joined(Vec::new()));
        assert_eq!(state.host, RoomHost::Person);
    }

    #[test]
    fn a_host_that_left_is_not_said_to_come_back() {
        let mut state = state(&[1]);
        state.apply(RoomEvent::Reconnecting);
        state.apply(RoomEvent::ServerEnded);
        assert_eq!(state.host, RoomHost::Left);
        state.apply(RoomEvent::Unreachable);
        assert_eq!(state.host, RoomHost::Left);
        // The host came back after all.
        state.apply(joined(Vec::new()));
        assert_eq!(state.host, RoomHost::Person);
    }

    #[test]
    fn a_server_that_ends_is_no_host_who_left() {
        let mut state = state(&[1]);
        let RoomEvent::Joined {
            server,
            ice_servers,
            members,
            resumed,
            permit,
            ..
        } = joined(Vec::new())
        else {
            unreachable!()
        };
        state.apply(RoomEvent::Joined {
            server,
            ice_servers,
            members,
            resumed,
            embedded: false,
            permit,
        });
        state.apply(RoomEvent::ServerEnded);
        state.apply(RoomEvent::Unreachable);
        assert_eq!(state.host, RoomHost::Server);
    }

    #[test]
    fn a_failure_is_shown_as_its_code() {
        let mut state = state(&[1]);
        state.apply(RoomEvent::Failed(FailReason::RoomFull));
        let code = ErrorCode::RoomFull;
        assert_eq!(state.phase, Phase::Failed { code });
        assert!(state.peers.is_empty());
    }
}
