//! The Parlour server: it connects the signaling of people in a room and learns nothing about them.

mod acme;
mod config;
mod domain;
mod front;
mod health;
mod logging;
mod pages;
mod tls;

use std::env;
use std::ffi::OsString;
use std::future::pending;
use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use parlour_relay::server::RelayServer;
use parlour_signaling::server::{Server, ServerConfig};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use acme::Acme;
use config::{Certificates, Fault, Settings};
use front::HttpFront;
use tls::{Resolver, Tls};

/// The configuration is wrong: to start again does not help.
const WRONG_CONFIGURATION: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().collect();
    let invocation = match config::read(&arguments, |name| env::var_os(name)) {
        Ok(invocation) => invocation,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() {
                WRONG_CONFIGURATION.into()
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let settings = match invocation.settings {
        Ok(settings) => settings,
        Err(faults) => return refuse(&faults),
    };
    if invocation.is_check {
        println!("the configuration is right");
        return ExitCode::SUCCESS;
    }
    logging::log_to_stderr(settings.log_format);
    match serve(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn refuse(faults: &[Fault]) -> ExitCode {
    for fault in faults {
        eprintln!("error: {fault}");
    }
    WRONG_CONFIGURATION.into()
}

async fn serve(settings: Settings) -> anyhow::Result<()> {
    let default_listen = settings.default_listen();
    let mut config = settings.server;
    // Kept until the end.
    let _relay = settings.relay.then(|| {
        let (relay, sockets) = RelayServer::spawn();
        config.relay = Some(sockets);
        relay
    });
    // Ended with this function.
    let mut tasks = JoinSet::new();
    let tls = settings.certificates;
    let tls = tls.map(|certificates| start_tls(certificates, &mut tasks));
    let tls = tls.transpose()?;
    config.front = Some(Arc::new(HttpFront {
        tls,
        guest_page: settings.guest_page,
    }));
    let server = bind(&settings.listen, default_listen, config).await?;
    let metrics = bind_metrics(settings.metrics).await?;
    announce("listening", server.local_addrs())?;
    let server = server.start();
    // Served until the end: it says that the server goes down.
    if let Some(listener) = metrics {
        announce("metrics", &[listener.local_addr()?])?;
        tasks.spawn(health::serve(listener, server.monitor()));
    }
    stop_requested().await?;
    server.shutdown().await;
    Ok(())
}

/// Serves what certificates there are, and keeps them fresh. A SIGHUP asks for that at once.
fn start_tls(certificates: Certificates, tasks: &mut JoinSet<()>) -> anyhow::Result<Arc<Tls>> {
    let (resolver, fresh) = (Arc::new(Resolver::default()), Arc::new(Notify::new()));
    tasks.spawn(notify_on_hangup(Arc::clone(&fresh)));
    match certificates {
        Certificates::Files(files) => {
            let certificate = files.read()?;
            tls::log(&certificate);
            resolver.set_of_files(certificate.key);
            tasks.spawn(tls::watch(files, Arc::clone(&resolver), fresh));
        }
        Certificates::Acme(config) => {
            let state = config.state.display().to_string();
            let acme = Acme::open(config, Arc::clone(&resolver));
            let acme = acme.with_context(|| format!("cannot use the folder {state}"))?;
            tasks.spawn(acme.run(fresh));
        }
    }
    Ok(Arc::new(Tls::new(resolver)?))
}

async fn bind(
    listen: &[SocketAddr],
    default: SocketAddr,
    config: ServerConfig,
) -> anyhow::Result<Server> {
    let Some((first, more)) = listen.split_first() else {
        return bind_default(default, config).await;
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
async fn bind_default(both: SocketAddr, config: ServerConfig) -> anyhow::Result<Server> {
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

async fn bind_metrics(addr: Option<SocketAddr>) -> anyhow::Result<Option<TcpListener>> {
    let Some(addr) = addr else {
        return Ok(None);
    };
    let listener = TcpListener::bind(addr).await;
    let listener = listener.with_context(|| format!("cannot listen on {addr}"))?;
    Ok(Some(listener))
}

/// Prints addresses, for people and for programs that asked for port 0.
fn announce(what: &str, addrs: &[SocketAddr]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for addr in addrs {
        writeln!(stdout, "{what} on {addr}")?;
    }
    stdout.flush()
}

#[cfg(unix)]
async fn notify_on_hangup(fresh: Arc<Notify>) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
        return pending().await;
    };
    while hangup.recv().await.is_some() {
        fresh.notify_one();
    }
}

#[cfg(not(unix))]
async fn notify_on_hangup(_: Arc<Notify>) {
    pending().await
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
