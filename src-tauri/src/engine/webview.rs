//! The parts of Tauri that the loopback server needs: the embedded pages, and commands with the window's permissions.

use std::collections::HashSet;

use serde_json::Value;
use tauri::http::{HeaderMap, HeaderName, HeaderValue};
use tauri::ipc::{CallbackFn, CommandArg, CommandItem, InvokeBody, InvokeError, InvokeResponse};
use tauri::webview::InvokeRequest;
use tauri::{AppHandle, AssetResolver, Manager, Runtime};
use tokio::sync::oneshot;

use super::loopback::{Asset, Assets, CommandFuture, Dispatch};
use crate::error::{AppError, ErrorCode};
use crate::view::Surface;

/// Marks the commands of the call page. The loopback server passes no header of the page on.
const FROM_CALL_PAGE: HeaderName = HeaderName::from_static("parlour-call-page");

/// A command that takes a `Surface` gets that of its caller.
impl<'de, R: Runtime> CommandArg<'de, R> for Surface {
    fn from_command(command: CommandItem<'de, R>) -> Result<Self, InvokeError> {
        let is_call_page = command.message.headers().contains_key(FROM_CALL_PAGE);
        Ok(if is_call_page {
            Self::Call
        } else {
            Self::Window
        })
    }
}

/// The pages inside the binary, and nothing else: Tauri answers an unknown name with the index page, and reads from the
/// disk during development.
pub struct WebviewAssets<R: Runtime> {
    resolver: AssetResolver<R>,
    names: HashSet<String>,
}

impl<R: Runtime> WebviewAssets<R> {
    /// `None` in a development build, which embeds no pages.
    pub fn new(app: &AppHandle<R>) -> Option<Self> {
        (!tauri::is_dev()).then(|| Self::listed(app.asset_resolver()))
    }

    fn listed(resolver: AssetResolver<R>) -> Self {
        let names = resolver
            .iter()
            .map(|(name, _)| format!("/{}", name.trim_start_matches('/')))
            .collect();
        Self { resolver, names }
    }
}

impl<R: Runtime> Assets for WebviewAssets<R> {
    fn get(&self, path: &str) -> Option<Asset> {
        if !self.names.contains(path) {
            return None;
        }
        let asset = self.resolver.get(path.to_owned())?;
        Some(Asset {
            mime: asset.mime_type,
            bytes: asset.bytes,
        })
    }
}

/// Calls commands as the window of this label does, with its permissions.
pub struct WebviewDispatch<R: Runtime> {
    app: AppHandle<R>,
    label: &'static str,
}

impl<R: Runtime> WebviewDispatch<R> {
    pub fn new(app: &AppHandle<R>, label: &'static str) -> Self {
        Self {
            app: app.clone(),
            label,
        }
    }

    fn start(&self, command: &str, args: Value) -> Option<oneshot::Receiver<InvokeResponse>> {
        let window = self.app.get_webview_window(self.label)?;
        let request = InvokeRequest {
            cmd: command.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: window.url().ok()?,
            body: InvokeBody::Json(args),
            headers: HeaderMap::from_iter([(FROM_CALL_PAGE, HeaderValue::from_static("1"))]),
            invoke_key: self.app.invoke_key().to_owned(),
        };
        let (answer, receiver) = oneshot::channel();
        window.as_ref().clone().on_message(
            request,
            // The page may be gone by then; nobody waits for the answer.
            Box::new(move |_, _, response, _, _| drop(answer.send(response))),
        );
        Some(receiver)
    }
}

impl<R: Runtime> Dispatch for WebviewDispatch<R> {
    fn call(&self, command: &str, args: Value) -> CommandFuture {
        let started = self.start(command, args);
        Box::pin(async move {
            let response = match started {
                Some(receiver) => receiver.await.ok(),
                None => None,
            };
            match response {
                Some(InvokeResponse::Ok(body)) => body.deserialize().map_err(|_| internal()),
                Some(InvokeResponse::Err(error)) => Err(error.0),
                None => Err(internal()),
            }
        })
    }
}

