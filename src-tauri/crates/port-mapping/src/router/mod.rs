//! The router, by whichever protocol it speaks.

mod exchange;
mod nat_pmp;
mod pcp;
mod upnp;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use self::nat_pmp::NatPmp;
pub(crate) use self::pcp::NonceKey;
use self::pcp::Pcp;
use self::upnp::Upnp;
use crate::route::Route;
use crate::{Method, Protocol, Reason};

/// How long a better protocol may take longer than a lesser one that has answered.
const PREFERENCE_WINDOW: Duration = Duration::from_millis(600);

/// A port that shall be reachable, with the external address that was granted last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) protocol: Protocol,
    pub(crate) port: u16,
    pub(crate) previous: Option<SocketAddr>,
}

impl Wanted {
    /// The external port to ask for.
    fn external_port(&self) -> u16 {
        self.previous.map_or(self.port, |previous| previous.port())
    }
}

/// A mapping that the router has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Granted {
    pub(crate) external: SocketAddr,
    pub(crate) lifetime: Duration,
    /// Seconds since the router lost its mappings, where the protocol says it.
    pub(crate) epoch: Option<u32>,
}

/// A router that has answered.
pub(crate) enum Router {
    Pcp(Pcp),
    NatPmp(NatPmp),
    Upnp(Box<Upnp>),
    /// No router is in the way of this address.
    None(IpAddr),
}

impl Router {
    /// Asks by all protocols at once, and takes the best one that answers. With PCP that has made the first mapping.
    pub(crate) async fn connect(
        route: Route,
        nonces: &NonceKey,
        first: Wanted,
    ) -> Result<(Self, Option<Granted>), Reason> {
        let window = Instant::now() + PREFERENCE_WINDOW;
        let pcp = async {
            let pcp = Pcp::open(route, nonces.clone()).await?;
            let granted = pcp.map(first).await?;
            Ok((pcp, granted))
        };
        let nat_pmp = NatPmp::open(route);
        let upnp = Upnp::search(route);
        tokio::pin!(pcp, nat_pmp, upnp);
        let mut is_window_over = false;
        let (mut by_pcp, mut by_nat_pmp, mut by_upnp) = (None, None, None);
        loop {
            tokio::select! {
                result = &mut pcp, if by_pcp.is_none() => by_pcp = Some(result),
                result = &mut nat_pmp, if by_nat_pmp.is_none() => by_nat_pmp = Some(result),
                result = &mut upnp, if by_upnp.is_none() => by_upnp = Some(result),
                () = sleep_until(window), if !is_window_over => is_window_over = true,
            }
            let answers = [answer(&by_pcp), answer(&by_nat_pmp), answer(&by_upnp)];
            match choose(answers, is_window_over) {
                Choice::Wait => {}
                Choice::Fail(reason) => return Err(reason),
                Choice::Take(index) => {
                    let taken = match index {
                        0 => by_pcp
                            .and_then(Result::ok)
                            .map(|(pcp, granted)| (Self::Pcp(pcp), Some(granted))),
                        1 => by_nat_pmp
                            .and_then(Result::ok)
                            .map(|nat_pmp| (Self::NatPmp(nat_pmp), None)),
                        _ => by_upnp
                            .and_then(Result::ok)
                            .map(|upnp| (Self::Upnp(Box::new(upnp)), None)),
                    };
                    return taken.ok_or(Reason::NoAnswer);
                }
            }
        }
    }

    pub(crate) const fn method(&self) -> Method {
        match self {
            Self::Pcp(_) => Method::Pcp,
            Self::NatPmp(_) => Method::NatPmp,
            Self::Upnp(_) => Method::Upnp,
            Self::None(_) => Method::OwnAddress,
        }
    }

    /// Makes or renews a mapping.
    pub(crate) async fn map(&mut self, wanted: Wanted) -> Result<Granted, Reason> {
        match self {
            Self::Pcp(pcp) => pcp.map(wanted).await,
            Self::NatPmp(nat_pmp) => nat_pmp.map(wanted).await,
            Self::Upnp(upnp) => upnp.map(wanted).await,
            Self::None(address) => Ok(Granted {
                external: SocketAddr::new(*address, wanted.port),
                lifetime: crate::lease::LEASE,
                epoch: None,
            }),
        }
    }

    /// Ends a mapping. One that cannot be ended expires.
    pub(crate) async fn unmap(&mut self, wanted: Wanted) {
        match self {
            Self::Pcp(pcp) => pcp.unmap(wanted).await,
            Self::NatPmp(nat_pmp) => nat_pmp.unmap(wanted).await,
            Self::Upnp(upnp) => upnp.unmap(wanted).await,
            Self::None(_) => {}
        }
    }
}

/// The outcome of one protocol: nothing yet, a router, or a reason.
type Answer = Option<Result<(), Reason>>;

fn answer<T>(result: &Option<Result<T, Reason>>) -> Answer {
    match result {
        None => None,
        Some(Ok(_)) => Some(Ok(())),
        Some(Err(reason)) => Some(Err(*reason)),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Choice {
    Wait,
    /// The protocol with this index.
    Take(usize),
    Fail(Reason),
}

/// Chooses among the answers, the best protocol first.
fn choose(answers: [Answer; 3], is_window_over: bool) -> Choice {
    for (index, answer) in answers.iter().enumerate() {
        match answer {
            Some(Ok(())) => return Choice::Take(index),
            Some(Err(_)) => {}
            None if is_window_over => {}
            None => return Choice::Wait,
        }
    }
    if answers.iter().any(Option::is_none) {
        return Choice::Wait;
    }
    let reasons = || {
        answers
            .iter()
            .filter_map(|answer| answer.and_then(Result::err))
    };
    // An answer says more than silence.
    let said = reasons().find(|reason| *reason == Reason::BehindAnotherRouter);
    let said = said.or_else(|| reasons().find(|reason| *reason == Reason::Refused));
    Choice::Fail(said.unwrap_or(Reason::NoAnswer))
}

#[cfg(test)]
mod tests {
    use super::*;

    const YES: Answer = Some(Ok(()));
    const SILENT: Answer = Some(Err(Reason::NoAnswer));

    #[test]
    fn the_best_protocol_is_taken_even_if_it_answers_a_little_later() {
        assert_eq!(choose([None, YES, YES], false), Choice::Wait);
        assert_eq!(choose([YES, YES, YES], false), Choice::Take(0));
        assert_eq!(choose([None, YES, YES], true), Choice::Take(1));
        assert_eq!(choose([SILENT, None, YES], false), Choice::Wait);
        assert_eq!(choose([SILENT, SILENT, YES], false), Choice::Take(2));
        assert_eq!(choose([None, None, None], true), Choice::Wait);
    }

    #[test]
    fn a_router_that_says_why_is_believed_before_one_that_is_silent() {
        let refused = Some(Err(Reason::Refused));
        let behind = Some(Err(Reason::BehindAnotherRouter));
        assert_eq!(
            choose([SILENT, SILENT, SILENT], true),
            Choice::Fail(Reason::NoAnswer)
        );
        assert_eq!(
            choose([refused, SILENT, SILENT], true),
            Choice::Fail(Reason::Refused)
        );
        assert_eq!(
            choose([refused, SILENT, behind], false),
            Choice::Fail(Reason::BehindAnotherRouter)
        );
        assert_eq!(choose([refused, SILENT, None], true), Choice::Wait);
    }
}
