//! The app's window.

use tauri::webview::{NewWindowResponse, PermissionKind, PermissionResponse};
use tauri::{
    AppHandle, Config, Manager, Runtime, Url, Webview, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder,
};

pub(crate) const LABEL: &str = "main";

pub(crate) fn open<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<WebviewWindow<R>> {
    // On Linux the webview mostly has no WebRTC, so the window is the companion; elsewhere it runs the call.
    let (width, height) = if cfg!(target_os = "linux") {
        (460.0, 700.0)
    } else {
        (960.0, 680.0)
    };
    let own = own_url(app.config());
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Parlour")
        .inner_size(width, height)
        .min_inner_size(360.0, 480.0)
        .center()
        .on_navigation(move |url| is_same_origin(url, &own))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    #[cfg(target_os = "linux")]
    enable_webrtc(&window)?;
    Ok(window)
}

/// WebRTC is off by default in WebKitGTK, also where a distribution compiles it in.
#[cfg(target_os = "linux")]
fn enable_webrtc<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    window.with_webview(|webview| {
        use webkit2gtk::{SettingsExt, WebViewExt};
        if let Some(settings) = webview.inner().settings() {
            settings.set_enable_webrtc(true);
            settings.set_enable_media_stream(true);
        }
    })
}

/// Brings the window to the front, if the system allows it.
pub(crate) fn focus<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(LABEL) else {
        return;
    };
    let shown = window
        .unminimize()
        .and_then(|()| window.show())
        .and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::debug!(%error, "the window cannot be brought to the front");
    }
}

pub(crate) fn hide<R: Runtime>(app: &AppHandle<R>) {
    let window = app.get_webview_window(LABEL);
    if let Some(Err(error)) = window.map(|window| window.hide()) {
        tracing::debug!(%error, "the window cannot be hidden");
    }
}

/// The app's own pages may use camera, microphone and screen, and nothing else. The person consents in the lobby; a
/// second question of the webview would only allow a refusal that is hard to undo.
pub(crate) fn permission<R: Runtime>(
    webview: &Webview<R>,
    kind: PermissionKind,
) -> PermissionResponse {
    let own = own_url(webview.config());
    let is_own = webview.url().is_ok_and(|url| is_same_origin(&url, &own));
    match kind {
        PermissionKind::Microphone | PermissionKind::Camera | PermissionKind::DisplayCapture
            if is_own =>
        {
            PermissionResponse::Allow
        }
        _ => PermissionResponse::Deny,
    }
}

fn own_url(config: &Config) -> Url {
    let dev = config.build.dev_url.clone().filter(|_| tauri::is_dev());
    dev.unwrap_or_else(|| {
        let built_in = if cfg!(windows) {
            "http://tauri.localhost"
        } else {
            "tauri://localhost"
        };
        #[allow(clippy::expect_used)]
        Url::parse(built_in).expect("a fixed URL")
    })
}

/// `Url::origin` is opaque for custom schemes.
fn is_same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host() == b.host()
        && a.port_or_known_default() == b.port_or_known_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_the_same_origin_is_our_own() {
        let own = Url::parse("tauri://localhost").unwrap();
        let is_own = |url: &str| is_same_origin(&Url::parse(url).unwrap(), &own);
        assert!(is_own("tauri://localhost/index.html#x"));
        for other in [
            "https://localhost/",
            "tauri://evil/",
            "tauri://localhost.evil/",
            "file:///etc/passwd",
            "about:blank",
            "data:text/html,x",
        ] {
            assert!(!is_own(other), "{other}");
        }
    }
}
