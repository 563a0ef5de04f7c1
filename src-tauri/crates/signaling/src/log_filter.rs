//! What may be written to a log, whatever levels a person asks for.

use tracing::{Level, Metadata};

/// Whether this may be logged. At the trace level other crates print what passes through them: frames as they are on
/// the wire, and so TURN passwords, and what the app says to its own page.
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
    struct Asked;

    impl Subscriber for Asked {
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
    fn only_our_own_crates_say_everything() {
        with_default(Asked, || {
            assert!(tracing::enabled!(target: "parlour::controller", Level::TRACE));
            assert!(tracing::enabled!(target: "parlour_signaling::client", Level::TRACE));
            assert!(tracing::enabled!(target: "tungstenite::protocol", Level::DEBUG));
            assert!(!tracing::enabled!(target: "tungstenite::protocol", Level::TRACE));
        });
    }
}
