//! The commands, called as a page calls them, in the whole app on a runtime without a display.

use std::path::Path;
use std::sync::Arc;

use parlour::cli::Cli;
use parlour::storage::profile::Profile;
use parlour::storage::settings::EngineChoice;
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, Listener, Manager, WebviewWindow};
use tokio::sync::watch;

/// The origin of the pages of a built app.
const OWN_ORIGIN: &str = if cfg!(windows) {
    "http://tauri.localhost"
} else {
    "tauri://localhost"
};

/// The app with its window.
struct Page {
    app: App<MockRuntime>,
    window: WebviewWindow<MockRuntime>,
    views: watch::Receiver<Value>,
}

impl Page {
    fn open(profile: &Path) -> Self {
        let cli = Cli {
            engine: Some(EngineChoice::Window),
            ..Cli::default()
        };
        let profile = Arc::new(Profile::open(Some(profile), "unused").unwrap());
        let mut app =
            parlour::app::build(mock_builder(), parlour::app::context(), cli, profile).unwrap();
        // The first iteration of the event loop runs the set-up.
        #[allow(deprecated)]
        app.run_iteration(|_, _| {});
        let (sender, views) = watch::channel(Value::Null);
        app.listen_any(parlour::events::VIEW, move |event| {
            sender.send_replace(serde_json::from_str(event.payload()).unwrap());
        });
        let window = app.get_webview_window("main").unwrap();
        Self { app, window, views }
    }

    fn call(&self, cmd: &str, args: Value) -> Result<Value, Value> {
        let request = InvokeRequest {
            cmd: cmd.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: OWN_ORIGIN.parse().unwrap(),
            body: InvokeBody::Json(args),
            headers: Default::default(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        get_ipc_response(&self.window, request).map(|body| body.deserialize().unwrap())
    }

    fn view(&self) -> Value {
        self.views.borrow().clone()
    }
}

#[test]
fn a_page_attaches_starts_a_room_and_leaves_it() {
    let profile = tempfile::tempdir().unwrap();
    let page = Page::open(profile.path());
    // The app knows which surface it is; the page cannot choose it.
    let view = page
        .call("attach", json!({"surface": "call", "webrtc": true}))
        .unwrap();
    assert_eq!(view["engine"]["kind"], "window");
    assert_eq!(view["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(view["room"], Value::Null);

    assert_eq!(page.call("start_room", json!({})), Ok(Value::Null));
    let room = page.view()["room"].clone();
    assert!(
        room["invite"]
            .as_str()
            .unwrap()
            .starts_with("parlour://join/")
    );
    assert_eq!(room["phase"]["kind"], "lobby");
    assert!(page.view()["revision"].as_u64() > view["revision"].as_u64());

    assert_eq!(page.call("enter", json!({"name": "Mei"})), Ok(Value::Null));
    assert_eq!(page.view()["room"]["name"], "Mei");
    assert_eq!(page.call("leave", json!({})), Ok(Value::Null));
    assert_eq!(page.view()["room"], Value::Null);
    assert_eq!(page.call("leave", json!({})), Ok(Value::Null));
}

#[test]
fn an_error_has_a_code_a_message_and_a_field() {
    let profile = tempfile::tempdir().unwrap();
    let page = Page::open(profile.path());
    let error = page.call("enter", json!({"name": "Mei"})).unwrap_err();
    assert_eq!(error["code"], "not_in_room");
    assert_eq!(error["field"], Value::Null);
    let error = page
        .call("join_room", json!({"link": "what?"}))
        .unwrap_err();
    assert_eq!(error["code"], "invite_not_a_link");
    let settings = json!({"ice_servers": [{"urls": ["turn:host"]}]});
    let error = page
        .call("save_settings", json!({"settings": settings}))
        .unwrap_err();
    assert_eq!(
        (&error["code"], &error["field"]),
        (&json!("settings_invalid"), &json!("ice_servers.0.username"))
    );
}

#[test]
fn invalid_arguments_are_refused() {
    let profile = tempfile::tempdir().unwrap();
    let page = Page::open(profile.path());
    for (cmd, args) in [
        ("attach", json!({"webrtc": "moon"})),
        ("attach", json!({})),
        ("enter", json!({"name": 7})),
        ("dismiss_notice", json!({"id": -1})),
        ("no_such_command", json!({})),
    ] {
        assert!(page.call(cmd, args).is_err(), "{cmd}");
    }
}

#[test]
fn a_page_can_call_only_the_commands() {
    let profile = tempfile::tempdir().unwrap();
    let page = Page::open(profile.path());
    for (cmd, args) in [
        ("plugin:store|load", json!({"path": "settings.json"})),
        ("plugin:clipboard-manager|read_text", json!({})),
        ("plugin:deep-link|get_current", json!({})),
        ("plugin:window|close", json!({"label": "main"})),
    ] {
        let error = page.call(cmd, args).unwrap_err().to_string();
        assert!(error.contains("not allowed"), "{cmd}: {error}");
    }
}

#[test]
fn a_link_that_is_not_a_web_page_is_refused() {
    let profile = tempfile::tempdir().unwrap();
    let page = Page::open(profile.path());
    for url in [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "parlour://join/127.0.0.1:1/AUbTn2c0kq1hVx9Zr4WmPwFyQ3",
        "--help",
    ] {
        let error = page
            .call("open_external_url", json!({ "url": url }))
            .unwrap_err();
        assert_eq!(error["code"], "link_not_opened", "{url}");
    }
}

#[test]
fn settings_survive_a_restart() {
    let profile = tempfile::tempdir().unwrap();
    let credential = "a TURN credential";
    let settings = json!({
        "name": "Mei",
        "hosting": {
            "kind": "server",
            "address": "parlour.example.org",
            "access_token": "north-wind-and-sun",
        },
        "reach": "open",
        "invite_page": "https://mei.example/",
        "relays": ["relay.example.org"],
        "share_turn": true,
        "stun_servers": ["stun:stun.example.net"],
        "ice_servers": [{"urls": ["turn:turn.example.org"], "username": "mei", "credential": credential}],
        "relay_only": true,
        "engine": "browser",
        "browser": "Firefox",
        "theme": "dark",
        "language": "zh-CN",
        "sounds": false,
        "notifications": false,
        "plain_shortcuts": false,
        "global_shortcuts": {"on": true, "mute": "F9", "talk": "Ctrl+Alt+T"},
    });
    let page = Page::open(profile.path());
    page.call("save_settings", json!({"settings": settings}))
        .unwrap();
    assert_eq!(page.view()["settings"], settings);
    drop(page.app);

    let page = Page::open(profile.path());
    // The app knows which surface it is; the page cannot choose it.
    let view = page
        .call("attach", json!({"surface": "call", "webrtc": true}))
        .unwrap();
    assert_eq!(view["settings"], settings);
    assert_eq!(view["notices"], json!([]));
    assert_eq!(
        view["engine"]["kind"], "window",
        "the command line goes before the settings"
    );
}
