//! Pins every name on the wire. The files in `golden/` are what released versions send and read: a rename in the code
//! must leave them as they are, and a change of the protocol changes them on purpose.
//!
//! Each example is compared in both directions. A new field does not compile here until an example fills it. A new
//! variant does not compile here until it has a tag, and fails until it has an example.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;

use parlour_signaling::crypto::Hello;
use parlour_signaling::protocol::{
    Access, ClientMessage, Departure, IceServer, Join, LeftReason, Limits, Nonce, PATH,
    PROTOCOL_VERSION, PeerId, PeerInfo, PeerKeys, RoomId, Sealed, ServerErrorCode, ServerMessage,
    Signature,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A function from a variant to its name on the wire, and the list of all names.
macro_rules! names {
    ($function:ident, $all:ident, $type:ty { $($variant:pat => $name:literal),* $(,)? }) => {
        fn $function(value: &$type) -> &'static str {
            match value { $($variant => $name),* }
        }
        const $all: &[&str] = &[$($name),*];
    };
}

names!(client_type, CLIENT_TYPES, ClientMessage {
    ClientMessage::Join(_) => "join",
    ClientMessage::Enter { .. } => "enter",
    ClientMessage::Signal { .. } => "signal",
    ClientMessage::IceServers { .. } => "ice_servers",
    ClientMessage::Ping { .. } => "ping",
    ClientMessage::Leave { .. } => "leave",
});

names!(server_type, SERVER_TYPES, ServerMessage {
    ServerMessage::Challenge { .. } => "challenge",
    ServerMessage::Welcome { .. } => "welcome",
    ServerMessage::IceServers { .. } => "ice_servers",
    ServerMessage::PeerJoined { .. } => "peer_joined",
    ServerMessage::PeerEntered { .. } => "peer_entered",
    ServerMessage::PeerAway { .. } => "peer_away",
    ServerMessage::PeerBack { .. } => "peer_back",
    ServerMessage::PeerLeft { .. } => "peer_left",
    ServerMessage::Signal { .. } => "signal",
    ServerMessage::Pong { .. } => "pong",
    ServerMessage::Error { .. } => "error",
});

names!(left_reason, LEFT_REASONS, LeftReason {
    LeftReason::Left => "left",
    LeftReason::Gone => "gone",
    LeftReason::TooSlow => "too_slow",
    LeftReason::Unknown => "unknown",
});

names!(error_code, ERROR_CODES, ServerErrorCode {
    ServerErrorCode::BadFrame => "bad_frame",
    ServerErrorCode::UnknownType => "unknown_type",
    ServerErrorCode::FrameTooLarge => "frame_too_large",
    ServerErrorCode::NotJoined => "not_joined",
    ServerErrorCode::AlreadyJoined => "already_joined",
    ServerErrorCode::RoomFull => "room_full",
    ServerErrorCode::BadProof => "bad_proof",
    ServerErrorCode::WrongRoom => "wrong_room",
    ServerErrorCode::AccessRequired => "access_required",
    ServerErrorCode::ServerFull => "server_full",
    ServerErrorCode::AddressLimit => "address_limit",
    ServerErrorCode::UnknownPeer => "unknown_peer",
    ServerErrorCode::TooManyMessages => "too_many_messages",
    ServerErrorCode::MailboxFull => "mailbox_full",
    ServerErrorCode::Replaced => "replaced",
    ServerErrorCode::ShuttingDown => "shutting_down",
    ServerErrorCode::Unknown => "unknown",
});

/// A golden file: examples by name. The field `written` has what is sent as it is read; `read` has what is only read.
fn golden(file: &str, field: &str) -> Map<String, Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let text = std::fs::read(path.join(file)).expect("the golden file is there");
    let mut file: Map<String, Value> = serde_json::from_slice(&text).unwrap();
    match file.remove(field) {
        Some(Value::Object(examples)) => examples,
        other => panic!("not examples by name: {other:?}"),
    }
}

/// Each example is written as in the golden file, and read from it; the golden file has no other example.
fn assert_written<T>(file: &str, examples: Vec<(&str, T)>)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let mut golden = golden(file, "written");
    for (name, example) in examples {
        let expected = golden.remove(name).unwrap_or_else(|| {
            let written = serde_json::to_string_pretty(&example).unwrap();
            panic!("{file} has no {name:?}; it is now written as {written}")
        });
        assert_eq!(
            serde_json::to_value(&example).unwrap(),
            expected,
            "{file}: {name} is written"
        );
        let read: T = serde_json::from_value(expected).expect(name);
        assert_eq!(read, example, "{file}: {name} is read");
    }
    assert!(golden.is_empty(), "{file}: {golden:?} is no example");
}

