//! What a page reads of an invite, and how it makes one.

use std::net::{IpAddr, Ipv4Addr};

use parlour_signaling::invite::{Endpoint, Host, Invite, Relays};
use parlour_signaling::looks::shown_address;
use serde::Serialize;

use crate::error::AppError;

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct GuestInvite {
    link: String,
    fragment: String,
    web_link: Option<String>,
    endpoints: Vec<GuestEndpoint>,
    relays: bool,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct GuestEndpoint {
    name: String,
    tls: bool,
    loopback: bool,
}

/// Finds and reads the invite of a text.
pub(crate) fn parse(text: &str) -> Result<GuestInvite, AppError> {
    Ok(view(&Invite::parse(text)?))
}

/// The invite to a new room on the server with this address, as a person types it.
pub(crate) fn new(server: &str) -> Result<GuestInvite, AppError> {
    let server = Endpoint::parse(server).map_err(AppError::bad_server)?;
    Ok(view(&Invite {
        endpoints: vec![server],
        relays: Relays::default(),
        secret: Invite::new_secret(),
    }))
}

/// Whether a page may connect there. One that came over TLS connects without it only with its own computer (W3C Mixed
/// Content, "potentially trustworthy").
pub(crate) fn is_reachable(server: &Endpoint, page_has_tls: bool) -> bool {
    server.tls || !page_has_tls || is_loopback(server)
}

fn view(invite: &Invite) -> GuestInvite {
    let endpoint = |server: &Endpoint| GuestEndpoint {
        name: shown_address(server),
        tls: server.tls,
        loopback: is_loopback(server),
    };
    let fragment = invite.to_page_link("");
    GuestInvite {
        link: invite.to_link(),
        fragment: fragment.trim_start_matches('#').to_owned(),
        web_link: invite.to_web_link(),
        endpoints: invite.endpoints.iter().map(endpoint).collect(),
        relays: !invite.relays.is_empty(),
    }
}

fn is_loopback(server: &Endpoint) -> bool {
    match &server.host {
        Host::Ip(IpAddr::V4(address)) => *address == Ipv4Addr::LOCALHOST,
        Host::Ip(address @ IpAddr::V6(_)) => address.is_loopback(),
        Host::Name(name) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const CODE: &str = "AQAAAAAAAAAAAAAAAAAAAADMkg";

    fn server(text: &str) -> Endpoint {
        text.parse().unwrap()
    }

    #[test]
    fn an_invite_to_one_server_is_told_in_all_its_forms() {
        let invite = new("call.example.org").unwrap();
        let code = invite.link.rsplit('/').next().unwrap().to_owned();
        assert_ne!(code, CODE);
        let fragment = format!("join/call.example.org/{code}");
        assert_eq!(invite.link, format!("parlour://{fragment}"));
        assert_eq!(invite.fragment, fragment);
        let web_link = format!("https://call.example.org/j#{code}");
        assert_eq!(invite.web_link.as_deref(), Some(web_link.as_str()));
        assert_eq!(parse(&web_link).unwrap(), invite);
        assert_eq!(
            parse(&format!("https://any.example/#{fragment}")).unwrap(),
            invite
        );
    }

    #[test]
    fn a_text_without_an_invite_has_a_code() {
        let error = serde_json::to_value(parse("hello").unwrap_err()).unwrap();
        assert_eq!(error["code"], "invite_not_a_link");
        let error = serde_json::to_value(new("a b").unwrap_err()).unwrap();
        assert_eq!(error["code"], "settings_invalid");
    }

    #[test]
    fn a_page_over_tls_reaches_servers_with_tls_and_its_own_computer() {
        for (text, over_tls) in [
            ("call.example.org", true),
            ("ws+localhost:9000", true),
            ("127.0.0.1:9000", true),
            ("[::1]:9000", true),
            ("192.168.1.5:9000", false),
            ("ws+call.example.org", false),
        ] {
            assert_eq!(is_reachable(&server(text), true), over_tls, "{text}");
            assert!(is_reachable(&server(text), false), "{text}");
        }
    }
}
