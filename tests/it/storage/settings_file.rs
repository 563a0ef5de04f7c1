//! The settings file: complete, private, and never a reason not to start.

use std::fs;
use std::path::Path;

use parlour::storage::profile::Profile;
use parlour::storage::settings::{EngineChoice, Settings, Theme};
use parlour::storage::settings_file::{Found, SettingsFault, SettingsStore};
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
    assert_eq!((found.settings, found.fault), (settings, None));
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
            (found.settings, found.fault),
            (Settings::default(), Some(SettingsFault::SetAside)),
            "{broken:?}"
        );
        let aside = set_aside(dir.path());
        assert_eq!(aside.len(), 1);
        assert_eq!(
            fs::read_to_string(dir.path().join(&aside[0])).unwrap(),
            broken
        );
        store.save(&Settings::default()).unwrap();
        assert_eq!(open(dir.path()).1.fault, None);
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
    assert_eq!(
        (&found.settings, found.fault),
        (&expected, Some(SettingsFault::SetAside))
    );
    assert_eq!(set_aside(dir.path()).len(), 1);
    let again = open(dir.path()).1;
    assert_eq!(
        (again.settings, again.fault),
        (expected, None),
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
    assert_eq!(found.fault, None);
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
    let (store, _) = open(dir.path());
    // Even root cannot write to a folder as if it were a file.
    fs::create_dir(dir.path().join("settings.json")).unwrap();
    assert!(store.save(&Settings::default()).is_err());
}

/// As on a network folder that does not answer for a moment. A link to itself cannot be read by root either.
#[cfg(unix)]
#[test]
fn settings_that_cannot_be_read_for_a_moment_are_still_there_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let (path, good) = (dir.path().join("settings.json"), dir.path().join("good"));
    let mei = Settings {
        name: "Mei".into(),
        ..Settings::default()
    };
    open(dir.path()).0.save(&mei).unwrap();
    fs::rename(&path, &good).unwrap();
    std::os::unix::fs::symlink("settings.json", &path).unwrap();
    let (store, found) = open(dir.path());
    assert_eq!(found.fault, Some(SettingsFault::Unreadable));
    assert_eq!(found.settings, Settings::default());
    assert!(set_aside(dir.path()).is_empty() && path.is_symlink());

    // It can be read again, but this run does not know what is in it.
    fs::rename(&good, &path).unwrap();
    assert!(store.save(&Settings::default()).is_err());
    let found = open(dir.path()).1;
    assert_eq!((found.settings, found.fault), (mei, None));
}

/// A folder of root's, for example after a start with `sudo`, or a disk that is mounted to be read only.
#[cfg(unix)]
mod another_owner {
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::process::{Command, Stdio};

    use parlour::storage::profile::ProfileTrouble;

    use super::*;

    const NOBODY: u32 = 65_534;

    /// Runs an ignored test below as an unprivileged user. False when this is impossible here.
    fn run_as_nobody(test: &str, dir: &Path) -> bool {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root can make a folder of another user");
            return false;
        }
        let program = tempfile::tempdir().unwrap();
        fs::set_permissions(program.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let binary = program.path().join("tests");
        fs::copy(std::env::current_exe().unwrap(), &binary).unwrap();
        let (_, module) = module_path!().split_once("::").unwrap();
        let user = NOBODY.to_string();
        let done = Command::new("setpriv")
            .args(["--reuid", &user, "--regid", &user, "--clear-groups"])
            .arg(&binary)
            .args(["--ignored", "--exact", &format!("{module}::{test}")])
            .env("PARLOUR_TEST_DIR", dir)
            .stdout(Stdio::null())
            .status();
        let Ok(status) = done else {
            eprintln!("skipped: there is no setpriv");
            return false;
        };
        assert!(status.success(), "{}", dir.display());
        true
    }

