//! Tauri's commands. The call page in a browser calls the same ones.

use parlour_signaling::client;
use parlour_signaling::invite::Endpoint;
use serde_json::Value;
use tauri::ipc::Invoke;
use tauri::{Runtime, State};

use crate::command_table::for_each_command;
use crate::controller::{ControllerHandle, server_fault_code};
use crate::error::AppError;
use crate::links::external_url;
use crate::storage::settings::Settings;
use crate::view::{
    AppView, CallCommand, CallState, InviteTemplates, Notification, OpenedSignal, SealedSignal,
    Surface, TrayLabels,
};

macro_rules! define_commands {
    (
        controller { $(
            $(#[doc = $doc:literal])*
            $name:ident / $variant:ident($($arg:ident: $ty:ident $(<$of:ident>)?),*) -> $reply:ty;
        )* }
        direct { $(
            $(#[doc = $direct_doc:literal])*
            $direct:ident($($direct_arg:ident: $direct_ty:ident),*) -> $direct_reply:ty;
        )* }
    ) => {
        /// The names that a page may call.
        pub const NAMES: &[&str] = &[$(stringify!($name),)* $(stringify!($direct)),*];

        pub fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($name,)* $($direct),*]
        }

        $(
            #[tauri::command]
            async fn $name(
                controller: State<'_, ControllerHandle>,
                $($arg: $ty $(<$of>)?,)*
            ) -> Result<$reply, AppError> {
                controller.$name($($arg),*).await
            }
        )*
    };
}

for_each_command!(define_commands);

#[tauri::command]
async fn open_external_url(url: String) -> Result<(), AppError> {
    external_url::open(&url)
}

#[tauri::command]
async fn test_server(address: String) -> Result<(), AppError> {
    let server = Endpoint::parse(&address)
        .map_err(|_| AppError::setting("hosting.address", "not a server's address"))?;
    client::test_server(&server).await.map_err(|fault| {
        tracing::info!(?fault, "the tested server cannot be used");
        server_fault_code(fault).into()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    #[test]
    fn the_window_may_call_exactly_the_commands_of_the_table() {
        let text = include_str!("../../tauri.conf.json");
        let config: serde_json::Value = serde_json::from_str(text).unwrap();
        let capability = &config["app"]["security"]["capabilities"][0];
        assert_eq!(capability["windows"], serde_json::json!(["main"]));
        let allowed: Vec<_> = capability["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|permission| permission.as_str().unwrap().strip_prefix("allow-"))
            .map(|name| name.replace('-', "_"))
            .collect();
        assert_eq!(allowed, super::NAMES);
    }
}
