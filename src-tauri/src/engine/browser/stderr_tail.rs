//! The last lines that a browser wrote on stderr, for the log when it does not start.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_util::task::AbortOnDropHandle;

const MAX_BYTES: usize = 4096;
const MAX_LINES: usize = 8;
/// In characters.
const MAX_LINE: usize = 300;
/// The browser has exited, but its last lines may still be in the pipe.
const READ_TIMEOUT: Duration = Duration::from_millis(200);
/// Shorter than a launch token, a room's secret or a peer id.
const MAX_WORD: usize = 16;

/// Reads until the browser and all its processes have closed the pipe: a full pipe would block them.
#[derive(Debug)]
pub(super) struct StderrTail {
    kept: Arc<Mutex<Kept>>,
    reader: AbortOnDropHandle<()>,
}

#[derive(Debug, Default)]
struct Kept {
    bytes: Vec<u8>,
    /// Whether the first line is incomplete.
    is_cut: bool,
}

impl StderrTail {
    pub(super) fn new(mut stderr: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let kept = Arc::<Mutex<Kept>>::default();
        let shared = Arc::clone(&kept);
        let reader = tokio::spawn(async move {
            let mut buffer = [0; 1024];
            while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                kept.push(&buffer[..count]);
            }
        });
        Self {
            kept,
            reader: AbortOnDropHandle::new(reader),
        }
    }

    /// The last lines, without addresses and without anything that could be a secret.
    pub(super) async fn last_lines(&mut self) -> String {
        let _ = tokio::time::timeout(READ_TIMEOUT, &mut self.reader).await;
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&kept.bytes);
        let lines: Vec<_> = text.lines().skip(usize::from(kept.is_cut)).collect();
        let last = &lines[lines.len().saturating_sub(MAX_LINES)..];
        let redacted: Vec<_> = last.iter().map(|line| redact(line)).collect();
        redacted.join(" | ")
    }
}

impl Kept {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let excess = self.bytes.len().saturating_sub(MAX_BYTES);
        if excess > 0 {
            self.bytes.drain(..excess);
            self.is_cut = true;
        }
    }
}

fn redact(line: &str) -> String {
    let words: Vec<_> = line
        .split(|c: char| c.is_whitespace() || c.is_control())
        .map(|word| if may_be_logged(word) { word } else { "…" })
        .collect();
    words.join(" ").chars().take(MAX_LINE).collect()
}

fn may_be_logged(word: &str) -> bool {
    let is_address = |part: &str| {
        part.parse::<IpAddr>().is_ok()
            || part
                .rsplit_once(':')
                .is_some_and(|(host, _)| host.parse::<IpAddr>().is_ok())
    };
    let mut parts = word.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | ':')));
    if word.contains("://") || parts.any(is_address) {
        return false;
    }
    // A long word with digits, unlike a file's name or a class, is a key of some kind.
    !word
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))
        .any(|run| run.len() >= MAX_WORD && run.bytes().any(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    async fn logged(text: &str) -> String {
        StderrTail::new(std::io::Cursor::new(text.as_bytes().to_vec()))
            .last_lines()
            .await
    }

    #[tokio::test]
    async fn the_reason_for_a_failed_start_is_kept() {
        let text = "[1:1:1127/041843.1:FATAL:zygote_host_impl_linux.cc(132)] No usable sandbox!\n\
                    The profile appears to be in use by another process (4242) on another computer (otherhost).\n";
        let logged = logged(text).await;
        assert!(logged.contains("No usable sandbox! | The profile appears"));
        assert!(logged.contains("(4242) on another computer (otherhost)"));
    }

    #[tokio::test]
    async fn no_address_and_no_secret_is_kept() {
        let token = "0123456789abcdef".repeat(4);
        let text = format!(
            "a http://127.0.0.1:41000/#{token} b\nfile:///p/door/call.html\n{token}\n\
             peer 192.0.2.7:4000, [2001:db8::1]:9 AQABAgMEBQYHCAkKCwwNDg94cg parlour://join/x/y\n"
        );
        let logged = logged(&text).await;
        for secret in [
            "0123",
            "call.html",
            "192.0",
            "2001",
            "AQAB",
            "join",
            "127.0",
        ] {
            assert!(!logged.contains(secret), "{secret} in {logged}");
        }
        assert!(logged.starts_with("a … b | … | …"));
    }

    #[tokio::test]
    async fn only_the_end_is_kept() {
        let many: String = (0..2000).map(|n| format!("line {n}\n")).collect();
        let last = logged(&many).await;
        assert_eq!(last.split(" | ").count(), MAX_LINES);
        assert!(last.ends_with("line 1999"));
        assert_eq!(logged(&"x".repeat(100_000)).await, "");
    }
}
