//! The CPU of a join: connect, upgrade, join a room in which one peer waits, leave.

use anyhow::{Context, Result};
use tokio::task::JoinSet;

use crate::peer::{Held, Kind, Peer, Room};
use crate::process::Process;

/// Joins at a time, each into a room of its own.
const WORKERS: usize = 16;
/// Joins of each, one after the other.
const JOINS: u32 = 60;

/// Microseconds of CPU for one join.
pub(crate) async fn measure(process: &Process, kind: Kind) -> Result<f64> {
    let addr = process.addr();
    let mut held = Held::default();
    let mut rooms = Vec::new();
    for _ in 0..WORKERS {
        let room = Room::new(kind);
        held.hold(Peer::join(addr, kind, &room).await?);
        rooms.push(room);
    }
    let before = process.cpu()?;
    let mut workers = JoinSet::new();
    for room in rooms {
        workers.spawn(async move {
            for _ in 0..JOINS {
                Peer::join(addr, kind, &room).await?.leave(kind).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = workers.join_next().await {
        done?.context("a join has failed")?;
    }
    let spent = process.cpu()? - before;
    Ok(spent.as_secs_f64() * 1e6 / (WORKERS as f64 * f64::from(JOINS)))
}
