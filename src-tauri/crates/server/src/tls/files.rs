//! A certificate in files, which somebody else renews.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;
use tokio::time::timeout;
use tracing::{info, warn};

use super::certificate::{Certificate, CertificateError};
use super::resolver::Resolver;
use crate::domain::Domain;

/// How often the files are looked at.
const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// Where the certificate and its key are, and for whom it has to be.
#[derive(Clone, Debug)]
pub(crate) struct CertificateFiles {
    certificate: PathBuf,
    key: PathBuf,
    domains: Vec<Domain>,
}

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FilesError {
    #[error("cannot read {0}: {1}")]
    Io(String, io::Error),
    #[error("{0}: {1}")]
    Certificate(String, CertificateError),
}

impl FilesError {
    /// Whether the file with the key is at fault.
    pub(crate) const fn is_of_key(&self) -> bool {
        matches!(self, Self::Certificate(_, error) if error.is_of_key())
    }
}

impl CertificateFiles {
    pub(crate) fn new(certificate: &Path, key: &Path, domains: &[Domain]) -> Self {
        Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            domains: domains.to_owned(),
        }
    }

    /// Reads both and checks that they can be served now.
    pub(crate) fn read(&self) -> Result<Certificate, FilesError> {
        let content = |path: &Path| {
            fs::read(path).map_err(|error| FilesError::Io(path.display().to_string(), error))
        };
        let (chain, key) = (content(&self.certificate)?, content(&self.key)?);
        self.check(&chain, &key).map_err(|error| {
            let path = if error.is_of_key() {
                &self.key
            } else {
                &self.certificate
            };
            FilesError::Certificate(path.display().to_string(), error)
        })
    }

    fn check(&self, chain: &[u8], key: &[u8]) -> Result<Certificate, CertificateError> {
        let certificate = Certificate::from_pem(chain, key)?;
        certificate.check_time(SystemTime::now())?;
        for domain in &self.domains {
            certificate.check_name(domain)?;
        }
        Ok(certificate)
    }

    /// Changes when a file does. Links are followed: certbot replaces those.
    fn stamp(&self) -> [Option<Stamp>; 2] {
        [&self.certificate, &self.key].map(|path| fs::metadata(path).ok().map(|m| Stamp::new(&m)))
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    file: u64,
}

impl Stamp {
    fn new(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let file = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let file = 0;
        Self {
            modified: metadata.modified().ok(),
            bytes: metadata.len(),
            file,
        }
    }
}

/// Serves the certificate again whenever its files change, or `reload` asks for it. A pair that cannot be used leaves the
/// old one served. Never returns.
pub(crate) async fn watch(files: CertificateFiles, resolver: Arc<Resolver>, reload: Arc<Notify>) {
    let mut seen = files.stamp();
    loop {
        let is_asked = timeout(POLL_INTERVAL, reload.notified()).await.is_ok();
        let stamp = files.stamp();
        if stamp == seen && !is_asked {
            continue;
        }
        // The key may be written after the certificate: the next change is looked at again.
        seen = stamp;
        match files.read() {
            Ok(certificate) => {
                log(&certificate);
                resolver.set_of_files(certificate.key);
            }
            Err(error) => warn!(%error, "the new certificate is not used, the old one stays"),
        }
    }
}

/// Says what is served.
pub(crate) fn log(certificate: &Certificate) {
    let until = httpdate::fmt_http_date(certificate.validity.not_after);
    info!(names = certificate.names.join(", "), until, "certificate");
}
