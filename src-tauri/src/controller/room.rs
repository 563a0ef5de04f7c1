//! The room one is in: what is known of it, and its signaling session.

use std::collections::VecDeque;

use parlour_signaling::client::{FailReason, Member, RoomEvent};
use parlour_signaling::crypto::RoomSecret;
use parlour_signaling::invite::{Endpoint, Invite};
use parlour_signaling::protocol::{IceServer, PeerId};

use super::hosting::Hosted;
use super::invite_text as link;
use super::session::Session;
use crate::error::{AppError, ErrorCode};
use crate::storage::settings::Settings;
use crate::view::{ConnectionState, InviteTemplates, PeerView, Phase, RoomView, SignalEvent};

/// Signals kept for a call page that has not attached yet. A full room's offers with their candidates fit; what
/// comes above it is dropped, so that the offers, which come first, are there and only late candidates are not.
const MAX_WAITING: usize = 256;

/// What an event of the room asks of the controller, beside showing the view.
#[derive(Debug, PartialEq)]
pub(super) enum Effect {
    None,
    /// For the call page, which is there.
    Signal(SignalEvent),
    Tampering,
}

pub(super) struct Room {
    invite: Invite,
    /// Where one's own client finds the server.
    endpoints: Vec<Endpoint>,
    hosted: Option<Hosted>,
    /// Under which id one was in it when the app ended without a word.
    was: Option<PeerId>,
    session: Option<Session>,
    state: State,
}

/// What the view shows, and the signals that wait: pure.
#[derive(Debug)]
struct State {
    me: String,
    name: String,
    phase: Phase,
    connection: ConnectionState,
    server: Option<String>,
    /// It is part of a person's app.
    embedded: bool,
    /// Nobody answers where it was.
    unreachable: bool,
    peers: Vec<PeerView>,
    ice_servers: Vec<IceServer>,
    /// The call page is there.
    attached: bool,
    waiting: VecDeque<SignalEvent>,
}

impl Room {
    /// Hosted by this computer.
    pub(super) fn hosted(secret: RoomSecret, hosted: Hosted, name: String) -> Self {
        let invite = Invite {
            endpoints: hosted.endpoints().to_vec(),
            secret,
        };
        let endpoints = vec![hosted.own_endpoint()];
        Self {
            hosted: Some(hosted),
            endpoints,
            ..Self::elsewhere(invite, name)
        }
    }

    /// Hosted wherever the invite says.
    pub(super) fn elsewhere(invite: Invite, name: String) -> Self {
        Self {
            endpoints: invite.endpoints.clone(),
            invite,
            hosted: None,
            was: None,
            session: None,
            state: State::new(name),
        }
    }

    pub(super) fn view(&self, settings: &Settings) -> RoomView {
        let state = &self.state;
        RoomView {
            invite: self.link(),
            hosting: self.is_hosting(),
            reachable: self.hosted.as_ref().is_none_or(Hosted::is_reachable),
            server: state.server.clone(),
            phase: state.phase,
            connection: state.connection,
            host_lost: state.embedded && state.unreachable && !self.is_hosting(),
            me: state.me.clone(),
            name: state.name.clone(),
            peers: state.peers.clone(),
            ice_servers: settings
                .ice_servers
                .iter()
                .chain(&state.ice_servers)
                .cloned()
                .collect(),
            relay_only: settings.relay_only,
        }
    }

    pub(super) fn link(&self) -> String {
        self.invite.to_link()
    }

    /// The invite as a text to send.
    pub(super) fn invite_text(&self, words: &InviteTemplates) -> Result<String, AppError> {
        link::text(&self.invite, words)
    }

    /// One was in it before, under this id.
    pub(super) fn in_place_of(&mut self, was: &str) {
        self.was = was.parse().ok();
    }

    pub(super) fn me(&self) -> &str {
        &self.state.me
    }

    /// The port, when it is hosted here.
    pub(super) fn port(&self) -> Option<u16> {
        self.hosted.as_ref().map(Hosted::port)
    }

    pub(super) fn name(&self) -> &str {
        &self.state.name
    }

    pub(super) fn has_entered(&self) -> bool {
        self.state.phase == Phase::Entered
    }

    /// The network has changed, and with it perhaps where others find a room that is hosted here.
    pub(super) fn look_around(&mut self) {
        if let Some(hosted) = &mut self.hosted
            && hosted.look_around()
        {
            self.invite.endpoints = hosted.endpoints().to_vec();
        }
    }

    pub(super) fn is_hosting(&self) -> bool {
        self.hosted.is_some()
    }

