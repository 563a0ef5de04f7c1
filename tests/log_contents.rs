//! The log tells what happened, and nothing that was said: no secret, name, description or candidate.

#![allow(clippy::expect_used, clippy::unwrap_used)]

#[path = "it/harness/app.rs"]
#[allow(dead_code, unreachable_pub, clippy::expect_used)]
mod app;

use std::io;
use std::sync::{Arc, Mutex};

use app::{Person, link, words};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_whole_call_leaves_no_secret_in_the_log() {
    let written = Written::default();
    tracing_subscriber::fmt()
        .with_env_filter("parlour=trace,parlour_signaling=trace")
        .with_writer(written.clone())
        .init();
    let (mut mei, mut tom) = (
        Person::with_window("Meimei").await,
        Person::with_window("Tomtom").await,
    );
    let invite = mei.start_room().await.invite;
    tom.desk.handle_deep_link(link(&invite));
    tom.until_online().await;
    tom.desk.enter("Tomtom".into()).await.unwrap();
    mei.until_room("Tom is in", |room| {
        room.peers.iter().any(|peer| peer.entered)
    })
    .await;
    let sdp = json!({"link": 1, "description": {"type": "offer", "sdp": "SECRETSDP"}});
    tom.sends(&mei, sdp).await;
    let candidate = json!({"link": 1, "candidate": {"candidate": "candidate:1 203.0.113.77"}});
    tom.sends(&mei, candidate).await;
    mei.signal().await;
    mei.signal().await;
    mei.desk.copy_invite(words()).await.unwrap();
    assert!(
        tom.desk
            .join_room("parlour://join/x/DAMAGED".into())
            .await
            .is_err()
    );
    tom.desk.leave().await.unwrap();
    mei.until_room("Tom has left", |room| room.peers.is_empty())
        .await;
    mei.desk.quit();
    mei.task.await.unwrap();

    let log = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("a room is open"), "there is a log:\n{log}");
    let code = invite.rsplit('/').next().unwrap();
    for secret in [
        code,
        "Meimei",
        "Tomtom",
        "SECRETSDP",
        "203.0.113.77",
        "DAMAGED",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}
