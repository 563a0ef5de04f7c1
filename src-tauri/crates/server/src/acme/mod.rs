//! Certificates from an authority (ACME, RFC 8555), by challenges on the port that is served anyway (RFC 8737).
//!
//! An authority that is away, or refuses, leaves the server running with what it has.

mod order;
mod renewal;
mod state;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;
use tokio::time::timeout;
use tracing::{debug, warn};

use self::order::Authority;
use self::renewal::Renewal;
pub(crate) use self::renewal::Validity;
use self::state::StateFolder;
use crate::domain::Domain;
use crate::tls::{Certificate, Resolver, log};

/// How long one attempt may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(180);
/// The clock is looked at as often: it may be set, and the computer may sleep.
const MAX_SLEEP: Duration = Duration::from_secs(60);
/// How often an authority is asked when it would like a certificate to be renewed.
const ASK_INTERVAL: Duration = Duration::from_secs(6 * 60 * 60);

/// The requirements of certificates by ACME.
#[derive(Clone, Debug)]
pub(crate) struct AcmeConfig {
    pub(crate) domains: Vec<Domain>,
    /// The address of the authority's directory.
    pub(crate) directory: String,
    /// The root of the authority's own server, in place of those that the system knows.
    pub(crate) root: Option<PathBuf>,
    /// The folder for the account and the certificates.
    pub(crate) state: PathBuf,
}

/// The certificates of a server, which are renewed by [`Acme::run`].
#[derive(Debug)]
pub(crate) struct Acme {
    config: AcmeConfig,
    state: StateFolder,
    resolver: Arc<Resolver>,
    wanted: Vec<Wanted>,
    /// From 0 to 1, and another one in each process.
    spread: f64,
}

/// One certificate.
#[derive(Debug)]
struct Wanted {
    /// The name of its file.
    name: String,
    domains: Vec<Domain>,
    certificate: Option<Certificate>,
    renewal: Renewal,
    ask_at: SystemTime,
}

impl Acme {
    /// Opens the state folder, and serves the certificates that are in it.
    pub(crate) fn open(config: AcmeConfig, resolver: Arc<Resolver>) -> io::Result<Self> {
        let state = StateFolder::open(&config.state, &config.directory)?;
        let wanted = wanted(&config.domains);
        let spread = RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
        let mut acme = Self {
            config,
            state,
            resolver,
            wanted,
            spread,
        };
        for wanted in &mut acme.wanted {
            let Some(pem) = acme.state.certificate(&wanted.name)? else {
                continue;
            };
            match kept(&pem, &wanted.domains) {
                Ok(certificate) => {
                    log(&certificate);
                    acme.resolver.set(&wanted.domains, &certificate.key);
                    wanted.take(certificate);
                }
                Err(error) => warn!(name = wanted.name, %error, "the kept certificate is not used"),
            }
        }
        Ok(acme)
    }

    /// Gets and renews the certificates. `retry` asks for those at once that are due or have failed. Never returns.
    pub(crate) async fn run(mut self, retry: Arc<Notify>) {
        let mut authority = None;
        loop {
            let now = SystemTime::now();
            for index in 0..self.wanted.len() {
                let next = self.wanted[index].renewal.next_attempt(now, self.spread);
                if next <= now {
                    self.attempt(index, &mut authority).await;
                } else if self.wanted[index].ask_at <= now {
                    self.ask(index, &mut authority).await;
                }
            }
            let now = SystemTime::now();
            let next = self
                .wanted
                .iter()
                .map(|w| w.renewal.next_attempt(now, self.spread));
            let pause = next.min().and_then(|next| next.duration_since(now).ok());
            let pause = pause.unwrap_or_default().min(MAX_SLEEP);
            if timeout(pause, retry.notified()).await.is_ok() {
                for wanted in &mut self.wanted {
                    wanted.renewal.failed_at = None;
                }
            }
        }
    }

