//! Strangers who want to fill a server, over real sockets and from many addresses of this computer. The budgets are
//! those of every server, or smaller ones.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parlour_signaling::protocol::limits::{
    ADDRESS_CONNECTIONS, ADDRESS_HANDSHAKES, ADDRESS_PLACES, CONNECTION_BYTES, HANDSHAKE_BURST,
    JOIN_BURST, MAX_ENVELOPE_BYTES, PLACE_BYTES,
};
use parlour_signaling::protocol::{ServerErrorCode, ServerMessage};
use parlour_signaling::server::{BudgetConfig, BudgetLimits, OriginPolicy, Rate, ServerConfig};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::peer::{FRAME_TIMEOUT, Peer, server, stream_from};
use crate::test_messages::{join, join_seen, peer, signal};

const MEI: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const TOM: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
const NEWCOMER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 4);
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);

/// Joins and expects the welcome.
async fn join_from(addr: SocketAddr, from: Ipv4Addr, r: u8, n: u8, seen: u64) -> (Peer, bool) {
    let (peer, answer) = Peer::join_from(addr, from, join_seen(r, n, seen))
        .await
        .unwrap();
    match answer {
        ServerMessage::Welcome { resumed, .. } => (peer, resumed),
        other => panic!("{other:?}"),
    }
}

/// The code with which a join ends, or nothing when it is welcome.
async fn refusal(
    addr: SocketAddr,
    from: Ipv4Addr,
    r: u8,
    n: u8,
) -> (Peer, Option<ServerErrorCode>) {
    let (peer, answer) = Peer::join_from(addr, from, join(r, n)).await.unwrap();
    match answer {
        ServerMessage::Welcome { .. } => (peer, None),
        ServerMessage::Error {
            code, fatal: true, ..
        } => (peer, Some(code)),
        other => panic!("{other:?}"),
    }
}

/// Mei and Tom in room 1, who have exchanged signals.
async fn call(addr: SocketAddr) -> (Peer, Peer) {
    let (mut mei, _) = join_from(addr, MEI, 1, 1, 0).await;
    let (mut tom, _) = join_from(addr, TOM, 1, 2, 0).await;
    tom.send_message(signal(1, "offer")).await;
    mei.until(|m| matches!(m, ServerMessage::Signal { .. }))
        .await;
    mei.send_message(signal(2, "answer")).await;
    tom.until(|m| matches!(m, ServerMessage::Signal { .. }))
        .await;
    (mei, tom)
}

/// The attempts of strangers at some addresses. They go on until it is dropped.
struct Storm {
    tries: Arc<[AtomicU64; 4]>,
    _tasks: JoinSet<()>,
}

const IDLE: usize = 0;
const JOINS: usize = 1;
const HANG_UPS: usize = 2;
const SIGNALS: usize = 3;

impl Storm {
    fn begin(addr: SocketAddr, from: &[Ipv4Addr]) -> Self {
        let tries: Arc<[AtomicU64; 4]> = Arc::default();
        let mut tasks = JoinSet::new();
        for from in from.iter().copied() {
            tasks.spawn(sit_idle(addr, from, Arc::clone(&tries)));
            tasks.spawn(fill_rooms(addr, from, Arc::clone(&tries)));
            tasks.spawn(join_and_hang_up(addr, from, Arc::clone(&tries)));
            tasks.spawn(feed_ghosts(addr, from, Arc::clone(&tries)));
        }
        Self {
            tries,
            _tasks: tasks,
        }
    }

    async fn until(&self, what: usize, times: usize) {
        let reached = async {
            while self.tries[what].load(Ordering::Relaxed) < times as u64 {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(3 * FRAME_TIMEOUT, reached).await.expect("a storm");
    }
}

/// Opens connections and says nothing.
async fn sit_idle(addr: SocketAddr, from: Ipv4Addr, tries: Arc<[AtomicU64; 4]>) {
    let mut held = std::collections::VecDeque::new();
    loop {
        if let Ok(stream) = stream_from(addr, from).await {
            held.push_back(stream);
        }
        if held.len() > 4 * ADDRESS_HANDSHAKES {
            held.pop_front();
        }
        tries[IDLE].fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(1)).await;
    }
}

/// Joins rooms and stays.
async fn fill_rooms(addr: SocketAddr, from: Ipv4Addr, tries: Arc<[AtomicU64; 4]>) {
    let mut held = Vec::new();
    for n in 0_u64.. {
        let (r, p) = (2 + (n / 8 % 100) as u8, (n % 8) as u8);
        if let Ok(joined) = Peer::join_from(addr, from, join(r, p)).await {
            held.push(joined);
        }
        tries[JOINS].fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(1)).await;
    }
}

