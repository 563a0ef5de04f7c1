//! The server with its sockets.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use parlour_turn::ServerUrl;
use parlour_turn::client::{self, ProbeError, system_tls};
use parlour_turn::server::{Limits, PassedStream, TurnHandle, TurnServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpStream, UdpSocket};
use turn_types::stun::attribute::XorMappedAddress;
use turn_types::stun::message::{BINDING, Message, MessageWrite, MessageWriteVec};

use crate::peer::{Peer, channel_data, code, received, relayed, send_indication};

const LIMIT: Duration = Duration::from_secs(10);

fn start(limits: Limits) -> TurnHandle {
    let server = TurnServer::bind(0).unwrap();
    server.start(limits).unwrap()
}

fn member(server: &TurnHandle) -> Peer {
    Peer::new(server.credential(SystemTime::now() + Duration::from_secs(60)))
}

fn at(server: &TurnHandle) -> SocketAddr {
    ([127, 0, 0, 1], server.port()).into()
}

/// A client with its socket.
enum Socket {
    Datagrams(UdpSocket),
    Stream(TcpStream),
}

impl Socket {
    async fn open(server: &TurnHandle, is_stream: bool) -> Self {
        if is_stream {
            return Self::Stream(TcpStream::connect(at(server)).await.unwrap());
        }
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(at(server)).await.unwrap();
        Self::Datagrams(socket)
    }

    fn local_addr(&self) -> SocketAddr {
        match self {
            Self::Datagrams(socket) => socket.local_addr().unwrap(),
            Self::Stream(stream) => stream.local_addr().unwrap(),
        }
    }

    async fn send(&mut self, bytes: &[u8]) {
        match self {
            Self::Datagrams(socket) => drop(socket.send(bytes).await.unwrap()),
            Self::Stream(stream) => stream.write_all(bytes).await.unwrap(),
        }
    }

    async fn receive(&mut self) -> Vec<u8> {
        match self {
            Self::Datagrams(socket) => {
                let mut bytes = vec![0; 2000];
                let count = socket.recv(&mut bytes).await.unwrap();
                bytes.truncate(count);
                bytes
            }
            Self::Stream(stream) => {
                let mut bytes = vec![0; 4];
                stream.read_exact(&mut bytes).await.unwrap();
                let length = usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
                let rest = if bytes[0] < 0x40 {
                    16 + length
                } else {
                    length.next_multiple_of(4)
                };
                bytes.resize(4 + rest, 0);
                stream.read_exact(&mut bytes[4..]).await.unwrap();
                bytes
            }
        }
    }

    async fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        self.send(request).await;
        self.receive().await
    }

    async fn allocate(&mut self, peer: &mut Peer) -> SocketAddr {
        let refused = self.ask(&peer.allocate()).await;
        peer.learn(&refused);
        relayed(&self.ask(&peer.allocate()).await)
    }
}

#[tokio::test]
async fn media_goes_by_udp_and_by_tcp() {
    let server = start(Limits::default());
    for (one, two) in [(false, false), (true, false), (true, true)] {
        let mut mei = Socket::open(&server, one).await;
        let mut tom = Socket::open(&server, two).await;
        let (mut as_mei, mut as_tom) = (member(&server), member(&server));
        let mei_at = mei.allocate(&mut as_mei).await;
        let tom_at = tom.allocate(&mut as_tom).await;
        assert_eq!(code(&mei.ask(&as_mei.bind(0x4000, tom_at)).await), 0);
        assert_eq!(code(&tom.ask(&as_tom.permit(mei_at)).await), 0);
        // Lengths that are no multiples of four, several at once.
        let frames = [channel_data(0x4000, b"a"), channel_data(0x4000, b"bcd")];
        if one {
            mei.send(&frames.concat()).await;
        } else {
            mei.send(&frames[0]).await;
            mei.send(&frames[1]).await;
        }
        for data in [&b"a"[..], b"bcd"] {
            assert_eq!(
                received(&tom.receive().await),
                (Some(mei_at), data.to_vec())
            );
        }
        for data in [&b"xy"[..], b"z"] {
            tom.send(&send_indication(mei_at, data)).await;
            assert_eq!(received(&mei.receive().await), (None, data.to_vec()));
        }
    }
    server.shutdown().await;
}

