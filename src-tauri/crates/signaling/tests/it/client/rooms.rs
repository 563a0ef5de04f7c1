//! Clients in rooms of the real embedded server.

use std::net::SocketAddr;

use parlour_signaling::client::{FailReason, Presence, Role, RoomEvent, ServerFault, SignalError};
use parlour_signaling::protocol::limits::MAX_PEERS;
use parlour_signaling::protocol::{ClientMessage, LeftReason};
use parlour_signaling::server::{Server, ServerConfig, ServerHandle};

use super::faulty_link::FaultyLink;
use super::harness::{Peer, ScriptedConnection, config, endpoint, listen, secret};

async fn server() -> (ServerHandle, SocketAddr) {
    serve("127.0.0.1:0".parse().unwrap()).await
}

async fn serve(address: SocketAddr) -> (ServerHandle, SocketAddr) {
    let server = Server::bind(address, ServerConfig::default())
        .await
        .unwrap();
    let address = server.local_addr();
    (server.start(), address)
}

#[tokio::test]
async fn two_clients_join_enter_signal_and_leave() {
    let (_server, at) = server().await;
    let (mut mei, nobody) = Peer::joined("Mei", at).await;
    assert!(nobody.is_empty());
    let (mut tom, members) = Peer::joined(" Tom\u{202e} ", at).await;
    assert_eq!(members.len(), 1);
    assert_eq!((members[0].id, members[0].name.as_str()), (mei.me(), "Mei"));
    assert!(members[0].role == Role::Offerer && !members[0].entered);
    assert_eq!(members[0].presence, Presence::Online);

    let RoomEvent::PeerJoined(door) = mei.next().await else {
        panic!()
    };
    assert_eq!(
        (door.id, door.name.as_str(), door.role),
        (tom.me(), "Tom", Role::Answerer)
    );

    tom.client.enter("Thomas".into()).await.unwrap();
    let RoomEvent::PeerEntered { peer, name } = mei.next().await else {
        panic!()
    };
    assert_eq!((peer, name.as_str()), (tom.me(), "Thomas"));

    for n in 0..100 {
        tom.send(mei.me(), n).await;
        mei.send(tom.me(), n).await;
    }
    for n in 0..100 {
        assert_eq!(mei.next_signal().await, (tom.me(), n));
        assert_eq!(tom.next_signal().await, (mei.me(), n));
    }

    let tom_id = tom.me();
    tom.client.leave().await;
    let left = RoomEvent::PeerLeft {
        peer: tom_id,
        reason: LeftReason::Left,
    };
    assert_eq!(mei.next().await, left);
    assert_eq!(tom.events.recv().await, None);
    let to_nobody = mei
        .client
        .send_signal(tom_id, serde_json::json!(1), None)
        .await;
    assert_eq!(to_nobody, Err(SignalError::UnknownPeer));
}

#[tokio::test]
async fn a_signal_that_is_too_large_is_refused() {
    let (_server, at) = server().await;
    let (mut mei, _) = Peer::joined("Mei", at).await;
    let (tom, _) = Peer::joined("Tom", at).await;
    let largest = |n: usize| serde_json::json!({ "n": 1, "sdp": "x".repeat(n) });
    let to = mei.me();
    let refused = tom.client.send_signal(to, largest(50_000), None).await;
    assert_eq!(refused, Err(SignalError::TooLarge));
    tom.client
        .send_signal(to, largest(48_500), None)
        .await
        .unwrap();
    assert_eq!(mei.next_signal().await, (tom.me(), 1));
}

#[tokio::test]
async fn a_client_with_another_secret_sees_nobody() {
    let (_server, at) = server().await;
    let (_mei, _) = Peer::joined("Mei", at).await;
    let mut stranger = config("Eve", vec![endpoint(at)]);
    stranger.secret = secret(8);
    let mut stranger = Peer::new(stranger);
    assert!(stranger.join().await.0.is_empty());
}

#[tokio::test]
async fn a_client_that_enters_before_the_welcome_has_entered() {
    let (_server, at) = server().await;
    let (mut mei, _) = Peer::joined("Mei", at).await;
    let mut tom = Peer::new(config("Tom", vec![endpoint(at)]));
    tom.client.enter("Tom".into()).await.unwrap();
    tom.join().await;
    let mut entered = false;
    while !entered {
        entered = match mei.next().await {
            RoomEvent::PeerJoined(member) => member.entered,
            RoomEvent::PeerEntered { .. } => true,
            other => panic!("{other:?}"),
        };
    }
}

#[tokio::test]
async fn a_client_is_refused_by_a_full_room() {
    let (_server, at) = server().await;
    let mut peers = Vec::new();
    for _ in 0..MAX_PEERS {
        peers.push(Peer::joined("Mei", at).await);
    }
    let mut late = Peer::new(config("Tom", vec![endpoint(at)]));
    assert_eq!(late.next().await, RoomEvent::Failed(FailReason::RoomFull));
    assert_eq!(late.events.recv().await, None);
    assert_eq!(
        late.client.enter("Tom".into()).await,
        Err(SignalError::Closed)
    );
}

#[tokio::test]
async fn the_endpoint_that_answers_is_used() {
    let (_server, at) = server().await;
    // At the first nobody listens any more, and the second never answers.
    let (closed, closed_at) = listen().await;
    drop(closed);
    let (_black_hole, hole_at) = listen().await;
    let endpoints = [closed_at, hole_at, at].map(endpoint).to_vec();
    let mut mei = Peer::new(config("Mei", endpoints));
    let RoomEvent::Joined { server, .. } = mei.next().await else {
        panic!()
    };
    assert_eq!(server, endpoint(at));
}

