//! The app's pages, by their exact names.

use std::sync::Arc;

/// One file of the UI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its media type.
    pub mime: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The files of the UI.
pub trait Assets: Send + Sync + 'static {
    /// The file of exactly this name, such as `/index.html`. No other name is tried in its place.
    fn get(&self, path: &str) -> Option<Asset>;
}

impl<T: Assets + ?Sized> Assets for Arc<T> {
    fn get(&self, path: &str) -> Option<Asset> {
        (**self).get(path)
    }
}

/// The file's name for a request's path, when it is plain: nothing encoded, no empty or dotted part.
/// The UI's build makes no other names, so nothing has to be decoded here.
pub(super) fn name(path: &str) -> Option<&str> {
    if path == "/" {
        return Some("/index.html");
    }
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    path.strip_prefix('/')?
        .split('/')
        .all(plain)
        .then_some(path)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_pass() {
        assert_eq!(name("/"), Some("/index.html"));
        for path in ["/index.html", "/assets/index-B_1x.js", "/a/b/c.woff2"] {
            assert_eq!(name(path), Some(path));
        }
    }

    #[test]
    fn nothing_else_passes() {
        for path in [
            "",
            "*",
            "//",
            "/..",
            "/../x",
            "/a/../b",
            "/./a",
            "/a/",
            "//a",
            "/.env",
            "/%2e%2e/x",
            "/%2E./x",
            "/..%2fx",
            "/a%00",
            "/a\\..\\b",
            "/..\\x",
            "/%5c..",
            "/a;b",
            "/a:b",
            "/é",
        ] {
            assert_eq!(name(path), None, "{path}");
        }
    }
}
