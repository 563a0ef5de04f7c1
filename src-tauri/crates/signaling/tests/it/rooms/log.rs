//! Strangers cause no lines in a server's log at its default level. Otherwise they could fill it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parlour_signaling::protocol::ClientMessage;
use parlour_signaling::protocol::limits::AWAY_TIMEOUT;
use parlour_signaling::server::rooms::Inbound;
use tracing::subscriber::with_default;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber, span};

use super::harness::TestRegistry;
use crate::test_messages::{enter, join};

/// Counts the lines of the default level, and those of more detailed levels.
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
fn strangers_cannot_fill_the_log_at_its_default_level() {
    let lines = Lines::default();
    // While there is only one subscriber, tracing asks that of the thread which reaches a line first, and other tests'
    // threads have none. Then it would switch the line off for all.
    let _second = Dispatch::new(Lines::default());
    with_default(lines.clone(), || {
        let mut server = TestRegistry::new();
        let silent = server.connect();
        server.wait(Duration::from_secs(11));
        assert!(server.ended(silent).is_some());
        let garbage = server.connect();
        server.receive(garbage, Inbound::from_text("{"));
        let peer = server.connect_with(join(1, 1));
        server.send(peer, enter(1));
        server.disconnect(peer);
        let peer = server.connect_with(join(1, 1));
        server.send(peer, ClientMessage::Leave {});
        let peer = server.connect_with(join(1, 2));
        server.disconnect(peer);
        server.wait(AWAY_TIMEOUT);
    });
    assert_eq!(lines.usual(), 0);
    assert!(lines.more() >= 10);
}
