//! Properties that hold for any bytes. The fuzz targets and the test that replays their corpora share them.

#![allow(dead_code, clippy::expect_used, clippy::unwrap_used, unreachable_pub)]

use std::time::Instant;

use parlour_signaling::client::membership::Membership;
use parlour_signaling::crypto::{Hello, PairCipher, RoomKeys, RoomSecret, SessionKey};
use parlour_signaling::invite::{Endpoint, Invite, MAX_ENDPOINTS, MAX_LINK_CHARS, MAX_RELAYS};
use parlour_signaling::protocol::{ClientMessage, Sealed, ServerMessage};
use parlour_signaling::server::rooms::Inbound;

/// An invite that was read is printed and read again as the same invite.
pub fn invite(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(invite) = Invite::parse(&text) {
        assert!(!invite.endpoints.is_empty() || !invite.relays.is_empty());
        assert!(invite.endpoints.len() <= MAX_ENDPOINTS);
        assert!(invite.relays.named.len() <= MAX_RELAYS);
        let link = invite.to_link();
        assert!(link.len() <= MAX_LINK_CHARS + 8 * (MAX_ENDPOINTS + MAX_RELAYS));
        assert_eq!(Invite::parse(&link).as_ref(), Ok(&invite));
        if let Some(link) = invite.to_web_link() {
            assert_eq!(Invite::parse(&link), Ok(invite));
        }
    }
    if let Ok(endpoint) = Endpoint::parse(&text) {
        assert_eq!(endpoint.to_string().parse(), Ok(endpoint));
    }
}

/// Frames, one on each line. Both sides read them, and a client adds no member.
pub fn frame(data: &[u8]) {
    let mut membership = Membership::new(&secret(), us());
    let server: Endpoint = "10.0.0.1:9000".parse().unwrap();
    let now = Instant::now();
    for line in String::from_utf8_lossy(data).lines() {
        if let Inbound::Message(message) = Inbound::from_text(line) {
            let text = serde_json::to_string(&message).unwrap();
            assert_eq!(
                serde_json::from_str::<ClientMessage>(&text).unwrap(),
                message
            );
        }
        if let Ok(message) = serde_json::from_str::<ServerMessage>(line) {
            let text = serde_json::to_string(&message).unwrap();
            assert_eq!(
                serde_json::from_str::<ServerMessage>(&text).unwrap(),
                message
            );
            membership.handle_message(message, &server, now);
            assert_eq!(
                membership.members().count(),
                0,
                "nobody here has the secret"
            );
        }
    }
}

/// The other bytes replace a part of an honest envelope and hello, from the position that the first byte gives. Nothing
/// that was changed opens.
pub fn envelope(data: &[u8]) {
    let keys = RoomKeys::new(&secret());
    let (us, them) = (us(), SessionKey::from_bytes(&[2; 64]));
    let mut ours = PairCipher::new(&keys, &us, &them.public()).unwrap();
    let mut theirs = PairCipher::new(&keys, &them, &us.public()).unwrap();
    let text = String::from_utf8_lossy(data).into_owned();
    assert!(ours.open(&Sealed(text.clone())).is_err());
    assert!(keys.open_hello(them.peer_id(), &Sealed(text)).is_err());

    let Some((at, change)) = data.split_first() else {
        return;
    };
    let honest = theirs.seal(change).unwrap();
    let hello = Hello::new(String::from_utf8_lossy(change));
    let greeting = keys.seal_hello(&them, &hello).unwrap();
    for (sealed, is_hello) in [(&honest, false), (&greeting, true)] {
        let mut chars = sealed.0.clone().into_bytes();
        let start = usize::from(*at) % chars.len();
        for (old, new) in chars[start..].iter_mut().zip(change) {
            *old = *new;
        }
        let changed = Sealed(String::from_utf8_lossy(&chars).into_owned());
        if changed == *sealed {
            continue;
        }
        if is_hello {
            assert!(keys.open_hello(them.peer_id(), &changed).is_err());
        } else {
            assert!(ours.open(&changed).is_err());
        }
    }
    assert_eq!(ours.open(&honest).unwrap(), change);
    assert!(ours.open(&honest).is_err());
    assert!(keys.open_hello(them.peer_id(), &greeting).is_ok());
}

fn secret() -> RoomSecret {
    RoomSecret::from_bytes([7; 16])
}

fn us() -> SessionKey {
    SessionKey::from_bytes(&[1; 64])
}
