//! One stay in a room, under one peer id.

use parlour_signaling::client::{ClientConfig, RetryPolicy, RoomClient, RoomEvent, SignalError};
use parlour_signaling::crypto::RoomSecret;
use parlour_signaling::invite::Endpoint;
use parlour_signaling::protocol::{PeerId, Sealed};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::error::{AppError, ErrorCode};
use crate::view::{OpenedSignal, SealedSignal};

pub(super) struct Session {
    client: RoomClient,
    events: mpsc::Receiver<RoomEvent>,
}

impl Session {
    pub(super) fn spawn(
        endpoints: &[Endpoint],
        secret: &RoomSecret,
        name: &str,
        was: Option<PeerId>,
    ) -> Self {
        let (client, events) = RoomClient::spawn(ClientConfig {
            endpoints: endpoints.to_vec(),
            secret: secret.clone(),
            previous_peer_id: was,
            name: name.to_owned(),
            retry: RetryPolicy::default(),
        });
        Self { client, events }
    }

    pub(super) fn me(&self) -> PeerId {
        self.client.peer_id()
    }

    pub(super) async fn enter(&self, name: String) {
        if let Err(error) = self.client.enter(name).await {
            tracing::info!(%error, "not entered");
        }
    }

    /// The network has changed, or the computer was asleep.
    pub(super) fn reconnect_now(&self) {
        self.client.reconnect_now();
    }

    pub(super) async fn signal(
        &self,
        to: &str,
        signal: Value,
        number: Option<u64>,
    ) -> Result<(), AppError> {
        let sent = self.client.send_signal(peer(to)?, signal, number).await;
        sent.map_err(|error| refusal(error).into())
    }

    pub(super) async fn seal(
        &self,
        to: &str,
        signal: Value,
        number: Option<u64>,
    ) -> Result<SealedSignal, AppError> {
        match self.client.seal_signal(peer(to)?, signal, number).await {
            Ok((number, Sealed(envelope))) => Ok(SealedSignal { number, envelope }),
            Err(error) => Err(refusal(error).into()),
        }
    }

    pub(super) async fn open(
        &self,
        from: &str,
        envelope: String,
    ) -> Result<OpenedSignal, AppError> {
        match self.client.open_signal(peer(from)?, Sealed(envelope)).await {
            Ok(signal) => Ok(OpenedSignal { signal }),
            Err(error) => Err(AppError {
                message: error.to_string(),
                ..refusal(error).into()
            }),
        }
    }

    pub(super) async fn next_event(&mut self) -> Option<RoomEvent> {
        self.events.recv().await
    }

    pub(super) fn try_next_event(&mut self) -> Option<RoomEvent> {
        self.events.try_recv().ok()
    }

    pub(super) async fn leave(self) {
        // Nobody reads any longer what comes until then.
        drop(self.events);
        self.client.leave().await;
    }
}

fn peer(id: &str) -> Result<PeerId, AppError> {
    id.parse().map_err(|_| ErrorCode::UnknownPeer.into())
}

fn refusal(error: SignalError) -> ErrorCode {
    match error {
        SignalError::UnknownPeer => ErrorCode::UnknownPeer,
        SignalError::TooLarge => ErrorCode::SignalTooLarge,
        SignalError::Closed => ErrorCode::NotInRoom,
        // So many wait only while the server is gone.
        SignalError::QueueFull => ErrorCode::ServerUnreachable,
        // A fault of the page's.
        SignalError::UnknownNumber => ErrorCode::Internal,
        SignalError::NotOpened | SignalError::RateLimited => ErrorCode::SignalNotOpened,
    }
}
