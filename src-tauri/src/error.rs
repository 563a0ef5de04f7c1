//! Errors as closed codes. The UI alone has words for them.

use serde::Serialize;
use ts_rs::TS;

/// A code exists only if the UI has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The text has no Parlour link.
    #[error("the text holds no invite")]
    InviteNotALink,
    /// The link's version is newer than this app.
    #[error("the invite is of a newer version")]
    InviteTooNew,
    /// The link's code or endpoints cannot be parsed.
    #[error("the invite is damaged")]
    InviteDamaged,
    /// The link names no endpoint.
    #[error("the invite names no endpoint")]
    InviteNoEndpoint,
    /// None of the link's endpoints answered in time.
    #[error("no endpoint of the invite answered")]
    ServerUnreachable,
    /// The same, for a room whose endpoints are addresses of a home or an office.
    #[error("the room is on another network")]
    RoomOutOfNetwork,
    /// No relay of the invite answered, nor any of its endpoints.
    #[error("no relay of the invite answered")]
    RelaysUnreachable,
    /// The room is found by relays only, and the settings keep the app from them.
    #[error("the settings allow no relays")]
    RelaysOff,
    /// A guest's page can reach none of the places of the invite.
    #[error("a web page reaches no place of the invite")]
    OnlyInApp,
    /// This computer has no network.
    #[error("this computer has no network")]
    NoNetwork,
    /// The server's name has no address.
    #[error("the name of the server has no address")]
    ServerNameNotFound,
    /// Something answers that is no Parlour server.
    #[error("what answers is no Parlour server")]
    ServerNotParlour,
    /// The proxy of this computer does not answer.
    #[error("the proxy of this computer does not answer")]
    ProxyUnreachable,
    /// The proxy of this computer makes no connection with the server.
    #[error("the proxy of this computer lets nothing through to the server")]
    ProxyRefused,
    /// The proxy of this computer asks for a user name and a password.
    #[error("the proxy of this computer asks for a password")]
    ProxyNeedsPassword,
    /// A proxy answers, without the server behind it.
    #[error("a proxy answers without a server behind it")]
    ServerUnavailable,
    /// The server speaks TLS, and its endpoint says that it does not.
    #[error("the server needs TLS")]
    ServerNeedsTls,
    /// The server speaks no TLS, and its endpoint says that it does.
    #[error("the server has no TLS")]
    ServerHasNoTls,
    /// The issuer of the server's certificate is not trusted.
    #[error("the certificate is not trusted")]
    CertificateUntrusted,
    /// The server's certificate is for another name.
    #[error("the certificate is for another name")]
    CertificateOtherName,
    /// The server's certificate is not valid today, by the clock of this computer.
    #[error("the certificate is not valid today")]
    CertificateDate,
    /// The server refused this client for good.
    #[error("the server refused")]
    ServerRefused,
    /// The server speaks another version of the protocol.
    #[error("the server speaks another version")]
    ServerVersion,
    /// Every endpoint of the invite that answered has other rooms.
    #[error("no endpoint of the invite has the room")]
    RoomElsewhere,
    /// The server takes no more connections, at all or from this address.
    #[error("the server is full")]
    ServerFull,
    /// The room has its maximum of people.
    #[error("the room is full")]
    RoomFull,
    /// The settings' server starts a room only with its access token, and ours is missing or wrong.
    #[error("the server starts a room only with its access token")]
    AccessRequired,
    /// Nobody is in the room, and its server opens it only with an access token or a permit.
    #[error("nobody is in the room, and the server does not open it for us")]
    RoomNotOpen,
    /// This computer could not open a port for the room.
    #[error("no port could be opened")]
    HostFailed,
    /// The action needs a room and there is none.
    #[error("not in a room")]
    NotInRoom,
    /// The action is impossible in a room.
    #[error("already in a room")]
    AlreadyInRoom,
    /// The receiver has left.
    #[error("no such peer")]
    UnknownPeer,
    /// The signal is larger than a frame.
    #[error("the signal is too large")]
    SignalTooLarge,
    /// A signal that came over a data channel does not open, or too many such signals came.
    #[error("the signal does not open")]
    SignalNotOpened,
    /// A setting is out of its bounds.
    #[error("a setting is not valid")]
    SettingsInvalid,
    /// No browser that can run the call was found.
    #[error("no browser was found")]
    BrowserMissing,
    /// The browser could not be started.
    #[error("the browser did not start")]
    BrowserFailed,
    /// No folder can be written, and a call in a browser needs one.
    #[error("no folder can be written")]
    FolderNotWritable,
    /// The clipboard could not be written.
    #[error("the clipboard could not be written")]
    ClipboardFailed,
    /// A link of the chat has a scheme that is not allowed, or no program opens it.
    #[error("the link could not be opened")]
    LinkNotOpened,
    /// The app quits, or has a bug.
    #[error("internal error")]
    Internal,
}

/// The error with which a command rejects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct AppError {
    pub code: ErrorCode,
    /// English, for the log, without secrets.
    pub message: String,
    /// For [`ErrorCode::SettingsInvalid`]: the setting's name as in [`crate::storage::settings::Settings`].
    pub field: Option<String>,
}

impl From<ErrorCode> for AppError {
    fn from(code: ErrorCode) -> Self {
        Self {
            code,
            message: code.to_string(),
            field: None,
        }
    }
}

impl AppError {
    /// A setting out of its bounds. The message says what is required.
    #[must_use]
    pub fn setting(field: impl Into<String>, message: &str) -> Self {
        Self {
            code: ErrorCode::SettingsInvalid,
            message: message.to_owned(),
            field: Some(field.into()),
        }
    }
}
