//! Properties of the seal for any input: an envelope opens for its receiver, once, and for nobody else.

use data_encoding::BASE64URL_NOPAD;
use parlour_signaling::crypto::{
    Hello, OpenError, PairCipher, RoomKeys, RoomSecret, SealError, SessionKey,
};
use parlour_signaling::protocol::{PeerId, PeerKeys, Sealed, clean_name};
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn room_keys(byte: u8) -> RoomKeys {
    RoomKeys::new(&RoomSecret::from_bytes([byte; 16]))
}

fn session(byte: u8) -> SessionKey {
    SessionKey::from_bytes(&[byte; 64])
}

fn pair(keys: &RoomKeys, us: &SessionKey, them: &SessionKey) -> PairCipher {
    PairCipher::new(keys, us, &them.public()).unwrap()
}

fn flip(sealed: &Sealed, bit: prop::sample::Index) -> Sealed {
    let mut bytes = BASE64URL_NOPAD.decode(sealed.0.as_bytes()).unwrap();
    let bit = bit.index(bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    Sealed(BASE64URL_NOPAD.encode(&bytes))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn envelopes_open_once_in_any_order(
        plains in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..40),
        order in any::<prop::sample::Index>(),
    ) {
        let (a, b) = (session(1), session(2));
        let (mut at_a, mut at_b) = (pair(&room_keys(7), &a, &b), pair(&room_keys(7), &b, &a));
        let sealed: Vec<_> = plains.iter().map(|plain| at_a.seal(plain).unwrap()).collect();
        let start = order.index(plains.len());
        for i in (0..plains.len()).map(|i| (start + i * 7) % plains.len()) {
            match at_b.open(&sealed[i]) {
                Ok(plain) => prop_assert_eq!(&plain, &plains[i]),
                Err(error) => prop_assert_eq!(error, OpenError::Seen),
            }
        }
        for (sealed, plain) in sealed.iter().zip(&plains) {
            let again = at_b.open(sealed);
            prop_assert!(again == Err(OpenError::Seen) || again.as_ref() == Ok(plain));
            prop_assert_eq!(at_b.open(sealed), Err(OpenError::Seen));
        }
    }

    #[test]
    fn an_envelope_with_a_flipped_bit_does_not_open(
        plain in prop::collection::vec(any::<u8>(), 0..200),
        bit in any::<prop::sample::Index>(),
    ) {
        let (a, b) = (session(1), session(2));
        let (mut at_a, mut at_b) = (pair(&room_keys(7), &a, &b), pair(&room_keys(7), &b, &a));
        let sealed = at_a.seal(&plain).unwrap();
        prop_assert_eq!(at_b.open(&flip(&sealed, bit)), Err(OpenError::Broken));
        prop_assert_eq!(at_b.open(&sealed), Ok(plain));
    }

    #[test]
    fn a_hello_opens_cleaned_and_not_with_a_flipped_bit(
        name in ".{0,100}",
        bit in any::<prop::sample::Index>(),
    ) {
        let (keys, a) = (room_keys(7), session(1));
        let sealed = keys.seal_hello(&a, &Hello::new(name.clone())).unwrap();
        prop_assert!(sealed.0.len() <= parlour_signaling::protocol::limits::MAX_HELLO_BYTES);
        let (key, hello) = keys.open_hello(a.peer_id(), &sealed).unwrap();
        prop_assert_eq!(key, a.public());
        prop_assert_eq!(hello.name, clean_name(&name));
        prop_assert_eq!(keys.open_hello(a.peer_id(), &flip(&sealed, bit)), Err(OpenError::Broken));
    }

    #[test]
    fn garbage_never_opens_and_never_panics(text in "[A-Za-z0-9_-]{0,600}|.{0,60}") {
        let (a, b) = (session(1), session(2));
        let garbage = Sealed(text);
        prop_assert!(pair(&room_keys(7), &a, &b).open(&garbage).is_err());
        prop_assert!(room_keys(7).open_hello(a.peer_id(), &garbage).is_err());
    }
}

