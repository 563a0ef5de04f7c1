//! A client's answer to the server's first frame, and the cost of checking it.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Result, bail};
use parlour_signaling::crypto::{JoinProof, RoomKeys, RoomSecret, SessionKey};
use parlour_signaling::protocol::{ClientMessage, Join, Nonce, Sealed, ServerMessage};

use crate::peer::{Socket, next};
use crate::process::cpu_of_this_thread;

/// Joins that are checked to find the cost of one check.
const CHECKED_JOINS: u32 = 200;

/// Reads the challenge and makes the join that answers it.
pub(crate) async fn answer(
    socket: &mut Socket,
    room: &RoomKeys,
    session: &SessionKey,
    hello: Sealed,
) -> Result<ClientMessage> {
    let ServerMessage::Challenge { nonce, .. } = next(socket).await? else {
        bail!("the first frame is no challenge");
    };
    let proof = JoinProof::new(room, session, &nonce);
    Ok(ClientMessage::Join(Join {
        room: room.room_id(),
        keys: session.public(),
        room_proof: proof.room,
        peer_proof: proof.peer,
        hello,
        entered: false,
        seen: 0,
        access: None,
    }))
}

/// The CPU time of one signature check. A join has two.
pub(crate) fn signature_check() -> Result<Duration> {
    let room = RoomKeys::new(&RoomSecret::random());
    let session = SessionKey::random();
    let nonce = Nonce::from_bytes([7; 32]);
    let proof = JoinProof::new(&room, &session, &nonce);
    let before = cpu_of_this_thread()?;
    for _ in 0..CHECKED_JOINS {
        black_box(&proof).verify(&nonce, &room.room_id(), &session.public())?;
    }
    Ok((cpu_of_this_thread()? - before) / (2 * CHECKED_JOINS))
}
