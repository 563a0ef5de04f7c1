//! Questions to STUN and TURN servers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use parlour_turn::client::{self, NatKind, ProbeError};
use parlour_turn::{ServerUrl, Transport};
use rustls::ClientConfig;
use tokio::time::timeout;

use super::ANSWER_TIMEOUT;
use super::facts::{Nat, TurnFact, TurnResult, TurnTransport};
use super::targets::TurnTarget;

/// Of the lookup of one name.
const NAME_TIMEOUT: Duration = Duration::from_millis(2_000);

/// The answers of STUN servers.
#[derive(Debug)]
pub(super) struct StunFindings {
    /// Whether any has.
    pub(super) udp: bool,
    pub(super) nat: Option<Nat>,
    /// This computer's address as the first of them saw it.
    pub(super) seen: Option<SocketAddr>,
}

/// Asks the servers over both families. IPv4 tells the kind of the translator, where it is there.
pub(super) async fn ask_stun(servers: &[ServerUrl]) -> StunFindings {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    // Where no name server answers, one name takes long.
    let resolved = servers
        .iter()
        .map(|server| timeout(NAME_TIMEOUT, server.resolve()));
    for found in join_all(resolved).await.into_iter().flatten() {
        v4.extend(found.iter().copied().find(SocketAddr::is_ipv4));
        v6.extend(found.into_iter().find(SocketAddr::is_ipv6));
    }
    let (over_v4, over_v6) = tokio::join!(
        client::nat_kind(&v4, ANSWER_TIMEOUT),
        client::nat_kind(&v6, ANSWER_TIMEOUT)
    );
    let answer = over_v4.or(over_v6).ok();
    StunFindings {
        udp: answer.is_some(),
        nat: answer.map(|answer| match answer.kind {
            Some(NatKind::None) => Nat::None,
            Some(NatKind::SameForAll) => Nat::Stable,
            Some(NatKind::OtherForEach) => Nat::Symmetric,
            None => Nat::Unknown,
        }),
        seen: answer.map(|answer| answer.address),
    }
}

/// Allocates, and gives it back.
pub(super) async fn ask_turn(target: &TurnTarget, tls: Arc<ClientConfig>) -> TurnFact {
    let TurnTarget {
        url,
        username,
        credential,
    } = target;
    let allocated = client::allocate(url, username, credential, tls, ANSWER_TIMEOUT).await;
    TurnFact {
        server: authority(url),
        transport: match url.transport {
            Transport::Udp => TurnTransport::Udp,
            Transport::Tcp => TurnTransport::Tcp,
            Transport::Tls => TurnTransport::Tls,
        },
        result: match allocated {
            Ok(_) => TurnResult::Works,
            Err(ProbeError::Refused(_)) => TurnResult::Refused,
            Err(_) => TurnResult::NoAnswer,
        },
    }
}

pub(super) fn authority(url: &ServerUrl) -> String {
    if url.host.contains(':') {
        format!("[{}]:{}", url.host, url.port)
    } else {
        format!("{}:{}", url.host, url.port)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::net::UdpSocket;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_network_where_no_server_answers_over_udp_is_recognised() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = silent.local_addr().unwrap().port();
        let server = ServerUrl::parse(&format!("stun:127.0.0.1:{port}")).unwrap();
        let findings = ask_stun(&[server]).await;
        assert!(!findings.udp);
        assert_eq!((findings.nat, findings.seen), (None, None));
    }

    #[tokio::test]
    async fn a_server_that_nobody_runs_does_not_answer() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let url = format!("turn:127.0.0.1:{port}?transport=tcp");
        let target = TurnTarget {
            url: ServerUrl::parse(&url).unwrap(),
            username: "ada".into(),
            credential: "secret".into(),
        };
        let fact = ask_turn(&target, client::system_tls()).await;
        assert_eq!(fact.result, TurnResult::NoAnswer);
        assert_eq!(fact.server, format!("127.0.0.1:{port}"));
    }
}