#[test]
fn an_envelope_for_another_room_peer_or_direction_does_not_open() {
    let (a, b, c) = (session(1), session(2), session(3));
    let mut at_a = pair(&room_keys(7), &a, &b);
    let sealed = at_a.seal(b"hi").unwrap();
    assert_eq!(at_a.open(&sealed), Err(OpenError::Broken), "reflected");
    assert_eq!(
        pair(&room_keys(8), &b, &a).open(&sealed),
        Err(OpenError::Broken),
        "another room"
    );
    assert_eq!(
        pair(&room_keys(7), &c, &a).open(&sealed),
        Err(OpenError::Broken),
        "another receiver"
    );
    assert_eq!(
        pair(&room_keys(7), &b, &c).open(&sealed),
        Err(OpenError::Broken),
        "another sender"
    );
    assert_eq!(pair(&room_keys(7), &b, &a).open(&sealed).unwrap(), b"hi");
}

#[test]
fn an_envelope_with_a_changed_counter_does_not_open() {
    let (a, b) = (session(1), session(2));
    let (mut at_a, mut at_b) = (pair(&room_keys(7), &a, &b), pair(&room_keys(7), &b, &a));
    let sealed = at_a.seal(b"one").unwrap();
    let other = at_a.seal(b"two").unwrap();
    let head = |s: &Sealed| BASE64URL_NOPAD.decode(s.0.as_bytes()).unwrap()[..8].to_vec();
    let mut bytes = head(&other);
    bytes.extend_from_slice(&BASE64URL_NOPAD.decode(sealed.0.as_bytes()).unwrap()[8..]);
    let swapped = Sealed(BASE64URL_NOPAD.encode(&bytes));
    assert_eq!(at_b.open(&swapped), Err(OpenError::Broken));
    // A forged counter has not moved the window: both envelopes still open.
    assert!(at_b.open(&other).is_ok() && at_b.open(&sealed).is_ok());
}

#[test]
fn the_replay_window_holds_1024_counters() {
    let (a, b) = (session(1), session(2));
    let (mut at_a, mut at_b) = (pair(&room_keys(7), &a, &b), pair(&room_keys(7), &b, &a));
    let sealed: Vec<_> = (0..1026).map(|_| at_a.seal(b"").unwrap()).collect();
    at_b.open(&sealed[1025]).unwrap();
    assert_eq!(
        at_b.open(&sealed[1]),
        Err(OpenError::Seen),
        "too old to know"
    );
    assert!(at_b.open(&sealed[2]).is_ok(), "just inside the window");
}

#[test]
fn a_hello_of_another_room_or_peer_does_not_open() {
    let (a, b) = (session(1), session(2));
    let sealed = room_keys(7).seal_hello(&a, &Hello::new("Mei")).unwrap();
    assert!(room_keys(7).open_hello(a.peer_id(), &sealed).is_ok());
    assert_eq!(
        room_keys(8).open_hello(a.peer_id(), &sealed),
        Err(OpenError::Broken)
    );
    assert_eq!(
        room_keys(7).open_hello(b.peer_id(), &sealed),
        Err(OpenError::Broken)
    );
    assert_eq!(
        room_keys(7).open_hello(PeerId::from_bytes([0; 16]), &sealed),
        Err(OpenError::Broken)
    );
}

#[test]
fn hellos_have_one_length_whatever_the_name() {
    let length = |name: &str| {
        let hello = Hello::new(name);
        room_keys(7)
            .seal_hello(&session(1), &hello)
            .unwrap()
            .0
            .len()
    };
    assert_eq!(length(""), length(&"👩".repeat(60)));
    assert_eq!(length(""), length(&"\"\\".repeat(30)));
}

#[test]
fn keys_of_low_order_and_our_own_key_are_refused() {
    let one = {
        let mut one = [0; 32];
        one[0] = 1;
        one
    };
    let minus_one = {
        let mut k = [0xff; 32];
        k[0] = 0xec;
        k[31] = 0x7f;
        k
    };
    for weak in [[0; 32], one, minus_one] {
        let made = PairCipher::new(&room_keys(7), &session(1), &PeerKeys::new([2; 32], weak));
        assert_eq!(made.map(|_| ()), Err(SealError::LowOrder));
    }
    let own = PairCipher::new(&room_keys(7), &session(1), &session(1).public());
    assert_eq!(own.map(|_| ()), Err(SealError::Itself));
}

#[test]
fn secrets_are_never_printed() {
    let a = session(0xab);
    let text = format!("{a:?} {:?}", pair(&room_keys(7), &a, &session(2)));
    assert!(
        !text.contains("171")
            && !text.to_lowercase().contains("ab, ")
            && text.starts_with("SessionKey(…)")
    );
    let hello = Hello::new("Mei");
    assert!(!format!("{hello:?}").contains("Mei"));
}