/// Each example is read from the golden file, where fields that may be absent are absent.
fn assert_read<T>(file: &str, examples: Vec<(&str, T)>)
where
    T: DeserializeOwned + PartialEq + Debug,
{
    let mut golden = golden(file, "read");
    for (name, example) in examples {
        let read: T = serde_json::from_value(golden.remove(name).expect(name)).expect(name);
        assert_eq!(read, example, "{file}: {name} is read");
    }
    assert!(golden.is_empty(), "{file}: {golden:?} is no example");
}

fn assert_every_name<'a>(all: &[&'a str], examples: impl IntoIterator<Item = &'a str>) {
    let seen: BTreeSet<&str> = examples.into_iter().collect();
    assert_eq!(seen, all.iter().copied().collect());
}

fn peer(byte: u8) -> PeerId {
    PeerId::from_bytes([byte; 16])
}

fn sealed(text: &str) -> Sealed {
    Sealed(text.to_owned())
}

fn stun() -> IceServer {
    IceServer {
        urls: vec!["stun:stun.example.org".to_owned()],
        username: None,
        credential: None,
    }
}

fn turn() -> IceServer {
    IceServer {
        urls: vec![
            "turn:turn.example.org:3478?transport=udp".to_owned(),
            "turns:turn.example.org:5349".to_owned(),
        ],
        username: Some("1790000000:parlour".to_owned()),
        credential: Some("aGVsbG8".to_owned()),
    }
}

fn limits() -> Limits {
    Limits {
        frame_bytes: 65_536,
        peers: 8,
        away_seconds: 30,
    }
}

fn join(entered: bool, seen: u64, access: Option<Access>) -> ClientMessage {
    ClientMessage::Join(Join {
        room: RoomId::from_bytes([1; 32]),
        keys: PeerKeys::new([2; 32], [3; 32]),
        room_proof: Signature::from_bytes([4; 64]),
        peer_proof: Signature::from_bytes([5; 64]),
        hello: sealed("aGVsbG8"),
        entered,
        seen,
        access,
    })
}

#[test]
fn client_messages_keep_their_names() {
    let examples = vec![
        ("join", join(true, 7, None)),
        ("join with defaults", join(false, 0, None)),
        (
            "join with a token",
            join(false, 0, Some(Access::Token("sesame".to_owned()))),
        ),
        (
            "join with a permit",
            join(false, 0, Some(Access::Permit("cGVybWl0".to_owned()))),
        ),
        (
            "enter",
            ClientMessage::Enter {
                hello: sealed("aGVsbG8"),
            },
        ),
        (
            "signal",
            ClientMessage::Signal {
                to: peer(4),
                envelope: sealed("ZW52ZWxvcGU"),
            },
        ),
        ("ice_servers", ClientMessage::IceServers {}),
        ("ping", ClientMessage::Ping { mark: 7 }),
        ("leave", ClientMessage::Leave {}),
    ];
    assert_every_name(
        CLIENT_TYPES,
        examples.iter().map(|(_, message)| client_type(message)),
    );
    assert_written("client_messages.json", examples);
    assert_read(
        "client_messages.json",
        vec![("join without optional fields", join(false, 0, None))],
    );
}

