//! The log of a whole call contains no secret, name, session description or candidate. Its subscriber is global, so
//! this test needs its own process.

#![allow(clippy::expect_used, clippy::unwrap_used)]

#[path = "it/harness/app.rs"]
#[allow(dead_code, unreachable_pub, clippy::expect_used)]
mod app;

use std::io;
use std::sync::{Arc, Mutex};

use app::{Person, link, templates};
use parlour::storage::settings::{Hosting, Settings};
use parlour_signaling::server::{RoomAccess, Server, ServerConfig};
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

const TOKEN: &str = "north-wind-and-sun";
const WRONG_TOKEN: &str = "south wind and moon";

/// Starts a room at a server that asks for its token, and returns the permit for it.
async fn room_with_token() -> String {
    let config = ServerConfig {
        access: Some(RoomAccess::new(&TOKEN.parse().unwrap())),
        ..ServerConfig::default()
    };
    let any = "127.0.0.1:0".parse().unwrap();
    let server = Server::bind(any, config).await.unwrap().start();
    let mut ada = Person::with_window("Adaada").await;
    let settings = |token: &str| Settings {
        hosting: Hosting::Server {
            address: format!("ws+{}", server.local_addr()),
            access_token: token.to_owned().into(),
        },
        ..Settings::default()
    };
    let wrong = settings(WRONG_TOKEN);
    assert!(ada.controller.save_settings(wrong).await.is_err());
    let right = settings(TOKEN);
    ada.controller.save_settings(right).await.unwrap();
    ada.start_room().await;
    let room = ada.saved_room().unwrap();
    ada.controller.leave().await.unwrap();
    room.permits.into_values().next().unwrap()
}

#[tokio::test]
async fn the_log_of_a_call_contains_no_secret() {
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
    tom.controller.handle_deep_link(link(&invite));
    tom.agree().await;
    tom.until_online().await;
    tom.controller.enter("Tomtom".into()).await.unwrap();
    mei.until_room("Tom is in", |room| {
        room.peers.iter().any(|peer| peer.entered)
    })
    .await;
    let sdp = json!({"link": 1, "description": {"type": "offer", "sdp": "SECRETSDP"}});
    tom.send_signal_to(&mei, sdp).await;
    let candidate = json!({"link": 1, "candidate": {"candidate": "candidate:1 203.0.113.77"}});
    tom.send_signal_to(&mei, candidate).await;
    mei.signal().await;
    mei.signal().await;
    mei.controller.copy_invite(templates()).await.unwrap();
    assert!(
        tom.controller
            .join_room("parlour://join/x/DAMAGED".into())
            .await
            .is_err()
    );
    tom.controller.leave().await.unwrap();
    mei.until_room("Tom has left", |room| room.peers.is_empty())
        .await;
    mei.controller.quit();
    mei.task.await.unwrap();
    let permit = room_with_token().await;

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
        TOKEN,
        WRONG_TOKEN,
        &permit,
    ] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}
