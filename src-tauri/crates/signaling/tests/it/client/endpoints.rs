//! A client with several endpoints, some of which cannot let it in.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parlour_signaling::client::{
    BoxedStream, Connecting, FailReason, Resolved, RetryPolicy, RoomClient, RoomEvent, ServerFault,
    Transport, test_server,
};
use parlour_signaling::crypto::RoomKeys;
use parlour_signaling::invite::Endpoint;
use parlour_signaling::protocol::limits::{CONNECT_TIMEOUT, JOIN_TIMEOUT};
use parlour_signaling::protocol::{
    ClientMessage, PROTOCOL_VERSION, RoomId, ServerErrorCode, ServerMessage,
};
use parlour_signaling::server::{Server, ServerConfig, ServerHandle};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::harness::{EVENT_TIMEOUT, Peer, ScriptedConnection, config, endpoint, listen, secret};

async fn real_server() -> (ServerHandle, SocketAddr) {
    let any = "127.0.0.1:0".parse().unwrap();
    let server = Server::bind(any, ServerConfig::default()).await.unwrap();
    let at = server.local_addr();
    (server.start(), at)
}

/// A server that answers every join with this error.
struct Refusing {
    at: SocketAddr,
    joins: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Refusing {
    async fn with(code: ServerErrorCode) -> Self {
        let (listener, at) = listen().await;
        let joins = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&joins);
        let task = tokio::spawn(async move {
            let mut open = Vec::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(socket) = tokio_tungstenite::accept_async(stream).await else {
                    continue;
                };
                let mut connection = ScriptedConnection(socket);
                connection.challenge(PROTOCOL_VERSION).await;
                // The client may have chosen another endpoint.
                if connection.read().await.is_some() {
                    counted.fetch_add(1, Ordering::Relaxed);
                    let (fatal, about) = (true, None);
                    let refusal = ServerMessage::Error { code, fatal, about };
                    connection.send(&refusal).await;
                    open.push(connection);
                }
            }
        });
        Self { at, joins, task }
    }

    fn joins(&self) -> usize {
        self.joins.load(Ordering::Relaxed)
    }
}

impl Drop for Refusing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test]
async fn a_server_of_other_rooms_is_passed_over_at_once() {
    passed_over(ServerErrorCode::WrongRoom).await;
}

#[tokio::test]
async fn a_server_that_does_not_start_the_room_for_us_is_passed_over_at_once() {
    passed_over(ServerErrorCode::AccessRequired).await;
}

async fn passed_over(code: ServerErrorCode) {
    let elsewhere = Refusing::with(code).await;
    let (_server, at) = real_server().await;
    let mut config = config("Mei", vec![endpoint(elsewhere.at), endpoint(at)]);
    // Longer than an event is waited for.
    let pause = Duration::from_secs(600);
    config.retry = RetryPolicy {
        base: pause,
        near: pause,
        cap: pause,
        floor: pause,
        ..RetryPolicy::default()
    };
    let mut mei = Peer::new(config);
    match mei.next().await {
        RoomEvent::Joined { server, .. } => assert_eq!(server, endpoint(at)),
        other => panic!("{other:?}"),
    }
    assert_eq!(elsewhere.joins(), 1);
}

