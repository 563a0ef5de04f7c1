//! Nothing connects for a clicked link before the person agrees, whichever server it names. A pasted link, and a room
//! that one returns to, ask nothing.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use parlour::controller::StartOptions;
use parlour::error::ErrorCode;
use parlour::storage::last_room::LastRoom;
use parlour::storage::settings::Hosting;
use parlour::view::{Phase, RoomPlace, Surface};
use parlour_signaling::crypto::RoomSecret;
use parlour_signaling::invite::{Endpoint, Invite, Relays};
use parlour_signaling::server::{Server, ServerConfig, ServerHandle};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::app::{Person, PlatformCall, link, named};

/// The link of a new room at these endpoints.
fn invite(endpoints: &[String]) -> String {
    let endpoints = endpoints.iter().map(|text| text.parse().unwrap()).collect();
    let secret = RoomSecret::random();
    Invite {
        endpoints,
        relays: Relays::default(),
        secret,
    }
    .to_link()
}

/// The same room under other endpoints.
fn moved(invite: &str, endpoints: &str) -> String {
    let code = invite.rsplit('/').next().unwrap();
    format!("parlour://join/{endpoints}/{code}")
}

/// A listener that counts who has connected.
struct Door {
    listener: TcpListener,
    address: SocketAddr,
}

impl Door {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { listener, address }
    }

    fn endpoint(&self) -> String {
        self.address.to_string()
    }

    /// Nobody has connected: an earlier connection would be in the queue before ours.
    async fn expect_nobody(&self) {
        let ours = TcpStream::connect(self.address).await.unwrap();
        let (_, first) = self.listener.accept().await.unwrap();
        assert_eq!(first, ours.local_addr().unwrap(), "somebody has connected");
    }
}

async fn a_server() -> (ServerHandle, String) {
    let address = "127.0.0.1:0".parse().unwrap();
    let server = Server::bind(address, ServerConfig::default())
        .await
        .unwrap()
        .start();
    let endpoint = server.local_addr().to_string();
    (server, endpoint)
}

/// The server of the settings, so nobody is better known.
fn using_server(endpoint: &str) -> StartOptions {
    let mut start = named("Tom");
    start.settings.hosting = Hosting::Server {
        address: endpoint.to_owned(),
        access_token: String::new().into(),
    };
    start
}

#[tokio::test]
async fn a_clicked_link_opens_no_socket_before_the_person_agrees() {
    let door = Door::open().await;
    let invite = invite(&[door.endpoint(), "203.0.113.7:81".into()]);
    let places = vec![
        RoomPlace::ThisComputer,
        RoomPlace::Server {
            host: "203.0.113.7:81".into(),
            encrypted: false,
        },
    ];
    // As an argument, and by a click, in an app that uses this very server.
    let mut start = using_server(&door.endpoint());
    start.link = Some(link(&invite));
    let mut tom = Person::launch(start, None);
    let asked = tom.controller.attach(Surface::Window, true).await.unwrap();
    let question = asked.pending.clone().unwrap();
    assert_eq!((question.leaves, &question.places), (false, &places));
    assert!(asked.room.is_none());

    tom.controller.handle_deep_link(link(&invite));
    tom.controller.dismiss_notice(0).await.unwrap();
    assert_eq!(tom.view().revision, asked.revision, "it is asked once");
    let focused = tom.calls().contains(&PlatformCall::FocusWindow);
    assert!(focused, "a click brings the window to the front");

    tom.decline().await;
    assert!(tom.view().pending.is_none() && tom.view().room.is_none());
    tom.controller.handle_deep_link(link(&invite));
    let again = tom.until_pending().await;
    assert_ne!(again.number, question.number, "a no is not remembered");
    door.expect_nobody().await;
    assert!(!tom.calls().contains(&PlatformCall::OpenCallPage));

    tom.agree().await;
    assert!(tom.view().pending.is_none() && tom.view().room.is_some());
    door.listener.accept().await.unwrap();
}

#[tokio::test]
async fn no_browser_opens_before_the_person_agrees() {
    let door = Door::open().await;
    let mut tom = Person::with_browser("Tom").await;
    tom.controller
        .handle_deep_link(link(&invite(&[door.endpoint()])));
    tom.until_pending().await;
    assert!(!tom.calls().contains(&PlatformCall::OpenCallPage));
    tom.agree().await;
    tom.until_called(&PlatformCall::OpenCallPage).await;
}

#[tokio::test]
async fn the_latest_link_is_asked_about_and_only_what_was_seen_is_answered() {
    let (first, second) = (Door::open().await, Door::open().await);
    let mut tom = Person::with_window("Tom").await;
    tom.controller
        .handle_deep_link(link(&invite(&[first.endpoint()])));
    let seen = tom.until_pending().await.number;
    let second_invite = invite(&[second.endpoint()]);
    tom.controller.handle_deep_link(link(&second_invite));
    let answer = tom.controller.answer_pending_join(seen, Some("Tom".into()));
    answer.await.unwrap();
    assert!(
        tom.view().room.is_none(),
        "the yes was for the link that was replaced"
    );
    tom.agree().await;
    assert_eq!(tom.room().invite, second_invite);
    first.expect_nobody().await;
}

