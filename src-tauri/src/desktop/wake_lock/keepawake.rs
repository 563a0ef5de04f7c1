//! Windows and macOS: the system's own interface, by a crate that knows both.

use std::sync::mpsc;

use keepawake::{Builder, KeepAwake};
use tokio::sync::watch;

/// Holds a lock while there is a reason, in words that the system may show.
pub(in crate::desktop) async fn run(mut reasons: watch::Receiver<Option<String>>) {
    // Windows ties the lock to the thread that takes it.
    let (wishes, heard) = mpsc::sync_channel::<Option<String>>(1);
    std::thread::spawn(move || {
        let mut lock = None;
        while let Ok(reason) = heard.recv() {
            lock = reason.and_then(|reason| lock.take().or_else(|| take(reason)));
        }
    });
    loop {
        let reason = reasons.borrow_and_update().clone();
        if wishes.try_send(reason).is_err() {
            tracing::warn!("the thread that keeps the screen on does not answer");
        }
        if reasons.changed().await.is_err() {
            return;
        }
    }
}

fn take(reason: String) -> Option<KeepAwake> {
    let taken = Builder::default()
        .display(true)
        .idle(true)
        .reason(reason)
        .app_name("Parlour")
        .app_reverse_domain("chat.parlour.app")
        .create();
    taken
        .inspect_err(|error| tracing::info!(%error, "the screen cannot be kept on"))
        .ok()
}
