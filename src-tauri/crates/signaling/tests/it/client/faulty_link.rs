//! A cable that can be cut.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};

use super::harness::listen;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    Silent,
    Told,
}

/// A cable between client and server that can be cut without either end being told.
pub struct Cable {
    pub address: SocketAddr,
    cut: tokio::sync::watch::Sender<Cut>,
    _task: tokio::task::JoinHandle<()>,
}

impl Cable {
    pub async fn to(server: SocketAddr) -> Self {
        let (listener, address) = listen().await;
        let (cut, cuts) = tokio::sync::watch::channel(Cut::Silent);
        let task = tokio::spawn(lay(listener, server, cuts));
        Self {
            address,
            cut,
            _task: task,
        }
    }

    /// What runs through it now is lost, and the connections stay open in silence.
    pub fn cut(&self) {
        self.cut.send_replace(Cut::Silent);
    }

    /// The same, and both ends are told.
    pub fn end(&self) {
        self.cut.send_replace(Cut::Told);
    }
}

async fn lay(listener: TcpListener, server: SocketAddr, cuts: tokio::sync::watch::Receiver<Cut>) {
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
