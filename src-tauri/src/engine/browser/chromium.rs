//! Chromium and its derivatives: the arguments, the preferences that grant camera and microphone, and the leftovers of a
//! call.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::folders::Leftovers;
use crate::storage::atomic_file;

const FLAGS: &[&str] = &[
    "--class=parlour-call",
    "--no-first-run",
    "--no-default-browser-check",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--hide-crash-restore-bubble",
    "--no-pings",
    // A locked keyring would ask for its password before the call starts.
    "--password-store=basic",
    // Without camera permission Chromium replaces LAN addresses by mDNS names, which many networks do not carry.
    // Signals are sealed, so only members of the room see the addresses.
    "--disable-features=Translate,OptimizationHints,MediaRouter,WebRtcHideLocalIpsWithMdns",
];

const ALLOW: u8 = 1;
const BLOCK: u8 = 2;

/// The permissions of the one origin. The person consents in the lobby of the page.
const GRANTED: [&str; 2] = ["media_stream_camera", "media_stream_mic"];
/// The permissions that nobody gets.
const BLOCKED: [&str; 2] = ["geolocation", "notifications"];

/// Files that tell of calls. The preferences keep Chromium from writing most of them.
pub(super) const LEFTOVERS: &[Leftovers] = &[
    Leftovers {
        folder: "",
        prefixes: &["BrowserMetrics", "Crash Reports", "Crashpad"],
    },
    Leftovers {
        folder: "Default",
        prefixes: &[
            "Cache",
            "Favicons",
            "History",
            "Network Action Predictor",
            "Session",
            "Shortcuts",
            "Top Sites",
            "Visited Links",
        ],
    },
];

/// A crash dump contains the call's memory, and some builds write one whatever the flags say: with the leftovers.
pub(super) fn environment(profile: &Path) -> Vec<(&'static str, OsString)> {
    vec![(
        "BREAKPAD_DUMP_LOCATION",
        profile.join("Crash Reports").into(),
    )]
}

pub(super) fn arguments(profile: &Path, url: &str) -> Vec<OsString> {
    let mut data = OsString::from("--user-data-dir=");
    data.push(profile);
    let mut arguments = vec![format!("--app={url}").into(), data];
    arguments.extend(FLAGS.iter().map(OsString::from));
    arguments
}

/// Grants camera and microphone to this origin alone, and keeps Chromium from writing a history. Other preferences stay
/// as the browser wrote them.
pub(super) fn write_preferences(profile: &Path, origin: &str) -> io::Result<()> {
    let folder = profile.join("Default");
    atomic_file::create_private_folder(&folder)?;
    let file = folder.join("Preferences");
    let mut preferences = match std::fs::read(&file) {
        // Chromium replaces a broken file as well.
        Ok(text) => serde_json::from_slice(&text).unwrap_or_default(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Map::new(),
        Err(error) => return Err(error),
    };
    for permission in GRANTED {
        let granted = json!({ format!("{origin},*"): { "setting": ALLOW } });
        let path = ["profile", "content_settings", "exceptions", permission];
        set(&mut preferences, &path, granted);
    }
    for permission in GRANTED.into_iter().chain(BLOCKED) {
        let path = ["profile", "default_content_setting_values", permission];
        set(&mut preferences, &path, json!(BLOCK));
    }
    set(
        &mut preferences,
        &["history", "saving_disabled"],
        json!(true),
    );
    atomic_file::write(&file, &serde_json::to_vec(&preferences)?)
}

/// Sets the value at a path; whatever is in the way of the path is replaced.
fn set(preferences: &mut Map<String, Value>, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    let entry = preferences.entry(*first).or_insert(Value::Null);
    if rest.is_empty() {
        *entry = value;
        return;
    }
    if !entry.is_object() {
        *entry = Map::new().into();
    }
    if let Value::Object(inner) = entry {
        set(inner, rest, value);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ORIGIN: &str = "http://127.0.0.1:4000";

    fn preferences(profile: &Path) -> Value {
        let text = std::fs::read(profile.join("Default/Preferences")).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    #[test]
    fn an_app_window_opens_with_its_own_profile() {
        let arguments = arguments(Path::new("/p/browser"), "file:///p/door/call.html");
        for flag in [
            "--app=file:///p/door/call.html",
            "--user-data-dir=/p/browser",
            "--class=parlour-call",
            "--no-first-run",
            "--no-default-browser-check",
            "--autoplay-policy=no-user-gesture-required",
        ] {
            assert!(arguments.iter().any(|word| word == flag), "{flag}");
        }
    }

    #[test]
    fn no_flag_answers_permission_questions_of_every_site() {
        let arguments = arguments(Path::new("/p"), "x");
        for flag in ["auto-accept", "use-fake-ui", "allow-running"] {
            let has = |word: &OsString| word.to_string_lossy().contains(flag);
            assert!(!arguments.iter().any(has), "{flag}");
        }
    }

    #[test]
    fn camera_and_microphone_are_granted_to_the_origin_alone() {
        let temp = tempfile::tempdir().unwrap();
        write_preferences(temp.path(), ORIGIN).unwrap();
        let profile = &preferences(temp.path())["profile"];
        for permission in ["media_stream_camera", "media_stream_mic"] {
            assert_eq!(
                profile["content_settings"]["exceptions"][permission],
                json!({ "http://127.0.0.1:4000,*": { "setting": 1 } })
            );
            assert_eq!(profile["default_content_setting_values"][permission], 2);
        }
    }

    #[test]
    fn other_preferences_stay_and_other_grants_go() {
        let temp = tempfile::tempdir().unwrap();
        write_preferences(temp.path(), "http://127.0.0.1:3999").unwrap();
        let mut before = preferences(temp.path());
        before["browser"] = json!({ "window_placement": { "left": 7 } });
        before["profile"]["name"] = json!("Parlour");
        before["profile"]["default_content_setting_values"] = json!("broken");
        let file = temp.path().join("Default/Preferences");
        std::fs::write(&file, before.to_string()).unwrap();
        write_preferences(temp.path(), ORIGIN).unwrap();
        let after = preferences(temp.path());
        assert_eq!(after["browser"]["window_placement"]["left"], 7);
        assert_eq!(after["profile"]["name"], "Parlour");
        let defaults = &after["profile"]["default_content_setting_values"];
        assert_eq!(defaults["media_stream_mic"], 2);
        assert!(!after.to_string().contains("3999"));
    }

    #[test]
    fn a_broken_file_is_replaced() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::create_dir(temp.path().join("Default")).unwrap();
        for text in ["", "[]", "{\"profile\":", "\u{0}"] {
            std::fs::write(temp.path().join("Default/Preferences"), text).unwrap();
            write_preferences(temp.path(), ORIGIN).unwrap();
            assert_eq!(preferences(temp.path())["history"]["saving_disabled"], true);
        }
    }
}
