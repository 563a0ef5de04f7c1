//! Messages that the scenarios share.

use parlour_signaling::protocol::{ClientMessage, Join, PeerId, ResumeSecret, RoomId, Sealed};

/// The room called `n`.
pub(crate) fn room(n: u8) -> RoomId {
    RoomId::from_bytes([n; 16])
}

/// The peer called `n`.
pub(crate) fn peer(n: u8) -> PeerId {
    PeerId::from_bytes([n; 16])
}

/// The resume secret of the peer called `n`.
pub(crate) fn resume(n: u8) -> ResumeSecret {
    ResumeSecret::from_bytes([n ^ 0xaa; 16])
}

/// Any text: it is opaque to a server.
pub(crate) fn sealed(text: impl Into<String>) -> Sealed {
    Sealed(text.into())
}

/// The hello of the peer called `n`.
pub(crate) fn hello(n: u8) -> Sealed {
    sealed(format!("hello-{n}"))
}

/// The peer called `n` joins the room called `r`, having seen `seen` signals.
pub(crate) fn join_seen(r: u8, n: u8, seen: u64) -> ClientMessage {
    ClientMessage::Join(Join {
        room: room(r),
        peer: peer(n),
        resume: resume(n),
        hello: hello(n),
        entered: false,
        seen,
    })
}

/// The peer called `n` joins the room called `r` for the first time.
pub(crate) fn join(r: u8, n: u8) -> ClientMessage {
    join_seen(r, n, 0)
}

/// The peer called `n` enters.
pub(crate) fn enter(n: u8) -> ClientMessage {
    ClientMessage::Enter { hello: hello(n) }
}

/// A signal to the peer called `n`.
pub(crate) fn signal(n: u8, text: impl Into<String>) -> ClientMessage {
    ClientMessage::Signal {
        to: peer(n),
        envelope: sealed(text),
    }
}
