//! Opens links in chat messages, in the person's browser or mail program.

use tauri::Url;

use crate::error::{AppError, ErrorCode};

/// A message has at most 4000 characters, and percent-encoding makes at most nine bytes of each.
const MAX_URL_BYTES: usize = 36_000;

/// Opens a link that another participant wrote. Only web pages and e-mail addresses are opened.
pub(crate) fn open(link: &str) -> Result<(), AppError> {
    let Some(url) = safe(link) else {
        tracing::warn!("a link is refused: it is neither a web page nor an e-mail address");
        return Err(ErrorCode::LinkNotOpened.into());
    };
    open::that_detached(url.as_str()).map_err(|error| {
        tracing::warn!(kind = ?error.kind(), "the link cannot be opened");
        ErrorCode::LinkNotOpened.into()
    })
}

/// The normalized link, if opening it can only show a page or start an e-mail.
fn safe(link: &str) -> Option<Url> {
    if link.len() > MAX_URL_BYTES {
        return None;
    }
    let mut url = Url::parse(link).ok()?;
    match url.scheme() {
        "http" | "https" => url.has_host().then_some(url),
        "mailto" => {
            // Some mail programs attach files that the query names.
            url.set_query(None);
            url.set_fragment(None);
            Some(url)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(link: &str) -> Option<String> {
        safe(link).map(String::from)
    }

    #[test]
    fn web_pages_and_addresses_are_opened_in_normal_form() {
        for (link, url) in [
            ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
            ("HTTP://192.168.1.20:8080", "http://192.168.1.20:8080/"),
            (
                "http://例子.中国/路",
                "http://xn--fsqu00a.xn--fiqs8s/%E8%B7%AF",
            ),
            (
                "https://example.org/\"&calc|'$(x)",
                "https://example.org/%22&calc|'$(x)",
            ),
            ("mailto:mei@example.org", "mailto:mei@example.org"),
            (
                "mailto:mei@example.org?attach=/etc/passwd#x",
                "mailto:mei@example.org",
            ),
        ] {
            assert_eq!(opened(link).as_deref(), Some(url), "{link}");
        }
    }

    #[test]
    fn other_links_are_not_opened() {
        for link in [
            "",
            "example.org",
            "/etc/passwd",
            "-version",
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            "file:///etc/passwd",
            "parlour://join/127.0.0.1:1/AUbTn2c0kq1hVx9Zr4WmPwFyQ3",
            "data:text/html,<script>",
            "ms-settings:",
            "vbscript:x",
            "smb://example.org/share",
            "ftp://example.org/",
            "https://",
            "https://\u{200f}good.example/",
        ] {
            assert_eq!(opened(link), None, "{link}");
        }
        assert_eq!(
            opened(&format!("https://a.b/{}", "x".repeat(MAX_URL_BYTES))),
            None
        );
    }
}
