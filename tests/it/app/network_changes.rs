//! The network under a call changes, and the app notices at once.

use parlour::error::ErrorCode;
use parlour::view::{NetworkChange, Surface};
use serde_json::json;

use crate::harness::app::Person;

#[tokio::test]
async fn the_call_page_receives_changes_of_the_network() {
    let mut mei = Person::with_window("Mei").await;
    assert!(!mei.watches_network(), "nothing to keep alive");
    let outside = mei.controller.report_network_change().await.unwrap_err();
    assert_eq!(outside.code, ErrorCode::NotInRoom);
    mei.start_room().await;
    mei.controller.report_network_change().await.unwrap();
    for kind in [NetworkChange::Changed, NetworkChange::Woke] {
        mei.network_changes(kind).await;
        assert_eq!(mei.network_event().await, (Surface::Window, kind));
    }
    mei.controller.leave().await.unwrap();
    assert!(!mei.watches_network());

    let mut tom = Person::with_browser("Tom").await;
    tom.start_room().await;
    tom.call_page_attaches(1).await;
    tom.network_changes(NetworkChange::Woke).await;
    let told = tom.network_event().await;
    assert_eq!(told, (Surface::Call, NetworkChange::Woke), "its page alone");
}

#[tokio::test]
async fn signals_that_a_page_receives_itself_are_opened_once() {
    let (mut mei, mut tom) = (
        Person::with_window("Mei").await,
        Person::with_window("Tom").await,
    );
    let invite = mei.start_room().await.invite;
    tom.join(&invite).await;
    mei.until_room("Tom is there", |room| room.peers.len() == 1)
        .await;
    let (from, to) = (tom.room().me, mei.room().me);

    let sealed = tom
        .controller
        .seal_signal(to.clone(), json!({"link": 1}), None);
    let sealed = sealed.await.unwrap();
    let opened = mei
        .controller
        .open_signal(from.clone(), sealed.envelope.clone());
    assert_eq!(opened.await.unwrap().signal, Some(json!({"link": 1})));
    let number = Some(sealed.number);
    let again = tom
        .controller
        .seal_signal(to.clone(), json!({"link": 1}), number);
    let again = again.await.unwrap();
    assert_eq!(again.number, sealed.number);
    let opened = mei.controller.open_signal(from.clone(), again.envelope);
    assert_eq!(opened.await.unwrap().signal, None);
    for (signal, number) in [(json!({"link": 1}), number), (json!({"link": 2}), None)] {
        let sent = tom.controller.send_signal(to.clone(), signal, number);
        sent.await.unwrap();
    }
    assert_eq!(mei.signal().await.1.signal, json!({"link": 2}));

    let code = |error: parlour::error::AppError| serde_json::to_value(error.code).unwrap();
    let twice = mei.controller.open_signal(from, sealed.envelope).await;
    assert_eq!(code(twice.unwrap_err()), "signal_not_opened");
    let nobody = mei
        .controller
        .open_signal("nobody".into(), String::new())
        .await;
    assert_eq!(code(nobody.unwrap_err()), "unknown_peer");
    mei.controller.leave().await.unwrap();
    let outside = mei.controller.seal_signal(to, json!(1), None).await;
    assert_eq!(code(outside.unwrap_err()), "not_in_room");
}
