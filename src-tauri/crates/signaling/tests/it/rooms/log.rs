//! What strangers do to a server is no news: otherwise they fill its log as fast as they can knock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parlour_signaling::protocol::ClientMessage;
use parlour_signaling::protocol::limits::AWAY_TIMEOUT;
use parlour_signaling::server::rooms::Inbound;
use tracing::subscriber::with_default;
use tracing::{Event, Level, Metadata, Subscriber, span};

use super::harness::Stage;
use crate::test_messages::{enter, join};

/// Counts the lines of a log at its usual level, and those of one that says more.
#[derive(Clone, Default)]
struct Lines(Arc<[AtomicUsize; 2]>);

impl Lines {
    fn usual(&self) -> usize {
        self.0[0].load(Ordering::Relaxed)
    }

    fn more(&self) -> usize {
        self.0[1].load(Ordering::Relaxed)
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let is_usual = *event.metadata().level() <= Level::INFO;
        self.0[usize::from(!is_usual)].fetch_add(1, Ordering::Relaxed);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[test]
fn strangers_write_nothing_into_a_usual_log() {
    let lines = Lines::default();
    with_default(lines.clone(), || {
        let mut stage = Stage::new();
        let silent = stage.connect();
        stage.wait(Duration::from_secs(11));
        assert!(stage.ended(silent).is_some());
        let garbage = stage.connect();
        stage.receive(garbage, Inbound::from_text("{"));
        let peer = stage.connect_with(join(1, 1));
        stage.say(peer, enter(1));
        stage.disconnect(peer);
        let peer = stage.connect_with(join(1, 1));
        stage.say(peer, ClientMessage::Leave {});
        let peer = stage.connect_with(join(1, 2));
        stage.disconnect(peer);
        stage.wait(AWAY_TIMEOUT);
    });
    assert_eq!(lines.usual(), 0);
    assert!(lines.more() >= 10);
}
