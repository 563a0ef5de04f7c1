//! The one task that a server's handle holds: it accepts, keeps the time and owns every connection.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::shared::House;
use super::{connection, upgrade};
use crate::protocol::limits::CLOSE_TIMEOUT;

/// How long to wait when the system has no more sockets to give.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves what `next` brings until it is stopped.
pub(super) async fn run<S>(
    mut next: impl FnMut(&mut Context<'_>) -> Poll<io::Result<S>>,
    house: Arc<House>,
    stop: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // Dropped with this future, and every connection with it.
    let mut connections = JoinSet::new();
    let keep_time = house.keep_time();
    tokio::pin!(keep_time);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = &mut keep_time => {}
            Some(_) = connections.join_next() => {}
            accepted = poll_fn(&mut next) => match accepted {
                Ok(_) if connections.len() >= house.config.max_connections || house.is_full() => {
                    debug!("connection turned away: there are too many");
                }
                Ok(stream) => {
                    connections.spawn(serve(stream, Arc::clone(&house)));
                }
                Err(error) => {
                    warn!(kind = ?error.kind(), "cannot accept");
                    time::sleep(PAUSE).await;
                }
            },
        }
    }
    drop(next);
    house.shut_down();
    let all_closed = async { while connections.join_next().await.is_some() {} };
    if time::timeout(CLOSE_TIMEOUT, all_closed).await.is_err() {
        debug!("connections are cut");
    }
}

/// The next of these listeners' connections.
pub(super) fn accept(
    listeners: &[TcpListener],
    cx: &mut Context<'_>,
) -> Poll<io::Result<TcpStream>> {
    for listener in listeners {
        if let Poll::Ready(accepted) = listener.poll_accept(cx) {
            return Poll::Ready(accepted.map(|(stream, _)| {
                // Signals are small and wait for nothing. Failing to say so costs only that.
                let _ = stream.set_nodelay(true);
                stream
            }));
        }
    }
    Poll::Pending
}

async fn serve<S>(stream: S, house: Arc<House>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limit = house.config.handshake_timeout;
    match time::timeout(limit, upgrade::upgrade(stream)).await {
        Ok(Some(socket)) => connection::run(socket, &house).await,
        Ok(None) => debug!("no WebSocket was asked for"),
        Err(_) => debug!("the handshake took too long"),
    }
}
