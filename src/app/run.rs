//! How operations run: the only callers of begin and commit.

use super::audit::{Noted, origin};
use super::stand::stand;
use super::throttle::Forgiven;
use super::{App, Call, Cx, View};
use crate::domain::member::Standing;
use crate::domain::permission::PermissionSet;
use crate::error::{Error, Exists, Refused};
use crate::seal::Purpose;
use crate::store::{Reads, Receipt, Replay};
use std::sync::Mutex;
use std::time::Duration;

/// How often an operation that lost a race is run.
const TRIES: u32 = 5;

/// What [`App::write`] runs: a named `async fn(&mut Cx<'_>, &I) -> Result<O, Error>`.
pub trait Operation<I, O>: AsyncFn(&mut Cx<'_>, &I) -> Result<O, Error> + Send + Sync {}
impl<I, O, F> Operation<I, O> for F where F: AsyncFn(&mut Cx<'_>, &I) -> Result<O, Error> + Send + Sync {}

/// What [`App::read`] runs: the same, with nothing that can write.
pub trait Reading<I, O>: AsyncFn(&View<'_>, &I) -> Result<O, Error> + Send + Sync {}
impl<I, O, F> Reading<I, O> for F where F: AsyncFn(&View<'_>, &I) -> Result<O, Error> + Send + Sync {}

/// What has to be done before a transaction may begin, because it is slow: `async fn(&View<'_>, I) -> Result<J, Error>`.
pub trait Preparation<I, J>: AsyncFn(&View<'_>, I) -> Result<J, Error> + Send + Sync {}
impl<I, J, F> Preparation<I, J> for F where F: AsyncFn(&View<'_>, I) -> Result<J, Error> + Send + Sync {}

/// How an answer is kept so that it can be given again. The wire implements it; nothing here knows its form.
pub trait Answer<O>: Sized + Send {
    /// The answer to an output.
    fn of(output: O) -> Self;
    /// As it is kept.
    fn to_bytes(&self) -> Vec<u8>;
    /// As it was kept.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

enum Ran<O> {
    Now(O),
    Before(Replay),
}

impl App {
    /// Runs an operation that changes something, and keeps what it changed; or tells what it would do, if asked to.
    pub async fn write<I, O, A: Answer<O>>(
        &self,
        call: &Call,
        input: &I,
        operation: impl Operation<I, O>,
    ) -> Result<A, Error> {
        let mut tries = 0;
        loop {
            tries += 1;
            let mut noted = Noted::default();
            match self.attempt(call, input, &operation, &mut noted).await {
                Err(Error::Conflict) if tries < TRIES => {
                    tokio::time::sleep(Duration::from_millis(1 + self.random.below(5 << tries))).await;
                }
                done => {
                    self.note(call, noted, done.as_ref().err()).await;
                    return done;
                }
            }
        }
    }

    /// The same with slow work before it. A request that was answered before is not prepared again, but its caller has to
    /// have the right still.
    pub async fn prepared<I, J, O, A: Answer<O>>(
        &self,
        call: &Call,
        input: I,
        preparation: impl Preparation<I, J>,
        operation: impl Operation<J, O>,
    ) -> Result<A, Error> {
        if let Some(kept) = self.kept(call).await? {
            return self.again(call, &kept);
        }
        let error = match self.proved(call, input, preparation, operation).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        // An equal call may have been answered since: this one then found its code spent, or its password changed.
        match self.kept(call).await {
            Ok(Some(kept)) => self.again(call, &kept),
            _ => Err(error),
        }
    }

    /// What was answered under the call's request id, if its caller may have it still.
    async fn kept(&self, call: &Call) -> Result<Option<Replay>, Error> {
        let Some(request) = call.request.filter(|_| !call.validate_only) else {
            return Ok(None);
        };
        let kept = self.store.reads().replies().find(call.keeper(), request.id).await?;
        let kept = kept.filter(|kept| !kept.answer.is_empty());
        if kept.is_some() {
            self.still_may(call).await?;
        }
        Ok(kept)
    }

    /// The same where the preparation is the proof of who calls: it comes before anything, a kept answer included, since
    /// whoever could ask for that without proof could try passwords as fast as the network goes.
    pub async fn proved<I, J, O, A: Answer<O>>(
        &self,
        call: &Call,
        input: I,
        preparation: impl Preparation<I, J>,
        operation: impl Operation<J, O>,
    ) -> Result<A, Error> {
        let view = self.view(call, self.store.reads());
        let input = match preparation(&view, input).await {
            Ok(input) => input,
            Err(error) => {
                self.note(call, Noted::default(), Some(&error)).await;
                return Err(error);
            }
        };
        let answer = self.write(call, &input, operation).await;
        // Also where nothing was written: for a rehearsal, an answer that is given again, or a refusal because of something
        // else the proof was as good.
        let unproved = matches!(
            answer,
            Err(Error::Unauthenticated | Error::Refused(Refused::PasswordWrong))
        );
        if !unproved {
            self.take_back(view.forgiven()).await;
        }
        answer
    }

    /// Runs an operation that looks: each statement sees what is committed when it runs.
    pub async fn read<I, O>(&self, call: &Call, input: &I, operation: impl Reading<I, O>) -> Result<O, Error> {
        operation(&self.view(call, self.store.reads()), input).await
    }

    /// The same, where several statements have to agree: they all see the same moment.
    pub async fn snapshot<I, O>(&self, call: &Call, input: &I, operation: impl Reading<I, O>) -> Result<O, Error> {
        let rows = self.store.snapshot().await?;
        operation(&self.view(call, rows), input).await
    }

    fn view<'a>(&'a self, call: &'a Call, rows: Reads) -> View<'a> {
        View {
            rows,
            call,
            app: self,
            now: self.clock.now(),
            forgiven: Mutex::default(),
        }
    }

    async fn attempt<I, O, A: Answer<O>>(
        &self,
        call: &Call,
        input: &I,
        operation: &impl Operation<I, O>,
        noted: &mut Noted,
    ) -> Result<A, Error> {
        let mut cx = Cx {
            tx: self.store.begin().await?,
            call,
            app: self,
            now: self.clock.now(),
            standing: None,
            rights: PermissionSet::default(),
            roles: self.roles.plain(),
            roles_touched: false,
            home: None,
            about: call.caller.as_ref().and_then(|c| c.place()).map(|p| p.organization),
            events: vec![],
            revocations: vec![],
            mails: vec![],
            keep_on_error: false,
            undone: false,
            forgiven: Forgiven::default(),
            noted: Noted::default(),
        };
        let run = async {
            stand(&mut cx).await?;
            if let Some(kept) = claim(&cx).await? {
                return Ok(Ran::Before(kept));
            }
            operation(&mut cx, input).await.map(Ran::Now)
        };
        let ran = run.await;
        *noted = std::mem::take(&mut cx.noted);
        let answer = match ran {
            Ok(Ran::Now(output)) => A::of(output),
            Ok(Ran::Before(kept)) => {
                cx.tx.rollback().await?;
                return self.again(call, &kept);
            }
            Err(error) => {
                // Even when nothing else is to change: or codes could be guessed for nothing.
                if cx.keep_on_error {
                    self.finish(cx, None).await?;
                } else {
                    cx.tx.rollback().await?;
                }
                return Err(error);
            }
        };
        if call.validate_only || cx.undone {
            cx.tx.rollback().await?;
            return Ok(answer);
        }
        self.finish(cx, Some(answer.to_bytes())).await?;
        Ok(answer)
    }

    /// Commits, and makes the consequences true in this process before the caller hears of it.
    async fn finish(&self, cx: Cx<'_>, answer: Option<Vec<u8>>) -> Result<(), Error> {
        let Cx {
            tx,
            call,
            now,
            events,
            revocations,
            mails,
            forgiven,
            ..
        } = cx;
        let replay = call.request.zip(answer).map(|(request, answer)| {
            let sealed = self.sealer.seal(Purpose::Answers, request.id.as_bytes(), &answer);
            (
                call.keeper(),
                Replay {
                    request: request.id,
                    digest: request.digest,
                    answer: sealed,
                },
            )
        });
        let origin = origin(call);
        // A refused call keeps no answer, so its request id may be tried again.
        if let (Some(request), None, false) = (call.request, &replay, call.validate_only) {
            tx.replies().release(call.keeper(), request.id).await?;
        }
        let (changed, due) = (!revocations.is_empty(), !mails.is_empty());
        let marks = revocations.clone();
        tx.commit(Receipt {
            origin,
            at: now,
            events,
            revocations,
            mails,
            replay,
        })
        .await?;
        for (_, revocation) in marks {
            self.revocations.enter(revocation, now);
        }
        if due {
            self.mail_due.notify_one();
        }
        let notified = async {
            if changed {
                self.store.notify().await;
            }
        };
        // The first is under way before anything is waited for.
        tokio::join!(self.take_back(forgiven), notified);
        Ok(())
    }

    fn again<O, A: Answer<O>>(&self, call: &Call, kept: &Replay) -> Result<A, Error> {
        let unread = || Error::Internal("a kept answer can't be read".into());
        let request = call.request.ok_or_else(unread)?;
        if kept.digest != request.digest {
            return Err(Exists::RequestId {
                request_id: request.id.to_string(),
            }
            .into());
        }
        let bytes = self
            .sealer
            .open(Purpose::Answers, request.id.as_bytes(), &kept.answer)
            .ok_or_else(unread)?;
        A::from_bytes(&bytes).ok_or_else(unread)
    }
}

async fn claim(cx: &Cx<'_>) -> Result<Option<Replay>, Error> {
    match cx.call.request {
        Some(request) if !cx.call.validate_only => {
            cx.tx
                .replies()
                .claim(cx.call.keeper(), request.id, request.digest, cx.now)
                .await
        }
        _ => Ok(None),
    }
}

/// The refusal for an address that isn't known to be the caller's.
pub(super) fn verified(standing: Option<&Standing>) -> Result<(), Error> {
    match standing {
        Some(standing) if standing.email_verified => Ok(()),
        _ => Err(Refused::EmailUnverified.into()),
    }
}
