//! Listening sockets, and the one task that a server's handle holds: it accepts, runs the timer and owns every
//! connection.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::shared::Shared;
use super::{connection, upgrade};
use crate::protocol::limits::CLOSE_TIMEOUT;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;
/// Pause after a failed accept, which most often means that the system has no more sockets.
const ACCEPT_ERROR_PAUSE: Duration = Duration::from_millis(100);

/// Listens. `[::]` takes IPv4 too, which Windows and some Linux set-ups do only on request.
pub(super) fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    if addr.is_ipv6() {
        socket.set_only_v6(!addr.ip().is_unspecified())?;
    }
    // On Windows this would let another program take the port over.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Serves the connections that `accept` returns until the server is stopped.
pub(super) async fn run<S>(
    mut accept: impl FnMut(&mut Context<'_>) -> Poll<io::Result<S>>,
    shared: Arc<Shared>,
    stop: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // Dropped with this future, and every connection with it.
    let mut connections = JoinSet::new();
    let timer = shared.run_timer();
    tokio::pin!(timer);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = &mut timer => {}
            Some(_) = connections.join_next() => {}
            accepted = poll_fn(&mut accept) => match accepted {
                Ok(_) if connections.len() >= shared.config.max_connections || shared.is_full() => {
                    debug!("connection turned away: there are too many");
                }
                Ok(stream) => {
                    connections.spawn(serve(stream, Arc::clone(&shared)));
                }
                Err(error) => {
                    warn!(kind = ?error.kind(), "cannot accept");
                    time::sleep(ACCEPT_ERROR_PAUSE).await;
                }
            },
        }
    }
    drop(accept);
    shared.shut_down();
    let all_closed = async { while connections.join_next().await.is_some() {} };
    if time::timeout(CLOSE_TIMEOUT, all_closed).await.is_err() {
        debug!("connections did not close in time");
    }
}

/// Accepts the next connection of any of these listeners.
pub(super) fn accept(
    listeners: &[TcpListener],
    cx: &mut Context<'_>,
) -> Poll<io::Result<TcpStream>> {
    for listener in listeners {
        if let Poll::Ready(accepted) = listener.poll_accept(cx) {
            return Poll::Ready(accepted.map(|(stream, _)| {
                // Nagle's algorithm would only delay signals, which are small. A failure costs that delay.
                let _ = stream.set_nodelay(true);
                stream
            }));
        }
    }
    Poll::Pending
}

async fn serve<S>(stream: S, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limit = shared.config.handshake_timeout;
    match time::timeout(limit, upgrade::upgrade(stream)).await {
        Ok(Some(socket)) => connection::run(socket, &shared).await,
        Ok(None) => debug!("no WebSocket was asked for"),
        Err(_) => debug!("the handshake took too long"),
    }
}
