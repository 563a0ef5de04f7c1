//! A real Chromium, started as for a call.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use parlour::engine::loopback::{Asset, Assets, CommandFuture, Dispatch};
use parlour::engine::{BrowserEngine, BrowserSearch, EngineConfig, EngineEvent, Program};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::harness::loopback::within;

const INDEX: &str =
    "<!doctype html><script type=\"module\" crossorigin src=\"/assets/app.js\"></script>";

/// Reports what it sees, and does what events ask.
const SCRIPT: &str = r#"
let foreign = 'none';
addEventListener('securitypolicyviolation', (event) => { foreign = event.effectiveDirective; });
await fetch('https://example.com/').catch(() => {});
const socket = new WebSocket(`ws://${location.host}/ipc`);
let id = 0;
const call = (cmd, args) => socket.send(JSON.stringify({ id: (id += 1), cmd, args }));
socket.onopen = async () => {
  const camera = await navigator.mediaDevices.getUserMedia({ video: true, audio: true })
    .then((stream) => stream.getTracks().length, (error) => error.name);
  call('report', {
    href: location.href, cookie: document.cookie, referrer: document.referrer, history: history.length,
    secure: isSecureContext, webrtc: typeof RTCPeerConnection, camera, foreign,
  });
};
socket.onmessage = ({ data }) => {
  const { event } = JSON.parse(data);
  if (event === 'again') location.reload();
  if (event === 'second') {
    const other = new WebSocket(`ws://${location.host}/ipc`);
    other.onclose = ({ code }) => call('report', { second: code });
  }
};
"#;

struct Ui;

impl Assets for Ui {
    fn get(&self, path: &str) -> Option<Asset> {
        let (mime, text) = match path {
            "/index.html" => ("text/html", INDEX),
            "/assets/app.js" => ("text/javascript", SCRIPT),
            _ => return None,
        };
        Some(Asset {
            mime: mime.to_owned(),
            bytes: text.into(),
        })
    }
}

struct Reports(mpsc::UnboundedSender<Value>);

impl Dispatch for Reports {
    fn call(&self, _command: &str, args: Value) -> CommandFuture {
        self.0.send(args).unwrap();
        Box::pin(async { Ok(Value::Null) })
    }
}

#[tokio::test]
async fn chromium_attaches_reloads_and_ends() {
    let real = std::path::Path::new("/usr/bin/chromium");
    if !real.exists() {
        eprintln!("skipped: there is no {}", real.display());
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    // Flags beside those of a call: a test has no screen and no camera, and root has no sandbox.
    let wrapper = temp.path().join("chromium");
    let flags = "--headless=new --no-sandbox --disable-gpu --use-fake-device-for-media-stream";
    std::fs::write(
        &wrapper,
        format!("#!/bin/sh\nexec {} {flags} \"$@\"\n", real.display()),
    )
    .unwrap();
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).unwrap();
    let search = BrowserSearch {
        path: temp.path().into(),
        home: temp.path().into(),
        root: "/".into(),
    };
    let (sender, mut reports) = mpsc::unbounded_channel();
    let (engine, mut events) = BrowserEngine::open(EngineConfig {
        profile: temp.path().join("profile"),
        program: Program::Found(search.find().unwrap()),
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
    assert_eq!(within(events.recv()).await, Some(EngineEvent::Opening));
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
    let profile = temp.path().display().to_string();
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        assert!(!line.contains(&profile), "still running: {line}");
    }
}
