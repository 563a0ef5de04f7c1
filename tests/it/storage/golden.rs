//! Pins every name on disk. The files in `golden/` are what released versions have written: a rename in the code must
//! leave them as they are.
//!
//! A new setting does not compile here until an example fills it, and fails until it stands in the golden file.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use parlour::storage::last_room::{LastRoom, LastRoomFile};
use parlour::storage::profile::Profile;
use parlour::storage::settings::{
    EngineChoice, GlobalShortcuts, Hosting, Language, Reach, Settings, Theme,
};
use parlour::storage::settings_file::{Found, SettingsStore};
use parlour_signaling::protocol::IceServer;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tauri::test::{MockRuntime, mock_builder, mock_context, noop_assets};

/// All values of an enum of the settings with their names. A new variant does not compile until it stands here.
macro_rules! names {
    ($type:ident { $($variant:ident => $name:literal),* $(,)? }) => {{
        let _no_other = |value: &$type| match value { $($type::$variant => ()),* };
        [$(($type::$variant, $name)),*]
    }};
}

fn golden(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    serde_json::from_slice(&fs::read(path.join(file)).expect("the golden file is there")).unwrap()
}

fn on_disk(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("the file is written")).unwrap()
}

/// Every setting with another value than its default.
fn settings() -> Settings {
    Settings {
        name: "梅".to_owned(),
        hosting: Hosting::Server {
            address: "parlour.example.org".to_owned(),
            access_token: "north-wind-and-sun".to_owned().into(),
        },
        reach: Reach::Lan,
        invite_page: "https://mei.example/".to_owned(),
        relays: vec!["relay.example.org".to_owned()],
        ice_servers: vec![
            IceServer {
                urls: vec!["stun:stun.example.org".to_owned()],
                username: None,
                credential: None,
            },
            IceServer {
                urls: vec!["turn:turn.example.org:3478?transport=udp".to_owned()],
                username: Some("mei".to_owned()),
                credential: Some("secret".to_owned()),
            },
        ],
        share_turn: true,
        stun_servers: Some(vec!["stun:stun.example.net".to_owned()]),
        relay_only: true,
        engine: EngineChoice::Browser,
        browser: "Firefox".to_owned(),
        theme: Theme::Dark,
        language: Language::Chinese,
        sounds: false,
        notifications: false,
        plain_shortcuts: false,
        global_shortcuts: GlobalShortcuts {
            on: true,
            mute: "Ctrl+Alt+U".to_owned(),
            talk: "F9".to_owned(),
        },
    }
}

fn open(dir: &Path) -> (SettingsStore<MockRuntime>, Found) {
    let app = mock_builder()
        .plugin(tauri_plugin_store::Builder::default().build())
        .build(mock_context(noop_assets()))
        .unwrap();
    SettingsStore::open(app.handle(), &Profile::open(Some(dir), "unused").unwrap()).unwrap()
}

fn assert_names<T, const N: usize>(names: [(T, &str); N])
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    for (value, name) in names {
        assert_eq!(serde_json::to_value(&value).unwrap(), json!(name));
        assert_eq!(serde_json::from_value::<T>(json!(name)).unwrap(), value);
    }
}

#[test]
fn settings_keep_their_names_and_defaults() {
    let golden = golden("settings.json");
    let examples = [("defaults", Settings::default()), ("changed", settings())];
    for (name, example) in examples {
        assert_eq!(serde_json::to_value(&example).unwrap(), golden[name]);
        let read: Settings = serde_json::from_value(golden[name].clone()).unwrap();
        assert_eq!(read, example);
    }
    let (defaults, changed) = (&golden["defaults"], &golden["changed"]);
    let keys = |value: &Value| -> BTreeSet<String> {
        let fields = value.as_object().unwrap();
        fields.keys().cloned().collect()
    };
    assert_eq!(keys(defaults), keys(changed));
    for key in keys(defaults) {
        assert_ne!(defaults[&key], changed[&key], "{key} is not changed");
    }
    assert_eq!(
        serde_json::from_value::<Settings>(json!({})).unwrap(),
        Settings::default()
    );
}

