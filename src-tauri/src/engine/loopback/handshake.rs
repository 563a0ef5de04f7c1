//! The first frames of a page's socket: the server proves to the page that it knows the secret, then the page to the
//! server. Nothing else is sent or read before.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::auth::NONCE_LENGTH;
use super::auth::credentials::{Admission, SecretKind};
use super::auth::proof::Nonces;
use super::shared::Shared;

/// The close code for a page that cannot prove itself.
pub const UNPROVED: u16 = 4401;

/// How long both proofs may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);

/// The page's first frame.
#[derive(Deserialize)]
struct Opening {
    secret: SecretKind,
    nonce: String,
}

/// The server's only frame.
#[derive(Serialize)]
struct Answer {
    nonce: String,
    proof: String,
}

/// The page's second frame.
#[derive(Deserialize)]
struct Proof {
    proof: String,
}

/// `None` for a page that is not proved in time. Nothing tells it why.
pub(super) async fn admit(socket: &mut WebSocket, shared: &Shared) -> Option<Admission> {
    let exchange = tokio::time::timeout(HANDSHAKE_TIMEOUT, exchange(socket, shared));
    let admission = exchange.await.ok().flatten();
    if admission.is_none() {
        tracing::debug!("a page could not prove itself");
    }
    admission
}

async fn exchange(socket: &mut WebSocket, shared: &Shared) -> Option<Admission> {
    let Opening { secret, nonce } = receive(socket).await?;
    let mut nonces = Nonces {
        page: decode(&nonce)?,
        server: [0; NONCE_LENGTH],
    };
    getrandom::fill(&mut nonces.server).ok()?;
    let nonce = HEXLOWER.encode(&nonces.server);
    let challenge = shared
        .credentials()
        .challenge(secret, nonces, Instant::now())?;
    let answer = Answer {
        nonce,
        proof: HEXLOWER.encode(&challenge.server_proof()),
    };
    let text = serde_json::to_string(&answer).ok()?;
    socket.send(Message::Text(text.into())).await.ok()?;
    let Proof { proof } = receive(socket).await?;
    let proof: [u8; NONCE_LENGTH] = decode(&proof).unwrap_or_default();
    shared
        .credentials()
        .admit(&challenge, &proof, Instant::now())
}

async fn receive<T: for<'de> Deserialize<'de>>(socket: &mut WebSocket) -> Option<T> {
    match socket.recv().await {
        Some(Ok(Message::Text(text))) => serde_json::from_str(&text).ok(),
        _ => None,
    }
}

fn decode(text: &str) -> Option<[u8; NONCE_LENGTH]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}
