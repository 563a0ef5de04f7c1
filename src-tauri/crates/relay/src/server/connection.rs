//! One connection of a relay.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::{SinkExt, StreamExt};
use parlour_signaling::server::{DuplexStream, RelaySocket};
use tokio::sync::mpsc;
use tokio::time::{self, Instant};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::Shared;
use super::hub::ConnId;
use super::limits::{MAX_FRAME_BYTES, MAX_QUEUED, MAX_REFUSALS, PING_AFTER, PONG_TIMEOUT};

type Socket = WebSocketStream<Box<dyn DuplexStream>>;

/// Serves a connection to its end.
pub(super) async fn run(socket: RelaySocket, shared: Arc<Shared>) {
    let RelaySocket {
        stream,
        early,
        source,
    } = socket;
    let config = WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * MAX_FRAME_BYTES)
        .max_message_size(Some(MAX_FRAME_BYTES))
        .max_frame_size(Some(MAX_FRAME_BYTES));
    let role = Role::Server;
    let mut socket = Socket::from_partially_read(stream, early, role, Some(config)).await;
    let (sender, queue) = mpsc::channel(MAX_QUEUED);
    let opened = {
        let mut state = shared.lock();
        let opened = state.hub.open(source, Instant::now().into_std());
        if let Some(conn) = opened {
            state.queues.insert(conn, sender);
        }
        opened
    };
    let Some(conn) = opened else {
        let notice = Message::text(r#"["NOTICE","rate-limited: too many connections"]"#);
        let refuse = async {
            socket.send(notice).await?;
            socket.close(None).await
        };
        let _ = time::timeout(PONG_TIMEOUT, refuse).await;
        return;
    };
    let mut connection = Connection {
        open: Open {
            shared,
            conn,
            queue,
        },
        refusals: 0,
    };
    let _ = connection.serve(&mut socket).await;
    let _ = time::timeout(PONG_TIMEOUT, socket.close(None)).await;
}

struct Connection {
    open: Open,
    refusals: u32,
}

/// Removes the connection, and what waits for it from the count, however its task ends.
struct Open {
    shared: Arc<Shared>,
    conn: ConnId,
    queue: mpsc::Receiver<Utf8Bytes>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.shared.close(self.conn);
        self.queue.close();
        while let Ok(text) = self.queue.try_recv() {
            self.taken(&text);
        }
    }
}

impl Open {
    fn taken(&self, text: &Utf8Bytes) {
        let bytes = &self.shared.queued_bytes;
        bytes.fetch_sub(text.len(), Ordering::Relaxed);
    }
}

/// The connection has ended, or has to.
struct Ended;

impl From<Error> for Ended {
    fn from(_: Error) -> Self {
        Self
    }
}

impl Connection {
    async fn serve(&mut self, socket: &mut Socket) -> Result<(), Ended> {
        let silence = time::sleep(PING_AFTER);
        tokio::pin!(silence);
        let mut is_pinged = false;
        loop {
            tokio::select! {
                frame = socket.next() => {
                    let frame = frame.ok_or(Ended)??;
                    is_pinged = false;
                    silence.as_mut().reset(Instant::now() + PING_AFTER);
                    match frame {
                        Message::Text(text) => self.receive(socket, &text).await?,
                        // The answer to a ping is flushed.
                        _ => write(socket.flush()).await?,
                    }
                }
                text = self.open.queue.recv() => {
                    let text = text.ok_or(Ended)?;
                    self.open.taken(&text);
                    write(socket.send(Message::Text(text))).await?;
                }
                () = &mut silence => {
                    if is_pinged {
                        return Err(Ended);
                    }
                    is_pinged = true;
                    silence.as_mut().reset(Instant::now() + PONG_TIMEOUT);
                    write(socket.send(Message::Ping(Vec::new().into()))).await?;
                }
            }
        }
    }

    async fn receive(&mut self, socket: &mut Socket, text: &str) -> Result<(), Ended> {
        let (answers, is_refused) = self.open.shared.receive(self.open.conn, text);
        for answer in answers {
            let text = answer.to_text().map_err(|_| Ended)?;
            write(socket.send(Message::text(text))).await?;
        }
        self.refusals += u32::from(is_refused);
        if self.refusals > MAX_REFUSALS {
            return Err(Ended);
        }
        Ok(())
    }
}

/// A client that does not read is not waited for.
async fn write(writing: impl Future<Output = Result<(), Error>>) -> Result<(), Ended> {
    match time::timeout(PONG_TIMEOUT, writing).await {
        Ok(written) => Ok(written?),
        Err(_) => Err(Ended),
    }
}
