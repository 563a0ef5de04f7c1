//! What the flags amount to. Flags that do not fit together, and files that cannot be used, are faults.

use std::collections::HashMap;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use parlour_signaling::protocol::AccessToken;
use parlour_signaling::server::{
    BudgetConfig, IceConfig, OriginPolicy, RoomAccess, ServerConfig, TurnSecret,
};
use zeroize::Zeroizing;

use super::fault::{Fault, Place};
use super::flags::{DEFAULT_LISTEN, DEFAULT_TLS_LISTEN, Flags, MIB};
use super::layers;
use crate::acme::AcmeConfig;
use crate::logging::LogFormat;
use crate::pages::GuestPage;
use crate::tls::{CertificateFiles, FilesError};

/// The time in which a full server tells its rooms that it goes down. Longer would keep those who come meanwhile, and are
/// led to another server, apart from their rooms.
const DRAIN_SPREAD: Duration = Duration::from_secs(1);

/// Everything that the server is told.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Empty: the default.
    pub(crate) listen: Vec<SocketAddr>,
    pub(crate) server: ServerConfig,
    pub(crate) relay: bool,
    pub(crate) certificates: Option<Certificates>,
    pub(crate) guest_page: Option<GuestPage>,
    pub(crate) metrics: Option<SocketAddr>,
    pub(crate) log_format: LogFormat,
}

/// Where certificates come from.
#[derive(Debug)]
pub(crate) enum Certificates {
    Files(CertificateFiles),
    Acme(AcmeConfig),
}

impl Settings {
    /// The address to listen on when none is set.
    pub(crate) const fn default_listen(&self) -> SocketAddr {
        match self.certificates {
            Some(_) => DEFAULT_TLS_LISTEN,
            None => DEFAULT_LISTEN,
        }
    }
}

/// Checks the flags together. `places` says where those stand that are not from the command line.
pub(super) fn settings(
    flags: Flags,
    places: &HashMap<String, Place>,
) -> Result<Settings, Vec<Fault>> {
    let mut checks = Checks {
        places,
        faults: Vec::new(),
    };
    let ice = checks.ice(&flags);
    let access = checks.access(&flags);
    let certificates = checks.certificates(&flags);
    let guest_page = flags.guest_page.as_deref().and_then(|folder| {
        let read = GuestPage::read(folder);
        checks.take("guest-page", read)
    });
    let server = ServerConfig {
        ice: ice.unwrap_or_default(),
        access,
        budgets: budgets(&flags),
        origins: OriginPolicy::Allow(flags.allow_origin),
        trusted_proxies: flags.trusted_proxy,
        drain_spread: DRAIN_SPREAD,
        ..ServerConfig::default()
    };
    if !checks.faults.is_empty() {
        return Err(checks.faults);
    }
    Ok(Settings {
        listen: flags.listen,
        server,
        relay: flags.relay,
        certificates,
        guest_page: guest_page.or_else(GuestPage::embedded),
        metrics: flags.metrics,
        log_format: flags.log_format,
    })
}

struct Checks<'a> {
    places: &'a HashMap<String, Place>,
    faults: Vec<Fault>,
}