fn internal() -> Value {
    serde_json::to_value(AppError::from(ErrorCode::Internal)).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;
    use tauri::test::{MockRuntime, mock_builder, mock_context};
    use tauri::utils::assets::{AssetKey, AssetsIter, CspHash};

    use super::*;

    struct Ui;

    impl<R: Runtime> tauri::Assets<R> for Ui {
        fn get(&self, key: &AssetKey) -> Option<Cow<'_, [u8]>> {
            let text = match key.as_ref() {
                "/index.html" => "<p>index</p>",
                "/assets/app.js" => "go()",
                _ => return None,
            };
            Some(Cow::Borrowed(text.as_bytes()))
        }

        fn iter(&self) -> Box<AssetsIter<'_>> {
            let names = ["/index.html", "/assets/app.js"];
            Box::new(
                names
                    .into_iter()
                    .map(|name| (name.into(), [].as_slice().into())),
            )
        }

        fn csp_hashes(&self, _: &AssetKey) -> Box<dyn Iterator<Item = CspHash<'_>> + '_> {
            Box::new(std::iter::empty())
        }
    }

    #[tauri::command]
    fn double(number: i64) -> Result<i64, AppError> {
        match number {
            0 => Err(ErrorCode::NotInRoom.into()),
            number => Ok(number * 2),
        }
    }

    #[tauri::command]
    fn surface(surface: Surface) -> String {
        format!("{surface:?}")
    }

    fn app() -> tauri::App<MockRuntime> {
        mock_builder()
            .invoke_handler(tauri::generate_handler![double, surface])
            .build(mock_context(Ui))
            .unwrap()
    }

    #[test]
    fn only_embedded_names_are_answered() {
        let app = app();
        let assets = WebviewAssets::listed(app.asset_resolver());
        let script = assets.get("/assets/app.js").unwrap();
        assert_eq!(
            (&*script.mime, &*script.bytes),
            ("text/javascript", &b"go()"[..])
        );
        assert_eq!(assets.get("/index.html").unwrap().mime, "text/html");
        // Tauri itself would answer each of these with a file.
        for other in [
            "",
            "/",
            "/index",
            "index.html",
            "/none",
            "/assets/app.js/",
            "/%69ndex.html",
        ] {
            assert_eq!(assets.get(other), None, "{other}");
        }
    }

    #[test]
    fn a_development_build_embeds_no_pages() {
        let app = app();
        assert_eq!(WebviewAssets::new(app.handle()).is_none(), tauri::is_dev());
    }

    #[tokio::test]
    async fn commands_answer_as_in_the_window() {
        let app = app();
        let dispatch = WebviewDispatch::new(app.handle(), "main");
        let no_window = dispatch.call("double", json!({ "number": 1 })).await;
        assert_eq!(no_window.unwrap_err()["code"], "internal");
        tauri::WebviewWindowBuilder::new(&app, "main", Default::default())
            .build()
            .unwrap();
        let answer = dispatch.call("double", json!({ "number": 21 })).await;
        assert_eq!(answer, Ok(json!(42)));
        let refused = dispatch.call("double", json!({ "number": 0 })).await;
        assert_eq!(refused.unwrap_err()["code"], "not_in_room");
        assert!(dispatch.call("double", json!({})).await.is_err());
        assert!(dispatch.call("none", json!({})).await.is_err());
    }

    #[tokio::test]
    async fn the_way_in_decides_the_surface() {
        let app = app();
        let window = tauri::WebviewWindowBuilder::new(&app, "main", Default::default())
            .build()
            .unwrap();
        let claim = json!({ "surface": "window" });
        let dispatch = WebviewDispatch::new(app.handle(), "main");
        assert_eq!(dispatch.call("surface", claim).await, Ok(json!("Call")));
        let request = InvokeRequest {
            cmd: "surface".to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: window.url().unwrap(),
            body: InvokeBody::Json(json!({ "surface": "call" })),
            headers: Default::default(),
            invoke_key: app.invoke_key().to_owned(),
        };
        let reply = tauri::test::get_ipc_response(&window, request).unwrap();
        assert_eq!(reply.deserialize::<String>().unwrap(), "Window");
    }
}
