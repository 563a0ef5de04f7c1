//! The system's clipboard, for text.

use std::sync::{Mutex, MutexGuard, PoisonError};

use arboard::{Clipboard as SystemClipboard, Error};

/// `None` where the system has no clipboard, and after [`Self::close`].
pub(crate) struct Clipboard(Mutex<Option<SystemClipboard>>);

impl Clipboard {
    pub(crate) fn open() -> Self {
        let clipboard = SystemClipboard::new()
            .inspect_err(|error| tracing::warn!(%error, "the clipboard cannot be used"))
            .ok();
        Self(Mutex::new(clipboard))
    }

    pub(crate) fn write_text(&self, text: &str) -> Result<(), Error> {
        self.lock()
            .as_mut()
            .ok_or(Error::ClipboardNotSupported)?
            .set_text(text)
    }

    /// Writes the text if the old one is still there. True when it did.
    pub(crate) fn replace_text(&self, old: &str, text: &str) -> Result<bool, Error> {
        let mut clipboard = self.lock();
        let clipboard = clipboard.as_mut().ok_or(Error::ClipboardNotSupported)?;
        let is_there = clipboard.get_text()? == old;
        if is_there {
            clipboard.set_text(text)?;
        }
        Ok(is_there)
    }

    /// Hands the text to the clipboard manager of an X11 desktop, before the process ends. Tauri does not drop its
    /// state.
    pub(crate) fn close(&self) {
        self.lock().take();
    }

    fn lock(&self) -> MutexGuard<'_, Option<SystemClipboard>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
