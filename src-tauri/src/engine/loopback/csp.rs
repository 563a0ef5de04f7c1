//! The content-security policies of pages, and headers that keep other sites out.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The policy in `tauri.conf.json`, but with the socket for the commands.
pub(super) fn app(host: &str) -> String {
    format!(
        "default-src 'self'; connect-src 'self' ws://{host}; img-src 'self' data: blob:; \
         media-src 'self' blob: mediastream:; style-src 'self' 'unsafe-inline'; object-src 'none'; \
         base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
    )
}

/// The policy of responses that are not pages.
pub(super) const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

/// Sets the headers of every response, refusals included.
pub(super) fn set_guards(headers: &mut HeaderMap) {
    const GUARDS: [(HeaderName, &str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in GUARDS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(NOTHING));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    #[test]
    fn the_policy_is_that_of_the_window() {
        let text = super::app("127.0.0.1:4000");
        let ours: BTreeMap<_, _> = text
            .split("; ")
            .map(|part| part.split_once(' ').unwrap())
            .collect();
        let conf: serde_json::Value =
            serde_json::from_str(include_str!("../../../../tauri.conf.json")).unwrap();
        let theirs: BTreeMap<_, _> = conf["app"]["security"]["csp"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| match name.as_str() {
                "connect-src" => ("connect-src", "'self' ws://127.0.0.1:4000"),
                name => (name, value.as_str().unwrap()),
            })
            .collect();
        assert_eq!(ours, theirs);
    }
}
