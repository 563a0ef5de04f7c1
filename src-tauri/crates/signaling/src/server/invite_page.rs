//! The page at the web form of an invite, `https://<server>/j#<code>`. It leads a browser to the app.
//!
//! The invite is in the fragment, which no browser sends. A script of the page makes the link for the app from it. The
//! file is whole, so that any static host can serve it too, for invites with `#join/<places>/<code>`.

use std::sync::LazyLock;

/// Where the page is served.
pub(super) const INVITE_PATH: &str = "/j";

pub(super) const PAGE: &str = include_str!("invite_page.html");

/// The headers of the page. Its own policy holds, and nobody may frame it.
pub(super) const HEADERS: [(&str, &str); 5] = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-cache"),
];

/// The whole HTTP response.
pub(super) static RESPONSE: LazyLock<String> = LazyLock::new(|| {
    let headers: String = HEADERS
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = PAGE.len();
    format!(
        "HTTP/1.1 200 OK\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{PAGE}"
    )
});

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use data_encoding::BASE64;
    use sha2::{Digest, Sha256};

    use super::*;

    fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
        let inside = text.split_once(before).unwrap().1;
        inside.split_once(after).unwrap().0
    }

    #[test]
    fn the_pages_policy_allows_its_own_script_and_style_and_nothing_else() {
        let hash = |text: &str| format!("'sha256-{}'", BASE64.encode(&Sha256::digest(text)));
        let policy = between(PAGE, "Content-Security-Policy\" content=\"", "\"");
        let expected = format!(
            "default-src 'none'; script-src {}; style-src {}; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'",
            hash(between(PAGE, "<script>", "</script>")),
            hash(between(PAGE, "<style>", "</style>")),
        );
        assert_eq!(policy, expected);
    }
}
