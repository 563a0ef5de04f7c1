//! Camera and microphone belong to the call page alone, in real browsers with their own profiles.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::{get, post};
use parlour::engine::loopback::{Asset, Assets};
use parlour::engine::{BrowserEngine, EngineConfig, EngineEvent};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::real_browser::{self, RealBrowser, Reports};
use crate::harness::loopback::within;

/// Asks for each device, and for both.
const ASK: &str = r"
const ask = (devices) => navigator.mediaDevices.getUserMedia(devices)
  .then((stream) => stream.getTracks().length, (error) => error.name);
const answers = async () => ({
  camera: await ask({ video: true }),
  microphone: await ask({ audio: true }),
  both: await ask({ video: true, audio: true }),
});
";

struct Ui;

impl Assets for Ui {
    fn get(&self, path: &str) -> Option<Asset> {
        let script = format!("{ASK}{}", real_browser::CONNECT)
            + "onAttached = async () => call('report', await answers());
               onEvent = ({ event, payload }) => { if (event === 'visit') location.href = payload; };";
        real_browser::page_with(path, &script)
    }
}

/// Another site of this computer, whose page asks for the devices.
async fn other_site() -> (String, mpsc::UnboundedReceiver<Value>) {
    let (sender, answers) = mpsc::unbounded_channel();
    let page = format!(
        "<!doctype html><script type=\"module\">{ASK}
         fetch('/answers', {{ method: 'POST', body: JSON.stringify(await answers()) }});</script>"
    );
    let site = Router::new()
        .route("/visited", get(move || async { Html(page) }))
        .route(
            "/answers",
            post(
                async |State(sender): State<mpsc::UnboundedSender<Value>>, body: String| {
                    sender.send(serde_json::from_str(&body).unwrap()).unwrap();
                },
            ),
        )
        .with_state(sender);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/visited", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, site).await });
    (url, answers)
}

async fn only_the_call_page_gets_the_devices(browser: RealBrowser) {
    let temp = tempfile::tempdir().unwrap();
    let Some(program) = browser.wrapped(temp.path()) else {
        return;
    };
    let (url, mut refused) = other_site().await;
    let (sender, mut reports) = mpsc::unbounded_channel();
    // The second call finds the profile of the first.
    for _ in 0..2 {
        let (engine, mut events) = BrowserEngine::open(EngineConfig {
            profile: temp.path().join("profile"),
            programs: vec![program.clone()],
            assets: Arc::new(Ui),
            dispatch: Arc::new(Reports(sender.clone())),
            commands: &["report"],
        })
        .await
        .unwrap();
        assert!(matches!(
            within(events.recv()).await,
            Some(EngineEvent::Opening { .. })
        ));
        let granted = json!({ "camera": 1, "microphone": 1, "both": 2 });
        assert_eq!(within(reports.recv()).await.unwrap(), granted);

        assert!(engine.page().send("visit", &url));
        let no = "NotAllowedError";
        let all_refused = json!({ "camera": no, "microphone": no, "both": no });
        assert_eq!(within(refused.recv()).await.unwrap(), all_refused);
        within(engine.close()).await;
        real_browser::assert_no_process_names(temp.path());
        assert_nothing_tells_of_the_call(&temp.path().join("profile/browser"), &url);
    }
}

/// A browser keeps settings by origin; no file names a page that was visited.
fn assert_nothing_tells_of_the_call(profile: &Path, visited: &str) {
    let mut folders = vec![profile.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if let Ok(content) = std::fs::read(&path) {
                let text = String::from_utf8_lossy(&content);
                for trace in [visited, "call.html"] {
                    assert!(!text.contains(trace), "{trace} in {}", path.display());
                }
            }
        }
    }
}

#[tokio::test]
async fn chromium_gives_the_devices_to_the_call_page_alone() {
    only_the_call_page_gets_the_devices(RealBrowser::Chromium).await;
}

#[tokio::test]
async fn firefox_gives_the_devices_to_the_call_page_alone() {
    only_the_call_page_gets_the_devices(RealBrowser::Firefox).await;
}