/// Joins rooms and leaves a place behind.
async fn join_and_hang_up(addr: SocketAddr, from: Ipv4Addr, tries: Arc<[AtomicU64; 4]>) {
    for n in 0_u64.. {
        let (r, p) = (102 + (n / 8 % 100) as u8, (n % 8) as u8);
        let _ = Peer::join_from(addr, from, join(r, p)).await;
        tries[HANG_UPS].fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(1)).await;
    }
}

/// Fills the mailboxes of places that it has left behind.
async fn feed_ghosts(addr: SocketAddr, from: Ipv4Addr, tries: Arc<[AtomicU64; 4]>) {
    let envelope = "x".repeat(MAX_ENVELOPE_BYTES);
    for r in (203_u8..=254).cycle() {
        for ghost in 1..=6 {
            let _ = Peer::join_from(addr, from, join(r, ghost)).await;
        }
        if let Ok((mut sender, _)) = Peer::join_from(addr, from, join(r, 7)).await {
            for to in (1..=6).cycle().take(48) {
                let text = serde_json::to_string(&signal(to, envelope.clone())).unwrap();
                if futures_util::SinkExt::send(&mut sender.socket, Message::text(text))
                    .await
                    .is_err()
                {
                    break;
                }
            }
        }
        tries[SIGNALS].fetch_add(48, Ordering::Relaxed);
        sleep(Duration::from_millis(1)).await;
    }
}

/// Mei loses her connection and comes back to her place. Returns how long the server kept her waiting.
async fn come_back(addr: SocketAddr, mei: &mut Option<Peer>, tom: &mut Peer) -> Duration {
    *mei = None;
    tom.until(|m| *m == ServerMessage::PeerAway { peer: peer(1) })
        .await;
    tom.send_message(signal(1, "are you there?")).await;
    let before = Instant::now();
    let (mut back, resumed) = join_from(addr, MEI, 1, 1, 0).await;
    let waited = before.elapsed();
    assert!(resumed, "her place is kept");
    back.until(|m| matches!(m, ServerMessage::Signal { .. }))
        .await;
    tom.until(|m| *m == ServerMessage::PeerBack { peer: peer(1) })
        .await;
    *mei = Some(back);
    waited
}

