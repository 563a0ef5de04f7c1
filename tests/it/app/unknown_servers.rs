//! A link to a server that the person has never used asks before anything connects, however the link arrives.

use parlour::controller::StartOptions;
use parlour::error::ErrorCode;
use parlour::storage::known_servers::KnownServers;
use parlour::storage::settings::Hosting;
use parlour::view::{NoticeCode, PendingJoin, Surface};
use parlour_signaling::server::{Server, ServerConfig, ServerHandle};
use serde_json::json;
use tokio::net::TcpListener;

use crate::harness::app::{Person, PlatformCall, link, named};

/// The valid code of a room that nobody has opened.
async fn a_code() -> String {
    let mut mei = Person::with_window("Mei").await;
    let invite = mei.start_room().await.invite;
    invite.rsplit('/').next().unwrap().to_owned()
}

/// A server under a name that is not an address of this computer.
async fn a_server() -> (ServerHandle, String) {
    let address = "127.0.0.1:0".parse().unwrap();
    let server = Server::bind(address, ServerConfig::default())
        .await
        .unwrap()
        .start();
    let name = format!("localhost:{}", server.local_addr().port());
    (server, name)
}

fn invite(endpoints: &str, code: &str) -> String {
    format!("parlour://join/{endpoints}/{code}")
}

fn is_remembered(call: &PlatformCall) -> bool {
    matches!(call, PlatformCall::SaveKnownServers(_))
}

fn kept(servers: &[&str]) -> KnownServers {
    KnownServers::from_value(&json!(servers)).unwrap()
}

fn knowing(servers: &[&str]) -> StartOptions {
    let mut start = named("Tom");
    start.known_servers = kept(servers);
    start
}

#[tokio::test]
async fn nothing_connects_before_the_person_agrees() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let name = format!("localhost:{}", listener.local_addr().unwrap().port());
    let invite = invite(&format!("ws+{name},192.0.2.7:81"), &a_code().await);
    let question = PendingJoin {
        leaves: false,
        new_server: true,
        hosts: vec![name, "192.0.2.7:81".into()],
    };

    // As an argument, by a click, by a second click, and pasted.
    let mut start = named("Tom");
    start.link = Some(link(&invite));
    let mut tom = Person::launch(start, None);
    let asked = tom.controller.attach(Surface::Window, true).await.unwrap();
    assert_eq!(
        (&asked.pending, &asked.room),
        (&Some(question.clone()), &None)
    );
    tom.controller.handle_deep_link(link(&invite));
    tom.controller
        .join_room(format!("Come! {invite}"))
        .await
        .unwrap();
    let still = tom.view();
    assert_eq!((still.pending, still.room), (Some(question.clone()), None));
    assert_eq!(still.revision, asked.revision, "it is asked once");
    tom.controller.answer_pending_join(false).await.unwrap();
    assert!(tom.view().pending.is_none() && tom.view().room.is_none());
    tom.controller.handle_deep_link(link(&invite));
    assert_eq!(
        tom.until_pending().await,
        question,
        "a no is not remembered"
    );
    assert!(
        !tom.calls()
            .iter()
            .any(|call| matches!(call, PlatformCall::SaveKnownServers(_)))
    );

    // An earlier connection would be in the queue of the listener before this one.
    let address = listener.local_addr().unwrap();
    let ours = tokio::net::TcpStream::connect(address).await.unwrap();
    let (_, first) = listener.accept().await.unwrap();
    assert_eq!(first, ours.local_addr().unwrap());

    tom.controller.answer_pending_join(true).await.unwrap();
    assert!(tom.view().pending.is_none() && tom.view().room.is_some());
    listener.accept().await.unwrap();
}

