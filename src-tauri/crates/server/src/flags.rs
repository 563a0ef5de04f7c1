//! The command line of the server.

use std::fs;
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use parlour_signaling::server::{IceConfig, TurnSecret};
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
}

impl Flags {
    /// The STUN and TURN servers for the peers.
    pub(crate) fn ice(&self) -> anyhow::Result<IceConfig> {
        let secret = self.turn_secret_file.as_deref().map(read_secret);
        let ice = IceConfig::new(self.stun.clone(), self.turn.clone(), secret.transpose()?)?;
        Ok(ice)
    }
}

fn read_secret(file: &Path) -> anyhow::Result<TurnSecret> {
    let shown = file.display();
    let text = fs::read_to_string(file)
        .map(Zeroizing::new)
        .with_context(|| format!("cannot read the TURN secret from {shown}"))?;
    TurnSecret::new(&text).with_context(|| format!("cannot use {shown}"))
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
