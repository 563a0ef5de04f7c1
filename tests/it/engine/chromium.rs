//! A real Chromium, started as for a call.

use std::sync::Arc;

use parlour::engine::loopback::{Asset, Assets};
use parlour::engine::{BrowserEngine, EngineConfig, EngineEvent};
use serde_json::json;
use tokio::sync::mpsc;

use super::real_browser::{self, RealBrowser, Reports};
use crate::harness::loopback::within;

/// Reports what it sees, and does what events ask.
const SCRIPT: &str = r#"
let foreign = 'none';
addEventListener('securitypolicyviolation', (event) => { foreign = event.effectiveDirective; });
await fetch('https://example.com/').catch(() => {});
onAttached = async () => {
  const camera = await navigator.mediaDevices.getUserMedia({ video: true, audio: true })
    .then((stream) => stream.getTracks().length, (error) => error.name);
  call('report', {
    href: location.href, cookie: document.cookie, referrer: document.referrer, history: history.length,
    secure: isSecureContext, webrtc: typeof RTCPeerConnection, camera, foreign,
  });
};
onEvent = ({ event }) => {
  if (event === 'again') location.reload();
  if (event === 'second') {
    const other = open();
    onAttached = () => {};
    other.onclose = ({ code }) => call('report', { second: code });
  }
};
"#;

struct Ui;

impl Assets for Ui {
    fn get(&self, path: &str) -> Option<Asset> {
        real_browser::page_with(path, &format!("{}{SCRIPT}", real_browser::CONNECT))
    }
}

#[tokio::test]
async fn chromium_attaches_reloads_and_ends() {
    let temp = tempfile::tempdir().unwrap();
    let Some(program) = RealBrowser::Chromium.wrapped(temp.path()) else {
        return;
    };
    let (sender, mut reports) = mpsc::unbounded_channel();
    let (engine, mut events) = BrowserEngine::open(EngineConfig {
        profile: temp.path().join("profile"),
        programs: vec![program],
        assets: Arc::new(Ui),
        dispatch: Arc::new(Reports(sender)),
        commands: &["report"],
    })
    .await
    .unwrap();
    let port = std::fs::read_to_string(temp.path().join("profile/loopback-port")).unwrap();
    let expected = json!({
        "href": format!("http://127.0.0.1:{}/", port.trim()),
        "cookie": "",
        "referrer": "",
        "history": 1,
        "secure": true,
        "webrtc": "function",
        "camera": 2,
        "foreign": "connect-src",
    });
    assert!(matches!(
        within(events.recv()).await,
        Some(EngineEvent::Opening { .. })
    ));
    assert_eq!(
        within(events.recv()).await,
        Some(EngineEvent::PageAttached { page: 1 })
    );
    assert_eq!(within(reports.recv()).await.unwrap(), expected);
    assert!(!temp.path().join("profile/door/call.html").exists());

    assert!(engine.page().send("again", &()));
    assert_eq!(
        within(events.recv()).await,
        Some(EngineEvent::PageGone { page: 1 })
    );
    assert_eq!(
        within(events.recv()).await,
        Some(EngineEvent::PageAttached { page: 2 })
    );
    assert_eq!(within(reports.recv()).await.unwrap(), expected);

    assert!(engine.page().send("second", &()));
    assert_eq!(
        within(reports.recv()).await.unwrap(),
        json!({ "second": 4409 })
    );

    within(engine.close()).await;
    assert_eq!(
        within(events.recv()).await,
        Some(EngineEvent::PageGone { page: 2 })
    );
    real_browser::assert_no_process_names(temp.path());
}
