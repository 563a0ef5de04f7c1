//! The page's socket: commands, events, and one page at a time.

use parlour::engine::EngineEvent::{PageAttached, PageGone};
use parlour::engine::loopback::SECOND_PAGE;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::loopback::{lab, within};

#[tokio::test]
async fn commands_are_answered() {
    let mut lab = lab().await;
    let mut page = lab.launch().await;
    assert_eq!(lab.event().await, PageAttached { page: 1 });
    page.call(1, "wait", json!({})).await;
    page.call(2, "echo", json!({ "name": "Mei" })).await;
    let answer = page.hear().await.unwrap();
    assert_eq!(answer, json!({ "id": 2, "ok": { "name": "Mei" } }));
    page.call(3, "fail", json!({ "code": "room_full" })).await;
    let answer = page.hear().await.unwrap();
    assert_eq!(answer, json!({ "id": 3, "err": { "code": "room_full" } }));
    page.say(Message::text(r#"{"id":4,"cmd":"echo"}"#))
        .await
        .unwrap();
    assert_eq!(page.hear().await.unwrap(), json!({ "id": 4, "ok": null }));
}

#[tokio::test]
async fn other_commands_are_refused() {
    let lab = lab().await;
    let mut page = lab.launch().await;
    for command in [
        "plugin:event|listen",
        "plugin:store|set",
        "unknown",
        "",
        "ECHO",
    ] {
        page.call(1, command, json!({})).await;
        let answer = page.hear().await.unwrap();
        assert_eq!(answer["err"]["code"], "internal", "{command}");
        assert_eq!(answer.get("ok"), None);
    }
    page.call(2, "echo", json!(1)).await;
    assert_eq!(page.hear().await.unwrap()["ok"], 1);
}

#[tokio::test]
async fn events_reach_the_page() {
    let mut lab = lab().await;
    let sender = lab.server.sender();
    assert!(!sender.send("view", &json!({ "revision": 1 })));
    let mut page = lab.launch().await;
    lab.event().await;
    assert!(sender.send("view", &json!({ "revision": 2 })));
    let event = page.hear().await.unwrap();
    assert_eq!(
        event,
        json!({ "event": "view", "payload": { "revision": 2 } })
    );
}

#[tokio::test]
async fn a_reply_follows_the_events_that_were_sent_before_it() {
    let mut lab = lab().await;
    let mut page = lab.launch().await;
    lab.event().await;
    // Often enough that the order is not accidental.
    for id in 0..64 {
        page.call(id, "show", json!(id)).await;
        for revision in 1..=3 {
            let event = page.hear().await.unwrap();
            assert_eq!(event, json!({ "event": "view", "payload": revision }));
        }
        assert_eq!(page.hear().await.unwrap()["id"], id);
    }
}

#[tokio::test]
async fn a_second_page_is_refused() {
    let mut lab = lab().await;
    let mut first = lab.launch().await;
    let session = first.session.clone();
    lab.event().await;
    let mut second = lab.page(&session).await;
    second.call(1, "echo", json!(1)).await;
    assert_eq!(second.hear().await, Err(SECOND_PAGE));
    first.call(2, "echo", json!(2)).await;
    assert_eq!(first.hear().await.unwrap()["ok"], 2);
    assert!(lab.events.try_recv().is_err());
}

#[tokio::test]
async fn a_reloaded_page_replaces_the_page_before() {
    let mut lab = lab().await;
    let first = lab.launch().await;
    let session = first.session.clone();
    assert_eq!(lab.event().await, PageAttached { page: 1 });
    let mut second = lab.page(&session).await;
    second.call(1, "echo", json!(1)).await;
    drop(first);
    assert_eq!(second.hear().await.unwrap()["ok"], 1);
    assert_eq!(lab.event().await, PageGone { page: 1 });
    assert_eq!(lab.event().await, PageAttached { page: 2 });
    assert_eq!(lab.server.state().borrow().page, Some(2));
    drop(second);
    assert_eq!(lab.event().await, PageGone { page: 2 });
    assert_eq!(lab.server.state().borrow().page, None);
}

#[tokio::test]
async fn garbage_ends_only_the_page() {
    let mut lab = lab().await;
    let session = lab.session().await;
    for garbage in [
        Message::text("x".repeat(256 * 1024)),
        Message::text("{}"),
        Message::text(r#"{"id":-1,"cmd":"echo"}"#),
        Message::text("null"),
        Message::binary(vec![0; 16]),
        Message::text("[".repeat(10_000)),
    ] {
        let mut page = lab.page(&session).await;
        assert!(matches!(lab.event().await, PageAttached { .. }));
        // The server may close before a large frame is written.
        let _ = page.say(garbage).await;
        assert!(page.hear().await.is_err());
        assert!(matches!(lab.event().await, PageGone { .. }));
    }
    let mut page = lab.page(&session).await;
    page.call(1, "echo", json!(1)).await;
    assert_eq!(page.hear().await.unwrap()["ok"], 1);
}

#[tokio::test]
async fn a_page_that_does_not_read_is_not_waited_for() {
    let mut lab = lab().await;
    let sender = lab.server.sender();
    let stuck = lab.launch().await;
    let session = stuck.session.clone();
    assert_eq!(lab.event().await, PageAttached { page: 1 });
    let large = "x".repeat(256 * 1024);
    within(async {
        while sender.send("view", &large) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(lab.event().await, PageGone { page: 1 });
    let mut next = lab.page(&session).await;
    next.call(1, "echo", json!(1)).await;
    assert_eq!(next.hear().await.unwrap()["ok"], 1);
    drop(stuck);
}

#[tokio::test]
async fn commands_that_never_end_are_limited() {
    let lab = lab().await;
    let mut page = lab.launch().await;
    for id in 0..1000 {
        page.call(id, "wait", json!({})).await;
    }
    // The server reads no more commands but still sends events.
    let sender = lab.server.sender();
    assert!(sender.send("focus", &()));
    assert_eq!(page.hear().await.unwrap()["event"], "focus");
}

#[tokio::test]
async fn events_sent_before_closing_arrive() {
    let mut lab = lab().await;
    let mut page = lab.launch().await;
    lab.event().await;
    lab.server.sender().send("close", &());
    let listening = async {
        assert_eq!(page.hear().await.unwrap()["event"], "close");
        assert_eq!(page.hear().await, Err(1001));
    };
    tokio::join!(lab.server.close(), listening);
    assert_eq!(within(lab.events.recv()).await, Some(PageGone { page: 1 }));
    assert_eq!(within(lab.events.recv()).await, None);
}

#[tokio::test]
async fn dropping_the_server_drops_its_page() {
    let mut lab = lab().await;
    let mut page = lab.launch().await;
    lab.event().await;
    drop(lab.server);
    assert!(page.hear().await.is_err());
    assert!(
        tokio::net::TcpStream::connect(("127.0.0.1", lab.port))
            .await
            .is_err()
    );
}
