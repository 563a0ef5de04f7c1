//! The files of the UI, by their exact names.

use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    pub mime: String,
    pub bytes: Vec<u8>,
}

pub trait Assets: Send + Sync + 'static {
    /// The file of exactly this name, such as `/index.html`.
    fn get(&self, path: &str) -> Option<Asset>;
}

impl<T: Assets + ?Sized> Assets for Arc<T> {
    fn get(&self, path: &str) -> Option<Asset> {
        (**self).get(path)
    }
}

/// The file's name for the path of a request, if the path is plain: no percent-encoding, no empty part, no part that
/// starts with a dot. The UI's build creates no other names, so nothing has to be decoded.
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
    fn plain_names_are_taken() {
        assert_eq!(name("/"), Some("/index.html"));
        for path in ["/index.html", "/assets/index-B_1x.js", "/a/b/c.woff2"] {
            assert_eq!(name(path), Some(path));
        }
    }

    #[test]
    fn other_names_are_refused() {
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