#[tokio::test]
async fn a_client_reports_that_no_endpoint_answers() {
    let (closed, at) = listen().await;
    drop(closed);
    let mut mei = Peer::new(config("Mei", vec![endpoint(at)]));
    let failed = RoomEvent::Failed(FailReason::Unreachable(ServerFault::NoAnswer));
    assert_eq!(mei.next().await, failed);
}

#[tokio::test]
async fn clients_survive_a_restart_of_the_server() {
    let (first, at) = server().await;
    let (mut mei, _) = Peer::joined("Mei", at).await;
    mei.client.enter("Mei".into()).await.unwrap();
    let (mut tom, _) = Peer::joined("Tom", at).await;
    tom.client.enter("Tommy".into()).await.unwrap();
    mei.until(|e| matches!(e, RoomEvent::PeerEntered { .. }).then_some(()))
        .await;
    tom.send(mei.me(), 1).await;
    assert_eq!(mei.next_signal().await.1, 1);

    first.shutdown().await;
    for peer in [&mut mei, &mut tom] {
        assert_eq!(peer.next().await, RoomEvent::Reconnecting);
        assert_eq!(peer.next().await, RoomEvent::ServerEnded);
    }
    // Sent while there is no server: it is kept.
    tom.send(mei.me(), 2).await;
    mei.send(tom.me(), 2).await;

    let (_second, _) = serve(at).await;
    let (mei_id, tom_id) = (mei.me(), tom.me());
    for (peer, other, name) in [(&mut mei, tom_id, "Tommy"), (&mut tom, mei_id, "Mei")] {
        let (members, resumed) = peer.join().await;
        assert!(!resumed);
        assert_eq!((members.len(), members[0].id), (1, other));
        assert!(members[0].entered && members[0].name == name);
        if members[0].presence == Presence::Away {
            assert_eq!(
                peer.next().await,
                RoomEvent::PresenceChanged {
                    peer: other,
                    presence: Presence::Online
                }
            );
        }
    }
    for n in 2..5 {
        if n > 2 {
            tom.send(mei.me(), n).await;
            mei.send(tom.me(), n).await;
        }
        assert_eq!(mei.next().await, signal(tom.me(), n));
        assert_eq!(tom.next().await, signal(mei.me(), n));
    }
}

fn signal(from: parlour_signaling::protocol::PeerId, n: u64) -> RoomEvent {
    RoomEvent::Signal {
        from,
        signal: serde_json::json!({ "n": n }),
    }
}

#[tokio::test]
async fn after_a_cut_no_signal_is_lost_or_doubled() {
    let (_server, at) = server().await;
    let link = FaultyLink::to(at).await;
    let (mut mei, _) = Peer::joined("Mei", at).await;
    let (mut tom, _) = Peer::joined("Tom", link.address).await;
    for n in 0..20 {
        tom.send(mei.me(), n).await;
        mei.send(tom.me(), n).await;
    }
    for n in 0..20 {
        assert_eq!(mei.next_signal().await.1, n);
        assert_eq!(tom.next_signal().await.1, n);
    }
    link.cut_silently();
    // Written to a dead connection, on both sides.
    for n in 20..40 {
        tom.send(mei.me(), n).await;
        mei.send(tom.me(), n).await;
    }
    tom.client.reconnect_now();
    // A new connection is made before the silence of the old one is noticed.
    let (members, resumed) = tom.join().await;
    assert!(resumed && members[0].id == mei.me() && members[0].presence == Presence::Online);
    for n in 20..40 {
        assert_eq!(
            mei.next().await,
            signal(tom.me(), n),
            "nothing but signals is told"
        );
        assert_eq!(tom.next().await, signal(mei.me(), n));
    }
    for n in 40..45 {
        tom.send(mei.me(), n).await;
        mei.send(tom.me(), n).await;
        assert_eq!(
            (mei.next_signal().await.1, tom.next_signal().await.1),
            (n, n)
        );
    }
}

#[tokio::test]
async fn a_client_that_leaves_while_cut_off_reconnects_to_leave() {
    let (listener, at) = listen().await;
    let mut tom = Peer::new(config("Tom", vec![endpoint(at)]));
    let (connection, _) = ScriptedConnection::welcome(&listener, Vec::new(), false).await;
    tom.join().await;
    drop(connection);
    // The next attempt has started, and nobody answers it.
    let (_unanswered, _) = listener.accept().await.unwrap();
    let leaving = tokio::spawn(async move { tom.client.leave().await });
    let mut connection = ScriptedConnection::accept(&listener).await;
    assert!(matches!(
        connection.read().await,
        Some(ClientMessage::Join(_))
    ));
    assert_eq!(connection.read().await, Some(ClientMessage::Leave {}));
    drop(connection);
    leaving.await.unwrap();
}

#[tokio::test]
async fn a_dropped_client_is_away() {
    let (_server, at) = server().await;
    let (mut mei, _) = Peer::joined("Mei", at).await;
    let (tom, _) = Peer::joined("Tom", at).await;
    let id = tom.me();
    drop(tom);
    mei.until(|e| {
        (*e == RoomEvent::PresenceChanged {
            peer: id,
            presence: Presence::Away,
        })
        .then_some(())
    })
    .await;
}
