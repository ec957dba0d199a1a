//! Streams: methods that take a file in many messages, or give one. [`Rpc::exchange`] and [`Rpc::download`] are to them
//! what `Rpc::write` and `Rpc::read` are to the others, with the same checks in the same order.
//!
//! The first message says what is to be done and is refused like any request, before anything of a file is read. Then the
//! work runs in a task of its own, without the deadline of single calls; whatever holds it up is bounded: a caller who
//! sends nothing for a minute is refused, one who reads nothing lets it wait where it holds no lock.
//!
//! A request that was broken off mustn't pass for one that came to its end: half a row would be taken for a whole one. The
//! gRPC library doesn't tell the two apart, so the layers watch the request's body, and [`Ended`] says how it ended.

use super::{Mutation, Query, Rpc, Ruled, Scoped, mutation, visible};
use crate::app::{App, Call, Pieces};
use crate::error::{Error, Exhausted};
use futures_util::{FutureExt, StreamExt, stream};
use http::Request as HttpRequest;
use http_body::{Body as HttpBody, Frame, SizeHint};
use prost::Message;
use prost::bytes::Bytes;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::{Code, Request, Response, Status, Streaming};
use tracing::Instrument;

/// Many answers.
pub type Answers<Q> = ReceiverStream<Result<Q, Status>>;

/// How long a caller may send nothing in the middle of a file.
const IDLE: Duration = Duration::from_secs(60);

/// Answers that wait for a caller who reads slowly.
const WAITING: usize = 16;

/// A request message that carries a piece of a file.
pub trait Piece {
    /// Takes the piece out; what is left says what is to be done with the file.
    fn take_piece(&mut self) -> Vec<u8>;
}

/// Whether a request's body came to its end, and wasn't broken off; and how large its messages may be.
#[derive(Clone, Default)]
pub(super) struct Ended {
    whole: Arc<AtomicBool>,
    largest: usize,
}

/// A body that notes its end.
struct Watched {
    body: Body,
    ended: Ended,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(polled, Poll::Ready(None)) {
            self.ended.whole.store(true, Ordering::Release);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The same request, with an [`Ended`] among its extensions.
pub(super) fn watched(request: HttpRequest<Body>, largest: usize) -> HttpRequest<Body> {
    let ended = Ended {
        largest,
        ..Ended::default()
    };
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(ended.clone());
    HttpRequest::from_parts(parts, Body::new(Watched { body, ended }))
}

impl Rpc {
    /// For methods that take a file and tell what becomes of it.
    pub(super) async fn exchange<P, I, O, Q, W, F>(
        &self,
        request: Request<Streaming<P>>,
        work: W,
    ) -> Result<Response<Answers<Q>>, Status>
    where
        P: Message + Default + PartialEq + Ruled + Scoped + Mutation + Piece + 'static,
        I: TryFrom<P, Error = Error>,
        O: Send + 'static,
        Q: From<O> + Send + 'static,
        W: FnOnce(App, Call, I, Pieces, mpsc::Sender<O>) -> F,
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let (metadata, extensions, mut messages) = request.into_parts();
        let ended = extensions.get::<Ended>().cloned().unwrap_or_default();
        let mut first = messages.message().await?.unwrap_or_default();
        let piece = first.take_piece();
        let (mut call, message) = self.open(Request::from_parts(metadata, extensions, first))?;
        let input = mutation::<P, I>(&mut call, message, &self.app.preset).map_err(|e| self.status(e, &call))?;
        let pieces = pieces(piece, messages, ended);
        let (sender, told) = mpsc::channel(WAITING);
        let work = work(self.app.clone(), call.clone(), input, pieces, sender);
        Ok(Response::new(self.answers(call, told, work)))
    }

    /// For methods that give a file.
    pub(super) async fn download<P, I, O, Q, W, F>(
        &self,
        request: Request<P>,
        work: W,
    ) -> Result<Response<Answers<Q>>, Status>
    where
        P: Message + Ruled + Scoped + Query,
        I: TryFrom<P, Error = Error>,
        O: Send + 'static,
        Q: From<O> + Send + 'static,
        W: FnOnce(App, Call, I, mpsc::Sender<O>) -> F,
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let (call, message) = self.open(request)?;
        let input = visible(&call, &message).and_then(|()| I::try_from(message));
        let input = input.map_err(|e| self.status(e, &call))?;
        let (sender, told) = mpsc::channel(WAITING);
        let work = work(self.app.clone(), call.clone(), input, sender);
        Ok(Response::new(self.answers(call, told, work)))
    }

    /// Runs the work, and sends what it tells as it tells it. When the caller is gone, so is the work's audience, and it
    /// ends at what it would have told next.
    fn answers<O, Q>(
        &self,
        call: Call,
        mut told: mpsc::Receiver<O>,
        work: impl Future<Output = Result<(), Error>> + Send + 'static,
    ) -> Answers<Q>
    where
        O: Send + 'static,
        Q: From<O> + Send + 'static,
    {
        let (answers, stream) = mpsc::channel(1);
        let rpc = self.clone();
        let work = AssertUnwindSafe(work).catch_unwind();
        let running = async move {
            let audience = answers.clone();
            let forwarding = async move {
                while let Some(one) = told.recv().await {
                    if audience.send(Ok(Q::from(one))).await.is_err() {
                        return;
                    }
                }
            };
            let (done, ()) = futures_util::future::join(work, forwarding).await;
            let panicked = || Err(Error::Internal("a panic (the log has the place)".into()));
            if let Err(error) = done.unwrap_or_else(|_| panicked()) {
                // Nobody may be there any more to hear it.
                let _ = answers.send(Err(rpc.status(error, &call))).await;
            }
        };
        tokio::spawn(running.instrument(tracing::Span::current()));
        ReceiverStream::new(stream)
    }
}

/// The file's pieces: the one of the first message, then the others'.
fn pieces<P>(first: Vec<u8>, messages: Streaming<P>, ended: Ended) -> Pieces
where
    P: Message + Default + PartialEq + Piece + 'static,
{
    let rest = stream::unfold(Some((messages, ended)), |state| async move {
        let (mut messages, ended) = state?;
        let next = match tokio::time::timeout(IDLE, messages.message()).await {
            Ok(Ok(None)) if ended.whole.load(Ordering::Acquire) => return None,
            // The end of a request that was broken off: there is nobody left to tell.
            Ok(Ok(None)) | Err(_) => Err(Error::Deadline),
            Ok(Ok(Some(message))) => piece_of(message),
            Ok(Err(status)) => Err(broken(&status, ended.largest)),
        };
        let state = next.is_ok().then_some((messages, ended));
        Some((next, state))
    });
    Box::pin(stream::once(async move { Ok(first) }).chain(rest))
}

fn piece_of<P: Message + Default + PartialEq + Piece>(mut message: P) -> Result<Vec<u8>, Error> {
    let piece = message.take_piece();
    if message == P::default() {
        Ok(piece)
    } else {
        let why = "is of the first message; those that follow have data and nothing else";
        Err(Error::field("message", why))
    }
}

/// What the library's refusal of a later message means.
fn broken(status: &Status, limit: usize) -> Error {
    match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => Exhausted::TooLarge { limit }.into(),
        Code::Cancelled => Error::Deadline,
        _ => Error::field("message", "can't be decoded: it was cut off, or is of another type"),
    }
}
