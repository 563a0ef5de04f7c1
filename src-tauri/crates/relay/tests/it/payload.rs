//! The bytes of payloads.

use parlour_relay::payload::{
    Announced, Envelope, Got, Hello, MAX_PARTS, Message, PART_BYTES, Part, Session, parts,
};
use parlour_signaling::crypto::RELAY_SEAL_BYTES;
use parlour_signaling::protocol::{PeerId, Sealed, Signature};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::event_frame_bytes;

fn session() -> impl Strategy<Value = Session> {
    any::<u64>().prop_map(Session)
}

fn peer() -> impl Strategy<Value = PeerId> {
    any::<[u8; 16]>().prop_map(PeerId::from_bytes)
}

fn sealed(max: usize) -> impl Strategy<Value = Sealed> {
    vec(any::<u8>(), 0..max).prop_map(|bytes| Sealed(data_encoding::BASE64URL_NOPAD.encode(&bytes)))
}

fn signature() -> impl Strategy<Value = Signature> {
    vec(any::<u8>(), 64).prop_map(|bytes| Signature::from_bytes(bytes.try_into().unwrap()))
}

prop_compose! {
    fn announced()(
        peer in peer(),
        hello in sealed(700),
        entered in any::<bool>(),
        signature in proptest::option::of(signature()),
    ) -> Announced {
        Announced { peer, hello, entered, signature }
    }
}

prop_compose! {
    fn hello()(
        day in any::<u32>(),
        knows in vec(session(), 0..32),
        peers in vec(announced(), 0..8),
        left in vec(peer(), 0..16),
    ) -> Hello {
        Hello { day, knows, peers, left }
    }
}

prop_compose! {
    fn envelope()(from in peer(), to in peer(), seq in any::<u32>(), sealed in sealed(3_000)) -> Envelope {
        Envelope { from, to, seq, sealed }
    }
}

prop_compose! {
    fn message()(
        who in proptest::option::of(vec(session(), 0..32)),
        hello in proptest::option::of(hello()),
        envelopes in vec(envelope(), 0..6),
        got in vec((session(), any::<u32>()), 0..64),
        confirm in vec(session(), 0..32),
        bye in proptest::option::of(vec(peer(), 0..16)),
    ) -> Message {
        let got = got.into_iter().map(|(session, number)| Got { session, number }).collect();
        Message { who, hello, envelopes, got, confirm, bye }
    }
}

fn read(plains: &[Vec<u8>]) -> Message {
    let read: Vec<Part> = plains
        .iter()
        .map(|plain| Part::read(plain).unwrap())
        .collect();
    let bytes: Vec<u8> = read.into_iter().flat_map(|part| part.bytes).collect();
    Message::read(&bytes).unwrap()
}

proptest! {
    #[test]
    fn what_is_written_is_read(message in message(), number in any::<u32>()) {
        let plains = parts(number, &message).unwrap();
        prop_assert_eq!(read(&plains), message);
        for plain in plains {
            let sealed = plain.len() + RELAY_SEAL_BYTES;
            prop_assert_eq!(sealed % 896, 0);
            prop_assert!(event_frame_bytes(&vec![0; sealed]) < 4096);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..4_000)) {
        let _ = Part::read(&bytes);
        let _ = Message::read(&bytes);
    }

    #[test]
    fn a_message_that_was_cut_or_changed_is_refused_or_another(message in message(), at in any::<prop::sample::Index>()) {
        let bytes = message.to_bytes();
        prop_assume!(!bytes.is_empty());
        let at = at.index(bytes.len());
        if let Ok(read) = Message::read(&bytes[..at]) {
            prop_assert_ne!(&read, &message);
        }
        let mut changed = bytes;
        changed[at] ^= 1;
        let _ = Message::read(&changed);
    }
}

#[test]
fn unknown_records_are_skipped_and_known_ones_are_read_strictly() {
    let got = Message {
        got: vec![Got {
            session: Session(1),
            number: 2,
        }],
        ..Message::default()
    };
    let mut bytes = vec![200, 0, 3, 1, 2, 3];
    bytes.extend(got.to_bytes());
    assert_eq!(Message::read(&bytes), Ok(got.clone()));
    let mut longer = got.to_bytes();
    longer[2] += 1;
    longer.push(0);
    assert!(Message::read(&longer).is_err());
    let who = Message {
        who: Some(Vec::new()),
        ..Message::default()
    };
    assert!(
        Message::read(&[who.to_bytes(), who.to_bytes()].concat()).is_err(),
        "twice"
    );
}

#[test]
fn a_message_longer_than_all_parts_is_refused() {
    let sealed = Sealed("A".repeat(60_000));
    let envelope = Envelope {
        from: PeerId::from_bytes([1; 16]),
        to: PeerId::from_bytes([2; 16]),
        seq: 1,
        sealed,
    };
    let of = |count: usize| Message {
        envelopes: vec![envelope.clone(); count],
        ..Message::default()
    };
    assert_eq!(
        parts(1, &of(1)).unwrap().len(),
        45_042_usize.div_ceil(PART_BYTES)
    );
    assert!(parts(1, &of(MAX_PARTS * PART_BYTES / 45_000 + 1)).is_none());
}

#[test]
fn the_bytes_are_those_of_the_protocol() {
    let peer = |n| PeerId::from_bytes([n; 16]);
    let message = Message {
        confirm: vec![Session(0x0102_0304_0506_0708)],
        who: Some(Vec::new()),
        hello: Some(Hello {
            day: 20_784,
            knows: vec![Session(9)],
            peers: vec![Announced {
                peer: peer(1),
                hello: Sealed("AAEC".to_owned()),
                entered: true,
                signature: Some(Signature::from_bytes([7; 64])),
            }],
            left: vec![peer(3)],
        }),
        envelopes: vec![Envelope {
            from: peer(1),
            to: peer(2),
            seq: 5,
            sealed: Sealed("AQI".to_owned()),
        }],
        got: vec![Got {
            session: Session(9),
            number: 4,
        }],
        bye: Some(vec![peer(1)]),
    };
    let plain = parts(6, &message).unwrap().remove(0);
    let hex =
        data_encoding::HEXLOWER.encode(&plain[..plain.iter().rposition(|b| *b != 0).unwrap() + 1]);
    assert_eq!(hex, include_str!("golden/payload.hex").trim());
}
