//! The one task that a server's handle holds: it accepts, keeps the time and owns every connection.

use std::{future::poll_fn, io, sync::Arc, task::Poll, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time,
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::{connection, handshake, house::House};
use crate::limits::CLOSE_TIMEOUT;

/// How long to wait when the system has no more sockets to give.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn run(listeners: Vec<TcpListener>, house: Arc<House>, stop: CancellationToken) {
    // Dropped with this future, and every connection with it.
    let mut connections = JoinSet::new();
    let keep_time = house.keep_time();
    tokio::pin!(keep_time);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = &mut keep_time => {}
            Some(_) = connections.join_next() => {}
            accepted = accept(&listeners) => match accepted {
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
    drop(listeners);
    house.shut_down();
    let all_closed = async { while connections.join_next().await.is_some() {} };
    if time::timeout(CLOSE_TIMEOUT, all_closed).await.is_err() {
        debug!("connections are cut");
    }
}

async fn accept(listeners: &[TcpListener]) -> io::Result<TcpStream> {
    poll_fn(|cx| {
        for listener in listeners {
            if let Poll::Ready(accepted) = listener.poll_accept(cx) {
                return Poll::Ready(accepted.map(|(stream, _)| stream));
            }
        }
        Poll::Pending
    })
    .await
}

async fn serve(stream: TcpStream, house: Arc<House>) {
    // Signals are small and wait for nothing.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let limit = house.config.handshake_timeout;
    match time::timeout(limit, handshake::upgrade(stream)).await {
        Ok(Some(socket)) => connection::run(socket, &house).await,
        Ok(None) => debug!("no WebSocket was asked for"),
        Err(_) => debug!("the handshake took too long"),
    }
}
