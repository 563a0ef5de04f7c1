//! Errors as the codes that the app has too: `AppError` and `ErrorCode` of the UI.

use parlour_signaling::client::{FailReason, ServerFault, SignalError};
use parlour_signaling::invite::InviteError;
use parlour_signaling::protocol::ServerErrorCode;
use serde::Serialize;

/// The error that a call throws.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct AppError {
    code: &'static str,
    /// English, for the log, without secrets.
    message: String,
    /// The field of the settings that is at fault.
    field: Option<&'static str>,
}

impl AppError {
    pub(crate) fn new(code: &'static str, message: impl ToString) -> Self {
        Self {
            code,
            message: message.to_string(),
            field: None,
        }
    }

    /// The address of a server is not one.
    pub(crate) fn bad_server(message: impl ToString) -> Self {
        Self {
            field: Some("server"),
            ..Self::new("settings_invalid", message)
        }
    }
}

impl From<InviteError> for AppError {
    fn from(error: InviteError) -> Self {
        let code = match error {
            InviteError::NotALink => "invite_not_a_link",
            InviteError::TooNew => "invite_too_new",
            InviteError::Damaged => "invite_damaged",
            InviteError::NoEndpoint => "invite_no_endpoint",
        };
        Self::new(code, error)
    }
}

impl From<SignalError> for AppError {
    fn from(error: SignalError) -> Self {
        let code = match error {
            SignalError::UnknownPeer => "unknown_peer",
            SignalError::TooLarge => "signal_too_large",
            SignalError::Closed => "not_in_room",
            // So many wait only while the server is unreachable.
            SignalError::QueueFull => "server_unreachable",
            SignalError::NotOpened | SignalError::RateLimited => "signal_not_opened",
            // The page made up a number.
            SignalError::UnknownNumber => "internal",
        };
        Self::new(code, error)
    }
}

/// Why a room could not be joined.
pub(crate) const fn fail_code(reason: FailReason) -> &'static str {
    match reason {
        FailReason::Unreachable(fault) => server_fault_code(fault),
        FailReason::RoomFull => "room_full",
        FailReason::UnsupportedVersion => "server_version",
        FailReason::Refused(code) => match code {
            ServerErrorCode::WrongRoom => "room_elsewhere",
            ServerErrorCode::ServerFull | ServerErrorCode::AddressLimit => "server_full",
            ServerErrorCode::AccessRequired => "room_not_open",
            _ => "server_refused",
        },
    }
}

const fn server_fault_code(fault: ServerFault) -> &'static str {
    match fault {
        ServerFault::Offline => "no_network",
        ServerFault::NoAnswer => "server_unreachable",
        ServerFault::NameNotFound => "server_name_not_found",
        ServerFault::NotParlour => "server_not_parlour",
        ServerFault::Unavailable => "server_unavailable",
        ServerFault::ProxyNoAnswer => "proxy_unreachable",
        ServerFault::ProxyRefused => "proxy_refused",
        ServerFault::ProxyNeedsPassword => "proxy_needs_password",
        ServerFault::Busy => "server_full",
        ServerFault::OtherVersion => "server_version",
        ServerFault::NeedsTls => "server_needs_tls",
        ServerFault::HasNoTls => "server_has_no_tls",
        ServerFault::CertificateUntrusted => "certificate_untrusted",
        ServerFault::CertificateOtherName => "certificate_other_name",
        ServerFault::CertificateDate => "certificate_date",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    /// Every text in this file that looks like a code.
    fn codes() -> impl Iterator<Item = &'static str> {
        let source = include_str!("error.rs")
            .split("#[cfg(test)]")
            .next()
            .unwrap();
        let texts = source.split('"').skip(1).step_by(2);
        texts.filter(|text| text.contains('_'))
    }

    #[test]
    fn the_ui_has_words_for_every_code() {
        let types = include_str!("../../../../ui/src/backend/generated.ts");
        let (_, rest) = types.split_once("export type ErrorCode = ").unwrap();
        let (known, _) = rest.split_once(';').unwrap();
        assert!(codes().count() > 20);
        for code in codes() {
            assert!(known.contains(&format!("\"{code}\"")), "{code}");
        }
    }
}