#[tokio::test]
async fn a_room_that_no_endpoint_has_is_reported_as_such() {
    let one = Refusing::with(ServerErrorCode::WrongRoom).await;
    let other = Refusing::with(ServerErrorCode::WrongRoom).await;
    let mut mei = Peer::new(config("Mei", vec![endpoint(one.at), endpoint(other.at)]));
    let failed = RoomEvent::Failed(FailReason::Refused(ServerErrorCode::WrongRoom));
    assert_eq!(mei.next().await, failed);
    assert_eq!((one.joins(), other.joins()), (1, 1));
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_may_have_the_room() {
    let elsewhere = Refusing::with(ServerErrorCode::WrongRoom).await;
    let (closed, closed_at) = listen().await;
    drop(closed);
    let mut mei = Peer::new(config(
        "Mei",
        vec![endpoint(elsewhere.at), endpoint(closed_at)],
    ));
    let failed = RoomEvent::Failed(FailReason::Unreachable(ServerFault::NoAnswer));
    assert_eq!(mei.next().await, failed);
    assert_eq!(elsewhere.joins(), 3, "once in each round");
}

#[tokio::test]
async fn a_server_of_another_version_gets_no_join() {
    for version in [0, PROTOCOL_VERSION + 1, u32::MAX] {
        let (listener, at) = listen().await;
        let mut mei = Peer::new(config("Mei", vec![endpoint(at)]));
        let mut connection = ScriptedConnection::accept_silently(&listener).await;
        connection.challenge(version).await;
        assert_eq!(connection.read().await, None);
        let failed = RoomEvent::Failed(FailReason::UnsupportedVersion);
        assert_eq!(mei.next().await, failed);
    }
}

#[tokio::test]
async fn a_server_that_is_busy_is_tried_again_and_then_reported() {
    for code in [ServerErrorCode::ServerFull, ServerErrorCode::AddressLimit] {
        let busy = Refusing::with(code).await;
        let mut mei = Peer::new(config("Mei", vec![endpoint(busy.at)]));
        let failed = RoomEvent::Failed(FailReason::Refused(code));
        assert_eq!(mei.next().await, failed);
        assert_eq!(busy.joins(), 3);
    }
}

#[tokio::test]
async fn a_refusal_that_stays_is_not_tried_again() {
    for code in [
        ServerErrorCode::BadProof,
        ServerErrorCode::AccessRequired,
        ServerErrorCode::Unknown,
    ] {
        let refusing = Refusing::with(code).await;
        let mut mei = Peer::new(config("Mei", vec![endpoint(refusing.at)]));
        let failed = RoomEvent::Failed(FailReason::Refused(code));
        assert_eq!(mei.next().await, failed);
        assert_eq!(refusing.joins(), 1);
    }
}

#[tokio::test]
async fn one_connection_gets_one_proof() {
    let (listener, at) = listen().await;
    let mut mei = Peer::new(config("Mei", vec![endpoint(at)]));
    let (mut connection, _) = ScriptedConnection::welcome(&listener, Vec::new(), false).await;
    mei.join().await;
    connection.challenge(PROTOCOL_VERSION).await;
    let marker = ServerMessage::IceServers {
        ice_servers: Vec::new(),
        ice_seconds: 0,
    };
    connection.send(&marker).await;
    assert_eq!(mei.next().await, RoomEvent::IceServers(Vec::new()));
    let (left, next) = tokio::join!(mei.client.leave(), connection.read());
    assert_eq!((left, next), ((), Some(ClientMessage::Leave {})));
}

/// Connections in memory, for a clock that is paused: endpoints by what accepts there.
#[derive(Debug)]
struct InMemory(HashMap<Endpoint, tokio::sync::mpsc::Sender<tokio::io::DuplexStream>>);

impl Transport for InMemory {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint, _: SocketAddr) -> Connecting<'a> {
        let accepting = self.0.get(endpoint).cloned();
        Box::pin(async move {
            let (near, far) = duplex(64 * 1024);
            let accepting = accepting.ok_or(io::ErrorKind::ConnectionRefused)?;
            let sent = accepting.send(far).await;
            sent.map_err(|_| io::ErrorKind::ConnectionRefused)?;
            Ok(Box::new(near) as BoxedStream)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_sends_no_challenge_holds_nobody_up() {
    let [silent_at, at] = ["silent.example", "real.example"]
        .map(|name| format!("ws+{name}").parse::<Endpoint>().unwrap());
    let (to_silent, mut at_silent) = tokio::sync::mpsc::channel(8);
    let (to_real, at_real) = tokio::sync::mpsc::channel(8);
    let _server = ServerHandle::serve(at_real, ServerConfig::default());
    let silent = tokio::spawn(async move {
        let mut open = Vec::new();
        while let Some(stream) = at_silent.recv().await {
            open.extend(tokio_tungstenite::accept_async(stream).await.ok());
        }
    });
    let transport = InMemory(HashMap::from([
        (silent_at.clone(), to_silent),
        (at.clone(), to_real),
    ]));
    let since = Instant::now();
    let (_mei, mut events) = RoomClient::spawn_with_transport(
        config("Mei", vec![silent_at, at.clone()]),
        Arc::new(transport),
    );
    let event = timeout(3 * JOIN_TIMEOUT, events.recv()).await.unwrap();
    match event {
        Some(RoomEvent::Joined { server, .. }) => assert_eq!(server, at),
        other => panic!("{other:?}"),
    }
    assert!(since.elapsed() < JOIN_TIMEOUT);
    silent.abort();
}

/// A server in a person's app, which hosts this room alone.
async fn embedded_server(address: &str, room: RoomId) -> (ServerHandle, SocketAddr) {
    let config = ServerConfig {
        embedded: true,
        served_rooms: Some(vec![room]),
        ..ServerConfig::default()
    };
    let server = Server::bind(address.parse().unwrap(), config).await;
    let server = server.unwrap();
    let at = server.local_addr();
    (server.start(), at)
}

#[tokio::test]
async fn the_guest_finds_the_host_when_a_strangers_parlour_answers_first() {
    let room = |byte| RoomKeys::new(&secret(byte)).room_id();
    let (_strangers, strangers_at) = embedded_server("127.0.0.2:0", room(8)).await;
    let (_hosts, hosts_at) = embedded_server("127.0.0.3:0", room(7)).await;
    let (host, _) = Peer::joined("Anna", hosts_at).await;
    // The first is dialled before the second.
    let endpoints = vec![endpoint(strangers_at), endpoint(hosts_at)];
    let mut guest = Peer::new(config("Ben", endpoints.clone()));
    let (members, _) = guest.join().await;
    assert_eq!(
        members.iter().map(|m| m.id).collect::<Vec<_>>(),
        [host.me()]
    );
    // Nor does the stranger's Parlour serve as anybody's server.
    let mut alone = Peer::new(config("Ben", vec![endpoints[0].clone()]));
    let elsewhere = FailReason::Refused(ServerErrorCode::WrongRoom);
    assert_eq!(alone.next().await, RoomEvent::Failed(elsewhere));
}

/// A name with several addresses, as an old entry of the DNS leaves it.
#[derive(Debug)]
struct TwoAddresses(Vec<SocketAddr>);

impl Transport for TwoAddresses {
    fn resolve<'a>(&'a self, _: &'a Endpoint) -> Resolved<'a> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }

    fn connect<'a>(&'a self, _: &'a Endpoint, address: SocketAddr) -> Connecting<'a> {
        Box::pin(async move {
            let stream = TcpStream::connect(address).await?;
            Ok(Box::new(stream) as BoxedStream)
        })
    }
}

/// A listener that answers every connection with these bytes, or with silence.
async fn answering(bytes: &'static [u8]) -> (JoinHandle<()>, SocketAddr) {
    let (listener, at) = listen().await;
    let task = tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(bytes).await;
            // Silence keeps the connection.
            if bytes.is_empty() {
                open.push(stream);
            }
        }
    });
    (task, at)
}

