//! A scripted client over a real WebSocket.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parlour_signaling::protocol::{ClientMessage, Nonce, PATH, ServerErrorCode, ServerMessage};
use parlour_signaling::server::{Server, ServerConfig, ServerHandle};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::test_messages::proved;

/// Longer than any step takes. Only a failing test waits for it.
pub(crate) const FRAME_TIMEOUT: Duration = Duration::from_secs(20);

/// A server on a free port.
pub(crate) async fn server(config: ServerConfig) -> ServerHandle {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    Server::bind(any, config).await.unwrap().start()
}

/// A stream from an address of this computer.
pub(crate) async fn stream_from(addr: SocketAddr, from: Ipv4Addr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    socket.connect(addr).await
}

pub(crate) struct Peer {
    pub(crate) socket: WebSocketStream<TcpStream>,
    /// The challenge of this connection.
    pub(crate) nonce: Nonce,
}

impl Peer {
    /// Connects and reads the challenge.
    pub(crate) async fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).await.unwrap();
        Self::over(stream, addr, &[]).await.unwrap()
    }

    /// The same from an address of this computer, all of `127.0.0.0/8` on Linux, with headers in the request. Returns
    /// the reason when the server turns it away.
    pub(crate) async fn connect_from(
        addr: SocketAddr,
        from: Ipv4Addr,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        Self::over(stream_from(addr, from).await?, addr, headers).await
    }

    async fn over(
        stream: TcpStream,
        addr: SocketAddr,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        let mut request = format!("ws://{addr}{PATH}").into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
        let nonce = Nonce::from_bytes([0; 32]);
        let mut peer = Self { socket, nonce };
        match peer.next_or_end().await {
            Some(ServerMessage::Challenge { nonce, .. }) => peer.nonce = nonce,
            None => return Err(Error::ConnectionClosed),
            Some(other) => panic!("{other:?} instead of the challenge"),
        }
        Ok(peer)
    }

    /// Connects from an address and joins. Returns the answer to the join.
    pub(crate) async fn join_from(
        addr: SocketAddr,
        from: Ipv4Addr,
        join: ClientMessage,
    ) -> Result<(Self, ServerMessage), Error> {
        let mut peer = Self::connect_from(addr, from, &[]).await?;
        let ClientMessage::Join(join) = join else {
            unreachable!()
        };
        let join = serde_json::to_string(&ClientMessage::Join(proved(join, &peer.nonce)));
        peer.socket.send(Message::text(join.unwrap())).await?;
        let answer = peer.next_or_end().await;
        answer
            .map(|answer| (peer, answer))
            .ok_or(Error::ConnectionClosed)
    }

    /// Connects, sends this join, and reads the welcome.
    pub(crate) async fn join(addr: SocketAddr, join: ClientMessage) -> (Self, ServerMessage) {
        let mut peer = Self::connect(addr).await;
        peer.send_message(join).await;
        let welcome = peer.next().await;
        assert!(
            matches!(welcome, ServerMessage::Welcome { .. }),
            "{welcome:?}"
        );
        (peer, welcome)
    }

    /// Sends a message. A join gets the proofs that answer the challenge.
    pub(crate) async fn send_message(&mut self, message: ClientMessage) {
        let message = match message {
            ClientMessage::Join(join) => ClientMessage::Join(proved(join, &self.nonce)),
            message => message,
        };
        self.send_as_it_is(message).await;
    }

    pub(crate) async fn send_as_it_is(&mut self, message: ClientMessage) {
        self.send(Message::text(serde_json::to_string(&message).unwrap()))
            .await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The next frame of the protocol.
    pub(crate) async fn next(&mut self) -> ServerMessage {
        self.next_or_end().await.expect("the connection has ended")
    }

    /// The next frame of the protocol, or nothing when the connection has ended.
    pub(crate) async fn next_or_end(&mut self) -> Option<ServerMessage> {
        loop {
            let next = timeout(FRAME_TIMEOUT, self.socket.next())
                .await
                .expect("nothing came");
            match next? {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(Message::Close(_)) => return None,
                Ok(other) => panic!("{other:?}"),
                Err(Error::Io(_) | Error::Protocol(_) | Error::ConnectionClosed) => return None,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Skips messages until one matches.
    pub(crate) async fn until(&mut self, is_it: impl Fn(&ServerMessage) -> bool) -> ServerMessage {
        loop {
            let next = self.next().await;
            if is_it(&next) {
                return next;
            }
        }
    }

    /// Expects this fatal error, and then the end of the connection.
    pub(crate) async fn ends_with(&mut self, expected: ServerErrorCode) {
        match self.next().await {
            ServerMessage::Error { code, fatal, .. } => assert_eq!((code, fatal), (expected, true)),
            other => panic!("{other:?}"),
        }
        assert_eq!(self.next_or_end().await, None);
    }
}
