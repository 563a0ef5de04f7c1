//! Every message is read as it was written, and fields of a later version are ignored.

use parlour_signaling::protocol::limits::{MAX_ENVELOPE_BYTES, MAX_FRAME_BYTES};
use parlour_signaling::protocol::{
    Access, ClientMessage, IceServer, Join, LeftReason, Limits, Nonce, PeerId, PeerInfo, PeerKeys,
    RoomId, Sealed, ServerErrorCode, ServerMessage, Signature,
};
use parlour_signaling::server::rooms::Inbound;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn peer() -> impl Strategy<Value = PeerId> {
    any::<[u8; 16]>().prop_map(PeerId::from_bytes)
}

fn sealed() -> impl Strategy<Value = Sealed> {
    prop_oneof!["[A-Za-z0-9_-]{0,300}", any::<String>()].prop_map(Sealed)
}

fn signature() -> impl Strategy<Value = Signature> {
    any::<[u8; 64]>().prop_map(Signature::from_bytes)
}

fn access() -> impl Strategy<Value = Access> {
    prop_oneof![
        any::<String>().prop_map(Access::Token),
        any::<String>().prop_map(Access::Permit),
    ]
}

fn client_message() -> impl Strategy<Value = ClientMessage> {
    let ids = (
        any::<[u8; 32]>(),
        any::<[u8; 64]>(),
        signature(),
        signature(),
    );
    let rest = (sealed(), any::<bool>(), any::<u64>(), option::of(access()));
    prop_oneof![
        (ids, rest).prop_map(
            |((room, keys, room_proof, peer_proof), (hello, entered, seen, access))| {
                ClientMessage::Join(Join {
                    room: RoomId::from_bytes(room),
                    keys: PeerKeys::from_bytes(keys),
                    room_proof,
                    peer_proof,
                    hello,
                    entered,
                    seen,
                    access,
                })
            }
        ),
        sealed().prop_map(|hello| ClientMessage::Enter { hello }),
        (peer(), sealed()).prop_map(|(to, envelope)| ClientMessage::Signal { to, envelope }),
        Just(ClientMessage::IceServers {}),
        any::<u64>().prop_map(|mark| ClientMessage::Ping { mark }),
        Just(ClientMessage::Leave {}),
    ]
}

fn left_reason() -> impl Strategy<Value = LeftReason> {
    use LeftReason::{Gone, Left, TooSlow};
    prop::sample::select(vec![Left, Gone, TooSlow])
}

fn error_code() -> impl Strategy<Value = ServerErrorCode> {
    use ServerErrorCode::{
        AccessRequired, AddressLimit, AlreadyJoined, BadFrame, BadProof, FrameTooLarge,
        MailboxFull, NotJoined, Replaced, RoomFull, ServerFull, ShuttingDown, TooManyMessages,
        UnknownPeer, UnknownType, WrongRoom,
    };
    prop::sample::select(vec![
        AccessRequired,
        AddressLimit,
        AlreadyJoined,
        BadFrame,
        BadProof,
        FrameTooLarge,
        MailboxFull,
        NotJoined,
        Replaced,
        RoomFull,
        ServerFull,
        ShuttingDown,
        TooManyMessages,
        UnknownPeer,
        UnknownType,
        WrongRoom,
    ])
}

