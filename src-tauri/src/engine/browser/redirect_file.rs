//! The private file that redirects the browser to the loopback server.

use std::io;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::folders::{BrowserFolders, file_url};
use crate::storage::atomic_file;

/// A private page that redirects the browser to the loopback server. It carries the launch token, because every user of
/// the computer can read arguments. Dropping this removes the file.
#[derive(Debug)]
pub(super) struct RedirectFile {
    path: PathBuf,
}

impl RedirectFile {
    pub(super) fn write(folders: &BrowserFolders, url: &str) -> io::Result<Self> {
        let path = folders.redirect.join("call.html");
        // The address consists of digits, letters, dashes and slashes: nothing needs escaping.
        let page = Zeroizing::new(format!(
            "<!doctype html><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">\
             <title>\u{200b}</title><script>location.replace('{url}')</script>\n"
        ));
        atomic_file::write(&path, page.as_bytes())?;
        Ok(Self { path })
    }

    /// The argument of the browser.
    pub(super) fn url(&self) -> io::Result<String> {
        file_url(&self.path)
    }
}

impl Drop for RedirectFile {
    fn drop(&mut self) {
        if let Err(error) = atomic_file::remove(&self.path) {
            tracing::warn!(%error, "the redirect file could not be removed");
        }
    }
}
