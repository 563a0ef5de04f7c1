//! Finds a browser on this computer.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Decides which flags a browser takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Chromium and its derivatives. They have an app mode.
    Chromium,
    Firefox,
}

/// A sandbox that keeps a browser from parts of the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confinement {
    None,
    /// A snap of this name. It cannot read hidden folders of the home folder or the system's temporary folder.
    Snap(String),
    /// A flatpak of this id. It can read only its own folder.
    Flatpak(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Browser {
    /// Shown to people.
    pub name: String,
    pub family: Family,
    pub path: PathBuf,
    pub confinement: Confinement,
}

/// Where to search. The fields are inputs so that a test can describe another computer.
#[derive(Clone, Debug)]
pub struct BrowserSearch {
    /// The variable `PATH`.
    pub path: OsString,
    pub home: PathBuf,
    /// The root of absolute paths such as `/snap/bin`.
    pub root: PathBuf,
}

struct KnownBrowser {
    name: &'static str,
    family: Family,
    programs: &'static [&'static str],
    flatpak: &'static str,
    #[cfg_attr(not(target_os = "macos"), allow(dead_code))]
    mac: &'static str,
    #[cfg_attr(not(windows), allow(dead_code))]
    windows: &'static str,
}

/// In order of preference: browsers with an app mode first.
const KNOWN_BROWSERS: &[KnownBrowser] = &[
    KnownBrowser {
        name: "Chromium",
        family: Family::Chromium,
        programs: &["chromium", "chromium-browser"],
        flatpak: "org.chromium.Chromium",
        mac: "Chromium.app/Contents/MacOS/Chromium",
        windows: r"Chromium\Application\chrome.exe",
    },
    KnownBrowser {
        name: "Google Chrome",
        family: Family::Chromium,
        programs: &["google-chrome", "google-chrome-stable"],
        flatpak: "com.google.Chrome",
        mac: "Google Chrome.app/Contents/MacOS/Google Chrome",
        windows: r"Google\Chrome\Application\chrome.exe",
    },
    KnownBrowser {
        name: "Brave",
        family: Family::Chromium,
        programs: &["brave-browser"],
        flatpak: "com.brave.Browser",
        mac: "Brave Browser.app/Contents/MacOS/Brave Browser",
        windows: r"BraveSoftware\Brave-Browser\Application\brave.exe",
    },
    KnownBrowser {
        name: "Microsoft Edge",
        family: Family::Chromium,
        programs: &["microsoft-edge", "microsoft-edge-stable"],
        flatpak: "com.microsoft.Edge",
        mac: "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
        windows: r"Microsoft\Edge\Application\msedge.exe",
    },
    KnownBrowser {
        name: "Vivaldi",
        family: Family::Chromium,
        programs: &["vivaldi", "vivaldi-stable"],
        flatpak: "com.vivaldi.Vivaldi",
        mac: "Vivaldi.app/Contents/MacOS/Vivaldi",
        windows: r"Vivaldi\Application\vivaldi.exe",
    },
    KnownBrowser {
        name: "Firefox",
        family: Family::Firefox,
        programs: &["firefox", "firefox-esr"],
        flatpak: "org.mozilla.firefox",
        mac: "Firefox.app/Contents/MacOS/firefox",
        windows: r"Mozilla Firefox\firefox.exe",
    },
];

/// The names of all browsers that are known, as they are shown to people.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    KNOWN_BROWSERS.iter().map(|known| known.name)
}

/// The name of the browser whose program has this file name.
pub(super) fn name_of_program(program: &str) -> Option<&'static str> {
    let is_it = |known: &&KnownBrowser| known.programs.contains(&program);
    KNOWN_BROWSERS.iter().find(is_it).map(|known| known.name)
}

impl BrowserSearch {
    #[must_use]
    pub fn of_this_computer() -> Self {
        Self {
            path: std::env::var_os("PATH").unwrap_or_default(),
            home: std::env::home_dir().unwrap_or_default(),
            root: PathBuf::from("/"),
        }
    }

