//! One file of the page, with what its response says.

use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

/// A file, and its compressed form if the build has made one.
#[derive(Debug)]
pub(super) struct File {
    pub(super) mime: &'static str,
    /// Whether its name changes with its content.
    pub(super) is_immutable: bool,
    pub(super) plain: Content,
    pub(super) brotli: Option<Content>,
}

#[derive(Debug)]
pub(super) struct Content {
    pub(super) bytes: Bytes,
    pub(super) etag: String,
}

impl Content {
    fn new(bytes: Vec<u8>) -> Self {
        let hash = Sha256::digest(&bytes);
        Self {
            etag: format!("\"{}\"", BASE64URL_NOPAD.encode(&hash[..12])),
            bytes: bytes.into(),
        }
    }
}

impl File {
    pub(super) fn new(path: &str, plain: Vec<u8>, brotli: Option<Vec<u8>>) -> Self {
        Self {
            mime: mime(path),
            is_immutable: path.starts_with("assets/"),
            plain: Content::new(plain),
            brotli: brotli.map(Content::new),
        }
    }
}

/// The media type by the name's ending.
fn mime(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "mp3" => "audio/mpeg",
        "ogg" | "oga" => "audio/ogg",
        "wav" => "audio/wav",
        _ => "application/octet-stream",
    }
}
