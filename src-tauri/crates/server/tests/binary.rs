//! The real program, from its command line to its end by a signal, as systemd or a container sends it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use data_encoding::BASE64;
use futures_util::{SinkExt, StreamExt};
use hmac::{Hmac, KeyInit, Mac};
use parlour_signaling::crypto::{JoinProof, RoomKeys, RoomSecret, SessionKey};
use parlour_signaling::protocol::{Access, ClientMessage, Join, Nonce, Sealed};
use serde_json::{Value, json};
use sha1::Sha1;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const TIMEOUT: Duration = Duration::from_secs(20);
const SECRET: &str = "north-wind-and-sun";

/// A running program, which is killed at the end of its test.
struct RunningServer {
    child: Child,
    addrs: Vec<SocketAddr>,
}

impl RunningServer {
    fn start(args: &[&str], listeners: usize) -> Self {
        Self::spawn(command().args(args), listeners)
    }

    fn spawn(command: &mut Command, listeners: usize) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let addr = |line: &str| {
            let addr = line.strip_prefix("listening on ");
            let addr = addr.or_else(|| line.strip_prefix("metrics on "));
            addr.unwrap().parse().unwrap()
        };
        let addrs = lines
            .take(listeners)
            .map(|line| addr(&line.unwrap()))
            .collect();
        Self { child, addrs }
    }

    /// Waits for the end, which has to be a success, and returns the log.
    fn log_after_end(&mut self) -> String {
        let mut log = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut log).unwrap();
        assert!(self.child.wait().unwrap().success());
        log
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlour-server"));
    command
        .env_remove("RUST_LOG")
        .env("PARLOUR_LOG", "trace,tungstenite=debug");
    command
}

fn refused(args: &[&str]) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command().args(args).output().unwrap();
    assert!(!status.success(), "{args:?} was taken");
    assert_eq!(stdout, b"");
    String::from_utf8(stderr).unwrap()
}

type Socket = WebSocketStream<TcpStream>;

/// The peer called `n` joins. Returns the answer too.
async fn join(addr: SocketAddr, n: u8, access: Option<Access>) -> (Socket, Value) {
    join_as(addr, n, access, None).await
}

/// The same through a proxy that names this client.
async fn join_as(
    addr: SocketAddr,
    n: u8,
    access: Option<Access>,
    client: Option<&str>,
) -> (Socket, Value) {
    let stream = TcpStream::connect(addr).await.unwrap();
    let mut request = format!("ws://{addr}/v1").into_client_request().unwrap();
    if let Some(client) = client {
        let client = client.parse().unwrap();
        request.headers_mut().insert("x-forwarded-for", client);
    }
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    let nonce = next(&mut socket).await["nonce"].take();
    let nonce: Nonce = serde_json::from_value(nonce).unwrap();
    let (room, session) = (room(), SessionKey::from_bytes(&[n; 64]));
    let proof = JoinProof::new(&room, &session, &nonce);
    let join = ClientMessage::Join(Join {
        room: room.room_id(),
        keys: session.public(),
        room_proof: proof.room,
        peer_proof: proof.peer,
        hello: Sealed("c2VhbGVk".to_owned()),
        entered: false,
        seen: 0,
        access,
    });
    let text = serde_json::to_string(&join).unwrap();
    socket.send(Message::text(text)).await.unwrap();
    let answer = next(&mut socket).await;
    (socket, answer)
}

fn room() -> RoomKeys {
    RoomKeys::new(&RoomSecret::from_bytes([7; 16]))
}

