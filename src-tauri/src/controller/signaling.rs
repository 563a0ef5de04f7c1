//! The room's signaling client: its events, and the signals of the page.
//!
//! Requests await the client's task here. It answers each from memory, and never waits for the network meanwhile.

use parlour_signaling::client::{RoomClient, RoomEvent, SignalError};
use parlour_signaling::protocol::{PeerId, Sealed};
use serde_json::Value;

use super::room::JoinedRoom;
use super::{Controller, Platform};
use crate::error::{AppError, ErrorCode};
use crate::view::{NetworkChange, NetworkChangeEvent, NoticeCode, OpenedSignal, SealedSignal};

/// Room events that are applied before the next view is sent.
const MAX_EVENTS_PER_VIEW: usize = 64;

impl<P: Platform> Controller<P> {
    pub(super) async fn send_signal(
        &mut self,
        to: String,
        signal: Value,
        number: Option<u64>,
    ) -> Result<(), AppError> {
        let client = self.client()?;
        let sent = client.send_signal(peer_id(&to)?, signal, number).await;
        sent.map_err(app_error)
    }

    pub(super) async fn seal_signal(
        &mut self,
        to: String,
        signal: Value,
        number: Option<u64>,
    ) -> Result<SealedSignal, AppError> {
        let client = self.client()?;
        let sealed = client.seal_signal(peer_id(&to)?, signal, number).await;
        let (number, Sealed(envelope)) = sealed.map_err(app_error)?;
        Ok(SealedSignal { number, envelope })
    }

    pub(super) async fn open_signal(
        &mut self,
        from: String,
        envelope: String,
    ) -> Result<OpenedSignal, AppError> {
        let client = self.client()?;
        let opened = client.open_signal(peer_id(&from)?, Sealed(envelope)).await;
        Ok(OpenedSignal {
            signal: opened.map_err(app_error)?,
        })
    }

    fn client(&self) -> Result<&RoomClient, AppError> {
        let client = self.room.as_ref().and_then(|room| room.client());
        client.ok_or_else(|| ErrorCode::NotInRoom.into())
    }

    /// `None`: the client has ended, after it reported a failure or because it crashed.
    pub(super) fn on_room_events(&mut self, first: Option<RoomEvent>) {
        if first.is_none() {
            self.room_events = None;
            if let Some(room) = &mut self.room {
                room.client_ended();
            }
        }
        let mut next = first;
        for _ in 0..MAX_EVENTS_PER_VIEW {
            let Some(event) = next else { break };
            if event == RoomEvent::Tampering {
                self.add_notice(NoticeCode::Tampering);
            } else if let Some(room) = &mut self.room {
                room.apply(event);
                self.deliver_signals();
            }
            let events = self.room_events.as_mut();
            next = events.and_then(|events| events.try_recv().ok());
        }
        self.save_last_room();
    }

    /// Sends the signals that have come to the page that runs the call. Without a page they wait.
    pub(super) fn deliver_signals(&mut self) {
        let (Some(room), Some(surface)) = (&mut self.room, self.engine.surface()) else {
            return;
        };
        let signals = room.state.take_signals();
        if !signals.is_empty() {
            // The page knows the sender from the view.
            self.send_view();
        }
        for event in signals {
            self.platform.send_signal(surface, &event);
        }
    }

    /// Reconnects signaling and the links at once: neither would notice by itself for seconds.
    pub(super) fn on_network_change(&mut self, change: Option<NetworkChange>) {
        let Some(kind) = change else {
            self.network_changes = None;
            return;
        };
        self.forget_check();
        // Without a client nothing has to be reconnected.
        let _ = self.reconnect();
        if let Some(surface) = self.engine.surface() {
            self.platform
                .send_network_change(surface, &NetworkChangeEvent { kind });
        }
    }

    pub(super) async fn report_link(&mut self, peer: String, up: bool) -> Result<(), AppError> {
        let room = self.room.as_ref().ok_or(ErrorCode::NotInRoom)?;
        room.report_link(peer_id(&peer)?, up);
        Ok(())
    }

    pub(super) async fn report_network_change(&mut self) -> Result<(), AppError> {
        self.reconnect()
    }

    fn reconnect(&mut self) -> Result<(), AppError> {
        let reconnected = self.client().map(RoomClient::reconnect_now);
        self.port_mapping.network_changed();
        let has_changed = self.room.as_mut().is_some_and(JoinedRoom::update_addresses);
        if has_changed {
            self.on_invite_changed();
        }
        reconnected
    }
}

fn peer_id(id: &str) -> Result<PeerId, AppError> {
    id.parse().map_err(|_| ErrorCode::UnknownPeer.into())
}

fn app_error(error: SignalError) -> AppError {
    let code = match error {
        SignalError::UnknownPeer => ErrorCode::UnknownPeer,
        SignalError::TooLarge => ErrorCode::SignalTooLarge,
        SignalError::Closed => ErrorCode::NotInRoom,
        // So many wait only while the server is unreachable.
        SignalError::QueueFull => ErrorCode::ServerUnreachable,
        SignalError::NotOpened | SignalError::RateLimited => ErrorCode::SignalNotOpened,
        // The page made up a number.
        SignalError::UnknownNumber => ErrorCode::Internal,
    };
    AppError {
        message: error.to_string(),
        ..code.into()
    }
}
