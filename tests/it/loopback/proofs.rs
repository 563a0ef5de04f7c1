//! Page and server prove themselves to each other before anything else passes.

use std::time::Duration;

use parlour::engine::EngineEvent::PageAttached;
use parlour::engine::loopback::{TOKEN_LIFETIME, UNPROVED};
use serde_json::json;

use crate::harness::loopback::{Secret, Stranger, TestServer, connect, lab};

const REFUSED: Option<u16> = Some(UNPROVED);

/// No page was ever attached, and no session has begun.
fn assert_untouched(lab: &mut TestServer) {
    assert!(lab.events.try_recv().is_err());
    let state = *lab.server.state().borrow();
    assert_eq!((state.pages, state.page), (0, None));
}

/// The server cannot prove that it knows this session, and takes no proof of it.
async fn assert_unknown(port: u16, session: &Secret) {
    let mut page = Stranger::open(port, session).await;
    let answer = page.answer().await.unwrap();
    assert_ne!(answer.proof, page.proof(session, "door", &answer));
    page.send_proof(&page.proof(session, "page", &answer)).await;
    assert_eq!(page.hear().await.err(), REFUSED);
}

#[tokio::test]
async fn a_token_begins_a_session_and_the_session_goes_on() {
    let mut lab = lab().await;
    let mut page = lab.launch().await;
    page.call(1, "echo", json!("before")).await;
    assert_eq!(page.hear().await.unwrap()["ok"], "before");
    let session = page.session.clone();
    drop(page);
    let mut reloaded = lab.page(&session).await;
    reloaded.call(1, "echo", json!("after")).await;
    assert_eq!(reloaded.hear().await.unwrap()["ok"], "after");
    assert_eq!(lab.event().await, PageAttached { page: 1 });
    assert_eq!(lab.server.state().borrow().sessions, 1);
}

#[tokio::test]
async fn a_page_without_the_secret_gets_nothing() {
    let mut lab = lab().await;
    let guess = Secret::session(vec![7; 32]);
    // There is no session, and then there is no token.
    assert_eq!(connect(lab.port, &guess).await.err(), REFUSED);
    let guess = Secret::launch(&"00".repeat(32));
    assert_eq!(connect(lab.port, &guess).await.err(), REFUSED);
    let _token = lab.token();
    // It has heard nothing before its proof but a random number and a proof that only the page can judge.
    let mut stranger = Stranger::open(lab.port, &guess).await;
    let answer = stranger.answer().await.unwrap();
    stranger
        .send_proof(&stranger.proof(&guess, "page", &answer))
        .await;
    assert_eq!(stranger.hear().await.err(), REFUSED);
    assert_untouched(&mut lab);
}

#[tokio::test]
async fn other_frames_than_proofs_are_refused() {
    let mut lab = lab().await;
    let secret = Secret::launch(&lab.token());
    for frame in [
        r#"{"id":1,"cmd":"echo"}"#,
        r#"{"proof":""}"#,
        r#"{"proof":7}"#,
        "",
        "[",
    ] {
        let mut stranger = Stranger::open(lab.port, &secret).await;
        // The first of these to look like a proof uses up the token.
        let refusal = match stranger.answer().await {
            Ok(_) => {
                stranger.say(frame).await;
                stranger.hear().await.err()
            }
            Err(code) => Some(code),
        };
        assert_eq!(refusal, REFUSED, "{frame}");
    }
    assert_untouched(&mut lab);
}

#[tokio::test]
async fn a_proof_that_was_sent_back_or_heard_before_is_refused() {
    let mut lab = lab().await;
    let session = lab.session().await;
    let mut heard = Stranger::open(lab.port, &session).await;
    let answer = heard.answer().await.unwrap();
    let right = heard.proof(&session, "page", &answer);

    let mut replaying = Stranger::open(lab.port, &session).await;
    let answer = replaying.answer().await.unwrap();
    replaying.send_proof(&right).await;
    assert_eq!(replaying.hear().await.err(), REFUSED);

    let mut reflecting = Stranger::open(lab.port, &session).await;
    reflecting.answer().await.unwrap();
    reflecting.send_proof(&answer.proof).await;
    assert_eq!(reflecting.hear().await.err(), REFUSED);
    assert!(lab.events.try_recv().is_err());
    // The session itself goes on.
    assert!(connect(lab.port, &session).await.is_ok());
}

#[tokio::test]
async fn a_token_works_once() {
    let lab = lab().await;
    let token = Secret::launch(&lab.token());
    let mut late = Stranger::open(lab.port, &token).await;
    let answer = late.answer().await.unwrap();
    let _page = connect(lab.port, &token).await.unwrap();
    // Both halves of a second use: begun before the first, and after it.
    late.send_proof(&late.proof(&token, "page", &answer)).await;
    assert_eq!(late.hear().await.err(), REFUSED);
    assert_eq!(connect(lab.port, &token).await.err(), REFUSED);
    assert_eq!(lab.server.state().borrow().sessions, 1);
}

#[tokio::test]
async fn a_wrong_proof_uses_the_token_up() {
    let mut lab = lab().await;
    let token = Secret::launch(&lab.token());
    let mut stranger = Stranger::open(lab.port, &token).await;
    stranger.answer().await.unwrap();
    stranger.send_proof(&"00".repeat(32)).await;
    assert_eq!(stranger.hear().await.err(), REFUSED);
    assert_eq!(connect(lab.port, &token).await.err(), REFUSED);
    assert_untouched(&mut lab);
}

#[tokio::test]
async fn a_token_expires() {
    let lab = lab().await;
    let token = Secret::launch(&lab.token());
    tokio::time::pause();
    tokio::time::advance(TOKEN_LIFETIME).await;
    tokio::time::resume();
    assert_eq!(connect(lab.port, &token).await.err(), REFUSED);
}

#[tokio::test]
async fn a_new_session_ends_the_one_before() {
    let mut lab = lab().await;
    let old = lab.session().await;
    let new = lab.session().await;
    assert_ne!(old.key, new.key);
    assert_unknown(lab.port, &old).await;
    assert!(connect(lab.port, &new).await.is_ok());
}

#[tokio::test]
async fn another_run_of_the_app_does_not_know_the_session() {
    let mut before = lab().await;
    let session = before.session().await;
    let after = lab().await;
    assert_eq!(connect(after.port, &session).await.err(), REFUSED);
    let _page = after.launch().await;
    assert_unknown(after.port, &session).await;
}

#[tokio::test]
async fn a_stranger_that_says_nothing_holds_nobody_up() {
    let mut lab = lab().await;
    let session = lab.session().await;
    let mut silent = Stranger::open(lab.port, &session).await;
    silent.answer().await.unwrap();
    let mut page = lab.page(&session).await;
    page.call(1, "echo", json!(1)).await;
    assert_eq!(page.hear().await.unwrap()["ok"], 1);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(6)).await;
    tokio::time::resume();
    assert_eq!(silent.hear().await.err(), REFUSED);
}