    /// Whether it has not failed.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.state.phase, Phase::Failed { .. })
    }

    /// Whether the invite leads to this room.
    pub(super) fn is_of(&self, invite: &Invite) -> bool {
        self.invite.secret == invite.secret
    }

    /// Comes to the room as a new peer, into the lobby.
    fn spawn_session(&mut self) {
        let (secret, name) = (&self.invite.secret, &self.state.name);
        let session = Session::spawn(&self.endpoints, secret, name, self.was);
        self.state.begin(session.me());
        self.session = Some(session);
    }

    /// Comes back to the room as a new peer, and into it if one had entered.
    pub(super) async fn begin_session(&mut self) {
        self.spawn_session();
        if self.state.phase == Phase::Entered {
            self.enter(self.state.name.clone()).await;
        }
    }

    /// Takes the session, for its leave to be said.
    pub(super) fn end_session(&mut self) -> Option<Session> {
        self.session.take()
    }

    /// The call page has attached. True when that asks for a new session: the page was there before, or the session
    /// has ended since.
    pub(super) fn page_attached(&mut self) -> bool {
        let before = std::mem::replace(&mut self.state.attached, true);
        self.is_open() && (before || self.session.is_none())
    }

    /// The call page was there when the room began.
    pub(super) fn set_attached(&mut self) {
        self.state.attached = true;
    }

    /// The call page is gone. The room stays, without a session.
    pub(super) fn page_gone(&mut self) -> Option<Session> {
        self.state.page_gone();
        self.end_session()
    }

    pub(super) async fn enter(&mut self, name: String) {
        self.state.name = name.clone();
        self.state.phase = Phase::Entered;
        if let Some(session) = &self.session {
            session.enter(name).await;
        }
    }

    /// The signaling, while there is a page for it.
    pub(super) fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The next event. Waits for ever when there is no session.
    pub(super) async fn next_event(&mut self) -> Option<RoomEvent> {
        match &mut self.session {
            Some(session) => session.next_event().await,
            None => std::future::pending().await,
        }
    }

    pub(super) fn try_next_event(&mut self) -> Option<RoomEvent> {
        self.session.as_mut()?.try_next_event()
    }

    pub(super) fn apply(&mut self, event: RoomEvent) -> Effect {
        self.state.apply(event)
    }

    /// The session has no more events: it has failed and said so, or it has crashed.
    pub(super) fn session_ended(&mut self) {
        self.session = None;
        if self.is_open() {
            tracing::error!("the signaling has ended without a reason");
            self.state.fail(ErrorCode::Internal);
        }
    }

    /// The signals that waited for the call page.
    pub(super) fn take_waiting(&mut self) -> Vec<SignalEvent> {
        self.state.waiting.drain(..).collect()
    }

    /// Says the leave, then ends the server that was hosted here.
    pub(super) async fn leave(self) {
        if let Some(session) = self.session {
            session.leave().await;
        }
        if let Some(hosted) = self.hosted {
            hosted.shutdown().await;
        }
    }
}

impl State {
    fn new(name: String) -> Self {
        Self {
            me: String::new(),
            name,
            phase: Phase::Lobby,
            connection: ConnectionState::Connecting,
            server: None,
            embedded: false,
            unreachable: false,
            peers: Vec::new(),
            ice_servers: Vec::new(),
            attached: false,
            waiting: VecDeque::new(),
        }
    }

    fn begin(&mut self, me: PeerId) {
        self.me = me.to_string();
        self.unreachable = false;
        self.connection = ConnectionState::Connecting;
        self.peers.clear();
        self.waiting.clear();
    }

    fn page_gone(&mut self) {
        self.attached = false;
        self.connection = ConnectionState::Connecting;
        self.peers.clear();
        self.waiting.clear();
    }

    fn apply(&mut self, event: RoomEvent) -> Effect {
        match event {
            RoomEvent::Joined {
                server,
                ice_servers,
                members,
                embedded,
                ..
            } => {
                self.connection = ConnectionState::Online;
                self.embedded = embedded;
                self.unreachable = false;
                self.server = Some(server.authority());
                self.ice_servers = ice_servers;
                self.peers = members.into_iter().map(peer_view).collect();
                self.forget_the_gone();
            }
            RoomEvent::PeerJoined(member) => {
                let peer = peer_view(member);
                self.peers.retain(|known| known.id != peer.id);
                self.peers.push(peer);
            }
            RoomEvent::PeerEntered { peer, name } => self.change(peer, |known| {
                known.entered = true;
                known.name = name;
            }),
            RoomEvent::PresenceChanged { peer, presence } => {
                self.change(peer, |known| known.presence = presence);
            }
            RoomEvent::IceServers(servers) => self.ice_servers = servers,
            RoomEvent::PeerLeft { peer, .. } => {
                let gone = peer.to_string();
                self.peers.retain(|known| known.id != gone);
                self.forget_the_gone();
            }
            RoomEvent::Signal { from, signal } => {
                let event = SignalEvent {
                    from: from.to_string(),
                    to: self.me.clone(),
                    signal,
                };
                if self.attached {
                    return Effect::Signal(event);
                }
                if self.waiting.len() < MAX_WAITING {
                    self.waiting.push_back(event);
                } else {
                    tracing::warn!("too many signals wait for the call page");
                }
            }
            RoomEvent::Reconnecting => self.connection = ConnectionState::Reconnecting,
            RoomEvent::Unreachable => self.unreachable = true,
            RoomEvent::Tampering => return Effect::Tampering,
            RoomEvent::Failed(reason) => self.fail(fail_code(&reason)),
        }
        Effect::None
    }

