//! Signals that are delivered without the server, and copies of them by way of the server: each is taken once.

use parlour_signaling::client::{RoomEvent, SignalError};
use parlour_signaling::protocol::Sealed;
use parlour_signaling::protocol::limits::{DIRECT_BURST, MAX_ENVELOPE_BYTES};
use parlour_signaling::server::{Server, ServerConfig, ServerHandle};
use serde_json::{Value, json};

use super::harness::{Peer, config, endpoint};

/// Two peers in a room that know each other.
async fn two() -> (ServerHandle, Peer, Peer) {
    let at = "127.0.0.1:0".parse().unwrap();
    let server = Server::bind(at, ServerConfig::default()).await.unwrap();
    let at = server.local_addr();
    let server = server.start();
    let (mut mei, _) = Peer::joined("Mei", at).await;
    let (tom, _) = Peer::joined("Tom", at).await;
    assert!(matches!(mei.next().await, RoomEvent::PeerJoined(_)));
    (server, mei, tom)
}

async fn seal(from: &Peer, to: &Peer, n: u64) -> (u64, Sealed) {
    let sealed = from.client.seal_signal(to.me(), json!({ "n": n }), None);
    sealed.await.unwrap()
}

async fn open(to: &Peer, from: &Peer, envelope: Sealed) -> Result<Option<Value>, SignalError> {
    to.client.open_signal(from.me(), envelope).await
}

#[tokio::test]
async fn a_signal_is_taken_once_whichever_copy_comes_first() {
    let (_server, mut mei, tom) = two().await;
    let (first, envelope) = seal(&tom, &mei, 1).await;
    assert_eq!(
        open(&mei, &tom, envelope).await,
        Ok(Some(json!({ "n": 1 })))
    );
    let (second, late) = seal(&tom, &mei, 2).await;
    assert_eq!((first, second), (1, 2));
    for (number, n) in [(first, 1), (second, 2)] {
        let again = tom
            .client
            .send_signal(mei.me(), json!({ "n": n }), Some(number));
        again.await.unwrap();
    }
    tom.send(mei.me(), 3).await;
    assert_eq!(
        mei.next_signal().await,
        (tom.me(), 2),
        "the first came before"
    );
    assert_eq!(mei.next_signal().await, (tom.me(), 3));
    assert_eq!(open(&mei, &tom, late).await, Ok(None));

    // Sealed again, it is another envelope with the same signal.
    let again = tom
        .client
        .seal_signal(mei.me(), json!({ "n": 2 }), Some(second));
    let (number, envelope) = again.await.unwrap();
    assert_eq!(number, second);
    assert_eq!(open(&mei, &tom, envelope).await, Ok(None));
    let (next, envelope) = seal(&mei, &tom, 9).await;
    assert_eq!((next, open(&tom, &mei, envelope).await.is_ok()), (1, true));
    tom.client.leave().await;
    mei.until(|event| matches!(event, RoomEvent::PeerLeft { .. }).then_some(()))
        .await;
}

#[tokio::test]
async fn signals_are_sealed_and_opened_without_a_server() {
    let (server, mut mei, mut tom) = two().await;
    server.shutdown().await;
    for peer in [&mut mei, &mut tom] {
        peer.until(|event| matches!(event, RoomEvent::Reconnecting).then_some(()))
            .await;
    }
    for n in 0..100 {
        let (_, envelope) = seal(&tom, &mei, n).await;
        assert_eq!(
            open(&mei, &tom, envelope).await,
            Ok(Some(json!({ "n": n })))
        );
    }
}

#[tokio::test]
async fn only_envelopes_of_that_peer_for_us_open() {
    let (_server, mei, mut tom) = two().await;
    let refused = Err(SignalError::NotOpened);
    let (_, envelope) = seal(&tom, &mei, 1).await;
    assert_eq!(open(&tom, &mei, envelope.clone()).await, refused, "ours");
    for garbage in [
        String::new(),
        "x".repeat(40),
        "A".repeat(MAX_ENVELOPE_BYTES + 1),
    ] {
        assert_eq!(open(&mei, &tom, Sealed(garbage)).await, refused);
    }
    assert!(open(&mei, &tom, envelope.clone()).await.is_ok());
    assert_eq!(open(&mei, &tom, envelope.clone()).await, refused, "twice");
    let nobody = Peer::new(config(
        "Eve",
        vec![endpoint("127.0.0.1:1".parse().unwrap())],
    ));
    let stranger = open(&mei, &nobody, envelope).await;
    assert_eq!(stranger, Err(SignalError::UnknownPeer));

    let unknown = mei.client.seal_signal(nobody.me(), json!(1), None).await;
    assert_eq!(unknown.unwrap_err(), SignalError::UnknownPeer);
    for number in [0, 1, u64::MAX] {
        let never = mei
            .client
            .seal_signal(tom.me(), json!(1), Some(number))
            .await;
        assert_eq!(never.unwrap_err(), SignalError::UnknownNumber);
        let never = mei
            .client
            .send_signal(tom.me(), json!(1), Some(number))
            .await;
        assert_eq!(never, Err(SignalError::UnknownNumber));
    }
    // An envelope that a peer delivers without the server says nothing about the server.
    mei.send(tom.me(), 7).await;
    assert_eq!(tom.next_signal().await, (mei.me(), 7));
    assert!(tom.events.try_recv().is_err());
}

#[tokio::test]
async fn direct_envelopes_are_limited_for_each_peer() {
    let (_server, mei, tom) = two().await;
    let at = tom.me();
    let mut opened = 0;
    for _ in 0..2 * DIRECT_BURST {
        match mei.client.open_signal(at, Sealed("x".repeat(40))).await {
            Err(SignalError::NotOpened) => opened += 1,
            other => assert_eq!(other, Err(SignalError::RateLimited)),
        }
    }
    assert!((DIRECT_BURST..2 * DIRECT_BURST).contains(&opened));
    let (_, envelope) = seal(&mei, &tom, 1).await;
    assert!(open(&tom, &mei, envelope).await.is_ok());
}
