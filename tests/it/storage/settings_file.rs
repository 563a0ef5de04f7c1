//! The settings file: complete, private, and never a reason not to start.

use std::fs;
use std::path::Path;

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
fn saved_settings_are_found() {
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
fn one_bad_setting_does_not_lose_the_others() {
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
        "valid settings are still there"
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
    // Even root cannot write to a folder as if it were a file.
    fs::create_dir(dir.path().join("settings.json")).unwrap();
    let (store, found) = open(dir.path());
    assert!(found.broken && set_aside(dir.path()).len() == 1);
    fs::remove_file(dir.path().join("settings.json")).unwrap();
    fs::create_dir(dir.path().join("settings.json")).unwrap();
    assert!(store.save(&Settings::default()).is_err());
}

#[cfg(unix)]
#[test]
fn others_cannot_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.json");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    open(dir.path()).0.save(&Settings::default()).unwrap();
    assert_eq!(mode(&path), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    open(dir.path());
    assert_eq!(mode(&path), 0o600, "an open file is made private");
    let own = dir.path().join("new/profile");
    Profile::open(Some(&own), "unused").unwrap();
    assert_eq!(mode(&own), 0o700);
}

/// The plugin saves its stores at exit. What another program has written by then must stay.
#[test]
fn nothing_is_written_at_exit() {
    let dir = tempfile::tempdir().unwrap();
    let app = mock_builder()
        .plugin(tauri_plugin_store::Builder::default().build())
        .build(mock_context(noop_assets()))
        .unwrap();
    let window = tauri::WebviewWindowBuilder::new(&app, "main", Default::default())
        .build()
        .unwrap();
    let profile = Profile::open(Some(dir.path()), "unused").unwrap();
    let (store, _) = SettingsStore::open(app.handle(), &profile).unwrap();
    store.save(&Settings::default()).unwrap();
    fs::write(dir.path().join("settings.json"), "{\"name\": \"Tom\"}").unwrap();
    let code = app.run_return(move |_, event| {
        if let tauri::RunEvent::Ready = event {
            window.destroy().unwrap();
        }
    });
    assert_eq!(code, 0);
    assert_eq!(file(dir.path()), json!({ "name": "Tom" }));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

/// Writes that end early, in processes of their own: a file-size limit holds for the whole process.
#[cfg(unix)]
mod interrupted {
    use std::os::unix::process::ExitStatusExt;
    use std::path::PathBuf;
    use std::process::{Command, ExitStatus, Stdio};

    use rustix::process::{Resource, Rlimit, Signal, setrlimit};

    use super::*;

    const DIR: &str = "PARLOUR_TEST_DIR";
    const LIMIT: &str = "PARLOUR_TEST_LIMIT";

    fn named(name: &str) -> Settings {
        Settings {
            name: name.to_owned(),
            ..Settings::default()
        }
    }

    fn file_bytes(dir: &Path) -> Vec<u8> {
        fs::read(dir.join("settings.json")).unwrap()
    }

    /// A profile with old settings, and the size of the file with the new ones.
    fn profile() -> (tempfile::TempDir, u64) {
        let new = tempfile::tempdir().unwrap();
        open(new.path()).0.save(&named("a longer name")).unwrap();
        let old = tempfile::tempdir().unwrap();
        open(old.path()).0.save(&named("old")).unwrap();
        (old, file_bytes(new.path()).len() as u64)
    }

    fn limit_files_to(bytes: u64) {
        let limit = |current| Rlimit {
            current: Some(current),
            maximum: None,
        };
        setrlimit(Resource::Core, limit(0)).unwrap();
        setrlimit(Resource::Fsize, limit(bytes)).unwrap();
    }

    /// Runs one of the ignored tests below after a shell command.
    fn run(test: &str, dir: &Path, limit: u64, before: &str) -> ExitStatus {
        let (_, module) = module_path!().split_once("::").unwrap();
        let name = format!("{module}::{test}");
        Command::new("sh")
            .arg("-c")
            .arg(format!("{before} exec \"$0\" \"$@\""))
            .arg(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", &name])
            .env(DIR, dir)
            .env(LIMIT, limit.to_string())
            .stdout(Stdio::null())
            .status()
            .unwrap()
    }

    /// `None` where the test was not started by [`run`].
    fn arguments() -> Option<(PathBuf, u64)> {
        let dir = std::env::var_os(DIR)?;
        let limit = std::env::var(LIMIT).unwrap().parse().unwrap();
        Some((dir.into(), limit))
    }

    /// With the signal ignored, exceeding the limit is an error of the write, as a full disk is.
    #[test]
    fn a_write_that_fails_at_any_byte_leaves_the_old_file() {
        let (dir, size) = profile();
        let status = run("saves_with_every_limit", dir.path(), size, "trap '' XFSZ;");
        assert!(status.success());
        assert_eq!(open(dir.path()).1.settings, named("a longer name"));
    }

    #[test]
    #[ignore = "started by the test before"]
    fn saves_with_every_limit() {
        let Some((dir, size)) = arguments() else {
            return;
        };
        let (store, old) = (open(&dir).0, file_bytes(&dir));
        for limit in 0..size {
            limit_files_to(limit);
            assert!(store.save(&named("a longer name")).is_err(), "{limit}");
            assert_eq!(file_bytes(&dir), old, "{limit}");
            assert_eq!(fs::read_dir(&dir).unwrap().count(), 1, "{limit}");
        }
        limit_files_to(size);
        store.save(&named("a longer name")).unwrap();
    }

    #[test]
    fn a_process_that_is_killed_in_a_write_leaves_the_old_file() {
        let (dir, size) = profile();
        let old = file_bytes(dir.path());
        for limit in [0, 1, size / 2, size - 1] {
            let status = run("is_killed_in_a_save", dir.path(), limit, "");
            assert_eq!(status.signal(), Some(Signal::XFSZ.as_raw()), "{limit}");
            assert_eq!(file_bytes(dir.path()), old, "{limit}");
        }
        let leftovers = fs::read_dir(dir.path()).unwrap().count() - 1;
        assert!(leftovers > 0, "a killed process tidies nothing");
        let (store, found) = open(dir.path());
        assert_eq!((found.settings, found.broken), (named("old"), false));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        store.save(&named("new")).unwrap();
        assert_eq!(open(dir.path()).1.settings, named("new"));
    }

    #[test]
    #[ignore = "started by the test before"]
    fn is_killed_in_a_save() {
        let Some((dir, limit)) = arguments() else {
            return;
        };
        let store = open(&dir).0;
        limit_files_to(limit);
        let _ = store.save(&named("a longer name"));
    }
}
