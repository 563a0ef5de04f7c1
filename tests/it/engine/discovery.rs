//! Which browser is found on computers of several kinds. Each computer is a folder.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use parlour::engine::{Browser, BrowserSearch, Confinement, Family};

struct Computer(tempfile::TempDir);

impl Computer {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn program(&self, name: &str) -> PathBuf {
        self.file(name, "\x7fELF", 0o755)
    }

    /// The one that is preferred.
    fn browser(&self) -> Option<Browser> {
        self.browsers().into_iter().next()
    }

    fn browsers(&self) -> Vec<Browser> {
        let folders = ["usr/local/bin", "usr/bin", "snap/bin"].map(|folder| self.path(folder));
        BrowserSearch {
            path: std::env::join_paths(folders).unwrap(),
            home: self.path("home/mei"),
            root: self.0.path().to_owned(),
        }
        .find()
    }
}

fn found(name: &str, family: Family, path: &Path, confinement: Confinement) -> Option<Browser> {
    Some(Browser {
        name: name.to_owned(),
        family,
        path: path.to_owned(),
        confinement,
    })
}

#[test]
fn no_browser_is_found() {
    let computer = Computer::new();
    computer.program("usr/bin/lynx");
    computer.file("usr/bin/chromium", "not a program", 0o644);
    std::fs::create_dir_all(computer.path("usr/bin/google-chrome")).unwrap();
    symlink("/nowhere/at/all", computer.path("usr/bin/firefox")).unwrap();
    assert_eq!(computer.browser(), None);
}

#[test]
fn each_known_program_is_found() {
    for (program, name, family) in [
        ("chromium", "Chromium", Family::Chromium),
        ("chromium-browser", "Chromium", Family::Chromium),
        ("google-chrome", "Google Chrome", Family::Chromium),
        ("google-chrome-stable", "Google Chrome", Family::Chromium),
        ("brave-browser", "Brave", Family::Chromium),
        ("microsoft-edge", "Microsoft Edge", Family::Chromium),
        ("microsoft-edge-stable", "Microsoft Edge", Family::Chromium),
        ("vivaldi", "Vivaldi", Family::Chromium),
        ("vivaldi-stable", "Vivaldi", Family::Chromium),
        ("firefox", "Firefox", Family::Firefox),
        ("firefox-esr", "Firefox", Family::Firefox),
    ] {
        let computer = Computer::new();
        let path = computer.program(&format!("usr/bin/{program}"));
        assert_eq!(
            computer.browser(),
            found(name, family, &path, Confinement::None)
        );
    }
}

#[test]
fn an_app_mode_is_preferred() {
    let computer = Computer::new();
    computer.program("usr/local/bin/firefox");
    let path = computer.program("usr/bin/vivaldi");
    let vivaldi = found("Vivaldi", Family::Chromium, &path, Confinement::None);
    assert_eq!(computer.browser(), vivaldi);
    let path = computer.program("usr/bin/chromium");
    let chromium = found("Chromium", Family::Chromium, &path, Confinement::None);
    assert_eq!(computer.browser(), chromium);
}

#[test]
fn every_installed_browser_is_found_once() {
    let computer = Computer::new();
    for program in ["firefox", "chromium", "chromium-browser", "google-chrome"] {
        computer.program(&format!("usr/bin/{program}"));
    }
    let names: Vec<_> = computer.browsers().into_iter().map(|b| b.name).collect();
    assert_eq!(names, ["Chromium", "Google Chrome", "Firefox"]);
}

#[test]
fn the_order_of_path_decides() {
    let computer = Computer::new();
    computer.program("usr/bin/chromium");
    let path = computer.program("usr/local/bin/chromium");
    assert_eq!(computer.browser().unwrap().path, path);
}

#[test]
fn a_relative_folder_of_path_is_ignored() {
    let search = BrowserSearch {
        path: ".:bin:".into(),
        home: "/nowhere".into(),
        root: "/nowhere".into(),
    };
    assert_eq!(search.find(), []);
}

#[test]
fn a_snap_is_recognized_by_its_folder() {
    let computer = Computer::new();
    computer.program("usr/bin/snap");
    std::fs::create_dir_all(computer.path("snap/bin")).unwrap();
    let path = computer.path("snap/bin/chromium");
    symlink(computer.path("usr/bin/snap"), &path).unwrap();
    let snap = Confinement::Snap("chromium".to_owned());
    assert_eq!(
        computer.browser(),
        found("Chromium", Family::Chromium, &path, snap)
    );
}

#[test]
fn a_snap_is_recognized_by_a_link_to_it() {
    let computer = Computer::new();
    let target = computer.program("snap/bin/brave");
    std::fs::create_dir_all(computer.path("usr/bin")).unwrap();
    let path = computer.path("usr/bin/brave-browser");
    symlink(target, &path).unwrap();
    let snap = Confinement::Snap("brave".to_owned());
    assert_eq!(
        computer.browser(),
        found("Brave", Family::Chromium, &path, snap)
    );
}

/// The wrapper that Ubuntu ships.
const WRAPPER: &str = "#!/bin/sh\n
if ! [ -x /snap/bin/firefox ]; then
    echo \"Command '$0' requires the firefox snap to be installed.\" >&2
    exit 1
fi
exec /snap/bin/firefox \"$@\"\n";

#[test]
fn a_snap_is_recognized_by_its_wrapper() {
    let computer = Computer::new();
    let path = computer.file("usr/bin/firefox", WRAPPER, 0o755);
    // Without the snap the wrapper only prints an error.
    assert_eq!(computer.browser(), None);
    computer.program("snap/bin/firefox");
    let snap = Confinement::Snap("firefox".to_owned());
    assert_eq!(
        computer.browser(),
        found("Firefox", Family::Firefox, &path, snap)
    );
}

#[test]
fn the_wrapper_of_debian_is_not_a_snap() {
    let computer = Computer::new();
    let text = "#!/bin/sh\nexec /usr/lib/chromium/chromium \"$@\"\n";
    let path = computer.file("usr/bin/chromium", text, 0o755);
    let chromium = found("Chromium", Family::Chromium, &path, Confinement::None);
    assert_eq!(computer.browser(), chromium);
}

#[test]
fn flatpaks_are_found_outside_of_path() {
    for folder in [
        "home/mei/.local/share/flatpak/exports/bin",
        "var/lib/flatpak/exports/bin",
    ] {
        let computer = Computer::new();
        let path = computer.program(&format!("{folder}/org.mozilla.firefox"));
        let flatpak = Confinement::Flatpak("org.mozilla.firefox".to_owned());
        assert_eq!(
            computer.browser(),
            found("Firefox", Family::Firefox, &path, flatpak)
        );
    }
}
