//! What a server counts, and how it is written for Prometheus (text exposition format 0.0.4).
//!
//! By hand, because it is this file alone. To count costs one addition without a lock. Nothing names a room, a peer or
//! an address.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::protocol::ServerErrorCode;

/// The upper bounds of the histogram's buckets, in microseconds. Longer times have a bucket of their own.
const BOUNDS_US: [u32; 10] = [
    50, 100, 250, 500, 1000, 2500, 5000, 25_000, 100_000, 1_000_000,
];

/// All codes, each at its place.
const CODES: [ServerErrorCode; 16] = [
    ServerErrorCode::BadFrame,
    ServerErrorCode::UnknownType,
    ServerErrorCode::FrameTooLarge,
    ServerErrorCode::NotJoined,
    ServerErrorCode::AlreadyJoined,
    ServerErrorCode::RoomFull,
    ServerErrorCode::BadProof,
    ServerErrorCode::WrongRoom,
    ServerErrorCode::AccessRequired,
    ServerErrorCode::ServerFull,
    ServerErrorCode::AddressLimit,
    ServerErrorCode::UnknownPeer,
    ServerErrorCode::TooManyMessages,
    ServerErrorCode::MailboxFull,
    ServerErrorCode::Replaced,
    ServerErrorCode::ShuttingDown,
];

/// Why a connection was dropped or turned away without an error frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DropReason {
    /// It does not read, and its queue overflowed.
    TooSlow,
    /// It was silent for too long.
    Silent,
    /// It made room for another, or its memory was needed.
    MadeRoom,
    /// Its address begins too many.
    Address,
    /// It took too long to become a WebSocket.
    Handshake,
    /// A web page that may not connect.
    Origin,
}

const DROP_REASONS: [(DropReason, &str); 6] = [
    (DropReason::TooSlow, "too_slow"),
    (DropReason::Silent, "silent"),
    (DropReason::MadeRoom, "made_room"),
    (DropReason::Address, "address"),
    (DropReason::Handshake, "handshake"),
    (DropReason::Origin, "origin"),
];

/// Microseconds since the server started, in four bytes, so that a queue's entry stays small. They begin again after 71
/// minutes, which no frame waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Micros(u32);

/// The counters of a server.
#[derive(Debug)]
pub(super) struct Metrics {
    started: Instant,
    frames_in: AtomicU64,
    frames_out: AtomicU64,
    errors: [AtomicU64; CODES.len()],
    drops: [AtomicU64; DROP_REASONS.len()],
    /// Signals by the time that they waited, the last bucket without a bound.
    waits: [AtomicU64; BOUNDS_US.len() + 1],
    waited_us: AtomicU64,
}

/// The present load of a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gauges {
    pub(super) rooms: usize,
    pub(super) peers: usize,
    pub(super) connections: usize,
    pub(super) handshakes: usize,
    pub(super) kept_bytes: usize,
}

impl Metrics {
    pub(super) fn new(started: Instant) -> Self {
        Self {
            started,
            frames_in: AtomicU64::new(0),
            frames_out: AtomicU64::new(0),
            errors: std::array::from_fn(|_| AtomicU64::new(0)),
            drops: std::array::from_fn(|_| AtomicU64::new(0)),
            waits: std::array::from_fn(|_| AtomicU64::new(0)),
            waited_us: AtomicU64::new(0),
        }
    }

    pub(super) fn at(&self, now: Instant) -> Micros {
        // The lower bits are what is kept.
        #[expect(clippy::cast_possible_truncation, reason = "see Micros")]
        Micros(now.saturating_duration_since(self.started).as_micros() as u32)
    }

    pub(super) fn count_frame_in(&self) {
        add(&self.frames_in, 1);
    }

    pub(super) fn count_frame_out(&self) {
        add(&self.frames_out, 1);
    }

    pub(super) fn count_error(&self, code: ServerErrorCode) {
        if let Some(counter) = self.errors.get(code as usize) {
            add(counter, 1);
        }
    }

    pub(super) fn count_drop(&self, reason: DropReason) {
        add(&self.drops[reason as usize], 1);
    }

    /// A signal was queued then, and is given to the socket now.
    pub(super) fn count_wait(&self, queued: Micros, now: Instant) {
        let waited = self.at(now).0.wrapping_sub(queued.0);
        let bucket = BOUNDS_US.partition_point(|bound| *bound < waited);
        add(&self.waits[bucket], 1);
        add(&self.waited_us, u64::from(waited));
    }