fn server_message() -> impl Strategy<Value = ServerMessage> {
    let info = (peer(), sealed(), any::<bool>(), any::<bool>()).prop_map(
        |(peer, hello, entered, away)| PeerInfo {
            peer,
            hello,
            entered,
            away,
        },
    );
    let text = || option::of(any::<String>());
    let ice =
        (vec(any::<String>(), 0..3), text(), text()).prop_map(|(urls, username, credential)| {
            IceServer {
                urls,
                username,
                credential,
            }
        });
    let limits =
        any::<(usize, usize, u64)>().prop_map(|(frame_bytes, peers, away_seconds)| Limits {
            frame_bytes,
            peers,
            away_seconds,
        });
    let challenge = (any::<[u8; 32]>(), any::<u32>());
    prop_oneof![
        challenge.prop_map(|(nonce, version)| ServerMessage::Challenge {
            nonce: Nonce::from_bytes(nonce),
            version,
        }),
        (
            vec(info, 0..8),
            vec(ice, 0..3),
            limits,
            any::<bool>(),
            text()
        )
            .prop_map(|(peers, ice_servers, limits, resumed, permit)| {
                ServerMessage::Welcome {
                    peers,
                    ice_servers,
                    ice_seconds: limits.away_seconds,
                    embedded: resumed,
                    left: Vec::new(),
                    permit,
                    limits,
                    resumed,
                }
            }),
        (peer(), sealed(), any::<bool>()).prop_map(|(peer, hello, entered)| {
            ServerMessage::PeerJoined {
                peer,
                hello,
                entered,
            }
        }),
        (peer(), sealed()).prop_map(|(peer, hello)| ServerMessage::PeerEntered { peer, hello }),
        peer().prop_map(|peer| ServerMessage::PeerAway { peer }),
        peer().prop_map(|peer| ServerMessage::PeerBack { peer }),
        (peer(), left_reason()).prop_map(|(peer, reason)| ServerMessage::PeerLeft { peer, reason }),
        (peer(), any::<u64>(), sealed()).prop_map(|(from, seq, envelope)| ServerMessage::Signal {
            from,
            seq,
            envelope
        }),
        any::<u64>().prop_map(|mark| ServerMessage::Pong { mark }),
        (error_code(), any::<bool>(), text())
            .prop_map(|(code, fatal, about)| ServerMessage::Error { code, fatal, about }),
    ]
}

/// Writes and reads a message, and reads it again with an unknown field.
fn round_trip<T>(message: &T) -> T
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let mut value = serde_json::to_value(message).unwrap();
    let unknown = serde_json::json!({"since": ["version", 2]});
    value
        .as_object_mut()
        .unwrap()
        .insert("novelty".to_owned(), unknown);
    assert_eq!(&serde_json::from_value::<T>(value).unwrap(), message);
    serde_json::from_str(&serde_json::to_string(message).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn a_client_message_is_read_as_it_was_written(message in client_message()) {
        prop_assert_eq!(&round_trip(&message), &message);
        let text = serde_json::to_string(&message).unwrap();
        prop_assert_eq!(Inbound::from_text(&text), Inbound::Message(message));
    }

    #[test]
    fn a_server_message_is_read_as_it_was_written(message in server_message()) {
        prop_assert_eq!(round_trip(&message), message);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        let _ = Inbound::from_text(&text);
    }
}

#[test]
fn optional_fields_of_a_join_may_be_missing() {
    let (room, keys) = ("A".repeat(43), "A".repeat(86));
    let text = format!(
        r#"{{"type":"join","room":"{room}","keys":"{keys}","room_proof":"{keys}","peer_proof":"{keys}","hello":""}}"#
    );
    let Inbound::Message(ClientMessage::Join(Join { entered, seen, .. })) =
        Inbound::from_text(&text)
    else {
        panic!("not a join");
    };
    assert_eq!((entered, seen), (false, 0));
}

#[test]
fn the_largest_envelope_fits_into_a_frame_in_both_directions() {
    let peer = PeerId::from_bytes([0xff; 16]);
    let envelope = Sealed("x".repeat(MAX_ENVELOPE_BYTES));
    let up = ClientMessage::Signal {
        to: peer,
        envelope: envelope.clone(),
    };
    let down = ServerMessage::Signal {
        from: peer,
        seq: u64::MAX,
        envelope,
    };
    assert!(serde_json::to_string(&up).unwrap().len() <= MAX_FRAME_BYTES);
    assert!(serde_json::to_string(&down).unwrap().len() <= MAX_FRAME_BYTES);
}
