//! The race between the endpoints of an invite: all are dialled together, and the first server that sends a challenge
//! wins.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tracing::debug;

use super::ServerFault;
use super::connector::Connector;
use super::dial_error::DialError;
use super::socket::BoxedSocket;
use crate::invite::Endpoint;
use crate::protocol::ServerMessage;
use crate::runtime::sleep;

/// Between the starts of two endpoints: the last of eight starts after 420 ms.
const ENDPOINT_STAGGER: Duration = Duration::from_millis(60);

/// A connection on which the server has spoken first.
pub(super) struct Connected {
    pub(super) socket: BoxedSocket,
    pub(super) server: Endpoint,
    /// The server's first frame: its challenge, or an error.
    pub(super) first: ServerMessage,
}

/// Why no endpoint can be used: the fault that says most, and its cause for the log, without a host.
#[derive(Debug)]
pub(super) struct ConnectError {
    pub(super) fault: ServerFault,
    pub(super) cause: String,
}

/// Dials all endpoints and takes the first server that speaks. The others are dropped before they are sent a frame.
pub(super) async fn connect_first(
    endpoints: &[Endpoint],
    connector: &Connector,
) -> Result<Connected, ConnectError> {
    let mut attempts: FuturesUnordered<_> = (0_u32..)
        .zip(endpoints)
        .map(|(nth, endpoint)| async move {
            sleep(ENDPOINT_STAGGER * nth).await;
            connector.dial(endpoint).await
        })
        .collect();
    let mut error = None;
    while let Some(attempt) = attempts.next().await {
        match attempt {
            Ok(connected) => return Ok(connected),
            Err(next) => {
                debug!(error = %next, "an endpoint cannot be used");
                keep_most_telling(&mut error, next);
            }
        }
    }
    let error = error.unwrap_or_else(DialError::no_endpoint);
    Err(ConnectError {
        fault: error.fault(),
        cause: error.to_string(),
    })
}

pub(super) fn keep_most_telling(kept: &mut Option<DialError>, next: DialError) {
    if kept.as_ref().is_none_or(|kept| kept.fault() < next.fault()) {
        *kept = Some(next);
    }
}
