//! The HTTP port: the public keys, health and metrics. Nothing of it needs a log-in, so nothing of it may say more than that.
//!
//! It is for machines of the operator: few connections, short requests, no bodies, and a limit on how long each may take.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::StreamExt;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::listen::{self, Connection};

/// Connections at once.
const CONNECTIONS: u32 = 256;
/// How long the head of a request may take, and a connection may lie idle between two.
const HEAD: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 10 });
/// How long a connection may live; a scraper simply opens another.
const LIFE: Duration = Duration::from_secs(300);
/// The most bytes of a request head.
const HEAD_BYTES: usize = 16 * 1024;
/// How long a verifier may keep the keys, in seconds; new ones are published far longer before they sign.
const KEYS_AGE: &str = "public, max-age=300";

/// What the port needs from the rest of the program.
#[derive(Clone)]
pub struct HttpState {
    /// Makes the JSON Web Key Set (RFC 7517 section 5): public keys only.
    pub jwks: Arc<dyn Fn() -> serde_json::Value + Send + Sync>,
    /// Whether calls can be served.
    pub ready: watch::Receiver<bool>,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
}

/// What is served where.
pub fn router(state: HttpState) -> Router {
    Router::new()
        .route("/.well-known/jwks.json", get(jwks))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(state)
}

async fn jwks(State(state): State<HttpState>) -> Response {
    let mut response = Json((state.jwks)()).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(KEYS_AGE));
    response
}

async fn ready(State(state): State<HttpState>) -> Response {
    let (status, text) = if *state.ready.borrow() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    };
    (status, [(header::CACHE_CONTROL, "no-store")], text).into_response()
}

async fn metrics(State(state): State<HttpState>) -> Response {
    (
        [
            (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        state.metrics.render(),
    )
        .into_response()
}

/// Serves the port until `cancel`; requests in flight are finished.
///
/// # Errors
/// None today: accepting survives errors, and those of a connection end only that.
pub async fn serve(listener: TcpListener, state: HttpState, cancel: CancellationToken) -> io::Result<()> {
    let app = router(state);
    let connections = TaskTracker::new();
    let mut incoming = listen::incoming(listener, None, CONNECTIONS, cancel.clone());
    while let Some(connection) = incoming.next().await {
        connections.spawn(serve_one(connection?, app.clone(), cancel.clone()));
    }
    connections.close();
    connections.wait().await;
    Ok(())
}

async fn serve_one(connection: Connection, app: Router, cancel: CancellationToken) {
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES);
    let served = builder.serve_connection(TokioIo::new(connection), TowerToHyperService::new(app));
    let mut served = std::pin::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = async { tokio::select! { () = cancel.cancelled() => {}, () = tokio::time::sleep(LIFE) => {} } } => {
            served.as_mut().graceful_shutdown();
            match tokio::time::timeout(HEAD, served).await {
                Ok(ended) => ended,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an HTTP connection ended");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::task::JoinHandle;

    use super::*;

    struct Running {
        address: SocketAddr,
        ready: watch::Sender<bool>,
        cancel: CancellationToken,
        server: JoinHandle<io::Result<()>>,
    }

    async fn start() -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (ready, receiver) = watch::channel(false);
        let recorder = crate::telemetry::prometheus().unwrap().build_recorder();
        ::metrics::with_local_recorder(&recorder, || ::metrics::counter!("calls_total").increment(3));
        let state = HttpState {
            jwks: Arc::new(|| serde_json::json!({ "keys": [{ "kid": "one" }] })),
            ready: receiver,
            metrics: recorder.handle(),
        };
        let cancel = CancellationToken::new();
        let server = tokio::spawn(serve(listener, state, cancel.clone()));
        Running {
            address,
            ready,
            cancel,
            server,
        }
    }

    async fn send(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut answer))
            .await
            .unwrap();
        String::from_utf8(answer).unwrap()
    }

    async fn fetch(address: SocketAddr, path: &str) -> String {
        send(
            address,
            format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes(),
        )
        .await
    }

    #[tokio::test]
    async fn keys_may_be_cached() {
        let running = start().await;
        let answer = fetch(running.address, "/.well-known/jwks.json").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(
            answer.contains("content-type: application/json\r\n")
                && answer.contains("cache-control: public, max-age=300\r\n"),
            "{answer}"
        );
        assert!(answer.ends_with(r#"{"keys":[{"kid":"one"}]}"#), "{answer}");
    }

    #[tokio::test]
    async fn readiness_follows_the_server() {
        let running = start().await;
        assert!(fetch(running.address, "/healthz").await.starts_with("HTTP/1.1 200 "));
        assert!(fetch(running.address, "/readyz").await.starts_with("HTTP/1.1 503 "));
        running.ready.send(true).unwrap();
        assert!(fetch(running.address, "/readyz").await.starts_with("HTTP/1.1 200 "));
    }

    #[tokio::test]
    async fn metrics_are_rendered() {
        let running = start().await;
        let answer = fetch(running.address, "/metrics").await;
        assert!(
            answer.contains("text/plain; version=0.0.4") && answer.contains("calls_total 3"),
            "{answer}"
        );
    }

    #[tokio::test]
    async fn nothing_else_is_there() {
        let running = start().await;
        assert!(fetch(running.address, "/").await.starts_with("HTTP/1.1 404 "));
        let post = send(
            running.address,
            b"POST /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        )
        .await;
        assert!(post.starts_with("HTTP/1.1 405 "), "{post}");
    }

    #[tokio::test]
    async fn a_head_that_is_too_large_is_refused() {
        let running = start().await;
        let request = format!(
            "GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n",
            "a".repeat(2 * HEAD_BYTES)
        );
        let answer = send(running.address, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }

    #[tokio::test]
    async fn a_head_that_never_ends_is_cut_off() {
        let running = start().await;
        let begun = std::time::Instant::now();
        send(running.address, b"GET /healthz HTTP/1.1\r\nhost: ").await;
        assert!(begun.elapsed() >= HEAD && begun.elapsed() < 5 * HEAD);
    }

    #[tokio::test]
    async fn it_stops_although_a_client_stays() {
        let running = start().await;
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        let mut some = [0; 12];
        stream.read_exact(&mut some).await.unwrap();
        running.cancel.cancel();
        tokio::time::timeout(HEAD / 2, running.server)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }
}
