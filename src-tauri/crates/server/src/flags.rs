//! The command line of the server.

use std::fs;
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use clap::builder::{RangedU64ValueParser, TypedValueParser};
use parlour_signaling::protocol::AccessToken;
use parlour_signaling::protocol::limits::{
    ADDRESS_CONNECTIONS, CREDENTIALS_PER_MINUTE, JOINS_PER_SECOND, MAX_CONNECTIONS,
    MAX_SERVER_BYTES,
};
use parlour_signaling::server::{
    BudgetConfig, IceConfig, Network, OriginPolicy, RoomAccess, ServerConfig, TurnSecret,
};
use zeroize::Zeroizing;

/// Where the server listens by default.
pub(crate) const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 8787, 0, 0));

/// The Parlour signaling server: private video calls find each other through it.
///
/// It keeps nothing, and what passes through it is sealed. Serve it behind a proxy that speaks TLS.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Flags {
    /// Address and port to listen on; may be repeated. Port 0 takes any that is free [default: [::]:8787]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Vec<SocketAddr>,

    /// A STUN server that callers may use, such as stun:example.org:3478; may be repeated
    #[arg(long, value_name = "URL")]
    stun: Vec<String>,

    /// A TURN server that callers may use, such as turn:example.org:3478; may be repeated
    #[arg(long, value_name = "URL", requires = "turn_secret_file")]
    turn: Vec<String>,

    /// File with the secret that the TURN server knows too (coturn: static-auth-secret)
    #[arg(long, value_name = "FILE")]
    turn_secret_file: Option<PathBuf>,

    /// File with the access token, without which nobody starts a room here; to join one needs its link alone
    #[arg(long, value_name = "FILE")]
    access_token_file: Option<PathBuf>,

    /// A proxy, or a network of proxies, whose X-Forwarded-For or Forwarded header names the client; may be repeated.
    /// Without it all clients of a proxy share the budget of one address
    #[arg(long, value_name = "ADDR[/PREFIX]")]
    trusted_proxy: Vec<Network>,

    /// The origin of a web page that may connect, such as https://app.example.org; may be repeated. Pages of the
    /// server's own name may, and all others may not
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,

    /// Serve a relay too, at /relay and /: a small part of a Nostr relay, which keeps nothing. People use it whose rooms
    /// are elsewhere, so it is served only when asked for
    #[arg(long)]
    pub(crate) relay: bool,

    /// Connections at a time
    #[arg(long, value_name = "N", default_value_t = MAX_CONNECTIONS, value_parser = at_least_one())]
    max_connections: usize,

    /// Connections of one address at a time: an IPv4 address, or an IPv6 network of 64 bits
    #[arg(long, value_name = "N", default_value_t = ADDRESS_CONNECTIONS, value_parser = at_least_one())]
    max_connections_per_address: usize,

    /// Joins of one address, a second on average; four times as many in a burst
    #[arg(long, value_name = "N", default_value_t = JOINS_PER_SECOND as usize, value_parser = at_least_one())]
    max_joins_per_address: usize,

    /// TURN credentials of one address, a minute on average; five times as many in a burst
    #[arg(long, value_name = "N", default_value_t = CREDENTIALS_PER_MINUTE as usize, value_parser = at_least_one())]
    max_turn_credentials_per_address: usize,

    /// Memory for clients. With less there are fewer connections
    #[arg(long, value_name = "MIB", default_value_t = MAX_SERVER_BYTES / MIB, value_parser = at_least_one())]
    max_memory: usize,
}

const MIB: usize = 1024 * 1024;

fn at_least_one() -> impl TypedValueParser<Value = usize> {
    RangedU64ValueParser::<usize>::new().range(1..=1 << 20)
}

impl Flags {
    /// The STUN and TURN servers for the peers.
    fn ice(&self) -> anyhow::Result<IceConfig> {
        let secret = self.turn_secret_file.as_deref().map(turn_secret);
        let ice = IceConfig::new(self.stun.clone(), self.turn.clone(), secret.transpose()?)?;
        Ok(ice)
    }

    /// The check of who may start a room.
    fn access(&self) -> anyhow::Result<Option<RoomAccess>> {
        let Some(file) = self.access_token_file.as_deref() else {
            return Ok(None);
        };
        let text = read_secret("access token", file)?;
        let token: AccessToken = text.trim().parse().with_context(|| cannot_use(file))?;
        Ok(Some(RoomAccess::new(&token)))
    }

    /// The bounds of each address, and of all together.
    fn budgets(&self) -> BudgetConfig {
        let mut budgets = BudgetConfig::default();
        budgets.server.bytes = self.max_memory.saturating_mul(MIB);
        budgets.server.connections = self.max_connections;
        budgets.server.places = 2 * self.max_connections;
        budgets.server.handshakes = self.max_connections.div_ceil(8);
        budgets.address.connections = self.max_connections_per_address;
        budgets.address.places = self.max_connections_per_address;
        budgets.address.handshakes = self.max_connections_per_address.div_ceil(4);
        let per_minute = u32::try_from(self.max_turn_credentials_per_address).unwrap_or(u32::MAX);
        budgets.credential_rate.per_minute = per_minute;
        budgets.credential_rate.burst = per_minute.saturating_mul(5);
        let per_second = u32::try_from(self.max_joins_per_address).unwrap_or(u32::MAX);
        budgets.join_rate.per_second = per_second;
        budgets.join_rate.burst = per_second.saturating_mul(4);
        let of_all = &mut budgets.server_join_rate;
        of_all.per_second = of_all.per_second.max(budgets.join_rate.per_second);
        of_all.burst = of_all.burst.max(budgets.join_rate.burst);
        // Each join needs a handshake, and a page of invites may need some more.
        budgets.handshake_rate.per_second = per_second.saturating_mul(2);
        budgets.handshake_rate.burst = per_second.saturating_mul(8);
        budgets
    }

    /// How the server behaves.
    pub(crate) fn config(&self) -> anyhow::Result<ServerConfig> {
        Ok(ServerConfig {
            ice: self.ice()?,
            access: self.access()?,
            budgets: self.budgets(),
            origins: OriginPolicy::Allow(self.allow_origin.clone()),
            trusted_proxies: self.trusted_proxy.clone(),
            ..ServerConfig::default()
        })
    }
}

fn turn_secret(file: &Path) -> anyhow::Result<TurnSecret> {
    TurnSecret::new(&read_secret("TURN secret", file)?).with_context(|| cannot_use(file))
}

fn read_secret(what: &str, file: &Path) -> anyhow::Result<Zeroizing<String>> {
    fs::read_to_string(file)
        .map(Zeroizing::new)
        .with_context(|| format!("cannot read the {what} from {}", file.display()))
}

fn cannot_use(file: &Path) -> String {
    format!("cannot use {}", file.display())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_are_consistent() {
        Flags::command().debug_assert();
    }

    #[test]
    fn the_default_in_the_help_is_the_default() {
        let help = Flags::command().render_long_help().to_string();
        assert!(
            help.contains(&format!("[default: {DEFAULT_LISTEN}]")),
            "{help}"
        );
    }
}
