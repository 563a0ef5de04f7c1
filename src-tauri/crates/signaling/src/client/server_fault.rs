//! Why a server cannot be used, told apart as far as a person can do something about it.

/// Why a server cannot be used. Of several endpoints or addresses the greatest is reported: it says most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServerFault {
    /// This computer has no route: nothing was sent.
    Offline,
    /// Nobody answers at its address, or not in time.
    NoAnswer,
    /// Its name has no address. Without a network no name has one.
    NameNotFound,
    /// Something answers that is no Parlour server.
    NotParlour,
    /// A proxy answers, and says that the server behind it does not.
    Unavailable,
    /// The proxy of this computer does not answer.
    ProxyNoAnswer,
    /// The proxy of this computer makes no connection with it.
    ProxyRefused,
    /// The proxy of this computer asks for a user name and a password.
    ProxyNeedsPassword,
    /// It takes no more connections.
    Busy,
    /// It speaks another version of the protocol.
    OtherVersion,
    /// It speaks TLS, and its endpoint says that it does not.
    NeedsTls,
    /// It does not speak TLS, and its endpoint says that it does.
    HasNoTls,
    /// This computer does not trust the issuer of its certificate.
    CertificateUntrusted,
    /// Its certificate is for another name.
    CertificateOtherName,
    /// Its certificate has expired or is not valid yet, by the clock of this computer.
    CertificateDate,
}
