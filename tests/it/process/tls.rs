//! The gRPC port behind TLS: handshakes with ALPN h2, certificates that change, garbage, and the limit of connections.

use super::{PATIENCE, Roster, Server, path, sign_up, until};
use roster::pb::roster::identity::v1::GetSigningKeysRequest;
use roster::pb::roster::identity::v1::identity_service_client::IdentityServiceClient;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};

/// Writes a new certificate and key where the server looks for them; gives the certificate.
fn certificate(folder: &TempDir) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    std::fs::write(path(folder, "key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(path(folder, "certificate.pem"), made.cert.pem()).unwrap();
    CertificateDer::from_pem_slice(made.cert.pem().as_bytes()).unwrap()
}

fn behind_tls(folder: &TempDir) -> Roster {
    Roster::dev(folder)
        .with("ROSTER_SIGN_UP__MODE", "immediate")
        .with("ROSTER_SERVER__TLS_CERTIFICATE", &path(folder, "certificate.pem"))
        .with("ROSTER_SERVER__TLS_PRIVATE_KEY", &path(folder, "key.pem"))
        .with("ROSTER_SERVER__TLS_RELOAD", "1s")
        .with("ROSTER_TELEMETRY__LOG_FILTER", "info,roster::listen=debug")
}

/// A handshake by a client that trusts one certificate and speaks these protocols.
async fn handshake(address: &str, trusted: &CertificateDer<'static>, alpn: &[u8]) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from("localhost").unwrap(), stream)
        .await
}

/// A gRPC client over TLS.
async fn client(
    server: &Server,
    trusted: &CertificateDer<'static>,
) -> Result<IdentityServiceClient<Channel>, tonic::transport::Error> {
    let (address, trusted) = (server.grpc.clone(), trusted.clone());
    let connector = tower::service_fn(move |_: http::Uri| {
        let (address, trusted) = (address.clone(), trusted.clone());
        async move {
            handshake(&address, &trusted, b"h2")
                .await
                .map(hyper_util::rt::TokioIo::new)
        }
    });
    let channel = Endpoint::from_static("http://localhost")
        .connect_with_connector(connector)
        .await?;
    Ok(IdentityServiceClient::new(channel))
}

async fn works(client: &mut IdentityServiceClient<Channel>) {
    client.get_signing_keys(GetSigningKeysRequest {}).await.unwrap();
}

#[tokio::test]
async fn calls_go_over_tls_and_only_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let trusted = certificate(&folder);
    let server = behind_tls(&folder).start().await;
    let mut client = client(&server, &trusted).await.unwrap();
    client.sign_up(sign_up("ana")).await.unwrap();
    let stream = handshake(&server.grpc, &trusted, b"h2").await.unwrap();
    let (_, session) = stream.get_ref();
    assert_eq!(session.alpn_protocol(), Some(&b"h2"[..]));
    assert!(
        handshake(&server.grpc, &trusted, b"http/1.1").await.is_err(),
        "nothing but HTTP/2 is spoken"
    );
    let stranger = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    assert!(handshake(&server.grpc, stranger.cert.der(), b"h2").await.is_err());
    let plain = Channel::from_shared(format!("http://{}", server.grpc))
        .unwrap()
        .connect()
        .await;
    if let Ok(channel) = plain {
        let answer = IdentityServiceClient::new(channel)
            .get_signing_keys(GetSigningKeysRequest {})
            .await;
        assert!(answer.is_err(), "plain text is no way in");
    }
    let health = Roster::new(&["healthcheck", "--url", &format!("http://{}/readyz", server.http)])
        .run()
        .await;
    assert_eq!(health.code, Some(0), "{health:?}");
}

#[tokio::test]
async fn a_changed_certificate_is_used_for_new_connections_and_old_ones_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let first = certificate(&folder);
    let server = behind_tls(&folder).start().await;
    let mut old = client(&server, &first).await.unwrap();
    works(&mut old).await;
    // A broken pair is reported, and the good one stays in use.
    std::fs::write(path(&folder, "certificate.pem"), "garbage").unwrap();
    until("the fault is in the log", || {
        server.err.text().contains("the old one stays in use").then_some(())
    })
    .await;
    works(&mut client(&server, &first).await.unwrap()).await;
    let second = certificate(&folder);
    until("the new certificate is in the log", || {
        server.err.text().contains("a new certificate is in use").then_some(())
    })
    .await;
    works(&mut client(&server, &second).await.unwrap()).await;
    assert!(
        handshake(&server.grpc, &first, b"h2").await.is_err(),
        "the old certificate is gone"
    );
    works(&mut old).await;
}

#[tokio::test]
async fn p08_garbage_and_half_handshakes_hurt_nobody() {
    const GARBAGE: usize = 2_000;
    const HALF: usize = 200;
    let folder = tempfile::tempdir().unwrap();
    let trusted = certificate(&folder);
    let mut server = behind_tls(&folder).start().await;
    let mut healthy = client(&server, &trusted).await.unwrap();
    let half: Vec<_> = {
        let mut half = vec![];
        for _ in 0..HALF {
            let mut stream = TcpStream::connect(&server.grpc).await.unwrap();
            stream.write_all(&[22, 3, 1, 2, 0, 1]).await.unwrap();
            half.push(stream);
        }
        half
    };
    for i in 0..GARBAGE {
        let mut stream = TcpStream::connect(&server.grpc).await.unwrap();
        match i % 3 {
            0 => stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap(),
            1 => stream.write_all(&[0xff; 64]).await.unwrap(),
            // Gone with a reset before anything was said.
            _ => stream.set_zero_linger().unwrap(),
        }
        if i % 500 == 0 {
            works(&mut healthy).await;
        }
    }
    works(&mut healthy).await;
    works(&mut client(&server, &trusted).await.unwrap()).await;
    let log = server.err.text();
    assert!(!log.contains("panicked") && !log.contains("\"ERROR\""), "{log}");
    println!("{GARBAGE} times garbage, {HALF} half handshakes, still serving");
    drop(half);
    drop(healthy);
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0));
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_and_get_in_when_one_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let server = Roster::dev(&folder)
        .with("ROSTER_SERVER__MAX_CONNECTIONS", "2")
        .start()
        .await;
    let mut one = server.identity().await;
    let mut two = server.identity().await;
    works(&mut one).await;
    works(&mut two).await;
    // The third one is accepted by the operating system, and nobody answers it.
    let mut third = TcpStream::connect(&server.grpc).await.unwrap();
    third
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        .await
        .unwrap();
    let mut frame = [0; 9];
    let early = tokio::time::timeout(Duration::from_millis(300), third.read_exact(&mut frame)).await;
    assert!(early.is_err(), "answered beyond the limit: {early:?}");
    works(&mut one).await;
    let begun = Instant::now();
    drop(two);
    tokio::time::timeout(PATIENCE, third.read_exact(&mut frame))
        .await
        .expect("there is room now")
        .unwrap();
    println!("the third connection got in {:?} after one had left", begun.elapsed());
}
