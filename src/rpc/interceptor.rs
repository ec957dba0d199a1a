//! The JWT interceptor: path → rule → credential → permission, before a byte of the message is decoded.
//!
//! It is a tower layer, because tonic's own interceptors neither see the path nor wait for anything. A path without a rule
//! is refused, so a method that somebody forgot to think about can't be called.

use super::layers::{self, CallerSeen, Correlation, Peer};
use super::status;
use crate::app::{App, Call};
use crate::auth::caller::Caller;
use crate::auth::rules::{FRESH_LOGIN, Rule, Who, rule_for};
use crate::error::{Denied, Error, Refused};
use http::{Request, Response};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::body::Body;
use tower::{Layer, Service};

/// Puts the interceptor before services.
#[derive(Clone)]
pub struct JwtLayer {
    app: App,
}

impl JwtLayer {
    /// Over an app.
    pub fn new(app: App) -> JwtLayer {
        JwtLayer { app }
    }
}

impl<S> Layer<S> for JwtLayer {
    type Service = Intercepted<S>;

    fn layer(&self, inner: S) -> Intercepted<S> {
        Intercepted {
            inner,
            app: self.app.clone(),
        }
    }
}

/// A service behind the interceptor.
#[derive(Clone)]
pub struct Intercepted<S> {
    inner: S,
    app: App,
}

impl<S> Service<Request<Body>> for Intercepted<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
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
        let app = self.app.clone();
        Box::pin(async move {
            match admit(&app, &mut request).await {
                Ok(()) => inner.call(request).await,
                Err(error) => {
                    let correlation = extension::<Correlation>(&request).map(|c| c.0).unwrap_or_default();
                    let locale = layers::locale(&app, request.headers());
                    Ok(status::of(&error, &app.words, locale, &correlation).into_http())
                }
            }
        })
    }
}

/// Health and reflection have no rules of ours: they tell nothing about anybody.
fn standard(path: &str) -> bool {
    path.starts_with("/grpc.health.v1.Health/") || path.starts_with("/grpc.reflection.v1")
}

async fn admit(app: &App, request: &mut Request<Body>) -> Result<(), Error> {
    let path = request.uri().path();
    if standard(path) {
        return Ok(());
    }
    let rule = rule_for(path).ok_or_else(|| Error::UnknownMethod {
        method: path.chars().take(200).collect(),
    })?;
    let token = bearer(request);
    let caller = match (token, rule.who) {
        // Clients send what they have, even to renew it: on public methods a credential that is no good is none.
        (Some(token), Who::Public) => match app.authenticate(token).await {
            Ok(caller) => Some(caller),
            Err(Error::Unauthenticated) => None,
            Err(error) => return Err(error),
        },
        (Some(token), _) => Some(app.authenticate(token).await?),
        (None, Who::Public) => None,
        (None, _) => return Err(Error::Unauthenticated),
    };
    let Some(caller) = caller else { return Ok(()) };
    if let Some(seen) = request.extensions().get::<CallerSeen>() {
        seen.is(&caller);
    }
    if let Err(error) = allowed(app, rule, &caller).await {
        app.note_refusal(&circumstances(app, rule, &caller, request), &error)
            .await;
        return Err(error);
    }
    request.extensions_mut().insert(caller);
    Ok(())
}

/// What the token's roles can tell: enough to refuse at once. Methods that change something look again, in the database. A
/// refusal names the roles that would do, which costs one statement where the organisation's own are remembered.
async fn allowed(app: &App, rule: &'static Rule, caller: &Caller) -> Result<(), Error> {
    if rule.fresh_login && app.clock.now() - caller.authenticated_at > FRESH_LOGIN {
        return Err(Denied::FreshLogin.into());
    }
    let Who::Holding(permission) = rule.who else {
        return Ok(());
    };
    let Some(place) = caller.place() else {
        return Err(Refused::NoOrganization.into());
    };
    if caller.permissions.contains_named(permission) {
        Ok(())
    } else {
        Err(app.lacking(place.organization, permission).await)
    }
}

fn circumstances(app: &App, rule: &'static Rule, caller: &Arc<Caller>, request: &Request<Body>) -> Call {
    Call {
        rule,
        caller: Some(caller.clone()),
        request: None,
        validate_only: false,
        address: extension::<Peer>(request).map(|peer| peer.0).unwrap_or_default(),
        device: String::new(),
        locale: app.policy.locale,
        correlation: extension::<Correlation>(request).map(|c| c.0).unwrap_or_default(),
    }
}

/// The token of `authorization: Bearer …` (RFC 6750), if that stands there once.
fn bearer(request: &Request<Body>) -> Option<&str> {
    let mut values = request.headers().get_all(http::header::AUTHORIZATION).iter();
    let (only, more) = (values.next()?, values.next());
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    (more.is_none() && scheme.eq_ignore_ascii_case("bearer")).then_some(token)
}

fn extension<T: Clone + Send + Sync + 'static>(request: &Request<Body>) -> Option<T> {
    request.extensions().get::<T>().cloned()
}
