//! TURN servers that members give each other.

use std::time::Duration;

use parlour::controller::StartOptions;
use parlour::engine::EngineEvent;
use parlour::storage::settings::{Reach, Settings};
use parlour::view::{CallPageState, EngineView, RoomView, Surface};
use parlour_port_mapping::{Mapped, Method, Reason, State, Status};
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

/// A member without an app.
fn tom(invite: &str) -> (RoomClient, mpsc::Receiver<RoomEvent>) {
    let invite = Invite::parse(invite).unwrap();
    RoomClient::spawn(ClientConfig {
        endpoints: invite.endpoints,
        secret: invite.secret,
        previous_peer_id: None,
        name: "Tom".into(),
        guest: false,
        retry: RetryPolicy::default(),
        access: ServerAccess::default(),
    })
}

#[tokio::test]
async fn ones_turn_server_is_for_the_room_if_one_says_so() {
    let mut start = named("Mei");
    start.settings = shares(true);
    let mut mei = Person::launch(start, None);
    let window = mei.controller.attach(Surface::Window, true).await;
    window.unwrap();
    let (tom, mut events) = tom(&mei.start_room().await.invite);
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

/// The router has opened the port of the room.
fn mapped() -> State {
    State {
        ipv4: Status::Mapped(Mapped {
            method: Method::Pcp,
            tcp: Some("25.1.1.7:18421".parse().unwrap()),
            udp: None,
        }),
        ipv6: Status::Unavailable(Reason::NoRouter),
    }
}

#[tokio::test]
async fn a_credential_for_ones_own_server_is_replaced_before_it_ends() {
    let start = StartOptions {
        reach: Some(Reach::Open),
        ..named("Mei")
    };
    let mut mei = Person::launch(start, None);
    let window = mei.controller.attach(Surface::Window, true).await;
    window.unwrap();
    let (_tom, mut events) = tom(&mei.start_room().await.invite);
    mei.until_room("Tom is there", |room| room.peers.len() == 1)
        .await;
    mei.ports.send_replace(mapped());
    let first = signal(&mut events).await;
    let urls = &first["ice_servers"][0]["urls"];
    assert_eq!(urls[0], "turn:25.1.1.7:18421?transport=tcp");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(6 * 3600)).await;
    tokio::time::resume();
    let next = signal(&mut events).await;
    let end = |told: &Value| {
        let name = told["ice_servers"][0]["username"].as_str().unwrap();
        name.split(':').next().unwrap().parse::<u64>().unwrap()
    };
    assert!(end(&next) >= end(&first) + 6 * 3600);
    assert_ne!(
        next["ice_servers"][0]["credential"],
        first["ice_servers"][0]["credential"]
    );
}

/// Without a page there is no client either, and nothing else wakes Mei's app.
#[tokio::test]
async fn a_credential_is_replaced_in_time_also_while_nothing_happens() {
    let start = StartOptions {
        reach: Some(Reach::Open),
        ..named("Mei")
    };
    let mut mei = Person::launch(start, Some("Test browser"));
    let window = mei.controller.attach(Surface::Window, false).await;
    window.unwrap();
    mei.start_room().await;
    mei.call_page_attaches(1).await;
    mei.ports.send_replace(mapped());
    // Her own page uses it at an address of the computer, which has a network.
    let own = |room: &RoomView| {
        let own = room.ice_servers.iter().find(|s| s.username.is_some());
        own.and_then(|server| server.username.clone())
    };
    let served = mei.until_room("her app serves TURN", |room| own(room).is_some());
    let mut told = own(&served.await);
    mei.engine_sends(EngineEvent::BrowserEnded).await;
    mei.until("the page is closed", |view| {
        matches!(
            view.engine,
            EngineView::Browser {
                page: CallPageState::Closed,
                ..
            }
        )
    })
    .await;
    // The end of the client and of the browser may come in between once or twice.
    for _ in 0..4 {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(6 * 3600)).await;
        tokio::time::resume();
        let next = mei.until_room("another credential", |room| own(room) != told);
        told = own(&next.await);
    }
}
