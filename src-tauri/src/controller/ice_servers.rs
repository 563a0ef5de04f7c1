//! The STUN and TURN servers of a room: those that its members give each other, and all of them together for the page.

use parlour_signaling::protocol::{IceServer, usable_ice_servers};
use serde_json::{Value, json};

use crate::storage::settings::{Reach, Settings};
use crate::view::MemberTurn;

/// The name of the field, in a signal that members' apps send each other. See docs/protocol.md.
const FIELD: &str = "ice_servers";
/// Servers of one member: its app's own, and those of its settings that it shares.
const MAX_OF_MEMBER: usize = 4;
/// Servers of all members. More slow down how a browser looks for a path.
const MAX_OF_MEMBERS: usize = 8;

/// The servers that other members give.
#[derive(Debug, Default)]
pub(super) struct MemberIceServers(Vec<(String, Vec<IceServer>)>);

impl MemberIceServers {
    /// Takes a signal of this member, if it is not for the page. The servers that it names replace those before.
    pub(super) fn take(&mut self, from: &str, signal: &Value) -> bool {
        let Some(servers) = signal.get(FIELD) else {
            return false;
        };
        self.remove(from);
        let servers = usable_ice_servers(servers, MAX_OF_MEMBER);
        if !servers.is_empty() {
            self.0.push((from.to_owned(), servers));
        }
        true
    }

