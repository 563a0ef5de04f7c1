//! The events of a room, in the form of the contract.

use parlour_signaling::client::{Member, Presence, Role, RoomEvent};
use parlour_signaling::looks::shown_address;
use parlour_signaling::protocol::IceServer;
use serde::Serialize;
use serde_json::Value;

use crate::error::fail_code;

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Event {
    Joined {
        server: String,
        server_name: String,
        ice_servers: Vec<IceServer>,
        members: Vec<PeerView>,
        resumed: bool,
        embedded: bool,
        permit: Option<String>,
    },
    IceServers {
        ice_servers: Vec<IceServer>,
    },
    PeerJoined {
        member: PeerView,
    },
    PeerEntered {
        peer: String,
        name: String,
    },
    PresenceChanged {
        peer: String,
        presence: Presence,
    },
    PeerLeft {
        peer: String,
    },
    Signal {
        from: String,
        signal: Value,
    },
    Reconnecting,
    ServerEnded,
    Unreachable,
    Tampering,
    Failed {
        code: &'static str,
    },
}

/// As the app shows a peer to its page.
#[derive(Debug, Serialize)]
pub(crate) struct PeerView {
    id: String,
    name: String,
    entered: bool,
    presence: Presence,
    role: Role,
    guest: bool,
    safety_binding: String,
}

impl From<Member> for PeerView {
    fn from(member: Member) -> Self {
        Self {
            id: member.id.to_string(),
            name: member.name,
            entered: member.entered,
            presence: member.presence,
            role: member.role,
            guest: member.guest,
            safety_binding: member.safety_binding,
        }
    }
}

impl From<RoomEvent> for Event {
    fn from(event: RoomEvent) -> Self {
        match event {
            RoomEvent::Joined {
                server,
                ice_servers,
                members,
                resumed,
                embedded,
                permit,
            } => Self::Joined {
                server: server.to_string(),
                server_name: shown_address(&server),
                ice_servers,
                members: members.into_iter().map(PeerView::from).collect(),
                resumed,
                embedded,
                permit,
            },
            RoomEvent::IceServers(ice_servers) => Self::IceServers { ice_servers },
            RoomEvent::PeerJoined(member) => Self::PeerJoined {
                member: member.into(),
            },
            RoomEvent::PeerEntered { peer, name } => Self::PeerEntered {
                peer: peer.to_string(),
                name,
            },
            RoomEvent::PresenceChanged { peer, presence } => Self::PresenceChanged {
                peer: peer.to_string(),
                presence,
            },
            RoomEvent::PeerLeft { peer, .. } => Self::PeerLeft {
                peer: peer.to_string(),
            },
            RoomEvent::Signal { from, signal } => Self::Signal {
                from: from.to_string(),
                signal,
            },
            RoomEvent::Reconnecting => Self::Reconnecting,
            RoomEvent::ServerEnded => Self::ServerEnded,
            RoomEvent::Unreachable => Self::Unreachable,
            RoomEvent::Tampering => Self::Tampering,
            RoomEvent::Failed(reason) => Self::Failed {
                code: fail_code(reason),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use parlour_signaling::client::FailReason;
    use parlour_signaling::protocol::PeerId;
    use serde_json::json;

    use super::*;

    fn written(event: RoomEvent) -> Value {
        serde_json::to_value(Event::from(event)).unwrap()
    }

    #[test]
    fn events_have_the_form_that_the_page_reads() {
        let mei = Member {
            id: PeerId::from_bytes([2; 16]),
            name: "Mei".into(),
            entered: true,
            presence: Presence::Online,
            role: Role::Offerer,
            guest: true,
            safety_binding: "b1".into(),
        };
        let view = json!({
            "id": mei.id.to_string(), "name": "Mei", "entered": true, "presence": "online",
            "role": "offerer", "guest": true, "safety_binding": "b1",
        });
        let joined = RoomEvent::Joined {
            server: "xn--bcher-kva.example".parse().unwrap(),
            ice_servers: Vec::new(),
            members: vec![mei.clone()],
            resumed: false,
            embedded: true,
            permit: None,
        };
        assert_eq!(
            written(joined),
            json!({
                "kind": "joined", "server": "xn--bcher-kva.example",
                "server_name": "bücher.example", "ice_servers": [], "members": [view],
                "resumed": false, "embedded": true, "permit": null,
            })
        );
        let peer = mei.id;
        assert_eq!(
            written(RoomEvent::PeerJoined(mei)),
            json!({ "kind": "peer_joined", "member": view })
        );
        let presence = Presence::Away;
        assert_eq!(
            written(RoomEvent::PresenceChanged { peer, presence }),
            json!({ "kind": "presence_changed", "peer": peer.to_string(), "presence": "away" })
        );
        assert_eq!(
            written(RoomEvent::Reconnecting),
            json!({ "kind": "reconnecting" })
        );
        assert_eq!(
            written(RoomEvent::Failed(FailReason::RoomFull)),
            json!({ "kind": "failed", "code": "room_full" })
        );
    }
}
