//! A scripted client over a real WebSocket.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parlour_signaling::protocol::{ClientMessage, Nonce, PATH, ServerErrorCode, ServerMessage};
use parlour_signaling::server::{Server, ServerConfig, ServerHandle};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::test_messages::proved;

/// Longer than any step takes. Only a failing test waits for it.
pub(crate) const FRAME_TIMEOUT: Duration = Duration::from_secs(20);

/// A server on a free port.
pub(crate) async fn server(config: ServerConfig) -> ServerHandle {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    Server::bind(any, config).await.unwrap().start()
}

pub(crate) struct Peer {
    pub(crate) socket: WebSocketStream<TcpStream>,
    /// The challenge of this connection.
    pub(crate) nonce: Nonce,
}

impl Peer {
    /// Connects and reads the challenge.
    pub(crate) async fn connect(addr: SocketAddr) -> Self {
        Self::over(TcpStream::connect(addr).await.unwrap(), addr).await
    }

    /// The same from an address of this computer, such as one of 127.0.0.0/8.
    pub(crate) async fn connect_from(from: SocketAddr, addr: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(from).unwrap();
        Self::over(socket.connect(addr).await.unwrap(), addr).await
    }

    async fn over(stream: TcpStream, addr: SocketAddr) -> Self {
        let url = format!("ws://{addr}{PATH}");
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        let nonce = Nonce::from_bytes([0; 32]);
        let mut peer = Self { socket, nonce };
        match peer.next().await {
            ServerMessage::Challenge { nonce, .. } => peer.nonce = nonce,
            other => panic!("{other:?} instead of the challenge"),
        }
        peer
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
