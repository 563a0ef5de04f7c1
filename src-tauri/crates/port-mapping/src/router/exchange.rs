//! A request to the router over UDP, sent again until it is answered.

use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{sleep, timeout};

use crate::Reason;
use crate::route::Route;
use crate::wire::SERVER_PORT;

/// Longer than any packet of PCP.
const BUFFER_LEN: usize = 1_101;
/// The pause before a request is sent again doubles each time (RFC 6886 section 3.1).
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// A request that is not answered for so long has failed. It was sent four times.
const LIMIT: Duration = Duration::from_millis(2_500);

/// A socket that sends to the router from the address that the router has to see, and hears the router alone.
pub(super) async fn connect(route: &Route) -> Result<UdpSocket, Reason> {
    let connected = async {
        let socket = UdpSocket::bind((route.source, 0)).await?;
        socket.connect(route.gateway(SERVER_PORT)).await?;
        std::io::Result::Ok(socket)
    };
    connected.await.map_err(|error| {
        tracing::debug!(%error, "the router cannot be asked");
        Reason::NoRouter
    })
}

/// Sends the request until `read` takes an answer. A router without such a port refuses at once.
pub(super) async fn request<T>(
    socket: &UdpSocket,
    packet: &[u8],
    read: impl Fn(&[u8]) -> Option<T>,
) -> Result<T, Reason> {
    let receive = async {
        let mut buffer = [0; BUFFER_LEN];
        loop {
            let length = socket.recv(&mut buffer).await?;
            if let Some(answer) = buffer.get(..length).and_then(&read) {
                return std::io::Result::Ok(answer);
            }
        }
    };
    let send = async {
        let mut pause = FIRST_PAUSE;
        loop {
            socket.send(packet).await?;
            sleep(pause).await;
            pause *= 2;
        }
    };
    let answered = timeout(LIMIT, async {
        tokio::select! {
            answer = receive => answer,
            failed = send => failed,
        }
    });
    match answered.await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => {
            tracing::debug!(%error, "the router does not answer");
            Err(Reason::NoAnswer)
        }
        Err(_) => Err(Reason::NoAnswer),
    }
}
