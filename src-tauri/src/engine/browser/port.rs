//! The door's port, kept so that the browser's permissions and storage for the page stay.

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;

use tokio::net::TcpListener;

use crate::storage::atomic_file;

/// Below what systems hand out to outgoing connections, so that the port is likely to be free the next time.
const RANGE: std::ops::Range<u16> = 20_000..32_000;
/// Random ports tried before the system chooses.
const TRIES: usize = 16;

/// Binds the port that `file` holds, or another, which is then kept there. True when a kept port was taken.
pub(super) async fn bind(file: &Path) -> io::Result<(TcpListener, bool)> {
    let kept = std::fs::read_to_string(file)
        .ok()
        .and_then(|text| text.trim().parse::<u16>().ok())
        .filter(|port| *port >= 1024);
    if let Some(port) = kept
        && let Ok(listener) = listen(port).await
    {
        return Ok((listener, false));
    }
    let listener = another().await?;
    let port = listener.local_addr()?.port();
    atomic_file::write(file, format!("{port}\n").as_bytes())?;
    Ok((listener, kept.is_some()))
}

async fn another() -> io::Result<TcpListener> {
    for _ in 0..TRIES {
        let random = getrandom::u32().map_err(io::Error::other)?;
        let port = RANGE.start + (random % u32::from(RANGE.end - RANGE.start)) as u16;
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
    async fn the_port_stays() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("port");
        let (first, moved) = bind(&file).await.unwrap();
        assert!(!moved);
        let kept = port(&first);
        drop(first);
        let (second, moved) = bind(&file).await.unwrap();
        assert!(!moved);
        assert_eq!(port(&second), kept);
    }

    #[tokio::test]
    async fn a_taken_port_is_left_for_good() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("port");
        let (squatter, _) = bind(&file).await.unwrap();
        let (door, moved) = bind(&file).await.unwrap();
        assert!(moved);
        assert_ne!(port(&door), port(&squatter));
        let kept = std::fs::read_to_string(&file).unwrap();
        assert_eq!(kept.trim(), port(&door).to_string());
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
