//! The answer to a request for a file of the page.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH,
    LOCATION, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request, StatusCode};

use super::GuestPage;

pub(crate) type Response = hyper::Response<Full<Bytes>>;

/// Where the page is. The landing page leads to `guest/` beside it.
const FOLDER: &str = "/guest/";

/// The permissions of the page. Its core is WebAssembly. It connects to the server or the relays that an invite names. Styles
/// are set by scripts, as in the app.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
     connect-src 'self' wss:; img-src 'self' data: blob:; media-src 'self' blob: mediastream:; font-src 'self'; \
     worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), geolocation=(), \
     payment=(), usb=(), serial=(), hid=()";

/// Headers of every file.
const GUARDS: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (CONTENT_SECURITY_POLICY, POLICY),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Answers a request for which the server itself has nothing.
pub(crate) fn respond<B>(page: Option<&GuestPage>, request: &Request<B>) -> Response {
    let path = request.uri().path();
    let Some(page) = page else {
        return empty(StatusCode::NOT_FOUND);
    };
    if path == FOLDER.trim_end_matches('/') {
        return redirect("guest/");
    }
    let Some(file) = path.strip_prefix(FOLDER).and_then(|path| page.get(path)) else {
        return empty(StatusCode::NOT_FOUND);
    };
    let is_head = match *request.method() {
        Method::GET => false,
        Method::HEAD => true,
        _ => {
            let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
            set(&mut response, ALLOW, "GET, HEAD");
            return response;
        }
    };
    let brotli = file.brotli.as_ref();
    let brotli = brotli.filter(|_| accepts_brotli(request.headers()));
    let content = brotli.unwrap_or(&file.plain);
    let is_known = has_etag(request.headers(), &content.etag);
    let mut response = if is_known {
        empty(StatusCode::NOT_MODIFIED)
    } else if is_head {
        let mut response = empty(StatusCode::OK);
        set(
            &mut response,
            CONTENT_LENGTH,
            &content.bytes.len().to_string(),
        );
        response
    } else {
        Response::new(Full::new(content.bytes.clone()))
    };
    set(&mut response, ETAG, &content.etag);
    let caching = if file.is_immutable {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    set(&mut response, CACHE_CONTROL, caching);
    if file.brotli.is_some() {
        set(&mut response, VARY, "Accept-Encoding");
    }
    if !is_known {
        set(&mut response, CONTENT_TYPE, file.mime);
        if brotli.is_some() {
            set(&mut response, CONTENT_ENCODING, "br");
        }
        for (name, value) in GUARDS {
            set(&mut response, name, value);
        }
    }
    response
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

/// A response with a body and these headers. None of them has been asked of a client.
pub(crate) fn text(body: &'static str, headers: &[(&'static str, &'static str)]) -> Response {
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    for (name, value) in headers {
        if let Ok(name) = HeaderName::try_from(*name) {
            set(&mut response, name, value);
        }
    }
    response
}

fn redirect(to: &str) -> Response {
    let mut response = empty(StatusCode::PERMANENT_REDIRECT);
    set(&mut response, LOCATION, to);
    response
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Whether a client takes brotli: `br` is named, and not with a weight of zero (RFC 9110, section 12.5.3).
fn accepts_brotli(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|coding| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = parameters.trim().strip_prefix("q=");
        let weight = weight.map_or(Ok(1.0), |weight| weight.trim().parse::<f32>());
        name.trim().eq_ignore_ascii_case("br") && weight.is_ok_and(|weight| weight > 0.0)
    })
}

/// Whether the client has this content (RFC 9110, section 13.1.2, with weak comparison).
fn has_etag(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http_body_util::BodyExt;

    use super::*;

    fn page() -> GuestPage {
        let files = [
            ("index.html", "<!doctype html>"),
            ("assets/core-4f2a.wasm", "\0asm"),
            ("assets/core-4f2a.wasm.br", "small"),
            ("assets/app-1b.js", "run()"),
        ];
        let file = |(path, text): (&str, &str)| (path.to_owned(), text.as_bytes().to_vec());
        GuestPage::new(files.into_iter().map(file).collect())
    }

    fn ask(method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        respond(Some(&page()), &request.body(()).unwrap())
    }

    fn get(path: &str, headers: &[(&str, &str)]) -> Response {
        ask("GET", path, headers)
    }

    fn header(response: &Response, name: &str) -> String {
        let value = response.headers().get(name);
        value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    }

    async fn body(response: Response) -> String {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_page_is_never_kept_without_asking_and_its_assets_for_ever() {
        let index = get("/guest/", &[]);
        assert_eq!(header(&index, "content-type"), "text/html; charset=utf-8");
        assert_eq!(header(&index, "cache-control"), "no-cache");
        assert!(header(&index, "content-security-policy").contains("'wasm-unsafe-eval'"));
        assert_eq!(body(index).await, "<!doctype html>");
        let script = get("/guest/assets/app-1b.js", &[]);
        assert!(header(&script, "cache-control").contains("immutable"));
        assert_eq!(header(&script, "vary"), "");
    }

    #[tokio::test]
    async fn brotli_is_sent_to_those_who_take_it() {
        let path = "/guest/assets/core-4f2a.wasm";
        for (accepted, encoding, content) in [
            ("gzip, deflate, br, zstd", "br", "small"),
            ("br;q=0.5", "br", "small"),
            ("br;q=0, gzip", "", "\0asm"),
            ("gzip", "", "\0asm"),
            ("brr", "", "\0asm"),
        ] {
            let response = get(path, &[("accept-encoding", accepted)]);
            assert_eq!(
                header(&response, "content-encoding"),
                encoding,
                "{accepted}"
            );
            assert_eq!(header(&response, "content-type"), "application/wasm");
            assert_eq!(header(&response, "vary"), "Accept-Encoding");
            assert_eq!(body(response).await, content, "{accepted}");
        }
        let script = get("/guest/assets/app-1b.js", &[("accept-encoding", "br")]);
        assert_eq!(header(&script, "content-encoding"), "");
    }

    #[tokio::test]
    async fn what_the_client_has_is_not_sent_again() {
        let path = "/guest/assets/core-4f2a.wasm";
        let (plain, small) = (get(path, &[]), get(path, &[("accept-encoding", "br")]));
        let (plain, small) = (header(&plain, "etag"), header(&small, "etag"));
        assert_ne!(plain, small);
        for (sent, status) in [
            (plain.clone(), 304),
            (format!("\"x\", W/{plain}"), 304),
            ("*".to_owned(), 304),
            (small, 200),
            ("\"x\"".to_owned(), 200),
        ] {
            let response = get(path, &[("if-none-match", &sent)]);
            assert_eq!(response.status(), status, "{sent}");
            assert_eq!(header(&response, "etag"), plain);
            assert_eq!(body(response).await.is_empty(), status == 304);
        }
    }

    #[tokio::test]
    async fn head_has_the_headers_alone_and_other_methods_are_refused() {
        let head = ask("HEAD", "/guest/index.html", &[]);
        assert_eq!(
            (head.status().as_u16(), header(&head, "content-length")),
            (200, "15".into())
        );
        assert_eq!(body(head).await, "");
        let post = ask("POST", "/guest/", &[]);
        assert_eq!(
            (post.status().as_u16(), header(&post, "allow")),
            (405, "GET, HEAD".into())
        );
    }

    #[test]
    fn a_path_finds_a_file_of_the_page_or_nothing() {
        assert_eq!(header(&get("/guest", &[]), "location"), "guest/");
        for path in [
            "/",
            "/guest/nothing",
            "/guest//index.html",
            "/guest/../index.html",
            "/guest/assets/../index.html",
            "/guest/assets/",
            "/guest/%69ndex.html",
            "/guest/..%2f..%2fetc%2fpasswd",
            "/guest/assets/core-4f2a.wasm.br",
            "/guestindex.html",
        ] {
            assert_eq!(get(path, &[]).status(), 404, "{path}");
        }
        let request = Request::builder().uri("/guest/").body(()).unwrap();
        assert_eq!(respond(None, &request).status(), 404);
    }
}
