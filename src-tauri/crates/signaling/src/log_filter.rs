//! Keeps secrets out of the log, whatever levels a person sets.

use tracing::{Level, Metadata};

/// Whether an event may be logged. At the trace level other crates print the frames that pass through them, and with
/// them TURN passwords and the messages between the app and its page.
#[must_use]
pub fn may_be_logged(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::DEBUG || metadata.target().starts_with("parlour")
}

#[cfg(test)]
mod tests {
    use tracing::level_filters::LevelFilter;
    use tracing::subscriber::with_default;
    use tracing::{Event, Level, Metadata, Subscriber, span};

    use super::may_be_logged;

    /// Enables what may be logged.
    struct FilterSubscriber;

    impl Subscriber for FilterSubscriber {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            may_be_logged(metadata)
        }
        fn max_level_hint(&self) -> Option<LevelFilter> {
            Some(LevelFilter::TRACE)
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, _: &Event<'_>) {}
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    #[test]
    fn only_our_own_crates_log_at_the_trace_level() {
        with_default(FilterSubscriber, || {
            assert!(tracing::enabled!(target: "parlour::controller", Level::TRACE));
            assert!(tracing::enabled!(target: "parlour_signaling::client", Level::TRACE));
            assert!(tracing::enabled!(target: "tungstenite::protocol", Level::DEBUG));
            assert!(!tracing::enabled!(target: "tungstenite::protocol", Level::TRACE));
        });
    }
}
