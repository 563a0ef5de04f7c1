//! A certificate with its private key.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::client::verify_server_name;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use x509_parser::extensions::GeneralName;

use crate::acme::Validity;
use crate::domain::Domain;

/// A certificate that can be served.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) key: Arc<CertifiedKey>,
    pub(crate) validity: Validity,
    /// The names and addresses that it is for, as it has them.
    pub(crate) names: Vec<String>,
}

/// Why a certificate cannot be served. Holds nothing of the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CertificateError {
    #[error("holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")]
    NoCertificate,
    #[error("holds a certificate that cannot be read")]
    Malformed,
    #[error("holds no private key in PEM; one with a passphrase cannot be used")]
    NoKey,
    #[error(
        "holds a key of a kind that cannot be used: RSA, ECDSA (P-256, P-384) or Ed25519 is wanted"
    )]
    UnsupportedKey,
    #[error("the private key belongs to another certificate")]
    WrongKey,
    #[error("names nobody: browsers read the names in subjectAltName alone")]
    NoNames,
    #[error("has ended at {0}")]
    Expired(String),
    #[error("begins at {0}, or the clock of this computer is wrong")]
    NotYet(String),
    #[error("is not for {0}, but for {1}")]
    WrongName(Domain, String),
}

impl CertificateError {
    /// Whether the file with the key is at fault.
    pub(super) const fn is_of_key(&self) -> bool {
        matches!(self, Self::NoKey | Self::UnsupportedKey | Self::WrongKey)
    }
}

impl Certificate {
    /// Reads a chain, its own certificate first, and a key.
    pub(crate) fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, CertificateError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|_| CertificateError::Malformed)?;
        let own = chain.first().ok_or(CertificateError::NoCertificate)?;
        let (validity, names) = facts(own)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| CertificateError::NoKey)?;
        let key = CertifiedKey::from_der(chain, key, &ring::default_provider());
        let key = key.map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => CertificateError::WrongKey,
            rustls::Error::InvalidCertificate(_) => CertificateError::Malformed,
            _ => CertificateError::UnsupportedKey,
        })?;
        if names.is_empty() {
            return Err(CertificateError::NoNames);
        }
        Ok(Self {
            key: Arc::new(key),
            validity,
            names,
        })
    }

    /// Checks that it is valid at this time.
    pub(crate) fn check_time(&self, now: SystemTime) -> Result<(), CertificateError> {
        let Validity {
            not_before,
            not_after,
        } = self.validity;
        if now > not_after {
            return Err(CertificateError::Expired(httpdate::fmt_http_date(
                not_after,
            )));
        }
        if now < not_before {
            return Err(CertificateError::NotYet(httpdate::fmt_http_date(
                not_before,
            )));
        }
        Ok(())
    }

    /// Checks that it is for this name or address.
    pub(crate) fn check_name(&self, domain: &Domain) -> Result<(), CertificateError> {
        let wrong = || CertificateError::WrongName(domain.clone(), self.names.join(", "));
        let name = match domain {
            Domain::Name(name) => ServerName::try_from(name.as_str()).map_err(|_| wrong())?,
            Domain::Address(address) => ServerName::from(*address),
        };
        let own = self.key.cert.first().ok_or_else(wrong)?;
        let parsed = ParsedCertificate::try_from(own).map_err(|_| wrong())?;
        verify_server_name(&parsed, &name).map_err(|_| wrong())
    }
}

/// When a certificate is valid, and for whom.
fn facts(der: &[u8]) -> Result<(Validity, Vec<String>), CertificateError> {
    let malformed = |_| CertificateError::Malformed;
    let (_, parsed) = x509_parser::parse_x509_certificate(der).map_err(malformed)?;
    let time = |seconds: i64| {
        SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    };
    let validity = Validity {
        not_before: time(parsed.validity().not_before.timestamp()),
        not_after: time(parsed.validity().not_after.timestamp()),
    };
    let names = parsed
        .subject_alternative_name()
        .map_err(|_| CertificateError::Malformed)?;
    let names = names.map_or(&[][..], |names| &names.value.general_names);
    Ok((validity, names.iter().filter_map(name).collect()))
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let address = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            let address = address.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}
