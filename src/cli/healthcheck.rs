//! `roster healthcheck`: asks a running server whether it serves, for container health checks where no other tool is at hand.
//!
//! A URL without a path is a gRPC port (`grpc.health.v1`); one with a path is the HTTP port, for servers whose gRPC port
//! speaks TLS.

use std::process::ExitCode;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// Asks, and gives 0 if the server serves.
pub(super) async fn healthcheck(url: String, service: String, timeout: Duration) -> ExitCode {
    match tokio::time::timeout(timeout, ask(&url, service)).await {
        Ok(Ok(())) => super::answer(b"serving\n"),
        Ok(Err(error)) => super::failed(&format!("{url}: {error}")),
        Err(_) => super::failed(&format!("{url}: no answer within {} s", timeout.as_secs())),
    }
}

async fn ask(url: &str, service: String) -> Result<(), String> {
    let uri: http::Uri = url.parse().map_err(|error| format!("isn't a URL: {error}"))?;
    if uri.scheme_str() != Some("http") {
        return Err("only http:// is supported; where the gRPC port speaks TLS, ask the HTTP port: --url http://127.0.0.1:8080/readyz".to_owned());
    }
    if uri.path() == "/" {
        ask_grpc(uri, service).await
    } else {
        ask_http(&uri).await
    }
}

async fn ask_grpc(uri: http::Uri, service: String) -> Result<(), String> {
    let endpoint = tonic::transport::Endpoint::from(uri);
    let channel = endpoint
        .connect()
        .await
        .map_err(|_| "nothing listens there".to_owned())?;
    let answer = HealthClient::new(channel)
        .check(HealthCheckRequest { service })
        .await
        .map_err(|status| format!("{:?} {}", status.code(), status.message()))?;
    match answer.into_inner().status() {
        ServingStatus::Serving => Ok(()),
        other => Err(format!(
            "{} (it is starting or stopping, or has lost its database)",
            other.as_str_name()
        )),
    }
}

/// One small request by hand; an HTTP client would be a large dependency for it.
async fn ask_http(uri: &http::Uri) -> Result<(), String> {
    let authority = uri.authority().ok_or("has no host")?;
    let address = (
        authority.host().trim_matches(['[', ']']),
        authority.port_u16().unwrap_or(80),
    );
    let mut stream = tokio::net::TcpStream::connect(address)
        .await
        .map_err(|_| "nothing listens there".to_owned())?;
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n",
        uri.path()
    );
    stream
        .write_all(request.as_bytes())
        .await
        .map_err(|error| error.to_string())?;
    let mut head = Vec::new();
    stream
        .take(64)
        .read_to_end(&mut head)
        .await
        .map_err(|error| error.to_string())?;
    let head = String::from_utf8_lossy(&head);
    match head.split(' ').nth(1) {
        Some("200") => Ok(()),
        Some(code) if code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()) => {
            Err(format!("answers with {code}"))
        }
        _ => Err("doesn't answer in HTTP".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use tonic_health::ServingStatus;

    use super::*;

    #[tokio::test]
    async fn a_server_is_asked_over_grpc() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (reporter, service) = tonic_health::server::health_reporter();
        let incoming = crate::listen::incoming(listener, None, 8, tokio_util::sync::CancellationToken::new());
        tokio::spawn(
            tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming),
        );
        ask(&url, String::new()).await.unwrap();
        reporter.set_service_status("", ServingStatus::NotServing).await;
        assert!(ask(&url, String::new()).await.unwrap_err().starts_with("NOT_SERVING"));
        assert!(
            ask(&url, "unknown".to_owned())
                .await
                .unwrap_err()
                .starts_with("NotFound")
        );
        assert!(
            ask("http://127.0.0.1:1", String::new())
                .await
                .unwrap_err()
                .contains("nothing listens")
        );
        assert!(
            ask("https://127.0.0.1:1", String::new())
                .await
                .unwrap_err()
                .contains("only http")
        );
    }

    #[tokio::test]
    async fn a_url_with_a_path_is_asked_over_http() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (ready, receiver) = tokio::sync::watch::channel(false);
        let metrics = crate::telemetry::prometheus().unwrap().build_recorder().handle();
        let state = crate::http::HttpState {
            jwks: std::sync::Arc::new(|| serde_json::json!({})),
            ready: receiver,
            metrics,
        };
        tokio::spawn(crate::http::serve(
            listener,
            state,
            tokio_util::sync::CancellationToken::new(),
        ));
        let url = format!("http://{address}/readyz");
        assert_eq!(ask(&url, String::new()).await, Err("answers with 503".to_owned()));
        ready.send(true).unwrap();
        ask(&url, String::new()).await.unwrap();
    }
}