#[tokio::test]
async fn a_server_is_known_once_the_person_agrees() {
    let (_server, name) = a_server().await;
    let code = a_code().await;
    let invite = invite(&format!("ws+{name}"), &code);
    let mut tom = Person::with_window("Tom").await;
    tom.controller.join_room(invite.clone()).await.unwrap();
    tom.until_pending().await;
    tom.controller.answer_pending_join(true).await.unwrap();
    assert_eq!(tom.until_online().await.invite, invite);
    let ws_name = format!("ws+{name}");
    tom.until_called(&PlatformCall::SaveKnownServers(kept(&[&ws_name])))
        .await;
    tom.controller.leave().await.unwrap();

    tom.join(&invite).await;
    assert!(tom.view().pending.is_none());
    assert!(!tom.calls().iter().any(is_remembered), "it is written once");

    // A known server does not make another one known.
    tom.controller.leave().await.unwrap();
    let with_another = self::invite(&format!("ws+{name},192.168.77.7:80"), &code);
    tom.controller.handle_deep_link(link(&with_another));
    assert_eq!(tom.until_pending().await.hosts, ["192.168.77.7"]);
}

#[tokio::test]
async fn a_server_of_the_settings_is_known_and_so_is_this_computer() {
    let (server, name) = a_server().await;
    let invite = invite(&format!("ws+{name}"), &a_code().await);
    let mut start = named("Tom");
    start.settings.hosting = Hosting::Server {
        address: format!("ws://{name}"),
        access_token: String::new().into(),
    };
    let mut tom = Person::launch(start, None);
    tom.controller.attach(Surface::Window, true).await.unwrap();
    tom.join(&invite).await;
    tom.controller.leave().await.unwrap();

    let own = invite.replace("ws+localhost", "127.0.0.1");
    let mut mei = Person::with_window("Mei").await;
    mei.join(&own).await;
    let remembers = mei.calls().iter().any(is_remembered);
    assert!(!remembers, "this computer is not remembered");
    drop(server);
}

#[tokio::test]
async fn saved_servers_are_known() {
    let (_server, name) = a_server().await;
    let invite = invite(&format!("ws+{name}"), &a_code().await);
    let other = "parlour.example.org";
    let ws_name = format!("ws+{name}");
    let mut tom = Person::launch(knowing(&[other, &ws_name]), None);
    tom.controller.attach(Surface::Window, true).await.unwrap();
    tom.join(&invite).await;
    // The most recently used server is the first.
    tom.until_called(&PlatformCall::SaveKnownServers(kept(&[&ws_name, other])))
        .await;
}

#[tokio::test]
async fn a_new_server_during_a_call_is_one_question() {
    let (_server, name) = a_server().await;
    let second = invite(&format!("ws+{name}"), &a_code().await);
    let mut mei = Person::with_window("Mei").await;
    let first = mei.start_room().await.invite;
    let mut tom = Person::with_window("Tom").await;
    tom.join(&first).await;
    tom.controller.handle_deep_link(link(&second));
    let asked = tom.until_pending().await;
    assert!(asked.leaves && asked.new_server);
    tom.controller.answer_pending_join(true).await.unwrap();
    assert!(tom.view().pending.is_none(), "one yes is enough");
    assert_eq!(tom.until_online().await.invite, second);
}

#[tokio::test]
async fn nothing_is_asked_where_no_engine_can_run_calls() {
    let invite = invite("parlour.example.org", &a_code().await);
    let tom = Person::launch(named("Tom"), None);
    tom.controller.attach(Surface::Window, false).await.unwrap();
    let refused = tom.controller.join_room(invite).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::BrowserMissing);
    assert!(tom.view().pending.is_none());
}

#[tokio::test]
async fn a_full_disk_is_reported_and_the_server_is_still_known() {
    let (_server, name) = a_server().await;
    let invite = invite(&format!("ws+{name}"), &a_code().await);
    let mut tom = Person::with_window("Tom").await;
    tom.disk_is_full
        .store(true, std::sync::atomic::Ordering::Relaxed);
    tom.controller.handle_deep_link(link(&invite));
    tom.until_pending().await;
    tom.controller.answer_pending_join(true).await.unwrap();
    let codes: Vec<_> = tom.view().notices.iter().map(|told| told.code).collect();
    assert_eq!(codes, [NoticeCode::SettingsNotSaved]);
    tom.controller.leave().await.unwrap();
    tom.join(&invite).await;
}