    /// The installed browsers, the preferred one first. Of each known browser at most one.
    #[must_use]
    pub fn find(&self) -> Vec<Browser> {
        let found = KNOWN_BROWSERS.iter().filter_map(|known| {
            let (path, confinement) = self
                .on_path(known)
                .or_else(|| self.flatpak(known))
                .or_else(|| self.in_app_folders(known))?;
            Some(Browser {
                name: known.name.to_owned(),
                family: known.family,
                path,
                confinement,
            })
        });
        found.collect()
    }

    fn on_path(&self, known: &KnownBrowser) -> Option<(PathBuf, Confinement)> {
        // A relative entry of PATH would run a program from the folder in which the app was started.
        let folders: Vec<_> = std::env::split_paths(&self.path)
            .filter(|folder| folder.is_absolute())
            .collect();
        known.programs.iter().find_map(|program| {
            let program = format!("{program}{}", std::env::consts::EXE_SUFFIX);
            folders.iter().find_map(|folder| {
                let path = folder.join(&program);
                let confinement = is_executable(&path).then(|| self.confinement(&path))??;
                Some((path, confinement))
            })
        })
    }

    /// `None` for a wrapper of a snap that is not installed, as Ubuntu ships.
    fn confinement(&self, path: &Path) -> Option<Confinement> {
        if !cfg!(target_os = "linux") {
            return Some(Confinement::None);
        }
        let snaps = self.root.join("snap/bin");
        let by_folder = |path: &Path| {
            (path.parent() == Some(&snaps))
                .then(|| path.file_name()?.to_str().map(str::to_owned))
                .flatten()
        };
        if let Some(name) = by_folder(path) {
            return Some(Confinement::Snap(name));
        }
        if let Ok(target) = std::fs::read_link(path)
            && let Some(name) = by_folder(&target)
        {
            return is_executable(&target).then_some(Confinement::Snap(name));
        }
        if let Some(name) = wrapped_snap(path) {
            return is_executable(&snaps.join(&name)).then_some(Confinement::Snap(name));
        }
        Some(Confinement::None)
    }

    fn flatpak(&self, known: &KnownBrowser) -> Option<(PathBuf, Confinement)> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        [
            self.home.join(".local/share/flatpak/exports/bin"),
            self.root.join("var/lib/flatpak/exports/bin"),
        ]
        .into_iter()
        .map(|folder| folder.join(known.flatpak))
        .find(|path| is_executable(path))
        .map(|path| (path, Confinement::Flatpak(known.flatpak.to_owned())))
    }

    #[cfg(target_os = "macos")]
    fn in_app_folders(&self, known: &KnownBrowser) -> Option<(PathBuf, Confinement)> {
        [
            self.root.join("Applications"),
            self.home.join("Applications"),
        ]
        .into_iter()
        .map(|folder| folder.join(known.mac))
        .find(|path| is_executable(path))
        .map(|path| (path, Confinement::None))
    }

    #[cfg(windows)]
    fn in_app_folders(&self, known: &KnownBrowser) -> Option<(PathBuf, Confinement)> {
        ["ProgramFiles", "ProgramFiles(x86)", "LocalAppData"]
            .into_iter()
            .filter_map(std::env::var_os)
            .map(|folder| PathBuf::from(folder).join(known.windows))
            .find(|path| is_executable(path))
            .map(|path| (path, Confinement::None))
    }

    #[cfg(not(any(target_os = "macos", windows)))]
    #[allow(clippy::unused_self)]
    fn in_app_folders(&self, _known: &KnownBrowser) -> Option<(PathBuf, Confinement)> {
        None
    }
}

/// The name of the snap that a small shell script runs.
fn wrapped_snap(path: &Path) -> Option<String> {
    const MAX_SCRIPT_BYTES: u64 = 16 * 1024;
    if std::fs::metadata(path).ok()?.len() > MAX_SCRIPT_BYTES {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    if !text.starts_with("#!") {
        return None;
    }
    let (_, after) = text.split_once("/snap/bin/")?;
    let name: String = after
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path)
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}
