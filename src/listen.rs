//! Ports: bind, accept, TLS. What comes out is a stream of [`Connection`]s for a server to serve.
//!
//! The accept loop outlives every error: a reset client, garbage instead of TLS, no file descriptors left. A connection holds
//! one of a fixed number of permits for as long as it lives, and handshakes run beside one another with a deadline, so a slow
//! one delays nobody. `tls.rs` has the certificates. Nothing here knows what is spoken over a connection.

mod tls;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;

pub use tls::{TlsError, TlsReloader};

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long nothing is accepted after an error that won't go away by itself, such as having no file descriptors left.
const PAUSE: Duration = Duration::from_millis(250);

/// A port that couldn't be opened.
#[derive(Debug, thiserror::Error)]
#[error("{address} can't be listened on: {cause}. {}", self.remedy())]
pub struct BindError {
    /// The key of the configuration that names the address, e.g. `server.grpc_listen`.
    pub setting: &'static str,
    /// The address.
    pub address: SocketAddr,
    /// What the operating system says.
    #[source]
    pub cause: io::Error,
}

impl BindError {
    fn remedy(&self) -> String {
        let setting = self.setting;
        match self.cause.kind() {
            io::ErrorKind::AddrInUse => {
                format!("Another process has this port: stop it, or set {setting} to another one")
            }
            io::ErrorKind::AddrNotAvailable => {
                format!("This machine doesn't have that address: set {setting} to one it has, or to 0.0.0.0 for all")
            }
            io::ErrorKind::PermissionDenied => {
                format!("This user may not open it: set {setting} to a port from 1024 on")
            }
            _ => format!("Set {setting} to another address"),
        }
    }
}

/// Opens a port. `setting` is the key that names it, for the error.
///
/// # Errors
/// If the operating system refuses; the message says by which setting and what to do.
pub async fn bind(setting: &'static str, address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|cause| BindError {
        setting,
        address,
        cause,
    })
}

/// The address a connection comes from: of the last proxy, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

/// An accepted connection, behind TLS if that is on.
#[derive(Debug)]
pub struct Connection {
    io: Io,
    peer: PeerAddress,
    _permit: OwnedSemaphorePermit,
}

#[derive(Debug)]
enum Io {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connection {
    /// Where it comes from.
    #[must_use]
    pub fn peer(&self) -> PeerAddress {
        self.peer
    }
}

impl Connected for Connection {
    type ConnectInfo = PeerAddress;
    fn connect_info(&self) -> PeerAddress {
        self.peer
    }
}

/// Connections as they come in, at most `max_connections` at once; more wait in the operating system's queue. Must be called
/// within a runtime. The stream ends when `cancel` is cancelled and never has an error: those are logged, and accepting goes on.
pub fn incoming(
    listener: TcpListener,
    tls: Option<TlsReloader>,
    max_connections: u32,
    cancel: CancellationToken,
) -> impl Stream<Item = io::Result<Connection>> + Send + 'static {
    accepted(listener, tls, max_connections, cancel)
}

/// Where connections come from; a test has one that fails.
trait Accept: Send + 'static {
    fn accept(&mut self) -> impl Future<Output = io::Result<(TcpStream, SocketAddr)>> + Send;
}

impl Accept for TcpListener {
    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        TcpListener::accept(self).await
    }
}

fn accepted(
    mut source: impl Accept,
    tls: Option<TlsReloader>,
    max_connections: u32,
    cancel: CancellationToken,
) -> ReceiverStream<io::Result<Connection>> {
    let (sender, receiver) = mpsc::channel(16);
    let permits = Arc::new(Semaphore::new(max_connections as usize));
    if let Some(tls) = tls.clone() {
        tokio::spawn(tls.watch(cancel.clone()));
    }
    tokio::spawn(async move {
        // Who takes the connections may go away without cancelling.
        let gone = sender.clone();
        let accepting = async {
            loop {
                let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                    return;
                };
                match source.accept().await {
                    Ok((stream, peer)) => {
                        tokio::spawn(greet(stream, PeerAddress(peer), permit, tls.clone(), sender.clone()));
                    }
                    Err(error) => pause_after(&error).await,
                }
            }
        };
        tokio::select! {
            () = accepting => {}
            () = cancel.cancelled() => {}
            () = gone.closed() => {}
        }
    });
    ReceiverStream::new(receiver)
}

/// After an error of one client nothing is amiss; after one of this machine it would come again at once, so wait.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    ) {
        tracing::debug!(%error, "a client went away before it was accepted");
        return;
    }
    tracing::warn!(%error, pause = ?PAUSE, "no connection can be accepted for now");
    tokio::time::sleep(PAUSE).await;
}

/// Sets the connection up, with TLS if that is on, and hands it over.
async fn greet(
    stream: TcpStream,
    peer: PeerAddress,
    permit: OwnedSemaphorePermit,
    tls: Option<TlsReloader>,
    sender: mpsc::Sender<io::Result<Connection>>,
) {
    // Answers are small: waiting to fill a packet would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(peer = %peer.0, %error, "a connection ended as it began");
        return;
    }
    let io = match tls {
        None => Io::Plain(stream),
        Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => Io::Tls(Box::new(stream)),
            Ok(Err(error)) => {
                tracing::debug!(peer = %peer.0, %error, "a TLS handshake failed");
                return;
            }
            Err(_) => {
                tracing::debug!(peer = %peer.0, "a TLS handshake took too long");
                return;
            }
        },
    };
    let _ = sender
        .send(Ok(Connection {
            io,
            peer,
            _permit: permit,
        }))
        .await;
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(io) => Pin::new(io).poll_read(cx, buf),
            Io::Tls(io) => Pin::new(io).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(io) => Pin::new(io).poll_write(cx, bytes),
            Io::Tls(io) => Pin::new(io).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(io) => Pin::new(io).poll_write_vectored(cx, bytes),
            Io::Tls(io) => Pin::new(io).poll_write_vectored(cx, bytes),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.io {
            Io::Plain(io) => io.is_write_vectored(),
            Io::Tls(io) => io.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(io) => Pin::new(io).poll_flush(cx),
            Io::Tls(io) => Pin::new(io).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(io) => Pin::new(io).poll_shutdown(cx),
            Io::Tls(io) => Pin::new(io).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests;
