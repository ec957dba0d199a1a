//! What happens to every call before it is looked at, from the outside in, and why in this order:
//!
//! 1. an id and the trace it belongs to, so that everything below can be found again;
//! 2. a span, one log line and the metrics, outside the interceptor, so that refusals are counted too;
//! 3. panics become INTERNAL, so that one call's fault doesn't take the connection with it;
//! 4. the deadline, so that nothing waits for ever;
//! 5. the JWT interceptor (`interceptor.rs`).
//!
//! Sizes are bounded before all of them, by the server itself.

use super::meters::Meters;
use super::status;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::rules::{Rule, rule_for};
use crate::domain::Locale;
use crate::error::{Error, Exhausted};
use crate::listen::PeerAddress;
use crate::words::Words;
use futures_util::FutureExt;
use http::{Request, Response};
use ipnet::IpNet;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tonic::Code;
use tonic::body::Body;
use tower::{Layer, Service};
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The call's id in the log, in INTERNAL errors and in the audit log.
#[derive(Clone, Debug)]
pub struct Correlation(pub String);

/// Where the call comes from, seen through trusted proxies.
#[derive(Clone, Debug)]
pub struct Peer(pub String);

/// Who turned out to be calling, for the log line of the layers outside.
#[derive(Clone, Default)]
pub(super) struct CallerSeen(Arc<OnceLock<Arc<Caller>>>);

impl CallerSeen {
    /// Nobody else says so; were it said already, the first would do.
    pub(super) fn is(&self, caller: &Arc<Caller>) {
        let _ = self.0.set(caller.clone());
    }

    fn shown(&self) -> (String, String) {
        let caller = self.0.get();
        let organization = caller.and_then(|c| c.place()).map(|p| p.organization.to_string());
        (
            caller.map(|c| c.user.to_string()).unwrap_or_default(),
            organization.unwrap_or_default(),
        )
    }
}

/// What the layers have to know.
#[derive(Clone)]
pub struct CallLayer {
    app: App,
    deadline: Duration,
    largest: usize,
    trusted: Arc<[IpNet]>,
    meters: Arc<Meters>,
}

impl CallLayer {
    /// Calls may take so long, their messages be so many bytes large, and these proxies are believed when they say where a
    /// call comes from.
    pub fn new(app: App, deadline: Duration, largest: usize, trusted: Vec<IpNet>) -> CallLayer {
        CallLayer {
            app,
            deadline,
            largest,
            trusted: trusted.into(),
            meters: Arc::new(Meters::new()),
        }
    }
}

impl<S> Layer<S> for CallLayer {
    type Service = Calls<S>;

