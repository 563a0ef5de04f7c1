//! The state of each relay, for the view.

use parlour_signaling::client::ServerFault;
use parlour_signaling::invite::Endpoint;
use serde::{Deserialize, Serialize};

/// A relay in use, and its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayStatus {
    /// The relay.
    pub relay: Endpoint,
    /// Its state.
    pub state: RelayState,
    /// Its clock minus the clock of this computer, in seconds; 0 if they differ by less than half a minute. Nothing if
    /// it did not say.
    pub clock_offset: Option<i64>,
}

/// The state of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case", tag = "state", content = "fault")]
pub enum RelayState {
    /// A connection is being made, for the first time or again.
    Connecting,
    /// It listens and publishes for us.
    Open,
    /// It listens for us, and publishes later: it has asked for a pause.
    Paused(RelayFault),
    /// The last attempt failed. It is tried again.
    Failing(RelayFault),
    /// It does not want us. It is not used again in this session.
    Dropped(RelayFault),
}

/// Why a relay is of no use at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum RelayFault {
    /// This computer has no route.
    Offline,
    /// Nobody answers at its address, or not in time.
    NoAnswer,
    /// Its name has no address.
    NameNotFound,
    /// Something answers that is no relay.
    NotARelay,
    /// It answers that it is out of order, or that it has too many connections.
    Unavailable,
    /// It speaks TLS, and its address says that it does not.
    NeedsTls,
    /// It does not speak TLS, and its address says that it does.
    HasNoTls,
    /// This computer does not trust its certificate.
    Certificate,
    /// Its certificate is not valid at this time, by the clock of this computer.
    CertificateDate,
    /// It has ended the connection.
    Closed,
    /// The proxy of this computer makes no connection with it.
    Proxy,
    /// It is connected and does not answer.
    Silent,
    /// We sent more than it allows.
    RateLimited,
    /// It does not want us.
    Blocked,
    /// It wants its members to sign in.
    NeedsAccount,
    /// It wants proof of work.
    NeedsWork,
    /// It takes no events like ours.
    NotAccepted,
}

impl From<ServerFault> for RelayFault {
    fn from(fault: ServerFault) -> Self {
        match fault {
            ServerFault::Offline => Self::Offline,
            ServerFault::NoAnswer => Self::NoAnswer,
            ServerFault::ProxyNoAnswer
            | ServerFault::ProxyRefused
            | ServerFault::ProxyNeedsPassword => Self::Proxy,
            ServerFault::NameNotFound => Self::NameNotFound,
            ServerFault::NotParlour | ServerFault::OtherVersion => Self::NotARelay,
            ServerFault::Unavailable | ServerFault::Busy => Self::Unavailable,
            ServerFault::NeedsTls => Self::NeedsTls,
            ServerFault::HasNoTls => Self::HasNoTls,
            ServerFault::CertificateUntrusted | ServerFault::CertificateOtherName => {
                Self::Certificate
            }
            ServerFault::CertificateDate => Self::CertificateDate,
        }
    }
}