#[test]
fn choices_among_the_settings_keep_their_names() {
    assert_names(names!(EngineChoice {
        Auto => "auto",
        Window => "window",
        Browser => "browser",
    }));
    assert_names(names!(Theme {
        System => "system",
        Light => "light",
        Dark => "dark",
    }));
    assert_names(names!(Language {
        System => "system",
        English => "en",
        Chinese => "zh-CN",
    }));
    // A new place to host does not compile until it stands here, and among the examples above.
    let kind = |hosting: &Hosting| match hosting {
        Hosting::ThisComputer => "this_computer",
        Hosting::Server {
            address: _,
            access_token: _,
        } => "server",
    };
    for example in [Settings::default(), settings()] {
        let written = serde_json::to_value(&example.hosting).unwrap();
        assert_eq!(written["kind"], kind(&example.hosting));
    }
}

#[test]
fn the_settings_file_keeps_its_name_and_keys() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    store.save(&settings()).unwrap();
    let golden = golden("settings_file.json");
    assert_eq!(on_disk(&dir.path().join("settings.json")), golden);

    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("settings.json"), golden.to_string()).unwrap();
    let found = open(dir.path()).1;
    let expected = Found {
        settings: settings(),
        fault: None,
    };
    assert_eq!(found, expected);
}

#[test]
fn the_last_room_keeps_its_file_and_its_names() {
    let room = LastRoom {
        invite: "parlour://join/192.0.2.1:18420/AQEBAQEBAQEBAQEBAQEBAQ".to_owned(),
        port: Some(18_420),
        name: "梅".to_owned(),
        entered: true,
        me: "AgICAgICAgICAgICAgICAg".to_owned(),
        permits: BTreeMap::new(),
    };
    let elsewhere = LastRoom {
        port: None,
        entered: false,
        me: String::new(),
        permits: BTreeMap::from([("parlour.example.org".to_owned(), "AAAA".to_owned())]),
        ..room.clone()
    };
    let bare = LastRoom {
        permits: BTreeMap::new(),
        ..elsewhere.clone()
    };
    let golden = golden("room.json");
    let examples = [
        ("hosted here", &room),
        ("hosted elsewhere", &elsewhere),
        ("without optional fields", &bare),
    ];
    for (name, example) in examples {
        let dir = tempfile::tempdir().unwrap();
        let (last_room, file) = (LastRoomFile::new(dir.path()), dir.path().join("room.json"));
        fs::write(&file, golden[name].to_string()).unwrap();
        assert_eq!(last_room.read().as_ref(), Some(example), "{name} is read");
        if name != "without optional fields" {
            last_room.write(example).unwrap();
            assert_eq!(on_disk(&file), golden[name], "{name} is written");
        }
    }
}

/// The port is part of the page's origin: under another, the browser forgets permissions and choices.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_port_of_the_call_page_is_kept_in_its_file() {
    use std::sync::Arc;

    use crate::harness::loopback::{COMMANDS, Commands, Ui};
    use parlour::engine::{BrowserCommand, BrowserEngine, EngineConfig, Program};

    let dir = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    fs::write(dir.path().join("loopback-port"), format!("{port}\n")).unwrap();
    let config = EngineConfig {
        profile: dir.path().to_owned(),
        programs: vec![Program::Command(
            BrowserCommand::parse("sleep 60 {url}").unwrap(),
        )],
        assets: Arc::new(Ui),
        dispatch: Arc::new(Commands::default()),
        commands: COMMANDS,
    };
    let (engine, _events) = BrowserEngine::open(config).await.unwrap();
    let redirect = fs::read_to_string(dir.path().join("door/call.html")).unwrap();
    assert!(redirect.contains(&format!("http://127.0.0.1:{port}/")));
    engine.close().await;
}
