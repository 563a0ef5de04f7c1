//! TURN servers that members give each other.

use std::time::Duration;

use parlour::storage::settings::Settings;
use parlour::view::Surface;
use parlour_signaling::client::{ClientConfig, RetryPolicy, RoomClient, RoomEvent, ServerAccess};
use parlour_signaling::invite::Invite;
use parlour_signaling::protocol::IceServer;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::harness::app::{Person, named};

const STEP: Duration = Duration::from_secs(10);

/// The next signal that this client receives.
async fn signal(events: &mut mpsc::Receiver<RoomEvent>) -> Value {
    loop {
        match timeout(STEP, events.recv()).await.expect("a signal") {
            Some(RoomEvent::Signal { signal, .. }) => return signal,
            Some(_) => {}
            None => panic!("the client has ended"),
        }
    }
}

fn shares(share_turn: bool) -> Settings {
    let turn = IceServer {
        urls: vec!["turn:turn.example.org".into()],
        username: Some("mei".into()),
        credential: Some("north wind".into()),
    };
    Settings {
        ice_servers: vec![turn],
        share_turn,
        ..named("Mei").settings
    }
}

#[tokio::test]
async fn ones_turn_server_is_for_the_room_if_one_says_so() {
    let mut start = named("Mei");
    start.settings = shares(true);
    let mut mei = Person::launch(start, None);
    let window = mei.controller.attach(Surface::Window, true).await;
    window.unwrap();
    let invite = Invite::parse(&mei.start_room().await.invite).unwrap();
    let (tom, mut events) = RoomClient::spawn(ClientConfig {
        endpoints: invite.endpoints,
        secret: invite.secret,
        previous_peer_id: None,
        name: "Tom".into(),
        guest: false,
        retry: RetryPolicy::default(),
        access: ServerAccess::default(),
    });
    let told = signal(&mut events).await;
    assert_eq!(told["ice_servers"][0]["urls"][0], "turn:turn.example.org");
    assert_eq!(told["ice_servers"][0]["credential"], "north wind");
    mei.controller.save_settings(shares(false)).await.unwrap();
    assert_eq!(signal(&mut events).await, json!({ "ice_servers": [] }));

    // The servers that members tell Mei are not for the page, and on its own network only they are not used.
    let servers = json!({ "ice_servers": [{ "urls": ["stun:tom.example"] }] });
    let to = mei.room().me.parse().unwrap();
    tom.send_signal(to, servers, None).await.unwrap();
    let candidate = json!({ "link": 1, "candidate": null });
    tom.send_signal(to, candidate.clone(), None).await.unwrap();
    assert_eq!(mei.signal().await.1.signal, candidate);
    assert_eq!(mei.room().ice_servers, shares(false).ice_servers);
}
