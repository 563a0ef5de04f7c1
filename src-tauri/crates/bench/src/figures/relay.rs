//! The CPU of a relayed message, in rooms of two whose peers both send.

use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::{SinkExt, StreamExt};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use crate::figures::ARRIVAL_TIMEOUT;
use crate::peer::{Held, Kind, Peer, Room, Sender, signal};
use crate::process::Process;

/// Enough that each peer stays below the frames a second that a connection may send.
const ROOMS: u32 = 50;
const PEERS: u32 = 2 * ROOMS;
/// Characters of the envelope.
const ENVELOPE_CHARS: usize = 1024;

/// Microseconds of CPU for one message, at that many messages a second in all.
pub(crate) async fn measure(
    process: &Process,
    kind: Kind,
    per_second: u32,
    seconds: u32,
) -> Result<f64> {
    let mut held = Held::default();
    let mut senders = Vec::new();
    for _ in 0..ROOMS {
        let room = Room::new(kind);
        let first = Peer::join(process.addr(), kind, &room).await?;
        let second = Peer::join(process.addr(), kind, &room).await?;
        let (first_id, second_id) = (first.id, second.id);
        for (peer, to) in [(first, second_id), (second, first_id)] {
            let (sink, stream) = peer.socket.split();
            held.hold_reader(stream, ENVELOPE_CHARS);
            senders.push((sink, signal(to, ENVELOPE_CHARS)?));
        }
    }
    let period = Duration::from_secs(1) * PEERS / per_second;
    let messages = per_second * seconds / PEERS;
    let before = process.cpu()?;
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for (n, (sink, message)) in (0..).zip(senders) {
        let first = start + period * n / PEERS;
        tasks.spawn(async move {
            let mut sink: Sender = sink;
            let mut ticks = interval_at(first, period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            for _ in 0..messages {
                ticks.tick().await;
                sink.send(message.clone()).await?;
            }
            // Kept until all have arrived: a peer that is gone gets nothing.
            anyhow::Ok(sink)
        });
    }
    let mut sinks = Vec::new();
    while let Some(done) = tasks.join_next().await {
        sinks.push(done??);
    }
    let expected = u64::from(messages * PEERS);
    let arrived = timeout(ARRIVAL_TIMEOUT, held.have_received(expected)).await;
    ensure!(
        arrived.is_ok(),
        "{} of {expected} messages have arrived",
        held.received()
    );
    let spent = process.cpu()? - before;
    Ok(spent.as_secs_f64() * 1e6 / expected as f64)
}