    pub(super) fn remove(&mut self, member: &str) {
        self.0.retain(|(known, _)| known != member);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    fn iter(&self) -> impl Iterator<Item = &IceServer> {
        self.with_members().map(|(_, server)| server)
    }

    fn with_members(&self) -> impl Iterator<Item = (&str, &IceServer)> {
        let servers = self
            .0
            .iter()
            .flat_map(|(member, servers)| servers.iter().map(|server| (member.as_str(), server)));
        servers.take(MAX_OF_MEMBERS)
    }
}

/// The signal that tells a member our servers.
pub(super) fn signal(servers: &[IceServer]) -> Value {
    json!({ FIELD: servers })
}

/// Those of the settings that the person shares.
pub(super) fn shared_by_settings(settings: &Settings) -> impl Iterator<Item = &IceServer> {
    let is_turn = |server: &&IceServer| server.urls.iter().any(|url| url.starts_with("turn"));
    let servers = settings.ice_servers.iter().filter(is_turn);
    servers
        .filter(|_| settings.share_turn)
        .take(MAX_OF_MEMBER - 1)
}

/// All servers for the page: of the settings, of this app, of the room's server, of the members; and public STUN servers
/// where none of these is one.
pub(super) fn for_page(
    settings: &Settings,
    reach: Reach,
    own: Option<IceServer>,
    of_server: &[IceServer],
    of_members: &MemberIceServers,
) -> Vec<IceServer> {
    let uses_members = uses_members(settings, reach);
    let mut servers: Vec<IceServer> = settings
        .ice_servers
        .iter()
        .cloned()
        .chain(own)
        .chain(of_server.iter().cloned())
        .chain(of_members.iter().filter(|_| uses_members).cloned())
        .collect();
    let names_stun = settings.ice_servers.iter().chain(of_server);
    let has_stun = names_stun
        .flat_map(|server| &server.urls)
        .any(|url| url.starts_with("stun"));
    if !has_stun {
        servers.extend(settings.public_stun(reach));
    }
    servers
}

/// A member that relays learns the address of whoever uses it.
fn uses_members(settings: &Settings, reach: Reach) -> bool {
    reach != Reach::Lan && !settings.relay_only
}

/// Which TURN servers of the page are whose: that of this app, under our peer id, and the members'.
pub(super) fn turn_of_members(
    settings: &Settings,
    reach: Reach,
    own: Option<(&str, &IceServer)>,
    of_members: &MemberIceServers,
) -> Vec<MemberTurn> {
    let members = of_members.with_members();
    let members = members.filter(|_| uses_members(settings, reach));
    own.into_iter()
        .chain(members)
        .map(|(member, server)| MemberTurn {
            member: member.to_owned(),
            urls: server.urls.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn turn(host: &str) -> IceServer {
        IceServer {
            urls: vec![format!("turn:{host}:3478")],
            username: Some("name".into()),
            credential: Some("word".into()),
        }
    }

    fn stun(host: &str) -> IceServer {
        IceServer {
            urls: vec![format!("stun:{host}")],
            username: None,
            credential: None,
        }
    }

    fn urls(servers: &[IceServer]) -> Vec<&str> {
        let urls = servers.iter().flat_map(|server| &server.urls);
        urls.map(String::as_str).collect()
    }

    fn settings() -> Settings {
        Settings {
            stun_servers: Some(vec!["stun:public".into()]),
            ..Settings::default()
        }
    }

    fn members() -> MemberIceServers {
        let mut members = MemberIceServers::default();
        assert!(members.take("tom", &signal(&[turn("tom")])));
        members
    }

    #[test]
    fn a_members_servers_are_for_everybody_until_it_leaves() {
        let mut members = members();
        let shown = |members: &MemberIceServers| {
            let servers = for_page(&settings(), Reach::Open, None, &[], members);
            urls(&servers).join(" ")
        };
        assert_eq!(shown(&members), "turn:tom:3478 stun:public");
        assert!(members.take("tom", &signal(&[turn("other")])));
        assert_eq!(shown(&members), "turn:other:3478 stun:public");
        members.remove("tom");
        assert_eq!(shown(&members), "stun:public");
    }

    #[test]
    fn a_members_word_is_checked() {
        let mut members = MemberIceServers::default();
        assert!(!members.take("tom", &json!({ "link": 1 })), "for the page");
        let odd =
            json!({ FIELD: [turn("a"), { "urls": ["http://b"] }, 7, { "urls": ["turn:c"] }] });
        assert!(members.take("tom", &odd));
        assert_eq!(
            urls(&members.iter().cloned().collect::<Vec<_>>()),
            ["turn:a:3478"]
        );
        for empty in [json!({ FIELD: 7 }), json!({ FIELD: [] })] {
            assert!(members.take("tom", &empty));
            assert_eq!(members.iter().count(), 0);
        }
        let many: Vec<_> = (0..20).map(|n| turn(&format!("t{n}"))).collect();
        for member in ["tom", "mei", "ada"] {
            assert!(members.take(member, &signal(&many)));
        }
        assert_eq!(members.iter().count(), MAX_OF_MEMBERS);
    }

    #[test]
    fn a_members_server_does_not_learn_a_hidden_address() {
        let hidden = Settings {
            relay_only: true,
            ice_servers: vec![turn("own")],
            ..settings()
        };
        let servers = for_page(&hidden, Reach::Anywhere, None, &[], &members());
        assert_eq!(urls(&servers), ["turn:own:3478"]);
    }

    #[test]
    fn it_is_told_who_has_named_a_turn_server() {
        let own = turn("me");
        let whose = |settings: &Settings, reach| {
            let told = turn_of_members(settings, reach, Some(("mei", &own)), &members());
            let all = told
                .iter()
                .map(|turn| (turn.member.clone(), turn.urls.concat()));
            all.collect::<Vec<_>>()
        };
        let mine = ("mei".to_owned(), "turn:me:3478".to_owned());
        let toms = ("tom".to_owned(), "turn:tom:3478".to_owned());
        assert_eq!(whose(&settings(), Reach::Open), [mine.clone(), toms]);
        assert_eq!(whose(&settings(), Reach::Lan), [mine], "Tom's is not used");
    }

    #[test]
    fn on_the_own_network_only_named_servers_are_asked() {
        let servers = for_page(&settings(), Reach::Lan, None, &[stun("room")], &members());
        assert_eq!(urls(&servers), ["stun:room"]);
    }

    #[test]
    fn public_servers_are_not_asked_where_another_is_named() {
        let servers = for_page(&settings(), Reach::Open, None, &[stun("room")], &members());
        assert_eq!(urls(&servers), ["stun:room", "turn:tom:3478"]);
        let own = Settings {
            ice_servers: vec![stun("own")],
            ..settings()
        };
        let servers = for_page(
            &own,
            Reach::Open,
            Some(turn("me")),
            &[],
            &MemberIceServers::default(),
        );
        assert_eq!(urls(&servers), ["stun:own", "turn:me:3478"]);
    }

    #[test]
    fn only_turn_servers_are_shared_and_only_if_the_person_says_so() {
        let mut settings = Settings {
            ice_servers: vec![stun("own"), turn("own")],
            ..settings()
        };
        assert_eq!(shared_by_settings(&settings).count(), 0);
        settings.share_turn = true;
        let shared: Vec<_> = shared_by_settings(&settings).cloned().collect();
        assert_eq!(shared, [turn("own")]);
    }
}
