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
use serde_json::{Value, json};
use sha1::Sha1;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

const TIMEOUT: Duration = Duration::from_secs(20);
const SECRET: &str = "north-wind-and-sun";

/// A running program, which is killed at the end of its test.
struct RunningServer {
    child: Child,
    addrs: Vec<SocketAddr>,
}

impl RunningServer {
    fn start(args: &[&str], listeners: usize) -> Self {
        let mut child = command()
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let addr = |line: String| line.strip_prefix("listening on ").unwrap().parse().unwrap();
        let addrs = lines
            .take(listeners)
            .map(|line| addr(line.unwrap()))
            .collect();
        Self { child, addrs }
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

async fn join(addr: SocketAddr) -> (WebSocketStream<TcpStream>, Value) {
    let stream = TcpStream::connect(addr).await.unwrap();
    let url = format!("ws://{addr}/v1");
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    let id = "AAAAAAAAAAAAAAAAAAAAAA";
    let join = json!({"type": "join", "room": id, "peer": id, "resume": id, "hello": "c2VhbGVk"});
    socket.send(Message::text(join.to_string())).await.unwrap();
    let welcome = next(&mut socket).await;
    (socket, welcome)
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Value {
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
async fn a_welcome_carries_a_turn_credential_that_coturn_accepts() {
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
    let (mut socket, welcome) = join(running.addrs[1]).await;
    assert_eq!(welcome["type"], "welcome");
    let servers = &welcome["ice_servers"];
    assert_eq!(servers[0], json!({"urls": ["stun:stun.example:3478"]}));
    assert_eq!(
        servers[1]["urls"],
        json!(["turn:turn.example:3478", "turns:turn.example"])
    );
    let username = servers[1]["username"].as_str().unwrap();
    let mut mac = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(username.as_bytes());
    let expected = BASE64.encode(&mac.finalize().into_bytes());
    assert_eq!(servers[1]["credential"], Value::String(expected.clone()));

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
    assert!(running.child.wait().unwrap().success());

    let mut log = String::new();
    running
        .child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    assert!(log.contains("peer joined"), "{log}");
    for private in [
        SECRET,
        &expected,
        username,
        "AAAAAAAAAAAAAAAAAAAAAA",
        "c2VhbGVk",
    ] {
        assert!(!log.contains(private), "{private} is in the log:\n{log}");
    }
    let info = log.lines().filter(|line| line.contains(" INFO "));
    assert_eq!(info.filter(|line| line.contains("127.0.0.1")).count(), 0);
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
