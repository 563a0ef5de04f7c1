//! Why a client refuses a signal.

/// Why a signal is not sent, sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignalError {
    /// No member of the room has that id.
    #[error("no such peer in the room")]
    UnknownPeer,
    /// The signal does not fit into a frame.
    #[error("the signal is too large")]
    TooLarge,
    /// The caller repeats a signal under a number that was never given out.
    #[error("no signal has that number")]
    UnknownNumber,
    /// The send queue is full. The signals in it are kept, this one is not.
    #[error("too many signals are waiting")]
    QueueFull,
    /// The envelope was not sealed by that peer for us, is too large, or was opened before.
    #[error("the envelope does not open")]
    NotOpened,
    /// The peer delivers more envelopes without the server than the rate limit allows.
    #[error("too many envelopes of one peer")]
    RateLimited,
    /// The client has failed or its task has ended.
    #[error("the client is closed")]
    Closed,
}
