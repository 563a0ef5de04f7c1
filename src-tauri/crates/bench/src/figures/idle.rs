//! The cost of connections that have joined and do nothing: memory, and the CPU of pings.

use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use crate::peer::{Held, Kind, Peer, Room};
use crate::process::Process;

/// How long the memory settles after the last join.
const SETTLING: Duration = Duration::from_secs(2);
/// One interval of the pings that the server sends to idle connections. The forwarder sends none.
const WATCHED: Duration = Duration::from_secs(30);
/// Two intervals of the pings that Parlour's client sends on an idle connection.
const WATCHED_PINGING: Duration = Duration::from_secs(30);

/// The cost of idle connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Idle {
    /// KiB of memory for one connection.
    pub(crate) memory: f64,
    /// Percent of one core for all of them, while they only answer pings.
    pub(crate) cpu: f64,
    /// The same while each pings as Parlour's client does.
    pub(crate) cpu_pinging: f64,
}

/// Fills a fresh process with connections, two a room.
pub(crate) async fn measure(process: &Process, kind: Kind, connections: u32) -> Result<Idle> {
    // The first connections pay for what a process sets up once.
    let mut held = Held::default();
    fill(&mut held, process, kind, 32).await?;
    let before = process.memory()?;
    fill(&mut held, process, kind, connections).await?;
    sleep(SETTLING).await;
    let grown = process.memory()?.saturating_sub(before);
    let watched = match kind {
        Kind::Server => WATCHED,
        Kind::Forwarder => WATCHED / 10,
    };
    let cpu = percent_of_a_core(process, watched).await?;
    held.start_pings();
    Ok(Idle {
        memory: grown as f64 / 1024.0 / f64::from(connections),
        cpu,
        cpu_pinging: percent_of_a_core(process, WATCHED_PINGING).await?,
    })
}

async fn percent_of_a_core(process: &Process, watched: Duration) -> Result<f64> {
    let begun = process.cpu()?;
    sleep(watched).await;
    let spent = process.cpu()? - begun;
    Ok(100.0 * spent.as_secs_f64() / watched.as_secs_f64())
}

async fn fill(held: &mut Held, process: &Process, kind: Kind, connections: u32) -> Result<()> {
    for _ in 0..connections / 2 {
        let room = Room::new(kind);
        for _ in 0..2 {
            held.hold(Peer::join(process.addr(), kind, &room).await?);
        }
    }
    Ok(())
}
