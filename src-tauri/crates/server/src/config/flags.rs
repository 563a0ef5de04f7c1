//! The flags: the one schema of the command line, the configuration file and the environment.
//!
//! A new setting is a field here, and nothing else. A switch is a `bool`, a list a `Vec`, a setting without a default an
//! `Option`. Rules between several flags are checked in [`settings`](super::settings).

use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6};
use std::path::PathBuf;

use clap::Args;
use clap::builder::{RangedU64ValueParser, TypedValueParser};
use parlour_signaling::protocol::limits::{
    ADDRESS_CONNECTIONS, CREDENTIALS_PER_MINUTE, JOINS_PER_SECOND, MAX_CONNECTIONS,
    MAX_SERVER_BYTES,
};
use parlour_signaling::server::Network;

use crate::domain::Domain;
use crate::logging::LogFormat;

/// Where the server listens by default.
pub(crate) const DEFAULT_LISTEN: SocketAddr = any_address(8787);
/// The same with TLS.
pub(crate) const DEFAULT_TLS_LISTEN: SocketAddr = any_address(443);

const fn any_address(port: u16) -> SocketAddr {
    SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, port, 0, 0))
}

const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

#[derive(Clone, Debug, Args)]
pub(crate) struct Flags {
    /// A TOML file with settings. Its keys are the names of these flags without the dashes; flags and variables win
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Address and port to listen on; may be repeated. Port 0 takes any that is free [default: [::]:8787, or [::]:443
    /// with TLS]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Vec<SocketAddr>,

    /// A name of this server, such as call.example.org, or its public IP address; may be repeated. It gets and renews
    /// its certificates itself, for which port 443 has to lead to it. This agrees to the terms of Let's Encrypt
    #[arg(long, value_name = "NAME")]
    pub(crate) domain: Vec<Domain>,

    /// File with a certificate and its chain (PEM), for which nobody is asked then. It is read again when it changes.
    /// With --domain too it has to be for those names
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: Option<PathBuf>,

    /// File with the private key of the certificate (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,

    /// Folder for the certificates of --domain and the account with which they are got
    #[arg(long, value_name = "DIR", default_value = "/var/lib/parlour")]
    pub(crate) state_dir: PathBuf,

    /// The certificate authority: the address of its ACME directory
    #[arg(long, value_name = "URL", default_value = LETS_ENCRYPT)]
    pub(crate) acme_directory: String,

    /// File with the root certificate (PEM) of the authority's own server, if the system does not know it
    #[arg(long, value_name = "FILE")]
    pub(crate) acme_root: Option<PathBuf>,

    /// Folder with the page for guests, which is served at /guest/
    #[arg(long, value_name = "DIR")]
    pub(crate) guest_page: Option<PathBuf>,

    /// A STUN server that callers may use, such as stun:example.org:3478; may be repeated
    #[arg(long, value_name = "URL")]
    pub(crate) stun: Vec<String>,

    /// A TURN server that callers may use, such as turn:example.org:3478; may be repeated
    #[arg(long, value_name = "URL")]
    pub(crate) turn: Vec<String>,

    /// File with the secret that the TURN server knows too (coturn: static-auth-secret). The secret itself may stand in
    /// the variable PARLOUR_TURN_SECRET
    #[arg(long, value_name = "FILE")]
    pub(crate) turn_secret_file: Option<PathBuf>,

    /// File with the access token, without which nobody starts a room here; to join one needs its link alone. The token
    /// itself may stand in the variable PARLOUR_ACCESS_TOKEN
    #[arg(long, value_name = "FILE")]
    pub(crate) access_token_file: Option<PathBuf>,

    /// A proxy, or a network of proxies, whose X-Forwarded-For or Forwarded header names the client; may be repeated.
    /// Without it all clients of a proxy share the budget of one address
    #[arg(long, value_name = "ADDR[/PREFIX]")]
    pub(crate) trusted_proxy: Vec<Network>,

    /// The origin of a web page that may connect, such as https://app.example.org; may be repeated. Pages of the
    /// server's own name may, and all others may not
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,

    /// Serve a relay too, at /relay and /: a small part of a Nostr relay, which keeps nothing. People use it whose rooms
    /// are elsewhere, so it is served only when asked for
    #[arg(long)]
    pub(crate) relay: bool,

    /// Address and port for /healthz, /readyz and /metrics (Prometheus). They are for you and not for guests, so choose
    /// one that only your machines reach, such as 127.0.0.1:9090
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) metrics: Option<SocketAddr>,

    /// How the log is written to standard error
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,

    /// Connections at a time
    #[arg(long, value_name = "N", default_value_t = MAX_CONNECTIONS, value_parser = at_least_one())]
    pub(crate) max_connections: usize,

    /// Connections of one address at a time: an IPv4 address, or an IPv6 network of 64 bits
    #[arg(long, value_name = "N", default_value_t = ADDRESS_CONNECTIONS, value_parser = at_least_one())]
    pub(crate) max_connections_per_address: usize,

    /// Joins of one address, a second on average; four times as many in a burst
    #[arg(long, value_name = "N", default_value_t = JOINS_PER_SECOND as usize, value_parser = at_least_one())]
    pub(crate) max_joins_per_address: usize,

    /// TURN credentials of one address, a minute on average; five times as many in a burst
    #[arg(long, value_name = "N", default_value_t = CREDENTIALS_PER_MINUTE as usize, value_parser = at_least_one())]
    pub(crate) max_turn_credentials_per_address: usize,

    /// Memory for clients. With less there are fewer connections
    #[arg(long, value_name = "MIB", default_value_t = MAX_SERVER_BYTES / MIB, value_parser = at_least_one())]
    pub(crate) max_memory: usize,
}

pub(crate) const MIB: usize = 1024 * 1024;

fn at_least_one() -> impl TypedValueParser<Value = usize> {
    RangedU64ValueParser::<usize>::new().range(1..=1 << 20)
}
