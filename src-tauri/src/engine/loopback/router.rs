//! One request, one answer. Refusals are bare: who is refused learns nothing of the reason or of the app.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use super::auth::origin as check;
use super::server::Inner;
use super::{assets, bootstrap, csp as policy, ipc};

pub(super) async fn respond(State(door): State<Arc<Inner>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let mut response = answer(door, &mut parts).await;
    policy::guard(response.headers_mut());
    response
}

async fn answer(door: Arc<Inner>, parts: &mut Parts) -> Response {
    let path = parts.uri.path().to_owned();
    let must_have_origin = check::must_have_origin(&parts.method, &path);
    let elsewhere = |uri: &axum::http::Uri| {
        uri.authority()
            .is_some_and(|host| host.as_str() != door.own.host)
    };
    if !door.own.addressed(&parts.headers, must_have_origin) || elsewhere(&parts.uri) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let session = door
        .own
        .session(&parts.headers)
        .is_some_and(|secret| door.keys().admits(secret));
    match (&parts.method, path.as_str()) {
        (&Method::POST, "/session") => begin(&door, parts),
        (&Method::GET, "/ipc") if session => open(door, parts).await,
        (_, "/session" | "/ipc") => StatusCode::FORBIDDEN.into_response(),
        (&Method::GET | &Method::HEAD, "/") if !session => page(
            "text/html; charset=utf-8",
            &bootstrap::policy(),
            bootstrap::page(),
        ),
        (&Method::GET | &Method::HEAD, path) if session => asset(&door, path),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Exchanges the launch token for a session.
fn begin(door: &Inner, parts: &Parts) -> Response {
    let token = parts.headers.get("x-parlour-token");
    let session = token.and_then(|token| door.keys().redeem(token.as_bytes(), Instant::now()));
    let cookie = session.map(|session| HeaderValue::from_str(&door.own.set_cookie(&session)));
    match cookie {
        Some(Ok(mut cookie)) => {
            cookie.set_sensitive(true);
            door.begun();
            (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
        }
        _ => StatusCode::FORBIDDEN.into_response(),
    }
}

/// Opens the page's socket.
async fn open(door: Arc<Inner>, parts: &mut Parts) -> Response {
    let Ok(upgrade) = WebSocketUpgrade::from_request_parts(parts, &()).await else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let upgrade = upgrade
        .max_frame_size(ipc::MAX_FRAME_BYTES)
        .max_message_size(ipc::MAX_FRAME_BYTES)
        .read_buffer_size(4 * 1024);
    upgrade.on_upgrade(move |socket| door.page(socket))
}

fn asset(door: &Inner, path: &str) -> Response {
    let found = assets::name(path).and_then(|name| door.assets.get(name));
    match found {
        Some(asset) => page(&asset.mime, &policy::app(&door.own.host), asset.bytes),
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