    /// Tries to get one certificate.
    async fn attempt(&mut self, index: usize, authority: &mut Option<Authority>) {
        let wanted = &mut self.wanted[index];
        let attempt = async {
            let authority = connected(authority, &self.config, &self.state).await?;
            let pem = authority.order(&wanted.domains, &self.resolver).await?;
            let certificate = kept(&pem, &wanted.domains)?;
            anyhow::Ok((pem, certificate))
        };
        let attempted = timeout(ATTEMPT_TIMEOUT, attempt).await;
        for domain in &wanted.domains {
            self.resolver.set_challenge(domain, None);
        }
        match attempted.unwrap_or_else(|_| Err(anyhow::anyhow!("it took too long"))) {
            Ok((pem, certificate)) => {
                log(&certificate);
                self.resolver.set(&wanted.domains, &certificate.key);
                if let Err(error) = self.state.set_certificate(&wanted.name, &pem) {
                    warn!(%error, "the certificate cannot be kept, and a restart needs another");
                }
                wanted.take(certificate);
                wanted.renewal.issued_at = Some(SystemTime::now());
            }
            Err(error) => {
                // It may have moved, or have forgotten the account.
                *authority = None;
                if order::has_no_account(&error) {
                    let _ = self.state.remove_account();
                }
                let now = SystemTime::now();
                wanted.renewal.failures += 1;
                wanted.renewal.failed_at = Some(now);
                let next = wanted.renewal.next_attempt(now, self.spread);
                let seconds = next.duration_since(now).unwrap_or_default().as_secs();
                let is_served = wanted.certificate.is_some();
                warn!(
                    name = wanted.name,
                    is_served,
                    retry_in_seconds = seconds,
                    "no certificate: {error:#}"
                );
            }
        }
    }

    /// Asks when the authority would like one to be renewed. An answer is not needed.
    async fn ask(&mut self, index: usize, authority: &mut Option<Authority>) {
        let wanted = &mut self.wanted[index];
        wanted.ask_at = SystemTime::now() + ASK_INTERVAL;
        let Some(certificate) = &wanted.certificate else {
            return;
        };
        let ask = async {
            let authority = connected(authority, &self.config, &self.state).await?;
            authority.suggested_window(certificate).await
        };
        match timeout(ATTEMPT_TIMEOUT, ask).await {
            Ok(Ok(window)) => wanted.renewal.suggested = Some(window),
            Ok(Err(error)) => debug!("no renewal information: {error:#}"),
            Err(_) => debug!("no renewal information in time"),
        }
    }
}

impl Wanted {
    fn take(&mut self, certificate: Certificate) {
        self.renewal = Renewal {
            validity: Some(certificate.validity),
            ..Renewal::default()
        };
        self.certificate = Some(certificate);
        self.ask_at = SystemTime::UNIX_EPOCH;
    }
}

/// The authority, which is asked for its directory and the account once.
async fn connected<'a>(
    authority: &'a mut Option<Authority>,
    config: &AcmeConfig,
    state: &StateFolder,
) -> anyhow::Result<&'a Authority> {
    if authority.is_none() {
        *authority = Some(Authority::connect(config, state).await?);
    }
    authority
        .as_ref()
        .ok_or_else(|| anyhow::anyhow!("not connected"))
}

/// A certificate for each name, so that one that leads elsewhere does not stop the others, and one for all addresses,
/// because a client does not say which it has dialled.
fn wanted(domains: &[Domain]) -> Vec<Wanted> {
    let mut domains = domains.to_vec();
    domains.sort();
    domains.dedup();
    let (names, addresses): (Vec<_>, Vec<_>) = domains
        .into_iter()
        .partition(|domain| matches!(domain, Domain::Name(_)));
    let groups = names.into_iter().map(|name| (name.to_string(), vec![name]));
    let of_addresses = (!addresses.is_empty()).then(|| ("addresses".to_owned(), addresses));
    groups
        .chain(of_addresses)
        .map(|(name, domains)| Wanted {
            name,
            domains,
            certificate: None,
            renewal: Renewal::default(),
            ask_at: SystemTime::UNIX_EPOCH,
        })
        .collect()
}

/// A certificate from a file that holds its key too. One that has ended is served on: a client says so in words.
fn kept(pem: &[u8], domains: &[Domain]) -> anyhow::Result<Certificate> {
    let certificate = Certificate::from_pem(pem, pem)?;
    for domain in domains {
        certificate.check_name(domain)?;
    }
    Ok(certificate)
}
