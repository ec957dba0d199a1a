//! Listeners over plain text and TLS: what is accepted, reloaded, limited and drained.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::VecDeque;
use std::path::Path;

use futures_util::StreamExt;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

async fn local() -> (TcpListener, SocketAddr) {
    let listener = bind("server.grpc_listen", "127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Writes a new certificate and its key, and gives the certificate.
fn certify(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("tls.crt"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    CertificateDer::from_pem_slice(made.cert.pem().as_bytes()).unwrap()
}

fn reloader(folder: &Path, every: Duration) -> TlsReloader {
    TlsReloader::new(&folder.join("tls.crt"), &folder.join("tls.key"), every).unwrap()
}

/// Connects, trusting only this certificate.
async fn connect(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(address).await?;
    tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from("localhost").unwrap(), stream)
        .await
}

async fn next(stream: &mut (impl Stream<Item = io::Result<Connection>> + Unpin)) -> Connection {
    tokio::time::timeout(Duration::from_secs(5), stream.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn a_taken_port_says_by_which_setting_and_what_to_do() {
    let (_listener, address) = local().await;
    let text = bind("server.grpc_listen", address).await.unwrap_err().to_string();
    assert!(
        text.contains(&address.to_string()) && text.contains("stop it, or set server.grpc_listen"),
        "{text}"
    );
}

#[tokio::test]
async fn a_connection_carries_bytes_and_its_peer() {
    let (listener, address) = local().await;
    let mut stream = incoming(listener, None, 4, CancellationToken::new());
    let mut client = TcpStream::connect(address).await.unwrap();
    let mut server = next(&mut stream).await;
    assert_eq!(server.connect_info(), PeerAddress(client.local_addr().unwrap()));
    client.write_all(b"ping").await.unwrap();
    let mut seen = [0; 4];
    server.read_exact(&mut seen).await.unwrap();
    assert_eq!(&seen, b"ping");
}

#[tokio::test]
async fn a_connection_holds_its_permit_until_it_is_dropped() {
    let (listener, address) = local().await;
    let mut stream = incoming(listener, None, 1, CancellationToken::new());
    let _clients = (
        TcpStream::connect(address).await.unwrap(),
        TcpStream::connect(address).await.unwrap(),
    );
    let first = next(&mut stream).await;
    assert!(
        tokio::time::timeout(Duration::from_millis(200), stream.next())
            .await
            .is_err()
    );
    drop(first);
    next(&mut stream).await;
}

#[tokio::test]
async fn the_stream_ends_when_cancelled() {
    let (listener, address) = local().await;
    let cancel = CancellationToken::new();
    let mut stream = incoming(listener, None, 4, cancel.clone());
    cancel.cancel();
    assert!(
        tokio::time::timeout(Duration::from_secs(5), stream.next())
            .await
            .unwrap()
            .is_none()
    );
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(TcpStream::connect(address).await.is_err());
}

struct Failing(VecDeque<io::Error>, TcpListener);

impl Accept for Failing {
    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        match self.0.pop_front() {
            Some(error) => Err(error),
            None => TcpListener::accept(&self.1).await,
        }
    }
}

#[tokio::test]
async fn accepting_survives_errors() {
    let (listener, address) = local().await;
    let no_descriptors = io::Error::from_raw_os_error(24);
    let source = Failing(
        VecDeque::from([
            no_descriptors,
            io::ErrorKind::ConnectionAborted.into(),
            io::ErrorKind::ConnectionReset.into(),
        ]),
        listener,
    );
    let begun = std::time::Instant::now();
    let mut stream = accepted(source, None, 4, CancellationToken::new());
    let _client = TcpStream::connect(address).await.unwrap();
    next(&mut stream).await;
    assert!(
        begun.elapsed() >= PAUSE,
        "a machine without descriptors is not asked again at once"
    );
    assert!(begun.elapsed() < 3 * PAUSE, "a client that went away costs nothing");
}

#[tokio::test]
async fn garbage_and_silence_keep_nobody_from_a_handshake() {
    let folder = tempfile::tempdir().unwrap();
    let trusted = certify(folder.path());
    let (listener, address) = local().await;
    let mut stream = incoming(
        listener,
        Some(reloader(folder.path(), Duration::from_secs(60))),
        8,
        CancellationToken::new(),
    );
    let _silent = TcpStream::connect(address).await.unwrap();
    TcpStream::connect(address)
        .await
        .unwrap()
        .write_all(b"GET / HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    let client = connect(address, &trusted).await.unwrap();
    assert_eq!(client.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    next(&mut stream).await;
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_takes_too_long_gives_its_permit_back() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let (listener, address) = local().await;
    let permits = Arc::new(Semaphore::new(1));
    let _silent = TcpStream::connect(address).await.unwrap();
    let (stream, peer) = listener.accept().await.unwrap();
    let permit = Arc::clone(&permits).acquire_owned().await.unwrap();
    let (sender, _receiver) = mpsc::channel(1);
    let begun = tokio::time::Instant::now();
    greet(
        stream,
        PeerAddress(peer),
        permit,
        Some(reloader(folder.path(), HANDSHAKE)),
        sender,
    )
    .await;
    assert_eq!(begun.elapsed(), HANDSHAKE);
    assert_eq!(permits.available_permits(), 1);
}

#[tokio::test]
async fn a_changed_certificate_is_used_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let first = certify(folder.path());
    let (listener, address) = local().await;
    let tls = reloader(folder.path(), Duration::from_secs(3600));
    let mut stream = incoming(listener, Some(tls.clone()), 8, CancellationToken::new());
    tokio::spawn(async move { while stream.next().await.is_some() {} });
    connect(address, &first).await.unwrap();
    assert!(!tls.reload().unwrap());

    let second = certify(folder.path());
    assert!(tls.reload().unwrap());
    connect(address, &second).await.unwrap();
    assert!(connect(address, &first).await.is_err());

    let other = tempfile::tempdir().unwrap();
    certify(other.path());
    std::fs::copy(other.path().join("tls.key"), folder.path().join("tls.key")).unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::Pair { .. })));
    std::fs::write(folder.path().join("tls.crt"), "nothing").unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::Certificate(_))));
    std::fs::remove_file(folder.path().join("tls.crt")).unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::Read { .. })));
    connect(address, &second).await.unwrap();
}

#[tokio::test]
async fn the_files_are_looked_at_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let (listener, address) = local().await;
    let mut stream = incoming(
        listener,
        Some(reloader(folder.path(), Duration::from_millis(20))),
        8,
        CancellationToken::new(),
    );
    tokio::spawn(async move { while stream.next().await.is_some() {} });
    let second = certify(folder.path());
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if connect(address, &second).await.is_ok() {
            return;
        }
    }
    panic!("the new certificate was never used");
}
