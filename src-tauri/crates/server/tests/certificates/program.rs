//! A running `parlour-server`, which is killed at the end of its test.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long something may take that happens by itself.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) struct Program {
    child: Child,
    pub(crate) addr: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Program {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut child = command()
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, kept) = (
            BufReader::new(child.stderr.take().unwrap()),
            Arc::clone(&log),
        );
        thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let mut log = kept.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let addr = line.trim().strip_prefix("listening on ");
        let addr = addr.unwrap_or_else(|| panic!("it did not start: {}", log.lock().unwrap()));
        let addr = addr.parse().unwrap();
        Self { child, addr, log }
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Asks for fresh certificates.
    pub(crate) fn hang_up(&self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-HUP", &pid]).status().unwrap();
        assert!(sent.success());
    }

    pub(crate) async fn wait_for_log(&self, text: &str) {
        let start = Instant::now();
        while !self.log().contains(text) {
            assert!(start.elapsed() < TIMEOUT, "no {text:?} in:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program's output and its exit code, when it is to end at once.
pub(crate) fn ended(args: &[&str]) -> (i32, String) {
    let output = command().args(args).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().unwrap(), said)
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlour-server"));
    command.env_remove("RUST_LOG").env("PARLOUR_LOG", "debug");
    command
}