#[tokio::test]
async fn the_name_on_the_card_is_the_name_at_the_door() {
    let mut mei = Person::with_window("Mei").await;
    let invite = mei.start_room().await.invite;
    let mut tom = Person::with_window("Tom").await;
    tom.controller.handle_deep_link(link(&invite));
    let number = tom.until_pending().await.number;
    let answer = tom
        .controller
        .answer_pending_join(number, Some(" Thomas ".into()));
    answer.await.unwrap();
    let seen = mei
        .until_room("somebody is at the door", |room| !room.peers.is_empty())
        .await;
    assert_eq!(seen.peers[0].name, "Thomas");
    assert_eq!(tom.view().settings.name, "Thomas");
}

#[tokio::test]
async fn a_pasted_link_goes_on_whatever_its_server() {
    let (_server, endpoint) = a_server().await;
    let mut tom = Person::with_window("Tom").await;
    let pasted = format!("Come! {}", invite(&[endpoint]));
    tom.join(&pasted).await;
    assert!(tom.view().pending.is_none());
}

#[tokio::test]
async fn a_pasted_link_takes_the_place_of_a_clicked_one() {
    let (_server, endpoint) = a_server().await;
    let door = Door::open().await;
    let mut tom = Person::with_window("Tom").await;
    tom.controller
        .handle_deep_link(link(&invite(&[door.endpoint()])));
    tom.until_pending().await;
    tom.join(&invite(&[endpoint])).await;
    assert!(tom.view().pending.is_none());
    door.expect_nobody().await;
}

#[tokio::test]
async fn a_room_joined_before_does_not_ask_but_a_strangers_server_for_it_does() {
    let (_server, endpoint) = a_server().await;
    let invite = invite(&[endpoint]);
    let mut tom = Person::with_window("Tom").await;
    tom.controller.handle_deep_link(link(&invite));
    tom.agree().await;
    tom.until_online().await;
    tom.controller.leave().await.unwrap();

    tom.controller.handle_deep_link(link(&invite));
    assert_eq!(tom.until_online().await.invite, invite);
    tom.controller.leave().await.unwrap();

    let door = Door::open().await;
    let elsewhere = moved(&invite, &door.endpoint());
    tom.controller.handle_deep_link(link(&elsewhere));
    tom.until_pending().await;
    door.expect_nobody().await;
}

#[tokio::test]
async fn the_link_of_the_own_room_does_not_ask() {
    let mut mei = Person::with_window("Mei").await;
    let invite = mei.start_room().await.invite;
    mei.calls();
    mei.controller.handle_deep_link(link(&invite));
    mei.until_called(&PlatformCall::FocusWindow).await;
    assert!(mei.view().pending.is_none());
    assert_eq!(mei.room().invite, invite);
}

#[tokio::test]
async fn the_link_of_the_last_room_returns_to_its_lobby() {
    // A crash: the room was hosted here, and its person had entered.
    let secret = RoomSecret::random();
    let old_address = Endpoint::parse("203.0.113.7:81").unwrap();
    let invite = Invite {
        endpoints: vec![old_address],
        relays: Relays::default(),
        secret: secret.clone(),
    };
    let mut start = named("Mei");
    start.last_room = Some(LastRoom {
        invite: invite.to_link(),
        port: Some(0),
        name: "Mei".into(),
        entered: true,
        me: String::new(),
        permits: BTreeMap::new(),
    });
    let mut mei = Person::launch(start, None);
    mei.controller.attach(Surface::Window, true).await.unwrap();
    mei.controller.handle_deep_link(link(&invite.to_link()));
    let room = mei.until_online().await;
    assert!(mei.view().pending.is_none());
    assert!(room.hosting, "it is hosted again");
    assert_eq!(room.phase, Phase::Lobby, "a link does not enter");
    assert_eq!(Invite::parse(&room.invite).unwrap().secret, secret);
}

#[tokio::test]
async fn a_room_joined_before_asks_while_another_call_runs() {
    let (_server, endpoint) = a_server().await;
    let earlier = invite(std::slice::from_ref(&endpoint));
    let now = invite(&[endpoint]);
    let mut tom = Person::with_window("Tom").await;
    tom.join(&earlier).await;
    tom.controller.leave().await.unwrap();
    tom.join(&now).await;
    tom.controller.handle_deep_link(link(&earlier));
    assert!(tom.until_pending().await.leaves);
    assert_eq!(tom.room().invite, now);
}

#[tokio::test]
async fn nothing_is_asked_where_no_engine_can_run_calls() {
    let invite = invite(&["parlour.example.org".to_owned()]);
    let tom = Person::launch(named("Tom"), None);
    tom.controller.attach(Surface::Window, false).await.unwrap();
    tom.controller.handle_deep_link(link(&invite));
    let refused = tom.controller.join_room(invite).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::BrowserMissing);
    assert!(tom.view().pending.is_none());
}
