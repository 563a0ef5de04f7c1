//! The settings, in one file that tauri-plugin-store writes. An unreadable file never blocks the start.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, io};

use serde_json::{Map, Value};
use tauri::{AppHandle, Runtime};
use tauri_plugin_store::{Store, StoreBuilder};

use crate::storage::atomic_file;
use crate::storage::profile::Profile;
use crate::storage::settings::Settings;

const FILE: &str = "settings.json";

/// The content of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The values that could be read, and defaults for the rest.
    pub settings: Settings,
    /// Whether something could not be read. Then the file was set aside under another name.
    pub broken: bool,
}

impl Found {
    fn unreadable() -> Self {
        Self {
            broken: true,
            ..Self::default()
        }
    }
}

/// The settings cannot be written; the log says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the settings could not be written")]
pub struct NotSaved;

pub struct SettingsStore<R: Runtime> {
    path: PathBuf,
    /// Its path is not the settings file but the staged one: the plugin writes in place, so a crash in the middle, a
    /// full disk or a file-size limit would leave half a file.
    store: Arc<Store<R>>,
}

impl<R: Runtime> SettingsStore<R> {
    /// Reads the profile's settings. Fails only when the store plugin cannot be used, never for what the file holds.
    pub fn open(
        app: &AppHandle<R>,
        profile: &Profile,
    ) -> tauri_plugin_store::Result<(Self, Found)> {
        let path = profile.dir().join(FILE);
        let (found, kept) = load(&path);
        // The plugin would read what a crash has left.
        if let Err(error) = atomic_file::remove_staged(&path) {
            tracing::warn!(%error, "a staged settings file cannot be removed");
        }
        let store = StoreBuilder::new(app, atomic_file::staged_path(&path))
            .defaults(kept.into_iter().collect())
            .disable_auto_save()
            .build()?;
        // The plugin saves every store that it knows at exit, whatever the auto-save says.
        store.close_resource();
        let store = Self { path, store };
        if found.broken {
            // The values that could be read must not be lost at the next start.
            let _ = store.save(&found.settings);
        }
        Ok((store, found))
    }

    /// Writes the settings, for this user alone: TURN credentials are among them.
    pub fn save(&self, settings: &Settings) -> Result<(), NotSaved> {
        for (key, value) in fields(settings) {
            self.store.set(key, value);
        }
        atomic_file::write_with(&self.path, |_| self.store.save()).map_err(
            |error: tauri_plugin_store::Error| {
                tracing::warn!(%error, "the settings cannot be written");
                NotSaved
            },
        )
    }
}

/// Reads the file, with the fields that the store starts with. Sets the file aside when any part of it is invalid.
fn load(path: &Path) -> (Found, Map<String, Value>) {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Default::default(),
        Err(error) => {
            tracing::warn!(%error, "the settings cannot be read");
            set_aside(path);
            return (Found::unreadable(), Map::new());
        }
    };
    let kept = serde_json::from_slice::<Map<String, Value>>(&text).ok();
    let found = kept.as_ref().map_or_else(Found::unreadable, parse);
    if found.broken {
        set_aside(path);
        return (found, Map::new());
    }
    if let Err(error) = atomic_file::make_private(path) {
        tracing::warn!(%error, "other users may be able to read the settings");
    }
    (found, kept.unwrap_or_default())
}

/// Takes every setting that is well-formed and within its bounds. Settings of a newer version are ignored.
fn parse(kept: &Map<String, Value>) -> Found {
    let mut found = Found::default();
    for (key, value) in fields(&Settings::default()) {
        let Some(value) = kept.get(&key).filter(|kept| **kept != value) else {
            continue;
        };
        let mut with = fields(&found.settings);
        with.insert(key, value.clone());
        match serde_json::from_value::<Settings>(Value::Object(with)) {
            Ok(settings) if settings.validate().is_ok() => found.settings = settings,
            _ => found.broken = true,
        }
    }
    found
}

fn fields(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn set_aside(path: &Path) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let aside = path.with_file_name(format!("settings.broken-{}.json", now.as_millis()));
    match fs::rename(path, aside) {
        Ok(()) => tracing::warn!("the settings are broken; the file is set aside"),
        Err(error) => tracing::warn!(%error, "the broken settings cannot be set aside"),
    }
}