async fn next(socket: &mut Socket) -> Value {
    loop {
        let message = timeout(TIMEOUT, socket.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        if let Message::Text(text) = message {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

#[tokio::test]
async fn two_members_get_a_turn_credential_that_coturn_accepts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, format!("{SECRET}\n")).unwrap();
    let mut running = RunningServer::start(
        &[
            "--listen",
            "127.0.0.1:0",
            "--listen",
            "127.0.0.1:0",
            "--stun",
            "stun:stun.example:3478",
            "--turn",
            "turn:turn.example:3478",
            "--turn",
            "turns:turn.example",
            "--turn-secret-file",
            file.to_str().unwrap(),
        ],
        2,
    );
    let stun = json!({"urls": ["stun:stun.example:3478"]});
    let (mut socket, welcome) = join(running.addrs[1], 1, None).await;
    assert_eq!(welcome["type"], "welcome");
    assert_eq!(welcome["ice_servers"], json!([stun]));
    let _second = join(running.addrs[0], 2, None).await;
    let frame = next(&mut socket).await;
    assert_eq!(
        (&frame["type"], &frame["ice_seconds"]),
        (&json!("ice_servers"), &json!(3600))
    );
    let servers = &frame["ice_servers"];
    assert_eq!(servers[0], stun);
    assert_eq!(
        servers[1]["urls"],
        json!(["turn:turn.example:3478", "turns:turn.example"])
    );
    let username = servers[1]["username"].as_str().unwrap();
    let mut mac = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(username.as_bytes());
    let expected = BASE64.encode(&mac.finalize().into_bytes());
    assert_eq!(servers[1]["credential"], Value::String(expected.clone()));
    assert_eq!(next(&mut socket).await["type"], "peer_joined");

    terminate(&running.child);
    let bye = next(&mut socket).await;
    assert_eq!(
        (&bye["code"], &bye["fatal"]),
        (&json!("shutting_down"), &json!(true))
    );
    while timeout(TIMEOUT, socket.next())
        .await
        .unwrap()
        .is_some_and(|m| m.is_ok())
    {}
    let room = room().room_id().to_string();
    let log = running.log_after_end();
    assert!(log.contains("peer joined"), "{log}");
    assert_private(&log, &[SECRET, &expected, username, &room, "c2VhbGVk"]);
    let info = log.lines().filter(|line| line.contains(" INFO "));
    assert_eq!(info.filter(|line| line.contains("127.0.0.1")).count(), 0);
}

#[tokio::test]
async fn a_room_starts_with_the_access_token_and_is_opened_again_with_a_permit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, format!("{SECRET}\n")).unwrap();
    let flags = [
        "--listen",
        "127.0.0.1:0",
        "--access-token-file",
        file.to_str().unwrap(),
    ];
    let token = |text: &str| Some(Access::Token(text.to_owned()));
    let mut running = RunningServer::start(&flags, 1);
    let refused = json!({"type": "error", "code": "access_required", "fatal": true});
    let wrong = "south-wind-and-moon";
    assert_eq!(join(running.addrs[0], 1, None).await.1, refused);
    assert_eq!(join(running.addrs[0], 1, token(wrong)).await.1, refused);
    let (_ada, welcome) = join(running.addrs[0], 1, token(SECRET)).await;
    assert_eq!(welcome["type"], "welcome");
    let (_bob, welcome) = join(running.addrs[0], 2, None).await;
    let permit = welcome["permit"].as_str().unwrap().to_owned();
    terminate(&running.child);
    let log = running.log_after_end();
    assert!(log.contains("AccessRequired"), "{log}");
    assert_private(&log, &[SECRET, wrong, &permit]);

    let mut running = RunningServer::start(&flags, 1);
    assert_eq!(join(running.addrs[0], 2, None).await.1, refused);
    let access = Some(Access::Permit(permit.clone()));
    let (_bob, welcome) = join(running.addrs[0], 2, access).await;
    assert_eq!(welcome["type"], "welcome");
    terminate(&running.child);
    assert_private(&running.log_after_end(), &[SECRET, &permit]);
}

#[tokio::test]
async fn a_relay_is_served_when_asked_for_and_logs_nobody() {
    let relay = |path: &'static str, addr: SocketAddr| async move {
        let stream = TcpStream::connect(addr).await.unwrap();
        let url = format!("ws://{addr}{path}");
        tokio_tungstenite::client_async(url, stream).await
    };
    let without = RunningServer::start(&["--listen", "127.0.0.1:0"], 1);
    for path in ["/", "/relay"] {
        let refused = relay(path, without.addrs[0]).await.unwrap_err();
        assert!(refused.to_string().contains("404"), "{refused}");
    }
    let mut server = RunningServer::start(&["--listen", "127.0.0.1:0", "--relay"], 1);
    let mailbox = "07".repeat(32);
    for path in ["/", "/relay"] {
        let (mut socket, _) = relay(path, server.addrs[0]).await.unwrap();
        let filter = json!({ "kinds": [21059], "#p": [mailbox] });
        let req = json!(["REQ", "s", filter]).to_string();
        socket.send(Message::text(req)).await.unwrap();
        let end = timeout(TIMEOUT, socket.next()).await.unwrap().unwrap();
        assert_eq!(end.unwrap().into_text().unwrap(), r#"["EOSE","s"]"#);
    }
    // The rooms are served beside it.
    let (socket, _) = join(server.addrs[0], 1, None).await;
    drop(socket);
    terminate(&server.child);
    let log = server.log_after_end();
    assert_private(&log, &[&mailbox[..8]]);
    assert!(!log.contains("127.0.0.1:"), "{log}");
}

