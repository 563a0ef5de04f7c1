//! One authority: its account, and orders of certificates.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, CertificateIdentifier, ChallengeType,
    Identifier, NewAccount, NewOrder, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::sign::CertifiedKey;

use super::AcmeConfig;
use super::state::StateFolder;
use crate::domain::Domain;
use crate::tls::{Certificate, Resolver};

/// The profile of certificates that last for six days. Let's Encrypt gives none other for addresses.
const SHORT_LIVED: &str = "shortlived";

/// How long the authority may look at a challenge, and then make the certificate.
const RETRIES: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(60));

/// An authority at which there is an account.
pub(super) struct Authority(Account);

impl Authority {
    /// Takes the account up again, or makes one.
    pub(super) async fn connect(config: &AcmeConfig, state: &StateFolder) -> anyhow::Result<Self> {
        let builder = || match &config.root {
            Some(root) => Account::builder_with_root(root),
            None => Account::builder(),
        };
        if let Some(json) = state.account().context("cannot read the account")? {
            let kept: AccountCredentials =
                serde_json::from_slice(&json).context("the kept account cannot be read")?;
            let account = builder()?.from_credentials(kept).await;
            return Ok(Self(account.context("cannot reach the authority")?));
        }
        let wanted = NewAccount {
            contact: &[],
            terms_of_service_agreed: true,
            only_return_existing: false,
        };
        let directory = config.directory.clone();
        let made = builder()?.create(&wanted, directory, None).await;
        let (account, credentials) = made.context("cannot make an account at the authority")?;
        let json = serde_json::to_vec(&credentials)?;
        state
            .set_account(&json)
            .context("cannot keep the account")?;
        Ok(Self(account))
    }

    /// Gets a certificate: its private key and its chain, as PEM.
    pub(super) async fn order(
        &self,
        domains: &[Domain],
        resolver: &Resolver,
    ) -> anyhow::Result<Vec<u8>> {
        let identifiers: Vec<_> = domains.iter().map(identifier).collect();
        let mut wanted = NewOrder::new(&identifiers);
        let has_address = domains.iter().any(|d| matches!(d, Domain::Address(_)));
        let has_profile = self.0.profiles().any(|profile| profile.name == SHORT_LIVED);
        if has_address && has_profile {
            wanted = wanted.profile(SHORT_LIVED);
        }
        let mut order = self.0.new_order(&wanted).await?;
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            match authorization.status {
                AuthorizationStatus::Pending => {}
                AuthorizationStatus::Valid => continue,
                status => bail!("an authorization is {status:?}"),
            }
            let domain = domain(&authorization.identifier().to_string(), domains)?;
            let mut challenge = authorization
                .challenge(ChallengeType::TlsAlpn01)
                .context("the authority does not offer TLS-ALPN-01")?;
            let key = answer(domain, challenge.key_authorization().digest().as_ref())?;
            resolver.set_challenge(domain, Some(Arc::new(key)));
            challenge.set_ready().await?;
        }
        if order.poll_ready(&RETRIES).await? != OrderStatus::Ready {
            let mut authorizations = order.authorizations();
            while let Some(authorization) = authorizations.next().await {
                let mut authorization = authorization?;
                let state = authorization.refresh().await?;
                let mut problems = state.challenges.iter().filter_map(|c| c.error.as_ref());
                if let Some(problem) = problems.next() {
                    bail!("the authority could not check that the name leads here: {problem}");
                }
            }
            bail!("the authority refused the order");
        }
        let key = order.finalize().await?;
        let chain = order.poll_certificate(&RETRIES).await?;
        Ok(format!("{key}{chain}").into_bytes())
    }

    /// When the authority would like this certificate to be renewed.
    pub(super) async fn suggested_window(
        &self,
        certificate: &Certificate,
    ) -> anyhow::Result<(SystemTime, SystemTime)> {
        let own = certificate.key.cert.first().context("no certificate")?;
        let id = CertificateIdentifier::try_from(own)
            .map_err(|_| anyhow::anyhow!("the certificate names no issuer"))?;
        let (info, _) = self.0.renewal_info(&id).await?;
        let window = info.suggested_window;
        Ok((window.start.into(), window.end.into()))
    }
}

/// Whether the authority does not know the account.
pub(super) fn has_no_account(error: &anyhow::Error) -> bool {
    let problem = match error.downcast_ref() {
        Some(instant_acme::Error::Api(problem)) => problem.r#type.as_deref(),
        _ => None,
    };
    problem == Some("urn:ietf:params:acme:error:accountDoesNotExist")
}

fn identifier(domain: &Domain) -> Identifier {
    match domain {
        Domain::Name(name) => Identifier::Dns(name.clone()),
        Domain::Address(address) => Identifier::Ip(*address),
    }
}

/// The one of our names that the authority means.
fn domain<'a>(text: &str, domains: &'a [Domain]) -> anyhow::Result<&'a Domain> {
    let meant: Domain = text.parse()?;
    let mut domains = domains.iter();
    let ours = domains.find(|domain| **domain == meant);
    ours.context("the authority asks for a name that was not ordered")
}

/// The certificate that answers a challenge (RFC 8737, section 3).
fn answer(domain: &Domain, digest: &[u8]) -> anyhow::Result<CertifiedKey> {
    let mut params = CertificateParams::new([domain.to_string()])?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    Ok(CertifiedKey::new(
        vec![certificate.der().clone()],
        any_supported_type(&key)?,
    ))
}
