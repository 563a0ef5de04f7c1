//! The measure of the server: the least that connects two peers. It upgrades each connection with tokio-tungstenite
//! and read buffers of 4 KiB, and passes every text on to the other connections of its room, unread.
//!
//! The room is the query of the address that a client asks for. There are no limits, no pings and no checks.

use std::collections::HashMap;
use std::io::{Write, stdout};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use futures_util::{SinkExt, StreamExt};
use parlour_signaling::protocol::limits::MAX_FRAME_BYTES;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::accept_hdr_async_with_config;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// tungstenite's default is 128 KiB.
pub(crate) const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Texts that wait for one connection.
const MAX_QUEUED: usize = 256;

type Members = Vec<(u64, mpsc::Sender<Utf8Bytes>)>;

#[derive(Debug, Default)]
struct Rooms(Mutex<HashMap<String, Members>>);

/// Serves until the process ends.
pub(crate) async fn run() -> Result<()> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    println!("listening on {}", listener.local_addr()?);
    stdout().flush()?;
    let rooms = Arc::new(Rooms::default());
    for id in 0.. {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream, id, Arc::clone(&rooms)));
    }
    Ok(())
}

async fn serve(stream: TcpStream, id: u64, rooms: Arc<Rooms>) -> Result<()> {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(Some(MAX_FRAME_BYTES));
    let mut room = String::new();
    #[expect(clippy::result_large_err, reason = "the type is tungstenite's")]
    let read_room = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        request
            .uri()
            .query()
            .unwrap_or_default()
            .clone_into(&mut room);
        Ok(response)
    };
    let mut socket = accept_hdr_async_with_config(stream, read_room, Some(config)).await?;
    let (sender, mut queue) = mpsc::channel(MAX_QUEUED);
    rooms
        .lock()
        .entry(room.clone())
        .or_default()
        .push((id, sender));
    let _leaving = Leaving {
        rooms: &rooms,
        room: &room,
        id,
    };
    loop {
        tokio::select! {
            Some(text) = queue.recv() => socket.send(Message::Text(text)).await?,
            frame = socket.next() => match frame {
                Some(Ok(Message::Text(text))) => rooms.forward(&room, id, &text),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Ok(()),
            },
        }
    }
}

impl Rooms {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Members>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A text that a full queue does not take is lost. The load stays far below that.
    fn forward(&self, room: &str, from: u64, text: &Utf8Bytes) {
        for (id, sender) in self.lock().get(room).into_iter().flatten() {
            if *id != from {
                let _ = sender.try_send(text.clone());
            }
        }
    }
}

/// Removes the connection from its room, however its task ends.
struct Leaving<'a> {
    rooms: &'a Rooms,
    room: &'a str,
    id: u64,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let mut rooms = self.rooms.lock();
        if let Some(members) = rooms.get_mut(self.room) {
            members.retain(|(id, _)| *id != self.id);
            if members.is_empty() {
                rooms.remove(self.room);
            }
        }
    }
}