#[test]
fn server_messages_keep_their_names() {
    let examples = vec![
        (
            "challenge",
            ServerMessage::Challenge {
                nonce: Nonce::from_bytes([6; 32]),
                version: PROTOCOL_VERSION,
            },
        ),
        (
            "welcome",
            ServerMessage::Welcome {
                peers: vec![
                    PeerInfo {
                        peer: peer(4),
                        hello: sealed("aGVsbG8"),
                        entered: true,
                        away: false,
                    },
                    PeerInfo {
                        peer: peer(5),
                        hello: sealed("d29ybGQ"),
                        entered: false,
                        away: true,
                    },
                ],
                ice_servers: vec![stun(), turn()],
                ice_seconds: 43_200,
                embedded: true,
                limits: limits(),
                left: vec![Departure {
                    peer: peer(6),
                    reason: LeftReason::Gone,
                }],
                permit: Some("cGVybWl0".to_owned()),
                resumed: true,
            },
        ),
        ("welcome to an empty room", empty_welcome()),
        (
            "ice_servers",
            ServerMessage::IceServers {
                ice_servers: vec![turn()],
                ice_seconds: 43_200,
            },
        ),
        (
            "peer_joined",
            ServerMessage::PeerJoined {
                peer: peer(4),
                hello: sealed("aGVsbG8"),
                entered: true,
            },
        ),
        (
            "peer_entered",
            ServerMessage::PeerEntered {
                peer: peer(4),
                hello: sealed("aGVsbG8"),
            },
        ),
        ("peer_away", ServerMessage::PeerAway { peer: peer(4) }),
        ("peer_back", ServerMessage::PeerBack { peer: peer(4) }),
        (
            "peer_left",
            ServerMessage::PeerLeft {
                peer: peer(4),
                reason: LeftReason::Left,
            },
        ),
        (
            "signal",
            ServerMessage::Signal {
                from: peer(4),
                seq: 8,
                envelope: sealed("ZW52ZWxvcGU"),
            },
        ),
        ("pong", ServerMessage::Pong { mark: 7 }),
        (
            "error",
            ServerMessage::Error {
                code: ServerErrorCode::UnknownPeer,
                fatal: false,
                about: Some("signal".to_owned()),
            },
        ),
        (
            "error about nothing known",
            ServerMessage::Error {
                code: ServerErrorCode::BadFrame,
                fatal: true,
                about: None,
            },
        ),
    ];
    assert_every_name(
        SERVER_TYPES,
        examples.iter().map(|(_, message)| server_type(message)),
    );
    assert_written("server_messages.json", examples);
    assert_read(
        "server_messages.json",
        vec![
            ("welcome without optional fields", empty_welcome()),
            (
                "welcome to a peer without optional fields",
                ServerMessage::Welcome {
                    peers: vec![PeerInfo {
                        peer: peer(4),
                        hello: sealed("aGVsbG8"),
                        entered: true,
                        away: false,
                    }],
                    ice_servers: vec![stun()],
                    ice_seconds: 0,
                    embedded: false,
                    limits: limits(),
                    left: vec![],
                    permit: None,
                    resumed: false,
                },
            ),
            (
                "ice_servers without optional fields",
                ServerMessage::IceServers {
                    ice_servers: vec![stun()],
                    ice_seconds: 0,
                },
            ),
            (
                "peer_joined without optional fields",
                ServerMessage::PeerJoined {
                    peer: peer(4),
                    hello: sealed("aGVsbG8"),
                    entered: false,
                },
            ),
        ],
    );
}

fn empty_welcome() -> ServerMessage {
    ServerMessage::Welcome {
        peers: vec![],
        ice_servers: vec![],
        ice_seconds: 0,
        embedded: false,
        limits: limits(),
        left: vec![],
        permit: None,
        resumed: false,
    }
}

#[test]
fn codes_and_reasons_keep_their_names() {
    let codes = [
        ServerErrorCode::BadFrame,
        ServerErrorCode::UnknownType,
        ServerErrorCode::FrameTooLarge,
        ServerErrorCode::NotJoined,
        ServerErrorCode::AlreadyJoined,
        ServerErrorCode::RoomFull,
        ServerErrorCode::BadProof,
        ServerErrorCode::WrongRoom,
        ServerErrorCode::AccessRequired,
        ServerErrorCode::ServerFull,
        ServerErrorCode::AddressLimit,
        ServerErrorCode::UnknownPeer,
        ServerErrorCode::TooManyMessages,
        ServerErrorCode::MailboxFull,
        ServerErrorCode::Replaced,
        ServerErrorCode::ShuttingDown,
        ServerErrorCode::Unknown,
    ];
    assert_every_name(ERROR_CODES, codes.iter().map(error_code));
    assert_written(
        "error_codes.json",
        codes.map(|code| (error_code(&code), code)).to_vec(),
    );
    assert_read(
        "error_codes.json",
        vec![("a newer server's", ServerErrorCode::Unknown)],
    );

    let reasons = [
        LeftReason::Left,
        LeftReason::Gone,
        LeftReason::TooSlow,
        LeftReason::Unknown,
    ];
    assert_every_name(LEFT_REASONS, reasons.iter().map(left_reason));
    assert_written(
        "left_reasons.json",
        reasons
            .map(|reason| (left_reason(&reason), reason))
            .to_vec(),
    );
    assert_read(
        "left_reasons.json",
        vec![("a newer server's", LeftReason::Unknown)],
    );
}

/// The plaintext of a hello, after the 64 bytes of the keys.
#[test]
fn hellos_keep_their_names() {
    assert_written(
        "hellos.json",
        vec![
            (
                "hello",
                Hello {
                    name: "Mei".to_owned(),
                    previous_peer_id: Some(peer(2)),
                    guest: false,
                },
            ),
            (
                "hello of a new peer",
                Hello {
                    name: "梅".to_owned(),
                    previous_peer_id: None,
                    guest: false,
                },
            ),
            (
                "hello of a guest",
                Hello {
                    name: "Tom".to_owned(),
                    previous_peer_id: None,
                    guest: true,
                },
            ),
        ],
    );
}

#[test]
fn the_path_of_the_socket_stays() {
    assert_eq!(PATH, "/v1");
}
