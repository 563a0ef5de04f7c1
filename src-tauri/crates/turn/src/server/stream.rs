//! One TCP connection of a client.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::sync::mpsc;

use super::Client;
use crate::message::frame_bytes;

/// Bytes of a frame. Media and data channels send datagrams of at most 1,500.
const MAX_FRAME_BYTES: usize = 4096;

/// A frame that a client sent.
pub(super) struct Frame {
    pub(super) from: Client,
    pub(super) bytes: Vec<u8>,
}

/// Reads and writes until the client or the server ends the connection. Returns the client. `head` was read before.
pub(super) async fn run(
    stream: impl AsyncRead + AsyncWrite,
    head: Vec<u8>,
    client: Client,
    frames: mpsc::Sender<Frame>,
    packets: mpsc::Receiver<Vec<u8>>,
) -> Client {
    let (reader, writer) = split(stream);
    // The reason of the end is of no use.
    tokio::select! {
        _ = read(reader, head, client, frames) => {}
        _ = write(writer, packets) => {}
    }
    client
}

async fn read(
    mut reader: impl AsyncRead + Unpin,
    mut bytes: Vec<u8>,
    from: Client,
    frames: mpsc::Sender<Frame>,
) -> io::Result<()> {
    loop {
        // Whole frames first.
        let mut start = 0;
        while let Some(length) =
            frame_bytes(&bytes[start..]).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?
        {
            if length > MAX_FRAME_BYTES {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let Some(frame) = bytes.get(start..start + length) else {
                break;
            };
            let frame = Frame {
                from,
                bytes: frame.to_vec(),
            };
            if frames.send(frame).await.is_err() {
                return Ok(());
            }
            start += length;
        }
        bytes.drain(..start);
        let free = MAX_FRAME_BYTES.saturating_sub(bytes.len()) as u64;
        if (&mut reader).take(free).read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
}

async fn write(
    mut writer: impl AsyncWrite + Unpin,
    mut packets: mpsc::Receiver<Vec<u8>>,
) -> io::Result<()> {
    while let Some(packet) = packets.recv().await {
        writer.write_all(&packet).await?;
    }
    Ok(())
}
