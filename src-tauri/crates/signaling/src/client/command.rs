//! The requests of a [`RoomClient`](super::RoomClient) to its task.

use serde_json::Value;
use tokio::sync::oneshot;

use super::error::SignalError;
use crate::protocol::{PeerId, Sealed};

pub(super) enum Command {
    Enter {
        name: String,
    },
    SendSignal {
        to: PeerId,
        signal: Value,
        number: Option<u64>,
        reply: oneshot::Sender<Result<(), SignalError>>,
    },
    SealSignal {
        to: PeerId,
        signal: Value,
        number: Option<u64>,
        reply: oneshot::Sender<Result<(u64, Sealed), SignalError>>,
    },
    OpenSignal {
        from: PeerId,
        envelope: Sealed,
        reply: oneshot::Sender<Result<Option<Value>, SignalError>>,
    },
    Leave,
}