    #[test]
    fn a_folder_of_root_is_named_and_a_temporary_one_is_used() {
        for mode in [0o700, 0o755] {
            let temp = tempfile::tempdir().unwrap();
            fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o755)).unwrap();
            let dir = temp.path().join("profile");
            let mei = Settings {
                name: "Mei".into(),
                ..Settings::default()
            };
            open(&dir).0.save(&mei).unwrap();
            let before = fs::read(dir.join("settings.json")).unwrap();
            fs::set_permissions(&dir, fs::Permissions::from_mode(mode)).unwrap();
            run_as_nobody("uses_the_folder", &dir);
            assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
            assert_eq!(fs::read(dir.join("settings.json")).unwrap(), before);
        }
    }

    #[test]
    fn a_browser_folder_of_root_in_a_folder_of_ones_own_counts_too() {
        let temp = tempfile::tempdir().unwrap();
        fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let dir = temp.path().join("profile");
        fs::create_dir_all(dir.join("browser")).unwrap();
        // Without it the test after this one is skipped too.
        let _ = chown(&dir, Some(NOBODY), Some(NOBODY));
        run_as_nobody("uses_the_folder", &dir);
    }

    #[test]
    #[ignore = "started by the tests before"]
    fn uses_the_folder() {
        let Some(dir) = std::env::var_os("PARLOUR_TEST_DIR") else {
            return;
        };
        let profile = Profile::open(Some(Path::new(&dir)), "unused").unwrap();
        assert_eq!(profile.trouble(), Some(ProfileTrouble::NotWritable));
        assert_eq!(profile.home(), Path::new(&dir));
        let app = mock_builder()
            .plugin(tauri_plugin_store::Builder::default().build())
            .build(mock_context(noop_assets()))
            .unwrap();
        let (store, _) = SettingsStore::open(app.handle(), &profile).unwrap();
        store.save(&Settings::default()).unwrap();
        assert!(profile.dir().join("settings.json").exists());
        assert!(fs::create_dir(profile.dir().join("browser")).is_ok());
    }
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

    use parlour_signaling::protocol::IceServer;
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

    /// Settings of more than a page.
    fn large(name: &str) -> Settings {
        let server = |n: usize| IceServer {
            urls: vec![format!("turn:{}.example.org:3478", "relay".repeat(10 + n))],
            username: Some("u".repeat(200)),
            credential: Some("c".repeat(500)),
        };
        Settings {
            ice_servers: (0..6).map(server).collect(),
            ..named(name)
        }
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
    fn settings_survive_a_disk_that_is_full_when_they_grow() {
        let dir = tempfile::tempdir().unwrap();
        let Some(_disk) = SmallDisk::mount(dir.path()) else {
            return;
        };
        let (store, _) = open(dir.path());
        store.save(&named("old")).unwrap();
        let filler = dir.path().join("filler");
        let full = fs::write(&filler, vec![0; 1 << 20]).unwrap_err();
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
        assert!(store.save(&large("new")).is_err());
        drop(store);
        let found = open(dir.path()).1;
        assert_eq!((found.settings, found.fault), (named("old"), None));

        fs::remove_file(&filler).unwrap();
        open(dir.path()).0.save(&large("new")).unwrap();
        assert!(file_bytes(dir.path()).len() > 4096);
        assert_eq!(open(dir.path()).1.settings, large("new"));
    }

    struct SmallDisk(PathBuf);

    impl SmallDisk {
        /// `None` where this process may not mount.
        fn mount(dir: &Path) -> Option<Self> {
            let mount = Command::new("mount")
                .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
                .arg(dir)
                .stderr(Stdio::null())
                .status();
            if !mount.is_ok_and(|status| status.success()) {
                eprintln!("skipped: nothing can be mounted here");
                return None;
            }
            Some(Self(dir.to_owned()))
        }
    }

    impl Drop for SmallDisk {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        }
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
        assert_eq!((found.settings, found.fault), (named("old"), None));
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
