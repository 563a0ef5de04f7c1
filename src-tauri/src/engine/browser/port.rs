//! The port of the loopback server. It stays the same because the browser keeps permissions and storage by origin.

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;

use tokio::net::TcpListener;

use crate::storage::atomic_file;

/// Below the ephemeral ports of common systems, so that the port is likely to be free the next time.
const PORT_RANGE: std::ops::Range<u16> = 20_000..32_000;
/// Random ports that are tried before the system chooses one.
const MAX_RANDOM_TRIES: usize = 16;

/// Binds the port that `file` holds, or another port, which it saves. Returns `true` when the saved port was taken.
pub(super) async fn bind(file: &Path) -> io::Result<(TcpListener, bool)> {
    let saved = std::fs::read_to_string(file)
        .ok()
        .and_then(|text| text.trim().parse::<u16>().ok())
        .filter(|port| *port >= 1024);
    if let Some(port) = saved
        && let Ok(listener) = listen(port).await
    {
        return Ok((listener, false));
    }
    let listener = bind_new_port().await?;
    let port = listener.local_addr()?.port();
    atomic_file::write(file, format!("{port}\n").as_bytes())?;
    Ok((listener, saved.is_some()))
}

async fn bind_new_port() -> io::Result<TcpListener> {
    for _ in 0..MAX_RANDOM_TRIES {
        let random = getrandom::u32().map_err(io::Error::other)?;
        let port =
            PORT_RANGE.start + (random % u32::from(PORT_RANGE.end - PORT_RANGE.start)) as u16;
        if let Ok(listener) = listen(port).await {
            return Ok(listener);
        }
    }
    listen(0).await
}

async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn port(listener: &TcpListener) -> u16 {
        listener.local_addr().unwrap().port()
    }

    #[tokio::test]
    async fn the_port_is_kept() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("port");
        let (first, moved) = bind(&file).await.unwrap();
        assert!(!moved);
        let saved = port(&first);
        drop(first);
        let (second, moved) = bind(&file).await.unwrap();
        assert!(!moved);
        assert_eq!(port(&second), saved);
    }

    #[tokio::test]
    async fn a_taken_port_is_replaced_for_good() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("port");
        let (squatter, _) = bind(&file).await.unwrap();
        let (replacement, moved) = bind(&file).await.unwrap();
        assert!(moved);
        assert_ne!(port(&replacement), port(&squatter));
        let saved = std::fs::read_to_string(&file).unwrap();
        assert_eq!(saved.trim(), port(&replacement).to_string());
    }

    #[tokio::test]
    async fn a_broken_file_is_replaced() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("port");
        for text in ["", "x", "80", "99999"] {
            std::fs::write(&file, text).unwrap();
            let (listener, moved) = bind(&file).await.unwrap();
            assert!(!moved && port(&listener) >= 1024);
        }
    }
}