/// Not by our own client, which would set it right.
#[tokio::test]
async fn an_address_of_ipv4_is_seen_as_one_of_ipv4() {
    let server = start(Limits::default());
    for is_stream in [false, true] {
        let mut socket = Socket::open(&server, is_stream).await;
        let request = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
        let answer = socket.ask(&request).await;
        let answer = Message::from_bytes(&answer).unwrap();
        let mapped = answer.attribute::<XorMappedAddress>().unwrap();
        let mapped = mapped.addr(answer.transaction_id());
        assert_eq!(mapped, socket.local_addr());
    }
    server.shutdown().await;
}

#[tokio::test]
async fn a_probe_sees_whether_a_credential_is_taken() {
    let server = start(Limits::default());
    let good = server.credential(SystemTime::now() + Duration::from_secs(60));
    for transport in ["udp", "tcp"] {
        let url = format!("turn:127.0.0.1:{}?transport={transport}", server.port());
        let url = ServerUrl::parse(&url).unwrap();
        let allocate = async |password: &str| {
            client::allocate(&url, &good.username, password, system_tls(), LIMIT).await
        };
        let allocated = allocate(&good.password).await.unwrap();
        assert!(allocated.mapped.unwrap().ip().is_loopback());
        assert_eq!(allocate("wrong").await, Err(ProbeError::Refused(401)));
    }
    server.shutdown().await;
}

#[tokio::test]
async fn a_stream_without_an_allocation_is_closed() {
    let server = start(Limits {
        stream_seconds: 0,
        ..Limits::default()
    });
    let mut idle = TcpStream::connect(at(&server)).await.unwrap();
    let mut web = TcpStream::connect(at(&server)).await.unwrap();
    web.write_all(b"\xffGET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    // The server ends both: one with the next sweep, the other at its first byte.
    let _ = web.read_to_end(&mut rest).await;
    let _ = idle.read_to_end(&mut rest).await;
    assert_eq!(rest, b"");
    server.shutdown().await;
}

#[tokio::test]
async fn streams_have_limits() {
    let server = start(Limits {
        streams_per_address: 1,
        ..Limits::default()
    });
    let mut first = Socket::open(&server, true).await;
    first.allocate(&mut member(&server)).await;
    let mut second = TcpStream::connect(at(&server)).await.unwrap();
    let mut rest = Vec::new();
    let _ = second.read_to_end(&mut rest).await;
    drop(first);
    // The place is free again as soon as the server has seen the end of the first.
    loop {
        let mut third = Socket::open(&server, true).await;
        third.send(&member(&server).allocate()).await;
        let Socket::Stream(stream) = &mut third else {
            unreachable!()
        };
        if stream.read(&mut [0; 1]).await.is_ok_and(|count| count > 0) {
            break;
        }
    }
    server.shutdown().await;
}

/// A stream of this address that another server has passed on, with a first request.
async fn passed_stream(server: &TurnHandle, from: &str) -> DuplexStream {
    let (mut near, far) = duplex(4096);
    let request = member(server).allocate();
    near.write_all(&request).await.unwrap();
    let passed = PassedStream {
        stream: Box::new(far),
        from: from.parse().unwrap(),
        head: Vec::new(),
    };
    assert!(server.streams().send(passed).await.is_ok());
    near
}

/// Whether the server answers, and does not end the stream.
async fn is_served(stream: &mut DuplexStream) -> bool {
    stream.read(&mut [0; 1]).await.is_ok_and(|count| count > 0)
}

#[tokio::test]
async fn all_addresses_together_have_a_limit_of_streams() {
    let server = start(Limits {
        streams: 2,
        ..Limits::default()
    });
    let mut first = passed_stream(&server, "25.1.1.1").await;
    let mut second = passed_stream(&server, "25.1.1.2").await;
    assert!(is_served(&mut first).await && is_served(&mut second).await);
    for another in ["25.1.1.3", "2001:db8::1"] {
        let mut another = passed_stream(&server, another).await;
        assert!(!is_served(&mut another).await);
    }
    let mut by_socket = TcpStream::connect(at(&server)).await.unwrap();
    let mut rest = Vec::new();
    let _ = by_socket.read_to_end(&mut rest).await;
    drop(first);
    // As soon as the server has seen the end of the first.
    while !is_served(&mut passed_stream(&server, "25.1.1.3").await).await {}
    server.shutdown().await;
}

#[tokio::test]
async fn a_server_that_ends_frees_its_port() {
    let server = start(Limits::default());
    let port = server.port();
    server.shutdown().await;
    assert_eq!(TurnServer::bind(port).unwrap().port(), port);
}