#[tokio::test]
async fn people_behind_a_proxy_that_the_file_names_have_budgets_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("parlour.toml");
    let common = "listen = '127.0.0.1:0'\nmax-connections-per-address = 1\n";
    for (trusted, answer) in [
        ("", "error"),
        ("trusted-proxy = ['10.0.0.1', '127.0.0.0/8']", "welcome"),
    ] {
        fs::write(&file, format!("{common}{trusted}")).unwrap();
        let server = RunningServer::start(&["--config", file.to_str().unwrap()], 1);
        let join = |n, client| join_as(server.addrs[0], n, None, Some(client));
        let (_ada, first) = join(1, "203.0.113.66, 192.0.2.1").await;
        let (_bob, other) = join(2, "192.0.2.2").await;
        let (_eve, same) = join(3, "192.0.2.1").await;
        let types = [first, other, same].map(|mut answer| answer["type"].take());
        assert_eq!(
            types,
            [json!("welcome"), json!(answer), json!("error")],
            "{trusted}"
        );
    }
}

#[test]
fn check_ends_with_a_code_that_says_whether_a_start_would_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("parlour.toml");
    let ended = |arguments: &[&str]| {
        let mut command = command();
        command
            .args(arguments)
            .args(["--config", file.to_str().unwrap()]);
        let output = command
            .env("PARLOUR_ACCESS_TOKEN", SECRET)
            .output()
            .unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!said.contains(SECRET), "{said}");
        (output.status.code().unwrap(), said)
    };
    fs::write(&file, "relay = true\n").unwrap();
    let (code, said) = ended(&["check"]);
    assert_eq!((code, said.as_str()), (0, "the configuration is right\n"));
    fs::write(
        &file,
        "relay = true\nmax-memory = 'much'\naccess-token-file = 'x'\n",
    )
    .unwrap();
    for arguments in [&["check"][..], &[]] {
        let (code, said) = ended(arguments);
        assert_eq!(code, 2, "{said}");
        assert!(
            said.contains("parlour.toml:2: max-memory: \"much\""),
            "{said}"
        );
    }
    fs::write(&file, "\naccess-token-file = 'x'\n").unwrap();
    let (code, said) = ended(&["check"]);
    assert_eq!(code, 2);
    assert!(
        said.contains("parlour.toml:2: access-token-file: PARLOUR_ACCESS_TOKEN is set too"),
        "{said}"
    );
    assert_eq!(ended(&["check", "--nonsense"]).0, 2);
    let (code, help) = ended(&["--help"]);
    assert_eq!(code, 0);
    assert!(help.contains("PARLOUR_MAX_MEMORY=512"), "{help}");
}

