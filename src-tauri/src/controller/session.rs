//! One stay in a room, under one peer id.

use parlour_signaling::client::{ClientConfig, ClientError, RoomClient, RoomEvent};
use parlour_signaling::ids::PeerId;
use parlour_signaling::invite::Endpoint;
use parlour_signaling::retry::RetryPolicy;
use parlour_signaling::seal::RoomSecret;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::error::{AppError, ErrorCode};

pub(super) struct Session {
    client: RoomClient,
    events: mpsc::Receiver<RoomEvent>,
}

impl Session {
    pub(super) fn spawn(endpoints: &[Endpoint], secret: &RoomSecret, name: &str) -> Self {
        let (client, events) = RoomClient::spawn(ClientConfig {
            endpoints: endpoints.to_vec(),
            secret: secret.clone(),
            name: name.to_owned(),
            retry: RetryPolicy::default(),
        });
        Self { client, events }
    }

    pub(super) fn me(&self) -> PeerId {
        self.client.me()
    }

    pub(super) async fn enter(&self, name: String) {
        if let Err(error) = self.client.enter(name).await {
            tracing::info!(%error, "not entered");
        }
    }

    pub(super) async fn signal(&self, to: PeerId, signal: Value) -> Result<(), AppError> {
        self.client.signal(to, signal).await.map_err(|error| {
            let code = match error {
                ClientError::UnknownPeer => ErrorCode::UnknownPeer,
                ClientError::TooLarge => ErrorCode::SignalTooLarge,
                ClientError::Closed => ErrorCode::NotInRoom,
                // So many wait only while the server is gone.
                ClientError::Full => ErrorCode::ServerUnreachable,
            };
            code.into()
        })
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
