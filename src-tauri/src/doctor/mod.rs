//! The connection check: a few bounded probes of this computer's network, made only when the person asks for them or a
//! link fails.

mod addresses;
mod facts;
mod ice;
mod targets;
mod web;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parlour_signaling::client::uses_proxy;
use parlour_signaling::invite::Endpoint;
use parlour_signaling::protocol::IceServer;
use parlour_turn::client::system_tls;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

pub use self::facts::{
    AddressKind, ConnectionCheck, Nat, NetworkFacts, TurnFact, TurnResult, TurnTransport,
};
use self::targets::Targets;
use crate::storage::settings::Reach;

/// The whole check. The probes run side by side.
const CHECK_TIMEOUT: Duration = Duration::from_secs(6);
/// Of all questions to one server, which is asked again meanwhile.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(3_000);
/// Facts that wait for the controller: one for each probe.
const MAX_WAITING_FACTS: usize = 16;

/// The servers that a check may ask.
#[derive(Clone, Debug)]
pub struct CheckPlan {
    pub reach: Reach,
    /// STUN and TURN servers of the room, or of the settings. None of this app: it does not show what is outside.
    pub ice_servers: Vec<IceServer>,
    /// Where the room may be, and its relays.
    pub endpoints: Vec<Endpoint>,
}

/// The outcome of one probe.
enum Found {
    Stun(ice::StunFindings),
    Turn(TurnFact),
    Web(web::WebFindings),
}

/// Checks until everything is known, or the receiver is dropped. Each message holds all facts so far; the last one is
/// followed by the end of the channel. Must be called inside a Tokio runtime.
pub(crate) fn check(plan: CheckPlan) -> mpsc::Receiver<NetworkFacts> {
    let (facts, receiver) = mpsc::channel(MAX_WAITING_FACTS);
    tokio::spawn(async move {
        tokio::select! {
            () = facts.closed() => {}
            () = run(&plan, &facts) => {}
        }
    });
    receiver
}

/// Dropped probes end with their set.
async fn run(plan: &CheckPlan, sender: &mpsc::Sender<NetworkFacts>) {
    let deadline = Instant::now() + CHECK_TIMEOUT;
    let own = own_addresses();
    let (ipv4, ipv6) = addresses::best_kinds(&own);
    let mut facts = NetworkFacts {
        ipv4,
        ipv6,
        has_proxy: plan.endpoints.iter().any(uses_proxy),
        ..NetworkFacts::default()
    };
    let Targets { stun, turn, web } = Targets::new(plan.reach, &plan.ice_servers, &plan.endpoints);
    facts.stun = stun.iter().map(ice::authority).collect();
    let _ = sender.send(facts.clone()).await;
    let mut probes = JoinSet::new();
    if !stun.is_empty() {
        probes.spawn(async move { Found::Stun(ice::ask_stun(&stun).await) });
    }
    if !turn.is_empty() || !web.is_empty() {
        // Reads hundreds of files on some systems.
        let Ok(tls) = tokio::task::spawn_blocking(system_tls).await else {
            return;
        };
        for target in turn {
            let tls = Arc::clone(&tls);
            probes.spawn(async move { Found::Turn(ice::ask_turn(&target, tls).await) });
        }
        if !web.is_empty() {
            probes.spawn(async move { Found::Web(web::ask(&web, tls).await) });
        }
    }
    while let Ok(Some(Ok(found))) = timeout_at(deadline, probes.join_next()).await {
        add(&mut facts, found);
        let _ = sender.send(facts.clone()).await;
    }
}

fn add(facts: &mut NetworkFacts, found: Found) {
    match found {
        Found::Stun(findings) => {
            facts.udp = Some(findings.udp);
            facts.nat = findings.nat;
            facts.seen = findings.seen.map(|seen| seen.to_string());
        }
        Found::Turn(fact) => facts.turn.push(fact),
        Found::Web(findings) => {
            facts.tcp = Some(findings.tcp);
            facts.captive_portal = findings.captive_portal;
            facts.clock_ahead = findings.clock_ahead;
        }
    }
}

fn own_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let up = interfaces
        .iter()
        .filter(|interface| interface.oper_status != if_addrs::IfOperStatus::Down);
    up.map(if_addrs::Interface::ip).collect()
}
