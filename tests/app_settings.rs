//! The settings' file: kept, private, and never in the way of the start.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use parlour::storage::known_servers::KnownServers;
use parlour::storage::profile::Profile;
use parlour::storage::settings::{EngineChoice, Settings, Theme};
use parlour::storage::settings_file::{Found, SettingsStore};
use serde_json::{Value, json};
use tauri::test::{MockRuntime, mock_builder, mock_context, noop_assets};

fn open(dir: &Path) -> (SettingsStore<MockRuntime>, Found) {
    let app = mock_builder()
        .plugin(tauri_plugin_store::Builder::default().build())
        .build(mock_context(noop_assets()))
        .unwrap();
    SettingsStore::open(app.handle(), &Profile::open(Some(dir), "unused").unwrap()).unwrap()
}

fn set_aside(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.starts_with("settings.broken-") && name.ends_with(".json"))
        .collect()
}

fn file(dir: &Path) -> Value {
    serde_json::from_slice(&fs::read(dir.join("settings.json")).unwrap()).unwrap()
}

#[test]
fn without_a_file_there_are_defaults_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let (_, found) = open(dir.path());
    assert_eq!(found, Found::default());
    assert!(!dir.path().join("settings.json").exists());
}

#[test]
fn what_is_kept_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings {
        name: "梅".into(),
        theme: Theme::Dark,
        ..Settings::default()
    };
    open(dir.path()).0.save(&settings).unwrap();
    let found = open(dir.path()).1;
    assert_eq!((found.settings, found.broken), (settings, false));
}

#[test]
fn servers_that_were_used_are_kept_beside_the_settings() {
    let dir = tempfile::tempdir().unwrap();
    let servers = KnownServers::read(&json!(["parlour.example.org", "192.168.1.7"])).unwrap();
    let settings = Settings {
        name: "梅".into(),
        ..Settings::default()
    };
    let store = open(dir.path()).0;
    store.remember(&servers).unwrap();
    store.save(&settings).unwrap();
    let expected = Found {
        settings,
        known_servers: servers,
        broken: false,
    };
    assert_eq!(open(dir.path()).1, expected);

    let bad = r#"{"name": "梅", "known_servers": [7]}"#;
    fs::write(dir.path().join("settings.json"), bad).unwrap();
    let found = open(dir.path()).1;
    assert_eq!(found.known_servers, KnownServers::default());
    assert_eq!(
        (found.settings, found.broken),
        (expected.settings.clone(), true)
    );
    let bad = r#"{"name": 7, "known_servers": ["parlour.example.org", "192.168.1.7"]}"#;
    fs::write(dir.path().join("settings.json"), bad).unwrap();
    assert!(open(dir.path()).1.broken);
    let again = open(dir.path()).1;
    assert_eq!(
        (again.known_servers, again.broken),
        (expected.known_servers, false)
    );
}

#[test]
fn a_broken_file_is_set_aside() {
    for broken in [
        "",
        "{",
        "[]",
        "null",
        "\u{0}\u{1}\u{2}",
        "{\"name\": \"Mei\"",
    ] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("settings.json"), broken).unwrap();
        let (store, found) = open(dir.path());
        assert_eq!(
            (found.settings, found.broken),
            (Settings::default(), true),
            "{broken:?}"
        );
        let aside = set_aside(dir.path());
        assert_eq!(aside.len(), 1);
        assert_eq!(
            fs::read_to_string(dir.path().join(&aside[0])).unwrap(),
            broken
        );
        store.save(&Settings::default()).unwrap();
        assert!(!open(dir.path()).1.broken);
    }
}

#[test]
fn one_bad_setting_does_not_take_the_others_along() {
    let dir = tempfile::tempdir().unwrap();
    let kept = json!({
        "name": "Mei",
        "theme": "plaid",
        "engine": "browser",
        "hosting": {"kind": "server", "address": "no address"},
        "ice_servers": [{"urls": ["http://example.org"]}],
    });
    fs::write(dir.path().join("settings.json"), kept.to_string()).unwrap();
    let expected = Settings {
        name: "Mei".into(),
        engine: EngineChoice::Browser,
        ..Settings::default()
    };
    let found = open(dir.path()).1;
    assert_eq!((&found.settings, found.broken), (&expected, true));
    assert_eq!(set_aside(dir.path()).len(), 1);
    let again = open(dir.path()).1;
    assert_eq!(
        (again.settings, again.broken),
        (expected, false),
        "what was good is still there"
    );
}

#[test]
fn settings_of_a_newer_version_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("settings.json"),
        r#"{"name": "Mei", "wallpaper": "lamplight"}"#,
    )
    .unwrap();
    let (store, found) = open(dir.path());
    assert!(!found.broken);
    store
        .save(&Settings {
            name: "Tom".into(),
            ..found.settings
        })
        .unwrap();
    let file = file(dir.path());
    assert_eq!(
        (&file["name"], &file["wallpaper"]),
        (&json!("Tom"), &json!("lamplight"))
    );
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_and_no_crash() {
    let dir = tempfile::tempdir().unwrap();
    // Even root cannot write to a folder as to a file.
    fs::create_dir(dir.path().join("settings.json")).unwrap();
    let (store, found) = open(dir.path());
    assert!(found.broken && set_aside(dir.path()).len() == 1);
    fs::remove_file(dir.path().join("settings.json")).unwrap();
    fs::create_dir(dir.path().join("settings.json")).unwrap();
    assert!(store.save(&Settings::default()).is_err());
}

#[cfg(unix)]
#[test]
fn nobody_else_reads_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.json");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    open(dir.path()).0.save(&Settings::default()).unwrap();
    assert_eq!(mode(&path), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    open(dir.path());
    assert_eq!(mode(&path), 0o600, "one that was open is closed");
    let own = dir.path().join("new/profile");
    Profile::open(Some(&own), "unused").unwrap();
    assert_eq!(mode(&own), 0o700);
}
