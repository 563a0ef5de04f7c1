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
    pub fault: Option<SettingsFault>,
}

/// The fault of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsFault {
    /// A part of it is invalid, and it was put aside under another name.
    SetAside,
    /// It cannot be read now, or it could not be put aside. It stays as it is: this run saves nothing.
    Unreadable,
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
    /// The file on disk may be better than what the app has.
    keeps_file: bool,
}

impl<R: Runtime> SettingsStore<R> {
    /// Reads the profile's settings. Fails only when the store plugin cannot be used, never for what the file holds.
    pub fn open(
        app: &AppHandle<R>,
        profile: &Profile,
    ) -> tauri_plugin_store::Result<(Self, Found)> {
        let path = profile.dir().join(FILE);
        // They are the same unless the person's folder cannot be used.
        let is_own = profile.trouble().is_none();
        let (found, kept) = load(&profile.home().join(FILE), is_own);
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
        let store = Self {
            path,
            store,
            keeps_file: is_own && found.fault == Some(SettingsFault::Unreadable),
        };
        if found.fault == Some(SettingsFault::SetAside) {
            // The values that could be read must not be lost at the next start.
            let _ = store.save(&found.settings);
        }
        Ok((store, found))
    }

    /// Writes the settings, for this user alone: TURN credentials are among them.
    pub fn save(&self, settings: &Settings) -> Result<(), NotSaved> {
        if self.keeps_file {
            tracing::warn!("the settings are not written: the file could not be read");
            return Err(NotSaved);
        }
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

/// Reads the file, with the fields that the store starts with. Sets the file aside when any part of it is invalid. With
/// `is_own` false it only reads.
fn load(path: &Path, is_own: bool) -> (Found, Map<String, Value>) {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Default::default(),
        Err(error) => {
            // A hiccup of the disk or of a network folder, or another owner: the content may be good.
            tracing::warn!(%error, "the settings cannot be read");
            let found = Found {
                fault: Some(SettingsFault::Unreadable),
                ..Found::default()
            };
            return (found, Map::new());
        }
    };
    let kept = serde_json::from_slice::<Map<String, Value>>(&text).ok();
    let (settings, is_whole) = kept
        .as_ref()
        .map_or_else(|| (Settings::default(), false), parse);
    if !is_whole {
        let fault = if is_own && set_aside(path) {
            SettingsFault::SetAside
        } else {
            SettingsFault::Unreadable
        };
        let fault = Some(fault);
        return (Found { settings, fault }, Map::new());
    }
    let fault = None;
    let found = Found { settings, fault };
    if !is_own {
        return (found, kept.unwrap_or_default());
    }
    if let Err(error) = atomic_file::make_private(path) {
        tracing::warn!(%error, "other users may be able to read the settings");
    }
    (found, kept.unwrap_or_default())
}

/// Takes every setting that is well-formed and within its bounds, and says whether all are. Settings of a newer version
/// are ignored.
fn parse(kept: &Map<String, Value>) -> (Settings, bool) {
    let (mut taken, mut is_whole) = (Settings::default(), true);
    for (key, value) in fields(&Settings::default()) {
        let Some(value) = kept.get(&key).filter(|kept| **kept != value) else {
            continue;
        };
        let mut with = fields(&taken);
        with.insert(key, value.clone());
        match serde_json::from_value::<Settings>(Value::Object(with)) {
            Ok(settings) if settings.validate().is_ok() => taken = settings,
            _ => is_whole = false,
        }
    }
    (taken, is_whole)
}

fn fields(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn set_aside(path: &Path) -> bool {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let aside = path.with_file_name(format!("settings.broken-{}.json", now.as_millis()));
    let moved = fs::rename(path, aside);
    match &moved {
        Ok(()) => tracing::warn!("the settings are broken; the file is set aside"),
        Err(error) => tracing::warn!(%error, "the broken settings cannot be set aside"),
    }
    moved.is_ok()
}
