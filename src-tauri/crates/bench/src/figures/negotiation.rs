//! The CPU of a message while people negotiate: a description and its candidates at once, in both directions.

use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::{SinkExt, StreamExt};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::figures::ARRIVAL_TIMEOUT;
use crate::peer::{Held, Kind, Peer, Room, Sender, signal};
use crate::process::Process;

const ROOMS: u32 = 50;
/// Negotiations of each room, one after the other.
const NEGOTIATIONS: u32 = 6;
const CANDIDATES: u32 = 16;
/// Characters of a sealed description with sound and pictures, and of a sealed candidate.
const DESCRIPTION_CHARS: usize = 3000;
const CANDIDATE_CHARS: usize = 300;
/// From one negotiation to the next.
const PAUSE: Duration = Duration::from_millis(250);

/// Microseconds of CPU for one message.
pub(crate) async fn measure(process: &Process, kind: Kind) -> Result<f64> {
    let mut held = Held::default();
    let mut senders = Vec::new();
    for _ in 0..ROOMS {
        let room = Room::new(kind);
        let first = Peer::join(process.addr(), kind, &room).await?;
        let second = Peer::join(process.addr(), kind, &room).await?;
        let (first_id, second_id) = (first.id, second.id);
        for (peer, to) in [(first, second_id), (second, first_id)] {
            let (sink, stream) = peer.socket.split();
            held.hold_reader(stream, CANDIDATE_CHARS);
            senders.push((
                sink,
                signal(to, DESCRIPTION_CHARS)?,
                signal(to, CANDIDATE_CHARS)?,
            ));
        }
    }
    let before = process.cpu()?;
    let mut tasks = JoinSet::new();
    for (n, (sink, description, candidate)) in (0..).zip(senders) {
        tasks.spawn(async move {
            let mut sink: Sender = sink;
            sleep(PAUSE * n / (2 * ROOMS)).await;
            for _ in 0..NEGOTIATIONS {
                sink.feed(description.clone()).await?;
                for _ in 0..CANDIDATES {
                    sink.feed(candidate.clone()).await?;
                }
                sink.flush().await?;
                sleep(PAUSE).await;
            }
            // Kept until all have arrived: a peer that is gone gets nothing.
            anyhow::Ok(sink)
        });
    }
    let mut sinks = Vec::new();
    while let Some(done) = tasks.join_next().await {
        sinks.push(done??);
    }
    let expected = u64::from(2 * ROOMS * NEGOTIATIONS * (1 + CANDIDATES));
    let arrived = timeout(ARRIVAL_TIMEOUT, held.have_received(expected)).await;
    ensure!(
        arrived.is_ok(),
        "{} of {expected} messages have arrived",
        held.received()
    );
    let spent = process.cpu()? - before;
    Ok(spent.as_secs_f64() * 1e6 / expected as f64)
}
