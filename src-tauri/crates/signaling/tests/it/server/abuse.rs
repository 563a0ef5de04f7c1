//! A client that sends garbage, floods or is silent loses its connection. The other clients notice nothing.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::SinkExt;
use parlour_signaling::protocol::limits::{FRAME_BURST, MAX_ENVELOPE_BYTES, MAX_FRAME_BYTES};
use parlour_signaling::protocol::{LeftReason, ServerErrorCode, ServerMessage};
use parlour_signaling::server::{BudgetConfig, Rate, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::peer::{FRAME_TIMEOUT, Peer, server};
use crate::test_messages::{join, peer, signal};

/// Two peers in a room that go on while others misbehave.
struct Call(Peer, Peer);

impl Call {
    async fn new(addr: SocketAddr) -> Self {
        let (mut ada, _) = Peer::join(addr, join(1, 1)).await;
        let (bob, _) = Peer::join(addr, join(1, 2)).await;
        ada.next().await;
        Self(ada, bob)
    }

    async fn goes_on(&mut self) {
        self.0.send_message(signal(2, "still there?")).await;
        let is_signal = |m: &ServerMessage| matches!(m, ServerMessage::Signal { .. });
        self.1.until(is_signal).await;
    }
}

/// Sends raw bytes and reads to the end.
async fn ask(addr: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(FRAME_TIMEOUT, stream.read_to_string(&mut answer))
        .await
        .unwrap()
        .unwrap();
    answer
}

#[tokio::test]
async fn garbage_ends_one_connection() {
    let server = server(ServerConfig::default()).await;
    let mut call = Call::new(server.local_addr()).await;
    for garbage in [
        Message::text("garbage"),
        Message::text("{\"type\":\"join\",\"room\":1}"),
        Message::binary(vec![0, 159, 146, 150]),
    ] {
        let mut guest = Peer::connect(server.local_addr()).await;
        guest.send(garbage).await;
        guest.ends_with(ServerErrorCode::BadFrame).await;
        call.goes_on().await;
    }
    // Text that is not UTF-8, masked with zeros.
    let mut guest = Peer::connect(server.local_addr()).await;
    let raw = [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe];
    guest.socket.get_mut().write_all(&raw).await.unwrap();
    guest.ends_with(ServerErrorCode::BadFrame).await;
    // Bytes that are not a frame, without a mask.
    let mut guest = Peer::connect(server.local_addr()).await;
    guest.socket.get_mut().write_all(&[0xff; 64]).await.unwrap();
    assert_eq!(guest.next_or_end().await, None);
    call.goes_on().await;
}

#[tokio::test]
async fn an_unknown_type_is_not_fatal() {
    let server = server(ServerConfig::default()).await;
    let mut call = Call::new(server.local_addr()).await;
    call.0.send(Message::text(r#"{"type":"dance"}"#)).await;
    let about = Some("dance".to_owned());
    let refused = ServerMessage::Error {
        code: ServerErrorCode::UnknownType,
        fatal: false,
        about,
    };
    assert_eq!(call.0.next().await, refused);
    call.goes_on().await;
}

#[tokio::test]
async fn a_gigantic_frame_ends_one_connection() {
    let server = server(ServerConfig::default()).await;
    let mut call = Call::new(server.local_addr()).await;
    for bytes in [MAX_FRAME_BYTES + 1, 20 * 1024 * 1024] {
        let mut guest = Peer::connect(server.local_addr()).await;
        // The server may close while this is still being written.
        let _ = guest.socket.send(Message::text("x".repeat(bytes))).await;
        guest.ends_with(ServerErrorCode::FrameTooLarge).await;
        call.goes_on().await;
    }
    // In fragments, each of which is small enough.
    let mut guest = Peer::connect(server.local_addr()).await;
    let half = vec![b'x'; MAX_FRAME_BYTES / 2 + 1];
    for first_byte in [0x01, 0x80] {
        let mut frame = vec![first_byte, 0xfe];
        frame.extend(u16::try_from(half.len()).unwrap().to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(&half);
        guest.socket.get_mut().write_all(&frame).await.unwrap();
    }
    guest.ends_with(ServerErrorCode::FrameTooLarge).await;
    call.goes_on().await;
}

#[tokio::test]
async fn a_flood_ends_one_connection() {
    let server = server(ServerConfig::default()).await;
    let mut call = Call::new(server.local_addr()).await;
    for flood in [
        Message::Ping(vec![].into()),
        Message::text(r#"{"type":"dance"}"#),
    ] {
        let (mut guest, _) = Peer::join(server.local_addr(), join(2, 3)).await;
        for _ in 0..4 * FRAME_BURST {
            if guest.socket.send(flood.clone()).await.is_err() {
                break;
            }
        }
        let is_end = |m: &ServerMessage| {
            matches!(
                m,
                ServerMessage::Error {
                    code: ServerErrorCode::TooManyMessages,
                    fatal: true,
                    ..
                }
            )
        };
        guest.until(is_end).await;
        call.goes_on().await;
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_dropped() {
    let server = server(ServerConfig::default()).await;
    let mut call = Call::new(server.local_addr()).await;
    let (mut eve, _) = Peer::join(server.local_addr(), join(1, 4)).await;
    let (stuck, _) = Peer::join(server.local_addr(), join(1, 3)).await;
    let large = "x".repeat(MAX_ENVELOPE_BYTES);
    // More than the sockets' buffers and the server's queue hold. One sender alone may not send so much.
    let Call(ada, bob) = &mut call;
    for _ in 0..FRAME_BURST / 4 {
        for sender in [&mut *ada, &mut *bob, &mut eve] {
            sender.send_message(signal(3, large.clone())).await;
        }
    }
    let is_left = |m: &ServerMessage| matches!(m, ServerMessage::PeerLeft { .. });
    let left = ServerMessage::PeerLeft {
        peer: peer(3),
        reason: LeftReason::TooSlow,
    };
    assert_eq!(bob.until(is_left).await, left);
    call.goes_on().await;
    drop(stuck);
}

#[tokio::test]
async fn one_sender_cannot_drive_out_a_client_that_does_not_read() {
    let server = server(ServerConfig::default()).await;
    let mut call = Call::new(server.local_addr()).await;
    let (mut slow, _) = Peer::join(server.local_addr(), join(1, 3)).await;
    let large = "x".repeat(MAX_ENVELOPE_BYTES);
    let Call(eve, bob) = &mut call;
    for _ in 0..FRAME_BURST / 2 - 2 {
        eve.send_message(signal(3, large.clone())).await;
    }
    let refused = ServerMessage::Error {
        code: ServerErrorCode::MailboxFull,
        fatal: false,
        about: Some("signal".to_owned()),
    };
    let is_error = |m: &ServerMessage| matches!(m, ServerMessage::Error { .. });
    assert_eq!(eve.until(is_error).await, refused);
    // A signal of another sender still arrives, after those that were taken.
    bob.send_message(signal(3, "offer")).await;
    let from_bob =
        |m: &ServerMessage| matches!(m, ServerMessage::Signal { from, .. } if *from == peer(2));
    slow.until(from_bob).await;
    call.goes_on().await;
}

#[tokio::test]
async fn a_silent_client_is_away() {
    let config = ServerConfig {
        ping_interval: Duration::from_millis(20),
        silence_timeout: Duration::from_secs(1),
        ..ServerConfig::default()
    };
    let server = server(config).await;
    let (mut ada, _) = Peer::join(server.local_addr(), join(1, 1)).await;
    // Bob does not read, so he answers no pings. Ada's are answered while she waits.
    let (_bob, _) = Peer::join(server.local_addr(), join(1, 2)).await;
    ada.until(|m| *m == ServerMessage::PeerAway { peer: peer(2) })
        .await;
}

#[tokio::test]
async fn a_connection_that_never_joins_is_closed() {
    let config = ServerConfig {
        join_timeout: Duration::from_millis(20),
        handshake_timeout: Duration::from_secs(1),
        ..ServerConfig::default()
    };
    let server = server(config).await;
    let mut guest = Peer::connect(server.local_addr()).await;
    guest.ends_with(ServerErrorCode::NotJoined).await;
    // A handshake that stops in the middle.
    assert_eq!(
        ask(server.local_addr(), "GET /v1 HTTP/1.1\r\nHost: x\r\nUpgr").await,
        ""
    );
}

#[tokio::test]
async fn only_one_path_is_a_websocket() {
    let server = server(ServerConfig::default()).await;
    let addr = server.local_addr();
    let upgrade = "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "404"),
        (format!("GET /v2 HTTP/1.1\r\n{upgrade}"), "404"),
        (format!("GET /v1/../v1 HTTP/1.1\r\n{upgrade}"), "404"),
        ("GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "426"),
        ("POST /v1 HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "400"),
        ("\r\n\r\n\0\0\r\n\r\n".to_owned(), "400"),
        (
            format!("GET /v1 HTTP/1.1\r\nX: {}", "x".repeat(8 * 1024 - 21)),
            "400",
        ),
    ] {
        let answer = ask(addr, &request).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request:.40?}: {answer}"
        );
    }
    let url = format!("ws://{addr}/v1?from=afar");
    let stream = TcpStream::connect(addr).await.unwrap();
    assert!(tokio_tungstenite::client_async(url, stream).await.is_ok());
}

#[tokio::test]
async fn handshakes_of_one_address_are_bounded() {
    let config = ServerConfig {
        budgets: BudgetConfig {
            handshake_rate: Rate {
                burst: 2,
                per_second: 1,
            },
            ..BudgetConfig::default()
        },
        ..ServerConfig::default()
    };
    let server = server(config).await;
    let mut call = Call::new(server.local_addr()).await;
    assert_eq!(
        ask(server.local_addr(), "").await,
        "",
        "turned away at once"
    );
    call.goes_on().await;
    drop(call.1);
    call.0
        .until(|m| *m == ServerMessage::PeerAway { peer: peer(2) })
        .await;
}
