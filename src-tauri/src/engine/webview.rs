//! What the door needs of Tauri: the embedded pages, and the window's own way to the commands.

use std::collections::HashSet;

use serde_json::Value;
use tauri::ipc::{CallbackFn, InvokeBody, InvokeResponse};
use tauri::webview::InvokeRequest;
use tauri::{AppHandle, AssetResolver, Manager, Runtime};
use tokio::sync::oneshot;

use super::loopback::{Answer, Asset, Assets, Dispatch};
use crate::error::{AppError, ErrorCode};

/// The pages inside the binary, and nothing else: Tauri answers an unknown name with the index page, and reads the
/// disk in development.
pub struct WebviewAssets<R: Runtime> {
    resolver: AssetResolver<R>,
    names: HashSet<String>,
}

impl<R: Runtime> WebviewAssets<R> {
    /// `None` in a development build: it has no pages inside.
    pub fn new(app: &AppHandle<R>) -> Option<Self> {
        if tauri::is_dev() {
            return None;
        }
        let resolver = app.asset_resolver();
        let names = resolver
            .iter()
            .map(|(name, _)| format!("/{}", name.trim_start_matches('/')))
            .collect();
        Some(Self { resolver, names })
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

/// Calls commands as the window does, with the window's permissions.
pub struct WebviewDispatch<R: Runtime> {
    app: AppHandle<R>,
    label: &'static str,
}

impl<R: Runtime> WebviewDispatch<R> {
    /// Through the window of this label.
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
            headers: Default::default(),
            invoke_key: self.app.invoke_key().to_owned(),
        };
        let (answer, receiver) = oneshot::channel();
        window.as_ref().clone().on_message(
            request,
            // The page may have gone meanwhile; then nobody waits for the answer.
            Box::new(move |_, _, response, _, _| drop(answer.send(response))),
        );
        Some(receiver)
    }
}

impl<R: Runtime> Dispatch for WebviewDispatch<R> {
    fn call(&self, command: &str, args: Value) -> Answer {
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