const NOT_FOUND: &[u8] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

#[tokio::test]
async fn a_name_whose_first_address_is_wrong_is_joined_at_its_second() {
    let (_server, at) = real_server().await;
    let (closed, closed_at) = listen().await;
    drop(closed);
    let (elsewhere, elsewhere_at) = answering(NOT_FOUND).await;
    let (silent, silent_at) = answering(b"").await;
    let name: Endpoint = "ws+two.example:9".parse().unwrap();
    for wrong in [
        vec![closed_at],
        vec![elsewhere_at],
        vec![silent_at],
        vec![elsewhere_at, silent_at, closed_at],
    ] {
        let addresses = wrong.iter().copied().chain([at]).collect();
        let since = Instant::now();
        let (_client, mut events) = RoomClient::spawn_with_transport(
            config("Mei", vec![name.clone()]),
            Arc::new(TwoAddresses(addresses)),
        );
        let event = timeout(EVENT_TIMEOUT, events.recv()).await.unwrap();
        assert!(matches!(event, Some(RoomEvent::Joined { .. })), "{event:?}");
        // In the first round, long before a silent address is given up.
        assert!(since.elapsed() < CONNECT_TIMEOUT, "{wrong:?}");
    }
    elsewhere.abort();
    silent.abort();
}

#[tokio::test]
async fn a_person_learns_what_is_wrong_with_a_server() {
    for (answer, fault) in [
        (NOT_FOUND, ServerFault::NotParlour),
        (
            b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
            ServerFault::NotParlour,
        ),
        (b"220 mail.example ESMTP\r\n", ServerFault::NotParlour),
        (
            b"HTTP/1.1 301 Moved\r\nLocation: https://a.example/v1\r\nContent-Length: 0\r\n\r\n",
            ServerFault::NeedsTls,
        ),
        (
            b"HTTP/1.1 301 Moved\r\nLocation: http://a.example/\r\nContent-Length: 0\r\n\r\n",
            ServerFault::NotParlour,
        ),
        (
            b"HTTP/1.1 400 Bad Request\r\nContent-Length: 57\r\n\r\n\
              The plain HTTP request was sent to HTTPS port, said nginx",
            ServerFault::NeedsTls,
        ),
        (b"\x15\x03\x03\0\x02\x02\x46", ServerFault::NeedsTls),
        (
            b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
            ServerFault::Unavailable,
        ),
        (
            b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n",
            ServerFault::Busy,
        ),
    ] {
        let (task, at) = answering(answer).await;
        let text = String::from_utf8_lossy(answer);
        assert_eq!(test_server(&endpoint(at)).await, Err(fault), "{text}");
        let mut mei = Peer::new(config("Mei", vec![endpoint(at)]));
        let failed = RoomEvent::Failed(FailReason::Unreachable(fault));
        assert_eq!(mei.next().await, failed, "{text}");
        task.abort();
    }
    let nowhere: Endpoint = "no-such-host.invalid".parse().unwrap();
    assert_eq!(test_server(&nowhere).await, Err(ServerFault::NameNotFound));
    let (_server, at) = real_server().await;
    assert_eq!(test_server(&endpoint(at)).await, Ok(()));
    // The endpoint promises TLS.
    let tls = Endpoint {
        tls: true,
        ..endpoint(at)
    };
    assert_eq!(test_server(&tls).await, Err(ServerFault::HasNoTls));
}

#[tokio::test]
async fn of_two_servers_the_one_that_answers_says_more() {
    let (closed, closed_at) = listen().await;
    drop(closed);
    let (task, at) = answering(NOT_FOUND).await;
    let endpoints = vec![endpoint(at), endpoint(closed_at)];
    let mut mei = Peer::new(config("Mei", endpoints));
    let failed = RoomEvent::Failed(FailReason::Unreachable(ServerFault::NotParlour));
    assert_eq!(mei.next().await, failed);
    task.abort();
}

#[tokio::test]
async fn a_load_balancer_sees_the_hash_of_the_room_and_nothing_else_of_it() {
    let (listener, at) = listen().await;
    let _mei = Peer::new(config("Mei", vec![endpoint(at)]));
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.unwrap());
    }
    let request = String::from_utf8(request).unwrap();
    let room = RoomKeys::new(&secret(7)).room_id();
    let line = format!("GET /v1?r={} HTTP/1.1\r\n", room.room_hash());
    assert!(request.starts_with(&line), "{request}");
    assert!(!request.contains(&room.to_string()), "{request}");
}