    fn fail(&mut self, code: ErrorCode) {
        self.phase = Phase::Failed { code };
        self.peers.clear();
        self.waiting.clear();
    }

    fn change(&mut self, peer: PeerId, change: impl FnOnce(&mut PeerView)) {
        let id = peer.to_string();
        if let Some(known) = self.peers.iter_mut().find(|known| known.id == id) {
            change(known);
        }
    }

    fn forget_the_gone(&mut self) {
        let peers = &self.peers;
        self.waiting
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
    }
}

fn fail_code(reason: &FailReason) -> ErrorCode {
    match reason {
        FailReason::Unreachable => ErrorCode::ServerUnreachable,
        FailReason::RoomFull => ErrorCode::RoomFull,
        FailReason::Refused(_) => ErrorCode::ServerRefused,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use parlour_signaling::client::{Presence, Role};
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
        }
    }

    fn state(members: &[u8]) -> State {
        let mut state = State::new("Mei".into());
        state.begin(id(0));
        state.apply(joined(members.iter().copied().map(member).collect()));
        state
    }

    fn waiting(state: &State) -> Vec<&Value> {
        state.waiting.iter().map(|event| &event.signal).collect()
    }

    #[test]
    fn peers_come_and_go_as_the_events_say() {
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
        // Of peers nobody knows there is nothing to say.
        state.apply(presence(9, Presence::Away));
        assert_eq!(state.peers.len(), 2);
    }

    #[test]
    fn a_peer_that_is_lost_stays_until_it_is_back_or_has_left() {
        let mut state = state(&[1]);
        state.apply(presence(1, Presence::Lost));
        assert_eq!(state.peers[0].presence, Presence::Lost);
        state.apply(presence(1, Presence::Online));
        assert_eq!(state.peers[0].presence, Presence::Online);
    }

    #[test]
    fn the_host_is_lost_while_nobody_answers_where_it_was() {
        let mut room = Room::elsewhere(
            Invite {
                endpoints: Vec::new(),
                secret: RoomSecret::random(),
            },
            "Mei".into(),
        );
        let mut is_lost_after = |event: RoomEvent| {
            room.apply(event);
            room.view(&Settings::default()).host_lost
        };
        assert!(!is_lost_after(joined(vec![member(1)])));
        // It may be one's own network.
        assert!(!is_lost_after(RoomEvent::Reconnecting));
        assert!(is_lost_after(RoomEvent::Unreachable));
        assert!(!is_lost_after(joined(vec![member(1)])));
    }

    #[test]
    fn signals_wait_for_the_page_but_not_without_end() {
        let mut state = state(&[1]);
        for _ in 0..MAX_WAITING {
            assert_eq!(state.apply(signal(1, "early")), Effect::None);
        }
        state.apply(signal(1, "late"));
        assert_eq!(state.waiting.len(), MAX_WAITING);
        assert!(
            waiting(&state)
                .iter()
                .all(|signal| **signal == json!("early"))
        );
        state.attached = true;
        assert!(matches!(state.apply(signal(1, "now")), Effect::Signal(_)));
    }

    #[test]
    fn signals_of_those_who_have_left_are_forgotten() {
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
    fn a_new_session_begins_with_nothing_of_the_old() {
        let mut state = state(&[1]);
        state.apply(signal(1, "for the old one"));
        state.begin(id(7));
        assert_eq!(state.me, id(7).to_string());
        assert_eq!(state.connection, ConnectionState::Connecting);
        assert!(state.peers.is_empty() && state.waiting.is_empty());
    }

    #[test]
    fn a_failure_is_shown_by_its_code() {
        let mut state = state(&[1]);
        state.apply(RoomEvent::Failed(FailReason::RoomFull));
        let code = ErrorCode::RoomFull;
        assert_eq!(state.phase, Phase::Failed { code });
        assert!(state.peers.is_empty());
    }
}
