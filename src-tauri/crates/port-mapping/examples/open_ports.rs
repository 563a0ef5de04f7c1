//! Opens ports in the router, and writes each state as a line until its standard input ends. For the tests between network
//! namespaces, which give it the address of a STUN server.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use parlour_port_mapping::{Config, PortMapper, Ports};
use parlour_turn::client::binding;
use tokio::net::UdpSocket;

/// For the answer of the STUN server.
const STUN_TIMEOUT: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [stun, tcp, udp] = arguments.as_slice() else {
        return eprintln!("STUN-ADDRESS TCP-PORT UDP-PORT");
    };
    let Ok(stun) = stun.parse::<SocketAddr>() else {
        return eprintln!("no address");
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter("debug")
        .init();
    let mapper = PortMapper::spawn(Config {
        ports: Ports {
            tcp: tcp.parse().ok(),
            udp: udp.parse().ok(),
        },
        key: [7; 32],
        public_address: Arc::new(move || {
            Box::pin(async move {
                let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await.ok()?;
                let seen = binding(&socket, stun, STUN_TIMEOUT).await.ok()?;
                Some(seen.address.ip())
            })
        }),
    });
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let mut states = mapper.state();
    tokio::select! {
        _ = ended => {}
        () = async {
            loop {
                println!("{:?}", *states.borrow_and_update());
                if states.changed().await.is_err() {
                    return;
                }
            }
        } => {}
    }
    mapper.release().await;
    println!("released");
}
