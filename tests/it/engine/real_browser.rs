//! Real browsers for the engine's tests, and a page that reports to the test.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use parlour::engine::loopback::{Asset, CommandFuture, Dispatch};
use parlour::engine::{BrowserSearch, Program};
use serde_json::Value;
use tokio::sync::mpsc;

#[derive(Clone, Copy)]
pub enum RealBrowser {
    Chromium,
    Firefox,
}

impl RealBrowser {
    /// The browser as the engine finds it, with flags beside those of a call: a test has no screen and no camera, and
    /// root has no sandbox. No flag answers a permission question. `None` when it is not installed.
    pub fn wrapped(self, folder: &Path) -> Option<Program> {
        let (name, real, script) = match self {
            Self::Chromium => (
                "chromium",
                "/usr/bin/chromium",
                "exec /usr/bin/chromium --headless=new --no-sandbox --disable-gpu \
                 --use-fake-device-for-media-stream \"$@\"",
            ),
            Self::Firefox => (
                "firefox-esr",
                "/usr/bin/firefox-esr",
                "echo 'user_pref(\"media.navigator.streams.fake\", true);' >> \"$3/prefs.js\"\n\
                 MOZ_HEADLESS=1 exec /usr/bin/firefox-esr \"$@\"",
            ),
        };
        if !Path::new(real).exists() {
            eprintln!("skipped: there is no {real}");
            return None;
        }
        let wrapper = folder.join(name);
        std::fs::write(&wrapper, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).unwrap();
        let search = BrowserSearch {
            path: folder.into(),
            home: folder.into(),
            root: "/".into(),
        };
        Some(Program::Found(search.find().unwrap()))
    }
}

/// The page's side of the socket: `call` sends a command, `onAttached` and `onEvent` are the test's.
pub const CONNECT: &str = r"
let onAttached = () => {};
let onEvent = () => {};
const socket = new WebSocket(`ws://${location.host}/ipc`);
let id = 0;
const call = (cmd, args) => socket.send(JSON.stringify({ id: (id += 1), cmd, args }));
socket.onopen = () => onAttached();
socket.onmessage = ({ data }) => onEvent(JSON.parse(data));
";

/// A page with this script as its only file.
pub fn page_with(path: &str, script: &str) -> Option<Asset> {
    const INDEX: &str =
        "<!doctype html><script type=\"module\" crossorigin src=\"/assets/app.js\"></script>";
    let (mime, text) = match path {
        "/index.html" => ("text/html", INDEX),
        "/assets/app.js" => ("text/javascript", script),
        _ => return None,
    };
    Some(Asset {
        mime: mime.to_owned(),
        bytes: text.into(),
    })
}

/// Passes the arguments of every command to the test.
pub struct Reports(pub mpsc::UnboundedSender<Value>);

impl Dispatch for Reports {
    fn call(&self, _command: &str, args: Value) -> CommandFuture {
        self.0.send(args).unwrap();
        Box::pin(async { Ok(Value::Null) })
    }
}

/// No process that names the folder is left.
pub fn assert_no_process_names(folder: &Path) {
    let folder = folder.display().to_string();
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        assert!(!line.contains(&folder), "still running: {line}");
    }
}
