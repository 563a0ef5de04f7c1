//! A TCP link that can be cut.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};

use super::harness::listen;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    Silent,
    Closed,
}

/// A link between client and server that can be cut without either end being told.
pub struct FaultyLink {
    pub address: SocketAddr,
    cut: tokio::sync::watch::Sender<Cut>,
    _task: tokio::task::JoinHandle<()>,
}

impl FaultyLink {
    pub async fn to(server: SocketAddr) -> Self {
        let (listener, address) = listen().await;
        let (cut, cuts) = tokio::sync::watch::channel(Cut::Silent);
        let task = tokio::spawn(run(listener, server, cuts));
        Self {
            address,
            cut,
            _task: task,
        }
    }

    /// Drops everything from now on. The connections stay open.
    pub fn cut_silently(&self) {
        self.cut.send_replace(Cut::Silent);
    }

    /// Closes the connections at both ends.
    pub fn close(&self) {
        self.cut.send_replace(Cut::Closed);
    }
}

async fn run(listener: TcpListener, server: SocketAddr, cuts: tokio::sync::watch::Receiver<Cut>) {
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut cuts = cuts.clone();
        cuts.mark_unchanged();
        tokio::spawn(async move {
            let mut far = TcpStream::connect(server).await.unwrap();
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                _ = cuts.changed() => {
                    if *cuts.borrow() == Cut::Silent {
                        std::future::pending::<()>().await;
                    }
                }
            }
        });
    }
}
