//! A server that has as much to do as it can: the CPU of a message, and how much longer the slowest messages take.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::figures::ARRIVAL_TIMEOUT;
use crate::peer::{Kind, Peer, Room, signal};
use crate::process::Process;

const ROOMS: u32 = 100;
/// Messages of each peer: fewer than a connection may send in a burst.
const MESSAGES: u32 = 400;
/// Messages of each peer that are on their way at a time.
const WINDOW: usize = 8;
/// Characters of the envelope.
const ENVELOPE_CHARS: usize = 1024;

/// The cost of messages that come as fast as they can.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Saturated {
    /// Microseconds of CPU for one message.
    pub(crate) cpu: f64,
    /// The time from peer to peer that 99 of 100 messages keep, as a multiple of the median.
    pub(crate) tail: f64,
}

/// One direction of a room.
struct Flow {
    /// Those that may still be sent.
    window: Arc<Semaphore>,
    /// When each was sent. They arrive in order.
    sent: std::sync::mpsc::Receiver<Instant>,
}

/// Measures it in rooms of two whose peers both send.
pub(crate) async fn measure(process: &Process, kind: Kind) -> Result<Saturated> {
    let mut rooms = Vec::new();
    for _ in 0..ROOMS {
        let room = Room::new(kind);
        let first = Peer::join(process.addr(), kind, &room).await?;
        let second = Peer::join(process.addr(), kind, &room).await?;
        rooms.push((first, second));
    }
    let before = process.cpu()?;
    let mut senders = JoinSet::new();
    let mut receivers = JoinSet::new();
    for (first, second) in rooms {
        let (first_id, second_id) = (first.id, second.id);
        let (first_sink, first_stream) = first.socket.split();
        let (second_sink, second_stream) = second.socket.split();
        let flows = [
            (first_sink, second_stream, second_id),
            (second_sink, first_stream, first_id),
        ];
        for (mut sink, mut stream, to) in flows {
            let (noted, sent) = std::sync::mpsc::channel();
            let window = Arc::new(Semaphore::new(WINDOW));
            let flow = Flow {
                window: Arc::clone(&window),
                sent,
            };
            let message = signal(to, ENVELOPE_CHARS)?;
            senders.spawn(async move {
                for _ in 0..MESSAGES {
                    window.acquire().await?.forget();
                    noted.send(Instant::now())?;
                    sink.send(message.clone()).await?;
                }
                anyhow::Ok(sink)
            });
            receivers.spawn(async move {
                let mut latencies = Vec::new();
                while latencies.len() < MESSAGES as usize {
                    let frame = stream.next().await.context("the connection has ended")??;
                    if frame.is_text() && frame.len() >= ENVELOPE_CHARS {
                        latencies.push(flow.sent.recv()?.elapsed().as_secs_f64());
                        flow.window.add_permits(1);
                    }
                }
                anyhow::Ok(latencies)
            });
        }
    }
    let mut latencies = Vec::new();
    let all = async {
        while let Some(received) = receivers.join_next().await {
            latencies.extend(received??);
        }
        anyhow::Ok(())
    };
    timeout(ARRIVAL_TIMEOUT, all).await??;
    let spent = process.cpu()? - before;
    latencies.sort_by(f64::total_cmp);
    let at = |share: f64| latencies[(latencies.len() as f64 * share) as usize];
    Ok(Saturated {
        cpu: spent.as_secs_f64() * 1e6 / latencies.len() as f64,
        tail: at(0.99) / at(0.5),
    })
}
