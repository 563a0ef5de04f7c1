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
        search.find().into_iter().next().map(Program::Found)
    }
}

/// The page's side of the socket, with WebCrypto: `call` sends a command, `onAttached` and `onEvent` are the test's.
pub const CONNECT: &str = r"
let onAttached = () => {};
let onEvent = () => {};
let id = 0;
const hex = (bytes) => [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, '0')).join('');
const unhex = (text) => Uint8Array.from(text.match(/../g), (digits) => parseInt(digits, 16));
const text = (text) => new TextEncoder().encode(text);
const hmac = async (key, ...parts) => {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, await new Blob(parts).arrayBuffer()));
};
const token = location.hash.slice(1);
history.replaceState(null, '', '/');
if (token) sessionStorage.clear();
let secret = unhex(token || sessionStorage.getItem('session'));
const open = () => {
  const socket = new WebSocket(`ws://${location.host}/ipc`);
  const nonce = crypto.getRandomValues(new Uint8Array(32));
  const first = sessionStorage.getItem('session') ? 'session' : 'launch';
  socket.onopen = () => socket.send(JSON.stringify({ secret: first, nonce: hex(nonce) }));
  socket.onmessage = async ({ data }) => {
    const answer = JSON.parse(data);
    const nonces = [nonce, unhex(answer.nonce)];
    const door = await hmac(secret, text('parlour loopback v1 door'), ...nonces);
    if (answer.proof !== hex(door)) throw new Error('not the app');
    socket.onmessage = ({ data }) => onEvent(JSON.parse(data));
    const proof = await hmac(secret, text('parlour loopback v1 page'), ...nonces);
    if (first === 'launch') {
      const extracted = await hmac(await new Blob(nonces).arrayBuffer(), secret);
      secret = await hmac(extracted, text('parlour loopback v1 session'), new Uint8Array([1]));
      sessionStorage.setItem('session', hex(secret));
    }
    socket.send(JSON.stringify({ proof: hex(proof) }));
    onAttached();
  };
  return socket;
};
const socket = open();
const call = (cmd, args) => socket.send(JSON.stringify({ id: (id += 1), cmd, args }));
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
