//! Clients and a server that follows a script: broken, dead, or malicious.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use futures_util::{SinkExt, StreamExt};
use parlour_signaling::client::{FailReason, Presence, RoomEvent, SignalError};
use parlour_signaling::protocol::{
    ClientMessage, Join, LeftReason, Nonce, PROTOCOL_VERSION, PeerId, PeerInfo, Sealed,
    ServerErrorCode, ServerMessage,
};
use parlour_signaling::server::{Server, ServerConfig};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::{self, Instant};
use tokio_tungstenite::tungstenite::Message;

use super::harness::{Peer, ScriptedConnection, config, endpoint, listen, welcome};

fn hello_of(join: &ClientMessage) -> (PeerId, Sealed) {
    match join {
        ClientMessage::Join(Join { keys, hello, .. }) => (keys.peer_id(), hello.clone()),
        other => panic!("{other:?}"),
    }
}

fn info((peer, hello): &(PeerId, Sealed)) -> PeerInfo {
    PeerInfo {
        peer: *peer,
        hello: hello.clone(),
        entered: true,
        away: false,
    }
}

/// Mei and Tom in one room of the scripted server.
async fn two(listener: &TcpListener) -> (Peer, ScriptedConnection, Peer, ScriptedConnection) {
    let at = listener.local_addr().unwrap();
    let mut mei = Peer::new(config("Mei", vec![endpoint(at)]));
    let (mut mei_line, join) = ScriptedConnection::welcome(listener, Vec::new(), false).await;
    let mei_hello = hello_of(&join);
    mei.join().await;
    let mut tom = Peer::new(config("Tom", vec![endpoint(at)]));
    let (tom_line, join) =
        ScriptedConnection::welcome(listener, vec![info(&mei_hello)], false).await;
    let (peer, hello) = hello_of(&join);
    assert_eq!(tom.join().await.0.len(), 1);
    mei_line
        .send(&ServerMessage::PeerJoined {
            peer,
            hello,
            entered: true,
        })
        .await;
    assert!(matches!(mei.next().await, RoomEvent::PeerJoined(_)));
    (mei, mei_line, tom, tom_line)
}

async fn envelope(connection: &mut ScriptedConnection) -> Sealed {
    match connection.read().await.unwrap() {
        ClientMessage::Signal { envelope, .. } => envelope,
        other => panic!("{other:?}"),
    }
}

fn relay(from: PeerId, seq: u64, envelope: &Sealed) -> ServerMessage {
    ServerMessage::Signal {
        from,
        seq,
        envelope: envelope.clone(),
    }
}

fn corrupt(envelope: &Sealed, at: usize) -> Sealed {
    let mut bytes = BASE64URL_NOPAD.decode(envelope.0.as_bytes()).unwrap();
    let at = at % bytes.len();
    bytes[at] ^= 0x20;
    Sealed(BASE64URL_NOPAD.encode(&bytes))
}

#[tokio::test]
async fn nothing_that_a_malicious_server_makes_opens() {
    let (listener, _) = listen().await;
    let (mut mei, mut mei_line, tom, mut tom_line) = two(&listener).await;
    let mut envelopes = Vec::new();
    for n in 0..20 {
        tom.send(mei.me(), n).await;
        envelopes.push(envelope(&mut tom_line).await);
    }
    let mut seq = 0;
    // In reverse order, and around each: replays, changes, a reflection, another's name, an invented sender.
    for (n, honest) in envelopes.iter().enumerate().rev() {
        seq += 1;
        for forged in [
            relay(tom.me(), seq, &corrupt(honest, n)),
            relay(mei.me(), seq, honest),
            relay(PeerId::from_bytes([9; 16]), seq, honest),
            relay(tom.me(), u64::MAX, &Sealed("?".repeat(99))),
        ] {
            mei_line.send(&forged).await;
        }
        mei_line.send(&relay(tom.me(), seq, honest)).await;
        mei_line.send(&relay(tom.me(), seq, honest)).await;
    }
    // Mei's own signal comes back as if Tom had sent it.
    mei.send(tom.me(), 77).await;
    let own = envelope(&mut mei_line).await;
    mei_line.send(&relay(tom.me(), 21, &own)).await;
    tom.send(mei.me(), 99).await;
    let last = envelope(&mut tom_line).await;
    mei_line.send(&relay(tom.me(), 22, &last)).await;

    let (mut heard, mut tampering) = (Vec::new(), 0);
    while heard.last() != Some(&99) {
        match mei.next().await {
            RoomEvent::Signal { from, signal } => {
                assert_eq!(from, tom.me());
                heard.push(signal["n"].as_u64().unwrap());
            }
            RoomEvent::Tampering => tampering += 1,
            other => panic!("{other:?}"),
        }
    }
    let expected: Vec<_> = (0..20).rev().chain([99]).collect();
    assert_eq!(heard, expected);
    assert_eq!(tampering, 1);
}