/// The status line and the body of the answer to a request.
async fn get(addr: SocketAddr, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = timeout(TIMEOUT, stream.read_to_string(&mut answer)).await;
    read.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

#[tokio::test]
async fn health_and_metrics_are_served_at_an_address_of_their_own() {
    let flags = ["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];
    let mut running = RunningServer::start(&flags, 2);
    let [addr, metrics] = running.addrs[..] else {
        unreachable!()
    };
    for path in ["/healthz", "/readyz"] {
        assert_eq!(get(metrics, path).await.0, "HTTP/1.1 200 OK", "{path}");
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(get(addr, path).await.0, "HTTP/1.1 404 Not Found", "{path}");
    }
    assert_eq!(get(metrics, "/v1").await.0, "HTTP/1.1 404 Not Found");
    let (mut ada, _) = join(addr, 1, None).await;
    let (mut bob, _) = join(addr, 2, None).await;
    let to = SessionKey::from_bytes(&[2; 64]).peer_id();
    let envelope = Sealed("c2VhbGVk".to_owned());
    let signal = serde_json::to_string(&ClientMessage::Signal { to, envelope }).unwrap();
    ada.send(Message::text(signal)).await.unwrap();
    assert_eq!(next(&mut bob).await["type"], "signal");
    let (_, text) = get(metrics, "/metrics").await;
    for line in [
        "parlour_rooms 1",
        "parlour_peers 2",
        "parlour_connections 2",
        "parlour_signal_seconds_count 1",
        "parlour_frames_total{direction=\"in\"} 3",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
    }
    let room = room().room_id().to_string();
    assert!(!text.contains(&room[..6]) && !text.contains("127.0.0.1"));

    // A client that does not close keeps the server for two seconds, in which it takes nobody.
    terminate(&running.child);
    assert_eq!(next(&mut bob).await["code"], "shutting_down");
    let (status, _) = get(metrics, "/readyz").await;
    assert_eq!(status, "HTTP/1.1 503 Service Unavailable");
    assert_eq!(get(metrics, "/healthz").await.0, "HTTP/1.1 200 OK");
    running.log_after_end();
}

#[tokio::test]
async fn a_log_in_json_names_no_room_no_person_and_no_address() {
    let mut command = command();
    command.env_remove("PARLOUR_LOG");
    let flags = ["--listen", "127.0.0.1:0", "--log-format", "json", "--relay"];
    let mut running = RunningServer::spawn(command.args(flags), 1);
    let addr = running.addrs[0];
    let (ada, _) = join(addr, 1, None).await;
    // A header of a proxy that the server was not told of.
    let stream = TcpStream::connect(addr).await.unwrap();
    let mut request = format!("ws://{addr}/v1?r=beef")
        .into_client_request()
        .unwrap();
    let forwarded = "192.0.2.7".parse().unwrap();
    request.headers_mut().insert("X-Forwarded-For", forwarded);
    let connected = tokio_tungstenite::client_async(request, stream).await;
    drop((ada, connected));
    terminate(&running.child);
    let log = running.log_after_end();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for key in ["timestamp", "level", "target", "message"] {
            assert!(line[key].is_string(), "{key} is not in {line}");
        }
    }
    assert!(log.contains("server started") && log.contains("--trusted-proxy"));
    let room = room().room_id().to_string();
    let peer = SessionKey::from_bytes(&[1; 64]).peer_id().to_string();
    let private = ["127.0.0.1", "192.0.2.7", "beef", &room[..6], &peer[..6]];
    assert_private(&log, &private);
}

fn assert_private(log: &str, secrets: &[&str]) {
    for private in secrets {
        assert!(!log.contains(private), "{private} is in the log:\n{log}");
    }
}

fn terminate(child: &Child) {
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn a_bad_turn_secret_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let turn = ["--listen", "127.0.0.1:0", "--turn", "turn:a"];
    let with_file = |file: &str| refused(&[&turn[..], &["--turn-secret-file", file]].concat());
    assert!(refused(&turn).contains("--turn-secret-file"));
    let missing = folder.path().join("missing");
    let error = with_file(missing.to_str().unwrap());
    assert!(
        error.contains("cannot read the TURN secret") && error.contains("missing"),
        "{error}"
    );
    let empty = folder.path().join("empty");
    fs::write(&empty, " \n").unwrap();
    let error = with_file(empty.to_str().unwrap());
    assert!(error.contains("the TURN secret is empty"), "{error}");
}

#[test]
fn a_bad_access_token_is_explained_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let refused = || {
        let file = file.to_str().unwrap();
        refused(&["--listen", "127.0.0.1:0", "--access-token-file", file])
    };
    assert!(refused().contains("cannot read the access token"));
    for text in ["\n", "too-short\n", "north wind and sun"] {
        fs::write(&file, text).unwrap();
        let error = refused();
        assert!(error.contains("an access token has 16 to 256"), "{error}");
        assert!(text == "\n" || !error.contains(text.trim()), "{error}");
    }
}

#[test]
fn a_bad_address_is_explained() {
    assert!(refused(&["--stun", "http://example.org"]).contains("is not a stun address"));
    assert!(refused(&["--listen", "example.org"]).contains("--listen"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    assert!(refused(&["--listen", &addr]).contains(&format!("cannot listen on {addr}")));
}

#[test]
fn the_version_is_printed() {
    let output = command().arg("--version").output().unwrap();
    let expected = format!("parlour-server {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}