/// Mei comes back within a second. She always comes back; on a loaded machine it may take longer now and then.
async fn comes_back_in_time(addr: SocketAddr, mei: &mut Option<Peer>, tom: &mut Peer) {
    for _ in 0..5 {
        if come_back(addr, mei, tom).await < Duration::from_secs(1) {
            return;
        }
    }
    panic!("it took more than a second each time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_keeps_nobody_of_another_out() {
    // An address without a budget could fill it.
    let mut config = ServerConfig::default();
    config.budgets.server.handshakes = 2 * ADDRESS_HANDSHAKES;
    config.budgets.server.connections = 2 * ADDRESS_CONNECTIONS;
    config.budgets.server.places = 2 * ADDRESS_PLACES;
    let server = server(config).await;
    let addr = server.local_addr();
    let (mei, mut tom) = call(addr).await;
    let mut mei = Some(mei);
    let storm = Storm::begin(addr, &[STRANGER]);
    storm
        .until(IDLE, 3 * ADDRESS_HANDSHAKES.max(HANDSHAKE_BURST as usize))
        .await;
    comes_back_in_time(addr, &mut mei, &mut tom).await;
    storm
        .until(JOINS, 3 * ADDRESS_CONNECTIONS.max(JOIN_BURST as usize))
        .await;
    storm.until(HANG_UPS, 3 * ADDRESS_PLACES).await;
    comes_back_in_time(addr, &mut mei, &mut tom).await;
    storm.until(SIGNALS, 3 * 16 * 16).await;
    comes_back_in_time(addr, &mut mei, &mut tom).await;
    join_from(addr, NEWCOMER, 1, 3, 0).await;
}

/// A server that a few addresses together can fill.
fn small_server() -> ServerConfig {
    let (handshakes, connections, places) = (32, 48, 96);
    ServerConfig {
        budgets: BudgetConfig {
            address: BudgetLimits {
                handshakes: 8,
                connections: 12,
                places: 24,
                bytes: 1 << 20,
            },
            server: BudgetLimits {
                handshakes,
                connections,
                places,
                bytes: (handshakes + connections) * CONNECTION_BYTES
                    + places * PLACE_BYTES
                    + (5 << 20),
            },
            ..BudgetConfig::default()
        },
        ..ServerConfig::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_addresses_together_keep_no_member_out() {
    let server = server(small_server()).await;
    let addr = server.local_addr();
    let (mei, mut tom) = call(addr).await;
    let mut mei = Some(mei);
    let many: Vec<_> = (1..=5).map(|n| Ipv4Addr::new(127, 0, 1, n)).collect();
    let mut held = Vec::new();
    for (from, n) in many.iter().flat_map(|from| (0..8).map(move |n| (from, n))) {
        let (peer, refused) = refusal(addr, *from, from.octets()[3] + 1, n).await;
        assert_eq!(refused, None);
        held.push(peer);
    }
    let storm = Storm::begin(addr, &many);
    storm.until(IDLE, 3 * 32).await;
    // A newcomer is told, after a handshake that nobody could prevent.
    let (_, refused) = refusal(addr, NEWCOMER, 200, 200).await;
    assert_eq!(refused, Some(ServerErrorCode::ServerFull));
    comes_back_in_time(addr, &mut mei, &mut tom).await;
    storm.until(JOINS, 3 * 48).await;
    storm.until(HANG_UPS, 3 * 96).await;
    comes_back_in_time(addr, &mut mei, &mut tom).await;
}

#[tokio::test]
async fn one_address_has_so_many_connections() {
    let mut config = small_server();
    config.budgets.address.connections = 8;
    let server = server(config).await;
    let addr = server.local_addr();
    let mut held = Vec::new();
    for n in 0..7 {
        let (peer, refused) = refusal(addr, STRANGER, 2, n).await;
        assert_eq!(refused, None);
        held.push(peer);
    }
    let (mut turned_away, refused) = refusal(addr, STRANGER, 3, 8).await;
    assert_eq!(refused, Some(ServerErrorCode::AddressLimit));
    assert_eq!(turned_away.next_or_end().await, None);
    assert_eq!(refusal(addr, NEWCOMER, 3, 8).await.1, None);
    // One that ends makes room for one.
    held.pop();
    let again = async {
        while refusal(addr, STRANGER, 3, 9).await.1.is_some() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(FRAME_TIMEOUT, again).await.expect("room for one");
}

/// The address of a client, which a proxy names.
fn forwarded(client: &str) -> [(&'static str, &str); 1] {
    [("x-forwarded-for", client)]
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_has_its_own_budget() {
    let mut config = small_server();
    config.budgets.handshake_rate = Rate {
        burst: 3,
        per_second: 1,
    };
    config.trusted_proxies = vec!["127.0.0.80/30".parse().unwrap()];
    let server = server(config).await;
    let addr = server.local_addr();
    let proxy = Ipv4Addr::new(127, 0, 0, 81);
    for _ in 0..3 {
        assert!(
            Peer::connect_from(addr, proxy, &forwarded("192.0.2.7"))
                .await
                .is_ok()
        );
    }
    let refused = Peer::connect_from(addr, proxy, &forwarded("203.0.113.9, 192.0.2.7")).await;
    assert_eq!(
        status(refused),
        Some(429),
        "what the client wrote is not believed"
    );
    assert!(
        Peer::connect_from(addr, proxy, &forwarded("192.0.2.8"))
            .await
            .is_ok()
    );
    // From anybody else the header counts for nothing, and uses up nobody's budget.
    let claimed = forwarded("192.0.2.9");
    for n in 0..4 {
        let connected = Peer::connect_from(addr, STRANGER, &claimed).await;
        assert_eq!(connected.is_ok(), n < 3, "{n}");
    }
    assert!(Peer::connect_from(addr, proxy, &claimed).await.is_ok());
}

fn status(refused: Result<Peer, Error>) -> Option<u16> {
    match refused.err()? {
        Error::Http(response) => Some(response.status().as_u16()),
        _ => None,
    }
}

#[tokio::test]
async fn a_web_page_gets_a_websocket_only_where_it_may() {
    let origin = |value| [("origin", value)];
    let connect = async |addr, headers: &[_]| {
        let refused = Peer::connect_from(addr, NEWCOMER, headers).await;
        refused.map_or_else(|error| status(Err(error)), |_| Some(101))
    };
    let embedded = server(ServerConfig::default()).await;
    let public = server(ServerConfig {
        origins: OriginPolicy::Allow(vec!["https://app.example.org".to_owned()]),
        ..ServerConfig::default()
    })
    .await;
    let own = format!("https://{}", public.local_addr());
    for (addr, value, expected) in [
        (embedded.local_addr(), "https://evil.example", 403),
        (embedded.local_addr(), "null", 403),
        (public.local_addr(), "https://evil.example", 403),
        (public.local_addr(), "https://app.example.org", 101),
        (public.local_addr(), own.as_str(), 101),
    ] {
        let answer = connect(addr, &origin(value)).await;
        assert_eq!(answer, Some(expected), "{value}");
    }
    for server in [&embedded, &public] {
        assert_eq!(connect(server.local_addr(), &[]).await, Some(101));
    }
}