#[tokio::test]
async fn swapped_hellos_and_invented_peers_are_ignored() {
    let (listener, _) = listen().await;
    let (mut mei, mut mei_line, tom, _tom_line) = two(&listener).await;
    let mut eve = Peer::new(config(
        "Eve",
        vec![endpoint(listener.local_addr().unwrap())],
    ));
    let (_eve_line, join) = ScriptedConnection::welcome(&listener, Vec::new(), false).await;
    let (eve_id, eve_hello) = hello_of(&join);
    eve.join().await;
    // Eve's key under Tom's id, Eve's hello under an invented id, and a leave of somebody unknown.
    for (peer, hello) in [
        (tom.me(), eve_hello.clone()),
        (PeerId::from_bytes([9; 16]), eve_hello.clone()),
    ] {
        mei_line
            .send(&ServerMessage::PeerEntered {
                peer,
                hello: hello.clone(),
            })
            .await;
        mei_line
            .send(&ServerMessage::PeerJoined {
                peer,
                hello,
                entered: true,
            })
            .await;
    }
    let reason = LeftReason::Left;
    mei_line
        .send(&ServerMessage::PeerLeft {
            peer: PeerId::from_bytes([9; 16]),
            reason,
        })
        .await;
    let to_stranger = mei.client.send_signal(eve_id, json!(1), None).await;
    assert_eq!(to_stranger, Err(SignalError::UnknownPeer));
    // The first event that Mei gets is true.
    mei_line
        .send(&ServerMessage::PeerJoined {
            peer: eve_id,
            hello: eve_hello,
            entered: false,
        })
        .await;
    match mei.next().await {
        RoomEvent::PeerJoined(member) => {
            assert_eq!((member.id, member.name.as_str()), (eve_id, "Eve"))
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn garbage_from_the_server_is_survived() {
    let (listener, at) = listen().await;
    let mut mei = Peer::new(config("Mei", vec![endpoint(at)]));
    let mut connection = ScriptedConnection::accept(&listener).await;
    connection.read().await.unwrap();
    for text in [
        "",
        "{",
        "[]",
        "null",
        "{\"type\":\"dance\"}",
        "{\"type\":\"welcome\"}",
        "\u{0}",
    ] {
        connection.send_text(text.to_owned()).await;
    }
    connection
        .0
        .send(Message::binary(vec![0; 1000]))
        .await
        .unwrap();
    let about = Some("enter".to_owned());
    connection
        .send(&ServerMessage::Error {
            code: ServerErrorCode::UnknownPeer,
            fatal: false,
            about,
        })
        .await;
    connection.send(&welcome(Vec::new(), false)).await;
    mei.join().await;
    // Too large for any frame: that connection ends, and the next one works.
    connection
        .0
        .send(Message::text("x".repeat(1 << 20)))
        .await
        .ok();
    assert_eq!(mei.next().await, RoomEvent::Reconnecting);
    let (mut connection, join) = ScriptedConnection::welcome(&listener, Vec::new(), false).await;
    assert!(matches!(
        join,
        ClientMessage::Join(Join { entered: false, .. })
    ));
    mei.join().await;
    mei.client.enter("May".into()).await.unwrap();
    assert!(matches!(
        connection.read().await,
        Some(ClientMessage::Enter { .. })
    ));
    // A close with a reason is handled like any other.
    connection.0.close(None).await.ok();
    assert_eq!(mei.next().await, RoomEvent::Reconnecting);
    let (mut connection, join) = ScriptedConnection::welcome(&listener, Vec::new(), false).await;
    assert!(matches!(
        join,
        ClientMessage::Join(Join { entered: true, .. })
    ));
    mei.join().await;
    let code = ServerErrorCode::TooManyMessages;
    connection
        .send(&ServerMessage::Error {
            code,
            fatal: true,
            about: None,
        })
        .await;
    assert_eq!(mei.next().await, RoomEvent::Reconnecting);
}

#[tokio::test]
async fn a_server_that_closes_at_once_is_tried_with_pauses() {
    let (listener, at) = listen().await;
    let mei = Peer::new(config("Mei", vec![endpoint(at)]));
    let (mut times, mut attempts) = (Vec::new(), 0);
    while times.len() < 6 {
        // Dropped after the welcome. Meanwhile the client is told of network changes all the time.
        let welcomed = welcome_if_it_joins(&listener);
        tokio::pin!(welcomed);
        let has_joined = loop {
            tokio::select! {
                joined = &mut welcomed => break joined.is_some(),
                () = tokio::task::yield_now() => mei.client.reconnect_now(),
            }
        };
        attempts += 1;
        if has_joined {
            times.push(Instant::now());
        }
    }
    // The first retry may come at once.
    for pair in times[1..].windows(2) {
        assert!(pair[1] - pair[0] >= Duration::from_millis(95), "{times:?}");
    }
    assert!(attempts <= 2 * times.len(), "{attempts}");
}

/// Welcomes the next connection. One that was begun beside another may be given up with it.
async fn welcome_if_it_joins(listener: &TcpListener) -> Option<()> {
    let (stream, _) = listener.accept().await.unwrap();
    let mut socket = tokio_tungstenite::accept_async(stream).await.ok()?;
    let challenge = ServerMessage::Challenge {
        nonce: Nonce::from_bytes([5; 32]),
        version: PROTOCOL_VERSION,
    };
    for message in [challenge, welcome(Vec::new(), false)] {
        let text = serde_json::to_string(&message).unwrap();
        socket.send(Message::text(text)).await.ok()?;
        if matches!(message, ServerMessage::Challenge { .. }) {
            socket.next().await?.ok()?;
        }
    }
    Some(())
}

/// After how many seconds the client finds that its server is silent.
async fn silence_found_after(peer: &mut Peer) -> u64 {
    time::pause();
    let since = Instant::now();
    assert_eq!(peer.events.recv().await, Some(RoomEvent::Reconnecting));
    let waited = since.elapsed();
    time::resume();
    waited.as_secs()
}

#[tokio::test]
async fn a_silent_server_is_found_in_twelve_seconds_by_those_in_a_call() {
    let (listener, _) = listen().await;
    let (mut mei, mut mei_line, tom, _tom_line) = two(&listener).await;
    mei.send(tom.me(), 1).await;
    envelope(&mut mei_line).await;
    let seconds = silence_found_after(&mut mei).await;
    assert!((11..=13).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_silent_server_is_found_in_twelve_seconds_by_one_who_was_called() {
    let (listener, _) = listen().await;
    let (mut mei, mut mei_line, tom, mut tom_line) = two(&listener).await;
    tom.send(mei.me(), 1).await;
    let sealed = envelope(&mut tom_line).await;
    mei_line.send(&relay(tom.me(), 1, &sealed)).await;
    mei.next_signal().await;
    let seconds = silence_found_after(&mut mei).await;
    assert!((11..=13).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_silent_server_is_found_later_by_one_who_waits_alone() {
    let (listener, at) = listen().await;
    let mut mei = Peer::new(config("Mei", vec![endpoint(at)]));
    let (_silent, _) = ScriptedConnection::welcome(&listener, Vec::new(), false).await;
    mei.join().await;
    let seconds = silence_found_after(&mut mei).await;
    assert!((21..=23).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn the_client_asks_for_its_signals_also_while_the_server_talks() {
    let (listener, _) = listen().await;
    let (mut mei, mut mei_line, tom, _tom_line) = two(&listener).await;
    mei.send(tom.me(), 1).await;
    envelope(&mut mei_line).await;
    time::pause();
    let since = Instant::now();
    time::advance(Duration::from_secs(4)).await;
    let peer = tom.me();
    mei_line.send(&ServerMessage::PeerAway { peer }).await;
    mei.next().await;
    let frame = mei_line.0.next().await.unwrap().unwrap();
    let waited = since.elapsed();
    time::resume();
    assert_eq!(
        frame.into_data()[..8],
        2_u64.to_be_bytes(),
        "the mark: one signal, one ping"
    );
    assert!((5..=6).contains(&waited.as_secs()), "{waited:?}");
}

#[tokio::test]
async fn a_requested_check_detects_silence_within_a_second() {
    let (listener, at) = listen().await;
    let mut mei = Peer::new(config("Mei", vec![endpoint(at)]));
    let (_silent, _) = ScriptedConnection::welcome(&listener, Vec::new(), false).await;
    mei.join().await;
    mei.client.reconnect_now();
    let since = Instant::now();
    assert_eq!(mei.next().await, RoomEvent::Reconnecting);
    assert!(since.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn waiting_signals_are_bounded() {
    let (listener, _) = listen().await;
    let (mut mei, mei_line, tom, _tom_line) = two(&listener).await;
    drop(mei_line);
    assert_eq!(mei.next().await, RoomEvent::Reconnecting);
    for n in 0..128 {
        mei.send(tom.me(), n).await;
    }
    assert_eq!(
        mei.client.send_signal(tom.me(), json!(128), None).await,
        Err(SignalError::QueueFull)
    );
    let (mut connection, join) = ScriptedConnection::welcome(&listener, Vec::new(), false).await;
    let (members, _) = mei.join().await;
    assert_eq!(
        members[0].presence,
        Presence::Away,
        "the server does not know Tom yet"
    );
    // They are sent only when it does: the first frame is another one.
    mei.client.enter("Mei".into()).await.unwrap();
    assert!(matches!(
        connection.read().await,
        Some(ClientMessage::Enter { .. })
    ));
    assert_eq!(hello_of(&join).0, mei.me());
    connection
        .send(&ServerMessage::PeerBack { peer: tom.me() })
        .await;
    for _ in 0..128 {
        envelope(&mut connection).await;
    }
}

#[tokio::test]
async fn an_endpoint_without_a_parlour_server_is_avoided() {
    let (listener, useless) = listen().await;
    let closes = tokio::spawn(async move {
        loop {
            drop(ScriptedConnection::accept(&listener).await);
        }
    });
    let server = Server::bind("127.0.0.1:0".parse().unwrap(), ServerConfig::default())
        .await
        .unwrap();
    let at = server.local_addr();
    let _server = server.start();
    let mut mei = Peer::new(config("Mei", vec![endpoint(useless), endpoint(at)]));
    match mei.next().await {
        RoomEvent::Joined { server, .. } => assert_eq!(server, endpoint(at)),
        other => panic!("{other:?}"),
    }
    closes.abort();
}

#[tokio::test]
async fn a_refusal_is_reported() {
    for (code, reason) in [
        (ServerErrorCode::RoomFull, FailReason::RoomFull),
        (
            ServerErrorCode::BadProof,
            FailReason::Refused(ServerErrorCode::BadProof),
        ),
    ] {
        let (listener, at) = listen().await;
        let mut mei = Peer::new(config("Mei", vec![endpoint(at)]));
        let mut connection = ScriptedConnection::accept(&listener).await;
        connection.read().await.unwrap();
        connection
            .send(&ServerMessage::Error {
                code,
                fatal: true,
                about: None,
            })
            .await;
        assert_eq!(mei.next().await, RoomEvent::Failed(reason));
    }
}

#[tokio::test]
async fn after_the_first_join_no_refusal_is_final() {
    let (listener, at) = listen().await;
    let mut mei = Peer::new(config("Mei", vec![endpoint(at)]));
    let (connection, _) = ScriptedConnection::welcome(&listener, Vec::new(), false).await;
    mei.join().await;
    drop(connection);
    assert_eq!(mei.next().await, RoomEvent::Reconnecting);
    for code in [
        ServerErrorCode::RoomFull,
        ServerErrorCode::BadProof,
        ServerErrorCode::WrongRoom,
        ServerErrorCode::AccessRequired,
        ServerErrorCode::ServerFull,
        ServerErrorCode::ShuttingDown,
    ] {
        let mut connection = ScriptedConnection::accept(&listener).await;
        connection.read().await.unwrap();
        connection
            .send(&ServerMessage::Error {
                code,
                fatal: true,
                about: None,
            })
            .await;
    }
    let (mut connection, join) = ScriptedConnection::welcome(&listener, Vec::new(), false).await;
    assert_eq!(hello_of(&join).0, mei.me());
    // A server that does not have the room counts as unreachable meanwhile.
    assert_eq!(mei.next().await, RoomEvent::Unreachable);
    mei.join().await;
    // Leaving sends `leave`.
    let (left, word) = tokio::join!(mei.client.leave(), connection.read());
    assert_eq!((left, word), ((), Some(ClientMessage::Leave {})));
}

#[tokio::test]
async fn a_dropped_client_ends_its_task() {
    let (listener, at) = listen().await;
    let mut mei = Peer::new(config("Mei", vec![endpoint(at)]));
    let (mut connection, _) = ScriptedConnection::welcome(&listener, Vec::new(), false).await;
    mei.join().await;
    drop(mei.client);
    assert_eq!(mei.events.recv().await, None);
    assert_eq!(connection.read().await, None);
}
