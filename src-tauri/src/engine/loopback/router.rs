//! Answers HTTP requests. Refusals have no body: a refused client learns neither the reason nor anything of the app.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use super::auth::origin;
use super::shared::Shared;
use super::{assets, bootstrap, csp, ipc};

pub(super) async fn handle_request(
    State(server): State<Arc<Shared>>,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    let mut response = route(server, &mut parts).await;
    csp::set_guards(response.headers_mut());
    response
}

async fn route(server: Arc<Shared>, parts: &mut Parts) -> Response {
    let path = parts.uri.path().to_owned();
    let must_have_origin = origin::must_have_origin(&parts.method, &path);
    let names_other_host = |uri: &axum::http::Uri| {
        uri.authority()
            .is_some_and(|host| host.as_str() != server.own.host)
    };
    if !server.own.is_addressed(&parts.headers, must_have_origin) || names_other_host(&parts.uri) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let session = server
        .own
        .session(&parts.headers)
        .is_some_and(|secret| server.credentials().is_session(secret));
    match (&parts.method, path.as_str()) {
        (&Method::POST, "/session") => start_session(&server, parts),
        (&Method::GET, "/ipc") if session => open_socket(server, parts).await,
        (_, "/session" | "/ipc") => StatusCode::FORBIDDEN.into_response(),
        (&Method::GET | &Method::HEAD, "/") if !session => page(
            "text/html; charset=utf-8",
            &bootstrap::csp(),
            bootstrap::page(),
        ),
        (&Method::GET | &Method::HEAD, path) if session => asset(&server, path),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Exchanges the launch token for a session.
fn start_session(server: &Shared, parts: &Parts) -> Response {
    let token = parts.headers.get("x-parlour-token");
    let session = token.and_then(|token| {
        server
            .credentials()
            .redeem(token.as_bytes(), Instant::now())
    });
    let cookie = session.map(|session| HeaderValue::from_str(&server.own.set_cookie(&session)));
    match cookie {
        Some(Ok(mut cookie)) => {
            cookie.set_sensitive(true);
            server.count_session();
            (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
        }
        _ => StatusCode::FORBIDDEN.into_response(),
    }
}

async fn open_socket(server: Arc<Shared>, parts: &mut Parts) -> Response {
    let Ok(upgrade) = WebSocketUpgrade::from_request_parts(parts, &()).await else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let upgrade = upgrade
        .max_frame_size(ipc::MAX_FRAME_BYTES)
        .max_message_size(ipc::MAX_FRAME_BYTES)
        .read_buffer_size(4 * 1024);
    upgrade.on_upgrade(move |socket| server.serve_page(socket))
}

fn asset(server: &Shared, path: &str) -> Response {
    let found = assets::name(path).and_then(|name| server.assets.get(name));
    match found {
        Some(asset) => page(&asset.mime, &csp::app(&server.own.host), asset.bytes),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn page(mime: &str, policy: &str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    for (name, value) in [
        (header::CONTENT_TYPE, mime),
        (header::CONTENT_SECURITY_POLICY, policy),
    ] {
        let Ok(value) = HeaderValue::from_str(value) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        response.headers_mut().insert(name, value);
    }
    response
}