    /// The text for Prometheus.
    pub(super) fn text(&self, now: Gauges) -> String {
        let mut out = Text(String::with_capacity(4096));
        out.single("rooms", "gauge", "Open rooms", now.rooms as u64);
        let peers = "Peers with a place in a room, also those that are away";
        out.single("peers", "gauge", peers, now.peers as u64);
        let connections = "Connections that have joined";
        out.single("connections", "gauge", connections, now.connections as u64);
        let handshakes = "Connections that have not joined yet";
        out.single("handshakes", "gauge", handshakes, now.handshakes as u64);
        let kept = "Bytes in mailboxes and send queues";
        out.single("kept_bytes", "gauge", kept, now.kept_bytes as u64);
        out.head("frames_total", "counter", "Frames from and to clients");
        for (direction, counter) in [("in", &self.frames_in), ("out", &self.frames_out)] {
            out.labelled("frames_total", "direction", direction, get(counter));
        }
        let about = "Error frames sent, by code: refused frames, and connections that were ended";
        out.head("errors_total", "counter", about);
        for (code, counter) in CODES.iter().zip(&self.errors) {
            let code = serde_json::to_string(code).unwrap_or_default();
            out.labelled("errors_total", "code", code.trim_matches('"'), get(counter));
        }
        let about = "Connections dropped or turned away without an error frame, by reason";
        out.head("drops_total", "counter", about);
        for ((_, name), counter) in DROP_REASONS.iter().zip(&self.drops) {
            out.labelled("drops_total", "reason", name, get(counter));
        }
        let about =
            "Seconds from the arrival of a signal until it is given to its receiver's socket";
        out.head("signal_seconds", "histogram", about);
        let mut so_far = 0;
        for (bound, counter) in BOUNDS_US.iter().zip(&self.waits) {
            so_far += get(counter);
            let bound = (f64::from(*bound) / 1e6).to_string();
            out.labelled("signal_seconds_bucket", "le", &bound, so_far);
        }
        so_far += get(&self.waits[BOUNDS_US.len()]);
        out.labelled("signal_seconds_bucket", "le", "+Inf", so_far);
        let seconds = get(&self.waited_us) as f64 / 1e6;
        out.line(format_args!("signal_seconds_sum {seconds}"));
        out.line(format_args!("signal_seconds_count {so_far}"));
        out.0
    }
}

fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// Lines of the text, each with the prefix of all names.
struct Text(String);

impl Text {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // A String takes everything.
        let _ = writeln!(self.0, "parlour_{line}");
    }

    fn head(&mut self, name: &str, kind: &str, about: &str) {
        let _ = writeln!(self.0, "# HELP parlour_{name} {about}.");
        let _ = writeln!(self.0, "# TYPE parlour_{name} {kind}");
    }

    fn single(&mut self, name: &str, kind: &str, about: &str, value: u64) {
        self.head(name, kind, about);
        self.line(format_args!("{name} {value}"));
    }

    fn labelled(&mut self, name: &str, label: &str, value: &str, count: u64) {
        self.line(format_args!("{name}{{{label}=\"{value}\"}} {count}"));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_code_and_reason_is_counted_under_its_own_name() {
        for (place, code) in CODES.into_iter().enumerate() {
            assert_eq!(code as usize, place, "{code:?}");
        }
        assert_eq!(ServerErrorCode::Unknown as usize, CODES.len());
        for (place, (reason, _)) in DROP_REASONS.into_iter().enumerate() {
            assert_eq!(reason as usize, place, "{reason:?}");
        }
    }

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let start = Instant::now();
        let metrics = Metrics::new(start);
        metrics.count_frame_in();
        (0..3).for_each(|_| metrics.count_frame_out());
        metrics.count_error(ServerErrorCode::MailboxFull);
        metrics.count_drop(DropReason::Silent);
        let after = |micros| start + Duration::from_micros(micros);
        for waited in [50, 51, 2_000_000] {
            metrics.count_wait(metrics.at(after(7)), after(7 + waited));
        }
        let text = metrics.text(Gauges {
            rooms: 1,
            peers: 2,
            connections: 2,
            handshakes: 0,
            kept_bytes: 9,
        });
        for line in [
            "# TYPE parlour_rooms gauge",
            "parlour_rooms 1",
            "parlour_peers 2",
            "parlour_kept_bytes 9",
            "parlour_frames_total{direction=\"in\"} 1",
            "parlour_frames_total{direction=\"out\"} 3",
            "parlour_errors_total{code=\"mailbox_full\"} 1",
            "parlour_errors_total{code=\"bad_frame\"} 0",
            "parlour_drops_total{reason=\"silent\"} 1",
            "# TYPE parlour_signal_seconds histogram",
            "parlour_signal_seconds_bucket{le=\"0.00005\"} 1",
            "parlour_signal_seconds_bucket{le=\"0.0001\"} 2",
            "parlour_signal_seconds_bucket{le=\"1\"} 2",
            "parlour_signal_seconds_bucket{le=\"+Inf\"} 3",
            "parlour_signal_seconds_sum 2.000101",
            "parlour_signal_seconds_count 3",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn a_wait_is_right_when_the_clock_begins_again() {
        let start = Instant::now();
        let metrics = Metrics::new(start);
        let wrap = Duration::from_micros(1 << 32);
        let queued = metrics.at(start + wrap - Duration::from_micros(40));
        metrics.count_wait(queued, start + wrap + Duration::from_micros(30));
        assert_eq!(get(&metrics.waited_us), 70);
    }
}
