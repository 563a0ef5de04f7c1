//! A peer that code of the server's own process introduces.

use parlour_signaling::crypto::{Hello, SignedHello};
use parlour_signaling::protocol::{ClientMessage, LeftReason, ServerErrorCode, ServerMessage};
use parlour_signaling::server::rooms::Introduction;
use parlour_signaling::server::{IntroducedPeer, ServerConfig, ServerHandle};
use tokio::time::timeout;

use super::peer::{FRAME_TIMEOUT, Peer, server};
use crate::test_messages::{enter, hello, join, peer, room, room_keys, sealed, session, signal};

fn introduce(server: &ServerHandle, n: u8) -> IntroducedPeer {
    server.introduce(Introduction {
        room: room(1),
        keys: session(n).public(),
        hello: hello(n),
        entered: false,
    })
}

async fn next(peer: &mut IntroducedPeer) -> Option<ServerMessage> {
    let message = timeout(FRAME_TIMEOUT, peer.receive()).await.unwrap();
    message.map(|message| (*message).clone())
}

#[tokio::test]
async fn an_introduced_peer_joins_enters_signals_and_leaves() {
    let server = server(ServerConfig::default()).await;
    let (mut ada, _) = Peer::join(server.local_addr(), join(1, 1)).await;
    let mut mei = introduce(&server, 2);
    match next(&mut mei).await {
        Some(ServerMessage::Welcome { peers, .. }) => assert_eq!(peers[0].peer, peer(1)),
        other => panic!("{other:?}"),
    }
    assert!(matches!(ada.next().await, ServerMessage::PeerJoined { peer: p, .. } if p == peer(2)));
    mei.send(enter(2));
    assert!(matches!(
        ada.next().await,
        ServerMessage::PeerEntered { .. }
    ));
    ada.send_message(signal(2, "offer")).await;
    let signal_of_ada = ServerMessage::Signal {
        from: peer(1),
        seq: 1,
        envelope: sealed("offer"),
    };
    assert_eq!(next(&mut mei).await, Some(signal_of_ada));
    mei.send(signal(1, "answer"));
    assert!(matches!(ada.next().await, ServerMessage::Signal { from, .. } if from == peer(2)));
    mei.send(ClientMessage::Leave {});
    assert_eq!(next(&mut mei).await, None);
    let left = ServerMessage::PeerLeft {
        peer: peer(2),
        reason: LeftReason::Left,
    };
    assert_eq!(ada.next().await, left);
}

#[tokio::test]
async fn a_dropped_introduced_peer_is_away_and_the_end_of_the_server_is_its_end() {
    let server = server(ServerConfig::default()).await;
    let (mut ada, _) = Peer::join(server.local_addr(), join(1, 1)).await;
    let mei = introduce(&server, 2);
    ada.next().await;
    drop(mei);
    assert_eq!(ada.next().await, ServerMessage::PeerAway { peer: peer(2) });
    let mut mei = introduce(&server, 2);
    match next(&mut mei).await {
        Some(ServerMessage::Welcome { resumed, .. }) => assert!(resumed),
        other => panic!("{other:?}"),
    }
    drop(server);
    // Ada's connection may end first.
    while next(&mut mei).await.is_some() {}
}

#[tokio::test]
async fn an_introduction_does_not_take_the_place_of_a_peer_that_has_proved_itself() {
    let server = server(ServerConfig::default()).await;
    let mut early = introduce(&server, 1);
    next(&mut early).await;
    // A proof takes the place of an introduction.
    let (mut ada, welcome) = Peer::join(server.local_addr(), join(1, 1)).await;
    assert!(matches!(
        welcome,
        ServerMessage::Welcome { resumed: true, .. }
    ));
    assert!(matches!(
        next(&mut early).await,
        Some(ServerMessage::Error {
            code: ServerErrorCode::Replaced,
            ..
        })
    ));
    let mut late = introduce(&server, 1);
    assert!(matches!(
        next(&mut late).await,
        Some(ServerMessage::Error {
            code: ServerErrorCode::Replaced,
            fatal: true,
            ..
        })
    ));
    assert_eq!(next(&mut late).await, None);
    let _bob = Peer::join(server.local_addr(), join(1, 2)).await;
    assert!(matches!(ada.next().await, ServerMessage::PeerJoined { .. }));
}

#[test]
fn a_signed_hello_of_another_session_day_room_or_peer_is_refused() {
    let sealed_hello = room_keys(1).seal_hello(session(2), &Hello::new("Mei"));
    let today = 20_784;
    let honest = SignedHello::new(room_keys(1), session(2), sealed_hello.unwrap(), 7, today);
    assert!(honest.verify(room(1), 7, today).is_ok());
    for (room, session, day) in [
        (room(1), 7, today + 1),
        (room(1), 8, today),
        (room(2), 7, today),
    ] {
        assert!(honest.verify(room, session, day).is_err());
    }
    let under_other_keys = SignedHello {
        keys: session(3).public(),
        ..honest.clone()
    };
    let with_another_hello = SignedHello {
        hello: sealed("another"),
        ..honest
    };
    for forged in [under_other_keys, with_another_hello] {
        assert!(forged.verify(room(1), 7, today).is_err());
    }
}
