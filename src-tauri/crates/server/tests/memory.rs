//! The real program's memory under strangers who want to fill it, as Linux measures it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parlour_signaling::crypto::{JoinProof, RoomKeys, RoomSecret, SessionKey};
use parlour_signaling::protocol::limits::{CONNECTION_BYTES, MAX_ENVELOPE_BYTES, MAX_FRAME_BYTES};
use parlour_signaling::protocol::{ClientMessage, Join, Nonce, PeerId, Sealed, ServerMessage};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

const TIMEOUT: Duration = Duration::from_secs(60);
const MIB: usize = 1024 * 1024;

struct RunningServer {
    child: Child,
    addr: SocketAddr,
}

impl RunningServer {
    fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_parlour-server"))
            .args(["--listen", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let addr = line.trim().strip_prefix("listening on ").unwrap();
        let addr = addr.parse().unwrap();
        Self { child, addr }
    }

    /// The most memory that it has had, in bytes.
    fn peak(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.unwrap().trim().trim_end_matches(" kB");
        kib.parse::<usize>().unwrap() * 1024
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

type Socket = WebSocketStream<TcpStream>;

/// The peer called `n` joins the room called `r` from an address of this computer. Nothing when it is refused.
async fn join(addr: SocketAddr, from: Ipv4Addr, r: u8, n: u8) -> Option<(Socket, PeerId)> {
    let tcp = TcpSocket::new_v4().unwrap();
    tcp.bind(SocketAddr::from((from, 0))).unwrap();
    let stream = tcp.connect(addr).await.ok()?;
    let url = format!("ws://{addr}/v1");
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.ok()?;
    let ServerMessage::Challenge { nonce, .. } = next(&mut socket).await? else {
        return None;
    };
    let room = RoomKeys::new(&RoomSecret::from_bytes([r; 16]));
    let session = SessionKey::from_bytes(&[n; 64]);
    send(&mut socket, &join_message(&room, &session, &nonce)).await?;
    let answer = next(&mut socket).await?;
    matches!(answer, ServerMessage::Welcome { .. }).then(|| (socket, session.peer_id()))
}

fn join_message(room: &RoomKeys, session: &SessionKey, nonce: &Nonce) -> ClientMessage {
    let proof = JoinProof::new(room, session, nonce);
    ClientMessage::Join(Join {
        room: room.room_id(),
        keys: session.public(),
        room_proof: proof.room,
        peer_proof: proof.peer,
        hello: Sealed("x".repeat(1000)),
        entered: false,
        seen: 0,
        access: None,
    })
}

async fn send(socket: &mut Socket, message: &ClientMessage) -> Option<()> {
    let text = serde_json::to_string(message).unwrap();
    socket.send(Message::text(text)).await.ok()
}

async fn next(socket: &mut Socket) -> Option<ServerMessage> {
    loop {
        match timeout(TIMEOUT, socket.next()).await.unwrap()?.ok()? {
            Message::Text(text) => return serde_json::from_str(&text).ok(),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

/// Six peers join and hang up, and two others fill the mailboxes that are kept for them. Returns once the server has
/// read it all.
async fn feed_ghosts(addr: SocketAddr, from: Ipv4Addr, r: u8) -> Option<[Socket; 2]> {
    let mut ghosts = Vec::new();
    for n in 1..=6 {
        ghosts.push(join(addr, from, r, n).await?.1);
    }
    let mut senders = [
        join(addr, from, r, 7).await?.0,
        join(addr, from, r, 8).await?.0,
    ];
    for sender in &mut senders {
        for to in ghosts.iter().cycle().take(48) {
            let envelope = Sealed("x".repeat(MAX_ENVELOPE_BYTES));
            send(sender, &ClientMessage::Signal { to: *to, envelope }).await?;
        }
        // The answer to this comes after all of it.
        send(
            sender,
            &ClientMessage::Enter {
                hello: Sealed(String::new()),
            },
        )
        .await?;
        send(sender, &ClientMessage::IceServers {}).await?;
        while !matches!(next(sender).await?, ServerMessage::IceServers { .. }) {}
    }
    Some(senders)
}

#[tokio::test]
async fn strangers_from_many_addresses_cannot_make_it_grow_beyond_its_bound() {
    let bound = 48 * MIB;
    let server = RunningServer::start(&["--max-memory", "48"]);
    let before = server.peak();
    let mut held = Vec::new();
    for n in 1..=20 {
        let senders = feed_ghosts(server.addr, Ipv4Addr::new(127, 0, 2, n), n).await;
        held.extend(senders);
    }
    let grown = server.peak() - before;
    assert!(grown <= bound, "{} KiB", grown / 1024);
    // It still serves: somebody else comes in.
    assert!(
        join(server.addr, Ipv4Addr::new(127, 0, 3, 1), 200, 1)
            .await
            .is_some()
    );
    assert!(!held.is_empty(), "the attack was refused at the door");
    println!("grown by {} KiB, bound {} KiB", grown / 1024, bound / 1024);
}

#[tokio::test]
async fn a_connection_takes_no_more_than_its_allowance() {
    const CONNECTIONS: usize = 96;
    let server = RunningServer::start(&[]);
    let before = server.peak();
    let mut held = Vec::new();
    for n in 0..CONNECTIONS as u8 {
        let from = Ipv4Addr::new(127, 0, 2, 1 + n / 32);
        let (mut socket, _) = join(server.addr, from, 1 + n / 8, n % 8).await.unwrap();
        // Pings whose pongs nobody reads, then a message in two parts of which the second never ends.
        for _ in 0..400 {
            socket
                .feed(Message::Ping(vec![0; 125].into()))
                .await
                .unwrap();
        }
        socket.flush().await.unwrap();
        let stream = socket.get_mut();
        let part = MAX_FRAME_BYTES - 1024;
        write_fragment(stream, 0x01, part, part).await;
        write_fragment(stream, 0x80, MAX_FRAME_BYTES, MAX_FRAME_BYTES - 1).await;
        held.push(socket);
    }
    // The server has read all of it when it has answered somebody who came later.
    let (mut last, _) = join(server.addr, Ipv4Addr::new(127, 0, 3, 1), 200, 1)
        .await
        .unwrap();
    send(&mut last, &ClientMessage::IceServers {})
        .await
        .unwrap();
    assert!(next(&mut last).await.is_some());
    let each = (server.peak() - before) / CONNECTIONS;
    println!("{} KiB each", each / 1024);
    assert!(each <= CONNECTION_BYTES, "{} KiB each", each / 1024);
    assert!(
        each > MAX_FRAME_BYTES,
        "the frames were not kept: {} KiB each",
        each / 1024
    );
}

/// The head of a frame of `size` bytes and `sent` bytes of it, masked with zeros.
async fn write_fragment(stream: &mut TcpStream, first_byte: u8, size: usize, sent: usize) {
    let mut frame = vec![first_byte, 0xff];
    frame.extend((size as u64).to_be_bytes());
    frame.extend([0; 4]);
    frame.resize(frame.len() + sent, b'x');
    stream.write_all(&frame).await.unwrap();
}
