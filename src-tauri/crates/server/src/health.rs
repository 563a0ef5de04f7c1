//! `/healthz`, `/readyz` and `/metrics`, at an address of their own: they are for the machine's owner and not for guests.

use std::time::Duration;

use parlour_signaling::server::Monitor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::warn;

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of the largest request head.
const MAX_REQUEST_BYTES: usize = 4096;
/// Requests at a time.
const MAX_REQUESTS: usize = 32;
/// Pause after a failed accept.
const ACCEPT_ERROR_PAUSE: Duration = Duration::from_millis(100);

/// Answers until it is dropped.
pub(crate) async fn serve(listener: TcpListener, monitor: Monitor) {
    let mut requests = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = requests.join_next() => {}
            accepted = listener.accept(), if requests.len() < MAX_REQUESTS => match accepted {
                Ok((stream, _)) => {
                    requests.spawn(timeout(REQUEST_TIMEOUT, answer(stream, monitor.clone())));
                }
                Err(error) => {
                    warn!(kind = ?error.kind(), "cannot accept at the address of the metrics");
                    sleep(ACCEPT_ERROR_PAUSE).await;
                }
            },
        }
    }
}

/// Answers one request. An error ends the connection.
async fn answer(mut stream: TcpStream, monitor: Monitor) -> Option<()> {
    let mut head = Vec::with_capacity(512);
    while !head.windows(4).any(|part| part == b"\r\n\r\n") {
        if head.len() >= MAX_REQUEST_BYTES || stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let line = head.split(|byte| *byte == b'\r').next()?;
    let (status, body) = response(&String::from_utf8_lossy(line), &monitor);
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
         Content-Length: {length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

/// Status and body for a request line.
fn response(line: &str, monitor: &Monitor) -> (&'static str, String) {
    let mut words = line.split(' ');
    let (method, target) = (words.next(), words.next().unwrap_or_default());
    if method != Some("GET") {
        return ("405 Method Not Allowed", String::new());
    }
    match target.split('?').next() {
        Some("/healthz") => ("200 OK", "ok\n".to_owned()),
        Some("/readyz") if monitor.is_ready() => ("200 OK", "ready\n".to_owned()),
        Some("/readyz") => ("503 Service Unavailable", "going down\n".to_owned()),
        Some("/metrics") => match monitor.metrics() {
            Some(text) => ("200 OK", text),
            None => ("503 Service Unavailable", String::new()),
        },
        _ => ("404 Not Found", String::new()),
    }
}
