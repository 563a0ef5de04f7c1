//! The settings' file, kept by tauri-plugin-store, with the servers that were used. A broken file never blocks the
//! start.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};
use tauri::{AppHandle, Runtime};
use tauri_plugin_store::{Store, StoreBuilder};

use crate::storage::known_servers::KnownServers;
use crate::storage::profile::{Profile, private_file};
use crate::storage::settings::Settings;

const FILE: &str = "settings.json";
/// Beside the settings, in the same file.
const KNOWN_SERVERS: &str = "known_servers";

/// The settings as they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// What could be read, and defaults for the rest.
    pub settings: Settings,
    /// The servers that were used.
    pub known_servers: KnownServers,
    /// Whether something could not be read; the file was set aside.
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

/// The settings could not be written; why is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the settings could not be written")]
pub struct NotSaved;

/// Keeps the settings.
pub struct SettingsStore<R: Runtime> {
    path: PathBuf,
    store: Arc<Store<R>>,
}

impl<R: Runtime> SettingsStore<R> {
    /// Reads the profile's settings.
    ///
    /// # Errors
    /// When the store plugin cannot be used; never for what is in the file.
    pub fn open(
        app: &AppHandle<R>,
        profile: &Profile,
    ) -> tauri_plugin_store::Result<(Self, Found)> {
        let path = profile.dir().join(FILE);
        let found = find(&path);
        let store = StoreBuilder::new(app, &path).disable_auto_save().build()?;
        // The plugin would write all of its stores once more at exit, also over a newer file.
        store.close_resource();
        let store = Self { path, store };
        if found.broken {
            // What was still good must not be lost at the next start.
            let _ = store.save(&found.settings);
            let _ = store.remember(&found.known_servers);
        }
        Ok((store, found))
    }

    /// Writes the settings, for this user alone: TURN credentials are among them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, settings: &Settings) -> Result<(), NotSaved> {
        for (key, value) in fields(settings) {
            self.store.set(key, value);
        }
        self.write()
    }

    /// Writes the servers that were used.
    ///
    /// # Errors
    /// As with [`SettingsStore::save`].
    pub fn remember(&self, servers: &KnownServers) -> Result<(), NotSaved> {
        self.store.set(KNOWN_SERVERS, servers.to_value());
        self.write()
    }

    fn write(&self) -> Result<(), NotSaved> {
        let written = make_private(&self.path)
            .map_err(tauri_plugin_store::Error::Io)
            .and_then(|()| self.store.save());
        written.map_err(|error| {
            tracing::warn!(%error, "the settings cannot be written");
            NotSaved
        })
    }
}

/// Reads the file; sets it aside when any of it is not as it should be.
fn find(path: &Path) -> Found {
    let found = match std::fs::read(path) {
        Ok(text) => read(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::default(),
        Err(error) => {
            tracing::warn!(%error, "the settings cannot be read");
            Found::unreadable()
        }
    };
    let done = if found.broken {
        set_aside(path)
    } else {
        make_private(path)
    };
    if let Err(error) = done {
        tracing::warn!(%error, broken = found.broken, "the settings' file stays as it is");
    }
    found
}

/// Takes every setting that is well-formed and within its bounds. Settings of a newer version are ignored.
fn read(text: &[u8]) -> Found {
    let Ok(kept) = serde_json::from_slice::<Map<String, Value>>(text) else {
        return Found::unreadable();
    };
    let mut found = Found::default();
    if let Some(servers) = kept.get(KNOWN_SERVERS) {
        match KnownServers::read(servers) {
            Some(servers) => found.known_servers = servers,
            None => found.broken = true,
        }
    }
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

fn set_aside(path: &Path) -> io::Result<()> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    std::fs::rename(
        path,
        path.with_file_name(format!("settings.broken-{}.json", now.as_millis())),
    )
}

/// The store's own writing would leave a new file open to others.
fn make_private(path: &Path) -> io::Result<()> {
    let file = private_file().create(true).append(true).open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    drop(file);
    Ok(())
}