    fn layer(&self, inner: S) -> Calls<S> {
        Calls {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service with its layers.
#[derive(Clone)]
pub struct Calls<S> {
    inner: S,
    layer: CallLayer,
}

impl<S> Service<Request<Body>> for Calls<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        // The clone takes the place of the service that was polled ready, which is the one to call.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let layer = self.layer.clone();
        let began = Instant::now();
        let correlation = correlation(&layer.app, &request);
        let rule = rule_for(request.uri().path());
        // Of a path that doesn't exist no more than enough to see what was meant: it may be as long as headers may.
        let method: String = match rule {
            Some(rule) => rule.path.to_owned(),
            None => request.uri().path().chars().take(200).collect(),
        };
        let peer = peer(&request, &layer.trusted);
        let locale = locale(&layer.app, request.headers());
        let deadline = layer.deadline.min(asked(&request).unwrap_or(Duration::MAX));
        let seen = CallerSeen::default();
        if rule.is_some_and(|rule| rule.streams) {
            request = super::stream::watched(request, layer.largest);
        }
        let span = tracing::info_span!("call", id = %correlation, method = %method, code = tracing::field::Empty);
        if request.headers().contains_key("traceparent") {
            let parent = TraceContextPropagator::new().extract(&Headers(request.headers()));
            // Without a collector there is nobody to tell, and that is all right.
            let _ = span.set_parent(parent);
        }
        request.extensions_mut().insert(Correlation(correlation.clone()));
        request.extensions_mut().insert(Peer(peer.clone()));
        request.extensions_mut().insert(seen.clone());
        Box::pin(async move {
            let guarded = AssertUnwindSafe(inner.call(request)).catch_unwind();
            let answered = tokio::time::timeout(deadline, guarded);
            let answered = answered.instrument(span.clone()).await;
            let refuse = |error: Error| span.in_scope(|| layer.refuse(&error, locale, &correlation));
            let answered = match answered {
                Ok(Ok(answered)) => answered.map(|response| match layer.foreign(rule, &response) {
                    Some(error) => refuse(error),
                    None => response,
                }),
                Ok(Err(_)) => Ok(refuse(Error::Internal("a panic (the log has the place)".into()))),
                Err(_) => Ok(refuse(Error::Deadline)),
            };
            if let Ok(response) = &answered {
                let call = Told {
                    id: &correlation,
                    method: &method,
                    rule,
                    seen: &seen,
                    peer: &peer,
                    began,
                };
                span.record("code", layer.record(&call, response));
            }
            answered
        })
    }
}

/// How long the client is going to wait (`grpc-timeout`), less a little: so that the answer that it took too long is ours,
/// with a log line, before the connection's own.
fn asked(request: &Request<Body>) -> Option<Duration> {
    let value = request.headers().get("grpc-timeout")?.to_str().ok()?;
    let (number, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    let number: u64 = number.parse().ok().filter(|_| number.len() <= 8)?;
    let asked = match unit {
        "H" => Duration::from_secs(number * 3_600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    };
    Some(asked.mul_f64(0.95))
}

impl CallLayer {
    fn refuse(&self, error: &Error, locale: Locale, correlation: &str) -> Response<Body> {
        status::of(error, &self.app.words, locale, correlation).into_http()
    }

    /// What a refusal means that came from the gRPC library while it read the message: it has no details, and codes which
    /// would blame the server for what the caller sent.
    fn foreign(&self, rule: Option<&Rule>, response: &Response<Body>) -> Option<Error> {
        let headers = response.headers();
        if headers.contains_key("grpc-status-details-bin") || rule.is_none() {
            return None;
        }
        match Code::from_bytes(headers.get("grpc-status")?.as_bytes()) {
            Code::OutOfRange => Some(Exhausted::TooLarge { limit: self.largest }.into()),
            Code::Internal => Some(Error::field(
                "message",
                "can't be decoded: it was cut off, or is of another type than the method takes",
            )),
            _ => None,
        }
    }

    /// One line and the measurements. The line stands on its own, outside the call's span: it has all that the
    /// span has. Returns the code, for the span.
    fn record(&self, call: &Told<'_>, response: &Response<Body>) -> i64 {
        let seconds = call.began.elapsed().as_secs_f64();
        // A refusal has its code in the headers; an answer has it in trailers that are yet to come, and it is OK.
        let code = response
            .headers()
            .get("grpc-status")
            .map_or(Code::Ok, |value| Code::from_bytes(value.as_bytes()));
        self.meters.count(call.rule, code, seconds);
        let ms = (seconds * 1e6).round() / 1e3;
        let Told { id, method, peer, .. } = call;
        // Health checks and reflection come all the time, and are about nobody.
        if call.rule.is_none() && code == Code::Ok {
            tracing::debug!(id, method, ?code, ms, peer, "call");
        } else {
            let (user, organization) = call.seen.shown();
            tracing::info!(id, method, ?code, ms, user, organization, peer, "call");
        }
        code as i64
    }
}

/// What is told of a call when it is over.
struct Told<'c> {
    id: &'c str,
    method: &'c str,
    rule: Option<&'static Rule>,
    seen: &'c CallerSeen,
    peer: &'c str,
    began: Instant,
}

/// The language that the caller asks for.
pub(super) fn locale(app: &App, headers: &http::HeaderMap) -> Locale {
    match headers.get("accept-language").and_then(|v| v.to_str().ok()) {
        None | Some("") => app.policy.locale,
        Some(wanted) => Words::negotiate(wanted),
    }
}

/// The id that the client sent along, if it is one that can stand in a log, or a new one.
fn correlation(app: &App, request: &Request<Body>) -> String {
    let sent = request.headers().get("x-request-id").and_then(|v| v.to_str().ok());
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    match sent {
        Some(id) if (8..=64).contains(&id.len()) && id.bytes().all(plain) => id.to_owned(),
        _ => app.random.uuid(app.clock.now()).simple().to_string(),
    }
}

/// The nearest address that isn't a trusted proxy. What a client says of itself counts only through one.
fn peer(request: &Request<Body>, trusted: &[IpNet]) -> String {
    let Some(direct) = request.extensions().get::<PeerAddress>().map(|peer| peer.0.ip()) else {
        return String::new();
    };
    let believed = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut nearest = direct.to_canonical();
    let forwarded = request
        .headers()
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|v| v.to_str().ok());
    let mut hops: Vec<&str> = forwarded.flat_map(|list| list.split(',')).map(str::trim).collect();
    while believed(&nearest) {
        let Some(hop) = hops.pop().and_then(|hop| hop.parse::<IpAddr>().ok()) else {
            break;
        };
        nearest = hop.to_canonical();
    }
    nearest.to_string()
}

struct Headers<'a>(&'a http::HeaderMap);

impl opentelemetry::propagation::Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|v| v.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn from(direct: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut request = Request::new(Body::empty());
        request
            .extensions_mut()
            .insert(PeerAddress(format!("{direct}:1").parse().unwrap()));
        for value in forwarded {
            request.headers_mut().append("x-forwarded-for", value.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        peer(&request, &trusted)
    }

    #[test]
    fn p03_an_address_is_believed_only_through_trusted_proxies() {
        assert_eq!(from("9.9.9.9", &["1.2.3.4"], &[]), "9.9.9.9");
        assert_eq!(from("9.9.9.9", &["1.2.3.4"], &["10.0.0.0/8"]), "9.9.9.9");
        assert_eq!(from("10.0.0.1", &["1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        // What the client wrote itself stands before what the proxy added.
        assert_eq!(from("10.0.0.1", &["6.6.6.6, 1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(
            from("10.0.0.1", &["6.6.6.6", "1.2.3.4, 10.0.0.2"], &["10.0.0.0/8"]),
            "1.2.3.4"
        );
        assert_eq!(from("10.0.0.1", &["garbage"], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(from("10.0.0.1", &[], &["10.0.0.0/8"]), "10.0.0.1");
    }
}