impl Checks<'_> {
    fn fault(&mut self, key: &str, message: impl Display) {
        let place = self.places.get(key).cloned().unwrap_or(Place::Flag);
        let (key, message) = (key.to_owned(), message.to_string());
        self.faults.push(Fault {
            place,
            key,
            message,
        });
    }

    fn take<T>(&mut self, key: &str, read: Result<T, impl Display>) -> Option<T> {
        read.map_err(|error| self.fault(key, error)).ok()
    }

    /// The STUN and TURN servers for the peers.
    fn ice(&mut self, flags: &Flags) -> Option<IceConfig> {
        let secret = self.secret(
            "turn-secret",
            "TURN secret",
            flags.turn_secret_file.as_deref(),
        );
        let secret = secret.and_then(|(key, text)| self.take(&key, TurnSecret::new(&text)));
        let stun = IceConfig::new(flags.stun.clone(), Vec::new(), None);
        self.take("stun", stun)?;
        if !flags.turn.is_empty() && secret.is_none() {
            if self.faults.is_empty() {
                self.fault(
                    "turn",
                    "needs the secret that the TURN server knows too, with --turn-secret-file or PARLOUR_TURN_SECRET",
                );
            }
            return None;
        }
        let ice = IceConfig::new(flags.stun.clone(), flags.turn.clone(), secret);
        self.take("turn", ice)
    }

    /// The check of who may start a room.
    fn access(&mut self, flags: &Flags) -> Option<RoomAccess> {
        let file = flags.access_token_file.as_deref();
        let (key, text) = self.secret("access-token", "access token", file)?;
        let token = self.take(&key, text.trim().parse::<AccessToken>())?;
        Some(RoomAccess::new(&token))
    }

    /// A secret from its file or its variable, and the key to blame for it.
    fn secret(
        &mut self,
        key: &str,
        what: &str,
        file: Option<&Path>,
    ) -> Option<(String, Zeroizing<String>)> {
        let key_of_file = format!("{key}-file");
        let name = layers::variable(key);
        let variable = env::var_os(&name).filter(|value| !value.is_empty());
        match (file, variable) {
            (None, None) => None,
            (Some(_), Some(_)) => {
                self.fault(
                    &key_of_file,
                    format!("{name} is set too: one of the two is enough"),
                );
                None
            }
            (Some(file), None) => {
                let read = fs::read_to_string(file).map_err(|error| {
                    format!("cannot read the {what} from {}: {error}", file.display())
                });
                let text = self.take(&key_of_file, read)?;
                Some((key_of_file, Zeroizing::new(text)))
            }
            (None, Some(value)) => {
                let read = value.into_string();
                let text = self.take(
                    &key_of_file,
                    read.map_err(|_| format!("{name} is no UTF-8")),
                )?;
                Some((key_of_file, Zeroizing::new(text)))
            }
        }
    }

    fn certificates(&mut self, flags: &Flags) -> Option<Certificates> {
        match (&flags.cert, &flags.key) {
            (Some(_), None) => self.fault("cert", "needs its private key too, with --key"),
            (None, Some(_)) => self.fault("key", "needs its certificate too, with --cert"),
            (Some(certificate), Some(key)) => {
                let files = CertificateFiles::new(certificate, key, &flags.domain);
                let read = files.read();
                let key = if read.as_ref().is_err_and(FilesError::is_of_key) {
                    "key"
                } else {
                    "cert"
                };
                return self.take(key, read).map(|_| Certificates::Files(files));
            }
            (None, None) if !flags.domain.is_empty() => {
                let directory = flags.acme_directory.clone();
                if !directory.starts_with("https://") {
                    self.fault("acme-directory", "not an address that begins with https://");
                    return None;
                }
                let root = flags.acme_root.clone();
                if let Some(root) = &root {
                    self.take("acme-root", readable(root))?;
                }
                return Some(Certificates::Acme(AcmeConfig {
                    domains: flags.domain.clone(),
                    directory,
                    root,
                    state: flags.state_dir.clone(),
                }));
            }
            (None, None) => {}
        }
        None
    }
}

fn readable(file: &PathBuf) -> Result<(), String> {
    let opened = fs::File::open(file).map(|_| ());
    opened.map_err(|error| format!("cannot read {}: {error}", file.display()))
}

/// The bounds of each address, and of all together.
fn budgets(flags: &Flags) -> BudgetConfig {
    let mut budgets = BudgetConfig::default();
    budgets.server.bytes = flags.max_memory.saturating_mul(MIB);
    budgets.server.connections = flags.max_connections;
    budgets.server.places = 2 * flags.max_connections;
    budgets.server.handshakes = flags.max_connections.div_ceil(8);
    budgets.address.connections = flags.max_connections_per_address;
    budgets.address.places = flags.max_connections_per_address;
    budgets.address.handshakes = flags.max_connections_per_address.div_ceil(4);
    let per_minute = u32::try_from(flags.max_turn_credentials_per_address).unwrap_or(u32::MAX);
    budgets.credential_rate.per_minute = per_minute;
    budgets.credential_rate.burst = per_minute.saturating_mul(5);
    let per_second = u32::try_from(flags.max_joins_per_address).unwrap_or(u32::MAX);
    budgets.join_rate.per_second = per_second;
    budgets.join_rate.burst = per_second.saturating_mul(4);
    let of_all = &mut budgets.server_join_rate;
    of_all.per_second = of_all.per_second.max(budgets.join_rate.per_second);
    of_all.burst = of_all.burst.max(budgets.join_rate.burst);
    // Each join needs a handshake, and a page of invites may need some more.
    budgets.handshake_rate.per_second = per_second.saturating_mul(2);
    budgets.handshake_rate.burst = per_second.saturating_mul(8);
    budgets
}
