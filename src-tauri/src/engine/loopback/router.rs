//! Answers HTTP requests. Refusals have no body: a refused client learns neither the reason nor anything of the app.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::auth::origin;
use super::shared::Shared;
use super::{assets, csp, ipc};

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
    match (&parts.method, path.as_str()) {
        (&Method::GET, "/ipc") => open_socket(server, parts).await,
        (_, "/ipc") => StatusCode::FORBIDDEN.into_response(),
        (&Method::GET | &Method::HEAD, path) => asset(&server, path),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Everybody may open a socket. It carries nothing before both sides have proved themselves.
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

/// The files are those of every copy of the app, so they are no secret.
fn asset(server: &Shared, path: &str) -> Response {
    let found = assets::name(path).and_then(|name| server.assets.get(name));
    let Some(asset) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = Response::new(Body::from(asset.bytes));
    for (name, value) in [
        (header::CONTENT_TYPE, asset.mime),
        (header::CONTENT_SECURITY_POLICY, csp::app(&server.own.host)),
    ] {
        let Ok(value) = HeaderValue::try_from(value) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        response.headers_mut().insert(name, value);
    }
    response
}
