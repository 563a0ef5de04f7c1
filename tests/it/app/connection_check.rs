//! The connection check, from the page's request to the view.

use parlour::doctor::{AddressKind, Nat, NetworkFacts};
use parlour::storage::settings::Settings;
use parlour::view::{AppView, NetworkChange};
use parlour_signaling::protocol::IceServer;

use crate::harness::app::Person;

fn facts() -> NetworkFacts {
    NetworkFacts {
        ipv4: AddressKind::Private,
        nat: Some(Nat::Symmetric),
        udp: Some(true),
        ..NetworkFacts::default()
    }
}

fn udp_of(view: &AppView) -> Option<bool> {
    view.check.as_ref()?.facts.udp
}

#[tokio::test]
async fn a_check_shows_what_it_finds_and_then_that_it_is_over() {
    let mut mei = Person::with_window("Mei").await;
    let stun = IceServer {
        urls: vec!["stun:stun.example.org".to_owned()],
        username: None,
        credential: None,
    };
    let settings = Settings {
        ice_servers: vec![stun.clone()],
        ..mei.view().settings
    };
    mei.controller.save_settings(settings).await.unwrap();
    assert_eq!(mei.view().check, None, "nothing is checked unasked");

    mei.controller.check_connection().await.unwrap();
    let (plan, found) = mei.running_check();
    assert!(plan.ice_servers.contains(&stun));
    assert!(mei.view().check.unwrap().running);

    found.send(facts()).await.unwrap();
    let check = mei.until("facts", |view| udp_of(view).is_some()).await;
    assert_eq!(check.check.unwrap().facts, facts());
    drop(found);
    let over = mei
        .until("over", |view| {
            view.check.as_ref().is_some_and(|check| !check.running)
        })
        .await;
    assert_eq!(over.check.unwrap().facts, facts());
}

#[tokio::test]
async fn a_check_ends_when_nobody_looks_any_more() {
    let mut mei = Person::with_window("Mei").await;
    mei.controller.check_connection().await.unwrap();
    let (_, found) = mei.running_check();
    found.send(facts()).await.unwrap();
    mei.until("facts", |view| udp_of(view).is_some()).await;
    mei.controller.stop_connection_check().await.unwrap();
    found.closed().await;
    let check = mei.view().check.unwrap();
    assert!(!check.running);
    assert_eq!(check.facts, facts(), "what was found stays");
}

#[tokio::test]
async fn what_was_found_holds_for_one_network() {
    let mut mei = Person::with_window("Mei").await;
    mei.controller.start_room().await.unwrap();
    mei.controller.check_connection().await.unwrap();
    mei.network_changes(NetworkChange::Changed).await;
    mei.until("forgotten", |view| view.check.is_none()).await;
}
