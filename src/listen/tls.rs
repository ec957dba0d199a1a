//! The certificate of a port, re-read when its files change. A new one that can't be used is reported and the old one stays.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// A certificate or key that can't be used. The message holds nothing of the files but their names.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("{} can't be read: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        cause: std::io::Error,
    },
    /// The file of the certificate has none.
    #[error("{} has no certificate in PEM form", .0.display())]
    Certificate(PathBuf),
    /// The file of the key has none.
    #[error("{} has no private key in PEM form", .0.display())]
    Key(PathBuf),
    /// The two don't fit together, or rustls refuses them.
    #[error("the certificate {} can't be used with the key {}: {cause}", certificate.display(), key.display())]
    Pair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// Why.
        cause: rustls::Error,
    },
}

/// Both files as they lie on the disk.
#[derive(PartialEq)]
struct Files {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

struct Shared {
    certificate: PathBuf,
    key: PathBuf,
    every: Duration,
    config: ArcSwap<ServerConfig>,
    seen: std::sync::Mutex<Files>,
}

/// A TLS configuration that follows its files. Clones share it.
#[derive(Clone)]
pub struct TlsReloader(Arc<Shared>);

impl std::fmt::Debug for TlsReloader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsReloader")
            .field("certificate", &self.0.certificate)
            .field("key", &self.0.key)
            .finish_non_exhaustive()
    }
}

impl TlsReloader {
    /// Reads certificate chain and key, both PEM; they are looked at again `every` so often.
    ///
    /// # Errors
    /// If they can't be read or don't fit together.
    pub fn new(certificate: &Path, key: &Path, every: Duration) -> Result<Self, TlsError> {
        let files = read(certificate, key)?;
        let config = config(certificate, key, &files)?;
        let shared = Shared {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            every,
            config: ArcSwap::new(config),
            seen: std::sync::Mutex::new(files),
        };
        Ok(Self(Arc::new(shared)))
    }

    /// What makes the next handshake, with the certificate that holds now.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.0.config.load_full())
    }

    /// Looks at the files; says whether a changed certificate was taken.
    ///
    /// # Errors
    /// If they changed and can't be used. The old certificate stays, and the same broken files are not tried again.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let files = read(&self.0.certificate, &self.0.key)?;
        let mut seen = self.0.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *seen == files {
            return Ok(false);
        }
        let config = config(&self.0.certificate, &self.0.key, &files);
        *seen = files;
        self.0.config.store(config?);
        Ok(true)
    }

    /// Reloads now and then until `cancel`.
    pub(super) async fn watch(self, cancel: CancellationToken) {
        let mut every = tokio::time::interval(self.0.every);
        while cancel.run_until_cancelled(every.tick()).await.is_some() {
            let this = self.clone();
            match tokio::task::spawn_blocking(move || this.reload()).await {
                Ok(Ok(true)) => {
                    tracing::info!(certificate = %self.0.certificate.display(), "a new certificate is in use")
                }
                Ok(Err(error)) => tracing::warn!(%error, "the new certificate can't be used; the old one stays in use"),
                Ok(Ok(false)) | Err(_) => {}
            }
        }
    }
}

/// The contents and not the times of the files are compared: in Kubernetes they are links that are turned over.
fn read(certificate: &Path, key: &Path) -> Result<Files, TlsError> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|cause| TlsError::Read {
            path: path.to_owned(),
            cause,
        })
    };
    Ok(Files {
        certificate: read(certificate)?,
        key: Zeroizing::new(read(key)?),
    })
}

fn config(certificate: &Path, key: &Path, files: &Files) -> Result<Arc<ServerConfig>, TlsError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&files.certificate)
        .collect::<Result<_, _>>()
        .map_err(|_| TlsError::Certificate(certificate.to_owned()))?;
    if chain.is_empty() {
        return Err(TlsError::Certificate(certificate.to_owned()));
    }
    let private = PrivateKeyDer::from_pem_slice(&files.key).map_err(|_| TlsError::Key(key.to_owned()))?;
    let pair = |cause| TlsError::Pair {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        cause,
    };
    // The provider is named, because two are linked and rustls would refuse to choose.
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(pair)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(pair)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}
