//! The way out to the page: a bounded queue that never waits for it.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio_util::sync::CancellationToken;

/// Frames that wait for the page. What fills it is a page that hangs: all of a call's events are far fewer.
const QUEUE: usize = 256;

/// Sends events to the page that is attached. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct PageSender {
    // A plain mutex, never held across an await: `send` must be usable from anywhere.
    line: Arc<Mutex<Option<Line>>>,
}

#[derive(Debug)]
struct Line {
    page: u64,
    frames: mpsc::Sender<String>,
    slow: CancellationToken,
}

/// A page's end of the queue. Dropping it takes the page off the sender.
pub(super) struct Frames {
    pub(super) queue: mpsc::Receiver<String>,
    /// Cancelled when the page lets its queue run full.
    pub(super) slow: CancellationToken,
    page: u64,
    sender: PageSender,
}

#[derive(Serialize)]
struct Event<'a, T: ?Sized> {
    event: &'a str,
    payload: &'a T,
}

impl PageSender {
    /// Sends an event; false when there is no page that takes it. A page that lets its queue run full is closed.
    pub fn send<T: Serialize + ?Sized>(&self, event: &str, payload: &T) -> bool {
        let mut slot = self.slot();
        let Some(line) = slot.as_ref() else {
            return false;
        };
        let text = match serde_json::to_string(&Event { event, payload }) {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(%error, event, "an event cannot be written as JSON");
                return false;
            }
        };
        match line.frames.try_send(text) {
            Ok(()) => true,
            Err(error) => {
                if let TrySendError::Full(_) = error {
                    tracing::warn!(page = line.page, "the page reads too slowly");
                    line.slow.cancel();
                }
                *slot = None;
                false
            }
        }
    }

    /// Whether a page is attached.
    #[must_use]
    pub fn has_page(&self) -> bool {
        self.slot().is_some()
    }

    pub(super) fn attach(&self, page: u64) -> Frames {
        let (frames, queue) = mpsc::channel(QUEUE);
        let slow = CancellationToken::new();
        *self.slot() = Some(Line {
            page,
            frames,
            slow: slow.clone(),
        });
        Frames {
            queue,
            slow,
            page,
            sender: self.clone(),
        }
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Line>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        let mut slot = self.sender.slot();
        if slot.as_ref().is_some_and(|line| line.page == self.page) {
            *slot = None;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn events_reach_the_page_in_order_and_nobody_else() {
        let sender = PageSender::default();
        assert!(!sender.send("view", &1));
        let mut page = sender.attach(1);
        assert!(sender.send("view", &1) && sender.send("focus", &()));
        let first = page.queue.recv().await.unwrap();
        assert_eq!(first, r#"{"event":"view","payload":1}"#);
        let second = page.queue.recv().await.unwrap();
        assert_eq!(second, r#"{"event":"focus","payload":null}"#);
        drop(page);
        assert!(!sender.has_page() && !sender.send("view", &1));
    }

    #[test]
    fn a_page_that_does_not_read_is_closed() {
        let sender = PageSender::default();
        let page = sender.attach(1);
        for i in 0..QUEUE {
            assert!(sender.send("view", &i));
        }
        assert!(!page.slow.is_cancelled());
        assert!(!sender.send("view", &0));
        assert!(page.slow.is_cancelled() && !sender.has_page());
    }

    #[test]
    fn the_end_of_an_old_page_leaves_the_new_one() {
        let sender = PageSender::default();
        let old = sender.attach(1);
        let _new = sender.attach(2);
        drop(old);
        assert!(sender.has_page());
    }
}
