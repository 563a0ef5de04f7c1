//! The facts that the connection check finds out about this computer's network. They are measured: the page judges them
//! and has the words (`ui/src/doctor`).

use serde::Serialize;
use ts_rs::TS;

/// The connection check of the view: what it has found, and whether it goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
pub struct ConnectionCheck {
    /// Probes still run; facts that are missing may follow.
    pub running: bool,
    pub facts: NetworkFacts,
}

/// A fact is null while it is not known, and stays so if nothing could be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
pub struct NetworkFacts {
    /// The best IPv4 address of this computer.
    pub ipv4: AddressKind,
    /// The best IPv6 address of this computer.
    pub ipv6: AddressKind,
    /// The translator between this computer and the internet. Only IPv4 has it.
    pub nat: Option<Nat>,
    /// Whether answers come back over UDP.
    pub udp: Option<bool>,
    /// The STUN servers that are asked over UDP, `host:port`.
    pub stun: Vec<String>,
    /// This computer's address as the first of them sees it, `ip:port`.
    pub seen: Option<String>,
    /// Each way to a TURN server that was tried.
    pub turn: Vec<TurnFact>,
    /// Something between this computer and the internet answers in place of web servers: a page to sign in at.
    pub captive_portal: Option<bool>,
    /// Seconds by which this computer's clock is ahead of a server's. Negative: behind.
    pub clock_ahead: Option<i64>,
    /// The system or the environment names a proxy for the web.
    pub has_proxy: bool,
    /// Whether a server on the internet can be reached over TCP without a proxy.
    pub tcp: Option<bool>,
}

/// From where others can reach an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AddressKind {
    /// There is none.
    #[default]
    None,
    /// From one's own network alone.
    Private,
    /// From the provider's network: 100.64.0.0/10 (RFC 6598).
    Shared,
    /// From anywhere, if nothing blocks it.
    Global,
}

/// A network address translator, as STUN servers see it (RFC 5780, section 4.3, "mapping behaviour").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Nat {
    /// Servers see this computer's own address.
    None,
    /// Every server sees the same address and port: others can be invited to it.
    Stable,
    /// Each server sees another port or address, which nobody else can use.
    Symmetric,
    /// One server alone has answered, which sees another address than this computer's own.
    Unknown,
}

/// One way to a TURN server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct TurnFact {
    /// `host:port`.
    pub server: String,
    pub transport: TurnTransport,
    pub result: TurnResult,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TurnTransport {
    Udp,
    Tcp,
    Tls,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TurnResult {
    /// It gave a relayed address.
    Works,
    /// It answers, and does not take the user name or the password.
    Refused,
    /// Nothing came back, or no connection was made.
    NoAnswer,
}
