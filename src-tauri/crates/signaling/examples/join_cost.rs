//! Measures the CPU time that one join costs a server, beside a bare forwarder of frames in the same run:
//! `cargo run --profile measure -p parlour-signaling --example join_cost` (Linux).
//!
//! Each server has a thread of its own, whose CPU time the kernel counts. Clients run on the main thread.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::net::SocketAddr;
use std::sync::mpsc;

use futures_util::{SinkExt, StreamExt};
use parlour_signaling::crypto::{Hello, JoinProof, RoomKeys, RoomSecret, SessionKey};
use parlour_signaling::protocol::{ClientMessage, Join, Nonce, PATH, ServerMessage};
use parlour_signaling::server::{Server, ServerConfig};
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Builder;
use tokio_tungstenite::tungstenite::Message;

/// Joins in one measurement. A server takes 2048 in a burst.
const JOINS: u32 = 1000;
/// Joins from one source address: each has a budget.
const JOINS_OF_ONE: u32 = 32;
const ROUNDS: u32 = 9;

/// A server on a thread of its own.
struct Measured {
    addr: SocketAddr,
    /// Where the kernel counts the thread's CPU time.
    schedstat: String,
}

impl Measured {
    fn start<F>(serve: impl FnOnce() -> F + Send + 'static) -> Self
    where
        F: Future<Output = (SocketAddr, Box<dyn std::any::Any>)>,
    {
        let (started, start) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (addr, _server) = serve().await;
                let thread = std::fs::read_link("/proc/thread-self").unwrap();
                let schedstat = format!("/proc/{}/schedstat", thread.display());
                started.send(Self { addr, schedstat }).unwrap();
                std::future::pending::<()>().await;
            });
        });
        start.recv().unwrap()
    }

    fn cpu_nanos(&self) -> u64 {
        cpu_nanos(&self.schedstat)
    }
}

fn cpu_nanos(schedstat: &str) -> u64 {
    let text = std::fs::read_to_string(schedstat).unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

async fn parlour() -> (SocketAddr, Box<dyn std::any::Any>) {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::bind(any, ServerConfig::default()).await.unwrap();
    (server.local_addr(), Box::new(server.start()))
}

/// Sends a frame as long as a challenge, then every frame back that it gets.
async fn forwarder() -> (SocketAddr, Box<dyn std::any::Any>) {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = TcpListener::bind(any).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(async move {
                let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
                let first = Message::text("x".repeat(92));
                socket.send(first).await.unwrap();
                while let Some(Ok(frame)) = socket.next().await {
                    if frame.is_text() && socket.send(frame).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (addr, Box::new(task))
}

/// A client joins a room of its own, reads the answer, and closes.
async fn join(addr: SocketAddr, nth: u32) {
    let source = 0x7f01_0000 + nth / JOINS_OF_ONE;
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((source.to_be_bytes(), 0).into()).unwrap();
    let stream = socket.connect(addr).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let url = format!("ws://{addr}{PATH}");
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    let first = socket.next().await.unwrap().unwrap();
    let nonce = match serde_json::from_str(first.to_text().unwrap()) {
        Ok(ServerMessage::Challenge { nonce, .. }) => nonce,
        _ => Nonce::from_bytes([0; 32]),
    };
    let (keys, session) = (RoomKeys::new(&RoomSecret::random()), SessionKey::random());
    let proof = JoinProof::new(&keys, &session, &nonce);
    let message = ClientMessage::Join(Join {
        room: keys.room_id(),
        keys: session.public(),
        room_proof: proof.room,
        peer_proof: proof.peer,
        hello: keys.seal_hello(&session, &Hello::new("Mei")).unwrap(),
        entered: false,
        seen: 0,
        access: None,
    });
    let text = serde_json::to_string(&message).unwrap();
    socket.send(Message::text(text)).await.unwrap();
    let answer = socket.next().await.unwrap().unwrap();
    // The forwarder gives the join back.
    let text = answer.to_text().unwrap();
    assert!(text.contains("welcome") || text.contains("join"), "{text}");
    let leave = serde_json::to_string(&ClientMessage::Leave {}).unwrap();
    socket.send(Message::text(leave)).await.unwrap();
    let _ = socket.close(None).await;
    while let Some(Ok(_)) = socket.next().await {}
}

async fn micros_of_a_join(server: &Measured, round: u32) -> f64 {
    let before = server.cpu_nanos();
    for nth in 0..JOINS {
        join(server.addr, round * JOINS + nth).await;
    }
    (server.cpu_nanos() - before) as f64 / 1000.0 / f64::from(JOINS)
}

/// Of two signature checks alone, on this machine.
fn micros_of_two_checks() -> f64 {
    let nonce = Nonce::from_bytes([1; 32]);
    let (keys, session) = (RoomKeys::new(&RoomSecret::random()), SessionKey::random());
    let proof = JoinProof::new(&keys, &session, &nonce);
    let this_thread = "/proc/thread-self/schedstat";
    let before = cpu_nanos(this_thread);
    for _ in 0..JOINS {
        let checked = proof.verify(&nonce, &keys.room_id(), &session.public());
        std::hint::black_box(checked).unwrap();
    }
    (cpu_nanos(this_thread) - before) as f64 / 1000.0 / f64::from(JOINS)
}

fn main() {
    let (server, bare) = (Measured::start(parlour), Measured::start(forwarder));
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    println!("CPU of the server, in microseconds for a join");
    println!("| round | parlour | forwarder | difference | two checks alone |");
    println!("|---|---|---|---|---|");
    let mut least = [f64::INFINITY; 3];
    for round in 0..ROUNDS {
        let (ours, theirs) = runtime.block_on(async {
            (
                micros_of_a_join(&server, round).await,
                micros_of_a_join(&bare, round).await,
            )
        });
        let checks = micros_of_two_checks();
        for (least, now) in least.iter_mut().zip([ours, theirs, checks]) {
            *least = least.min(now);
        }
        print_row(&round.to_string(), [ours, theirs, checks]);
    }
    // Other programs only add to it.
    print_row("least", least);
}

fn print_row(name: &str, [ours, theirs, checks]: [f64; 3]) {
    let difference = ours - theirs;
    println!("| {name} | {ours:.0} | {theirs:.0} | {difference:.0} | {checks:.0} |");
}
