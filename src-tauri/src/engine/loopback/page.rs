//! The queue of events for the page. It is bounded and never waits for the page.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio_util::sync::CancellationToken;

/// A call has far fewer events at a time, so a full queue means that the page hangs.
const MAX_QUEUED_FRAMES: usize = 256;

/// Sends events to the page that is attached. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct PageSender {
    // A plain mutex, so that `send` needs no await.
    attached: Arc<Mutex<Option<AttachedPage>>>,
}

#[derive(Debug)]
struct AttachedPage {
    number: u64,
    frames: mpsc::Sender<String>,
    too_slow: CancellationToken,
}

/// The page's end of the queue. Dropping it detaches the page.
pub(super) struct Frames {
    pub(super) queue: mpsc::Receiver<String>,
    /// Cancelled when the queue is full.
    pub(super) too_slow: CancellationToken,
    page: u64,
    sender: PageSender,
}

#[derive(Serialize)]
struct Event<'a, T: ?Sized> {
    event: &'a str,
    payload: &'a T,
}

impl PageSender {
    /// Sends an event. Returns `false` when no page takes it. A page whose queue is full is closed.
    pub fn send<T: Serialize + ?Sized>(&self, event: &str, payload: &T) -> bool {
        let mut slot = self.slot();
        let Some(page) = slot.as_ref() else {
            return false;
        };
        let text = match serde_json::to_string(&Event { event, payload }) {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(%error, event, "an event cannot be serialized");
                return false;
            }
        };
        match page.frames.try_send(text) {
            Ok(()) => true,
            Err(error) => {
                if let TrySendError::Full(_) = error {
                    tracing::warn!(
                        page = page.number,
                        "the page reads too slowly and is closed"
                    );
                    page.too_slow.cancel();
                }
                *slot = None;
                false
            }
        }
    }

    #[must_use]
    pub fn has_page(&self) -> bool {
        self.slot().is_some()
    }

    pub(super) fn attach(&self, page: u64) -> Frames {
        let (frames, queue) = mpsc::channel(MAX_QUEUED_FRAMES);
        let too_slow = CancellationToken::new();
        *self.slot() = Some(AttachedPage {
            number: page,
            frames,
            too_slow: too_slow.clone(),
        });
        Frames {
            queue,
            too_slow,
            page,
            sender: self.clone(),
        }
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<AttachedPage>> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        let mut slot = self.sender.slot();
        if slot.as_ref().is_some_and(|page| page.number == self.page) {
            *slot = None;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn events_reach_only_the_attached_page_in_order() {
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
        for i in 0..MAX_QUEUED_FRAMES {
            assert!(sender.send("view", &i));
        }
        assert!(!page.too_slow.is_cancelled());
        assert!(!sender.send("view", &0));
        assert!(page.too_slow.is_cancelled() && !sender.has_page());
    }

    #[test]
    fn the_end_of_an_old_page_does_not_detach_the_new_one() {
        let sender = PageSender::default();
        let old = sender.attach(1);
        let _new = sender.attach(2);
        drop(old);
        assert!(sender.has_page());
    }
}
