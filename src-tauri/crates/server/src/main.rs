//! The Parlour server: it connects the signaling of people in a room and learns nothing about them.

mod flags;

use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context;
use clap::Parser;
use parlour_relay::server::RelayServer;
use parlour_signaling::log_filter::may_be_logged;
use parlour_signaling::server::{Server, ServerConfig};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

use flags::Flags;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    log_to_stderr();
    let mut config = flags.config()?;
    // Kept until the end.
    let _relay = flags.relay.then(|| {
        let (relay, sockets) = RelayServer::spawn();
        config.relay = Some(sockets);
        relay
    });
    let server = bind(&flags, config).await?;
    announce(server.local_addrs())?;
    let server = server.start();
    stop_requested().await?;
    server.shutdown().await;
    Ok(())
}

/// `PARLOUR_LOG` or `RUST_LOG` set the levels. Standard output is only for the addresses.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("PARLOUR_LOG")
        .or_else(|_| EnvFilter::try_from_default_env())
        .unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::registry()
        .with(filter)
        .with(filter_fn(may_be_logged))
        .with(fmt::layer().with_writer(io::stderr))
        .init();
}

async fn bind(flags: &Flags, config: ServerConfig) -> anyhow::Result<Server> {
    let Some((first, more)) = flags.listen.split_first() else {
        return bind_default(config).await;
    };
    let mut server = Server::bind(*first, config)
        .await
        .with_context(|| format!("cannot listen on {first}"))?;
    for addr in more {
        server
            .also_bind(*addr)
            .await
            .with_context(|| format!("cannot listen on {addr}"))?;
    }
    Ok(server)
}

/// Listens on IPv6 and IPv4, or on IPv4 only where the system has no IPv6.
async fn bind_default(config: ServerConfig) -> anyhow::Result<Server> {
    let both = flags::DEFAULT_LISTEN;
    match Server::bind(both, config.clone()).await {
        Err(error)
            if !matches!(
                error.kind(),
                ErrorKind::AddrInUse | ErrorKind::PermissionDenied
            ) =>
        {
            let v4 = SocketAddr::from((Ipv4Addr::UNSPECIFIED, both.port()));
            let server = Server::bind(v4, config).await;
            server.with_context(|| format!("cannot listen on {v4}"))
        }
        bound => bound.with_context(|| format!("cannot listen on {both}")),
    }
}

/// Prints the addresses, for people and for programs that asked for port 0.
fn announce(addrs: &[SocketAddr]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for addr in addrs {
        writeln!(stdout, "listening on {addr}")?;
    }
    stdout.flush()
}

#[cfg(unix)]
async fn stop_requested() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stop_requested() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
