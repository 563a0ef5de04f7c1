//! The relays of a room, and what the view says of them.

use std::sync::Arc;

use parlour_relay::bridge::{BridgeConfig, BridgeStatus};
use parlour_relay::list;
use parlour_relay::pool::{LISTENED_RELAYS, PoolConfig, RelayState};
use parlour_signaling::client::TcpTransport;
use parlour_signaling::crypto::RoomKeys;
use parlour_signaling::invite::{Endpoint, Invite, Relays};

use crate::storage::settings::Settings;
use crate::view::RelayView;

/// The relays that the invite of a room of ours names.
pub(super) fn relays_of(settings: &Settings) -> Relays {
    let named: Vec<_> = settings
        .relays
        .iter()
        .filter_map(|relay| Endpoint::parse(relay).ok())
        .collect();
    Relays {
        listed: named.is_empty(),
        named,
    }
}

/// The configuration of the bridge, if the invite names relays. With `asks`, somebody may be there already.
pub(super) fn bridge_config(invite: &Invite, asks: bool) -> Option<BridgeConfig> {
    if invite.relays.is_empty() {
        return None;
    }
    let keys = RoomKeys::new(&invite.secret);
    let relays = relays_of_room(&invite.relays, &keys);
    let transport = Arc::new(TcpTransport::default());
    Some(BridgeConfig {
        keys,
        pool: PoolConfig { relays, transport },
        asks,
    })
}

/// The relays to which the bridge will connect first.
pub(super) fn about_to_be_asked(config: &BridgeConfig) -> Vec<RelayView> {
    let relays = config.pool.relays.iter().take(LISTENED_RELAYS);
    let view = |relay: &Endpoint| RelayView {
        name: relay.authority(),
        status: RelayState::Connecting,
    };
    relays.map(view).collect()
}

/// The relays in the order in which the room uses them.
fn relays_of_room(relays: &Relays, keys: &RoomKeys) -> Vec<Endpoint> {
    let mut ordered = list::for_room(&relays.named, keys.room_id());
    if relays.listed {
        ordered.extend(list::for_room(&list::shipped(), keys.room_id()));
    }
    ordered
}

/// The relays that a check of the connection may ask: those of the room, or the first that a new room could use.
pub(super) fn relays_to_check(invite: Option<&Invite>, settings: &Settings) -> Vec<Endpoint> {
    if let Some(invite) = invite {
        return relays_of_room(&invite.relays, &RoomKeys::new(&invite.secret));
    }
    let Relays { mut named, listed } = relays_of(settings);
    if listed {
        named.extend(list::shipped());
    }
    named
}

pub(super) fn views(status: &BridgeStatus) -> Vec<RelayView> {
    let view = |relay: &parlour_relay::pool::RelayStatus| RelayView {
        name: relay.relay.authority(),
        status: relay.state,
    };
    status.relays.iter().map(view).collect()
}
