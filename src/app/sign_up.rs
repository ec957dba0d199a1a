//! Signing up, and proving that an address is one's own.
//!
//! A sign-up waits, sealed, for the code from the mail: before that there is no account, so nobody can squat on an address
//! that isn't theirs, and the answer can be the same whether or not the address has an account. The code alone is no use
//! without the handle that only the one who signed up has, nor the handle without the code.

use super::audit::refused;
use super::log_in::{NextStep, Outcome, StepKind};
use super::password::acceptable_for;
use super::policy::SignUpMode;
use super::session::Proof;
use super::throttle::Attempt;
use super::{Cx, View, organization};
use crate::auth::opaque::{NumericCode, OpaqueSecret, SecretKind};
use crate::auth::password::Password;
use crate::clock::Time;
use crate::domain::event::Event;
use crate::domain::user::{StoredPassword, User};
use crate::domain::{DisplayName, Email, Locale, Slug, TimeZone, UserId};
use crate::error::{Error, Exists, Refused};
use crate::mail::message::MailTemplate;
use crate::secret::Secret;
use crate::store::challenge::{Challenge, ChallengeKind};
use serde::{Deserialize, Serialize};

/// Wrong codes that one handle bears.
const ATTEMPTS: i32 = 5;

/// A sign-up.
#[derive(Debug)]
pub struct SignUp {
    /// The address.
    pub email: Email,
    /// What they call themselves.
    pub display_name: DisplayName,
    /// Their password.
    pub password: Password,
    /// What their organisation is called.
    pub organization: DisplayName,
    /// Its slug, if they care.
    pub slug: Option<Slug>,
    /// Their language.
    pub locale: Option<Locale>,
    /// Their time zone.
    pub time_zone: Option<TimeZone>,
}

/// A sign-up as it waits for its code.
#[derive(Serialize, Deserialize)]
pub struct Pending {
    email: Email,
    display_name: DisplayName,
    password_hash: String,
    organization: DisplayName,
    slug: Option<Slug>,
    locale: Locale,
    time_zone: TimeZone,
}

/// Checks and hashes the password, for known and unknown addresses alike.
pub async fn prepare(view: &View<'_>, input: SignUp) -> Result<Pending, Error> {
    let policy = &view.app.policy;
    if policy.sign_up == SignUpMode::Closed {
        return Err(Refused::SignUpClosed.into());
    }
    let words = [
        input.display_name.as_str(),
        input.email.as_str(),
        input.organization.as_str(),
    ];
    acceptable_for(&view.app.policy.password, "password", &input.password, &words)?;
    view.attempt(Attempt::Address(&view.call.address), policy.address_attempts)
        .await?;
    view.attempt(Attempt::SignUpMail(input.email.key()), policy.account_attempts)
        .await?;
    let password_hash = view.app.hasher.hash(input.password).await?;
    Ok(Pending {
        email: input.email,
        display_name: input.display_name,
        password_hash,
        organization: input.organization,
        slug: input.slug,
        locale: input.locale.unwrap_or(view.call.locale),
        time_zone: input.time_zone.unwrap_or_else(|| policy.time_zone.clone()),
    })
}

/// Keeps the sign-up until its code comes back, or finishes it at once where addresses are trusted.
pub async fn sign_up(cx: &mut Cx<'_>, input: &Pending) -> Result<Outcome, Error> {
    if let Some(slug) = &input.slug
        && cx.tx.organizations().find_by_slug(slug).await?.is_some()
    {
        return Err(Exists::Slug {
            slug: slug.as_str().to_owned(),
        }
        .into());
    }
    let known = cx.tx.users().find_by_email(input.email.key()).await?;
    if cx.app.policy.sign_up == SignUpMode::Immediate {
        if known.is_some() {
            return Err(Exists::Email {
                email: input.email.as_str().to_owned(),
            }
            .into());
        }
        return Ok(cx.finish_sign_up(input, false).await?.0);
    }
    cx.emit(Event::SignUpStarted {
        email: input.email.as_str().to_owned(),
    });
    // A known address gets the same rows and another mail, to the address that is on file.
    let expires_at = cx.now + cx.app.policy.code_lifetime;
    let next = cx.challenge(ChallengeKind::SignUp, None, input, expires_at).await?;
    cx.mail_code(input, known.as_ref(), &next.code, next.minutes)?;
    Ok(Outcome::Next(next.step))
}

/// A challenge just made: what the caller gets, and what goes into the mail.
struct Fresh {
    step: NextStep,
    code: Secret,
    minutes: u32,
}

impl Cx<'_> {
    async fn challenge(
        &mut self,
        kind: ChallengeKind,
        user: Option<UserId>,
        memory: &impl Serialize,
        expires_at: Time,
    ) -> Result<Fresh, Error> {
        let handle = OpaqueSecret::generate(SecretKind::SignUp, &*self.app.random);
        let code = NumericCode::generate(&*self.app.random);
        let challenge = Challenge {
            digest: handle.digest(),
            kind,
            user,
            payload: self.app.remember(&handle, memory)?,
            code_digest: Some(code.digest(handle.expose().as_bytes())),
            attempts_left: ATTEMPTS,
            created_at: self.now,
            expires_at,
        };
        self.tx.challenges().insert(&challenge).await?;
        let handle = self.reveal(handle.expose());
        let step = NextStep {
            kind: StepKind::VerifyEmail,
            handle,
            expires_at,
            organizations: vec![],
        };
        let minutes = u32::try_from((expires_at - self.now).num_minutes().max(1)).unwrap_or(u32::MAX);
        Ok(Fresh {
            step,
            code: Secret::new(code.expose()),
            minutes,
        })
    }

    fn mail_code(&mut self, pending: &Pending, known: Option<&User>, code: &Secret, minutes: u32) -> Result<(), Error> {
        match known {
            Some(user) => self.mail(
                &user.email,
                user.display_name.as_str(),
                user.locale,
                &MailTemplate::SignUpKnown {},
            ),
            None => {
                let name = pending.display_name.as_str().to_owned();
                let template = MailTemplate::SignUpCode {
                    name,
                    code: code.clone(),
                    minutes,
                };
                self.mail(&pending.email, pending.display_name.as_str(), pending.locale, &template)
            }
        }
    }

    /// Makes the account, its organisation and the owner's membership, and begins the first session.
    async fn finish_sign_up(&mut self, pending: &Pending, verified: bool) -> Result<(Outcome, User), Error> {
        if self.tx.users().find_by_email(pending.email.key()).await?.is_some() {
            return Err(Exists::Email {
                email: pending.email.as_str().to_owned(),
            }
            .into());
        }
        let user = self
            .new_user(NewUser {
                email: pending.email.clone(),
                display_name: pending.display_name.clone(),
                locale: pending.locale,
                time_zone: pending.time_zone.clone(),
                password: StoredPassword {
                    hash: pending.password_hash.clone(),
                    temporary: false,
                    expires_at: None,
                },
                verified,
            })
            .await?;
        let wanted = organization::Founding {
            display_name: pending.organization.clone(),
            slug: pending.slug.clone(),
            locale: pending.locale,
            time_zone: pending.time_zone.clone(),
            // Whoever comes back with a code shouldn't fail because a slug went meanwhile: they get one like it.
            slug_may_differ: true,
        };
        let (_, owner) = self.found(&user, wanted).await?;
        let tokens = self
            .begin_session(&user, Some(&owner), Proof::password(self.now))
            .await?;
        Ok((Outcome::Tokens(Box::new(tokens)), user))
    }

    /// Makes an account.
    pub(super) async fn new_user(&mut self, new: NewUser) -> Result<User, Error> {
        let user = User {
            id: UserId::new(self.uuid()),
            email: new.email,
            display_name: new.display_name,
            locale: new.locale,
            time_zone: new.time_zone,
            password: Some(new.password),
            email_verified_at: new.verified.then_some(self.now),
            disabled_at: None,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        };
        self.tx.users().insert(&user).await?;
        self.emit(Event::UserCreated {
            user: user.id,
            email: user.email.as_str().to_owned(),
        });
        Ok(user)
    }
}

/// An account to be made.
pub(super) struct NewUser {
    pub email: Email,
    pub display_name: DisplayName,
    pub locale: Locale,
    pub time_zone: TimeZone,
    pub password: StoredPassword,
    pub verified: bool,
}

/// The code from the mail, with the handle it belongs to.
#[derive(Debug)]
pub struct VerifyEmail {
    /// From SignUp or ResendVerification.
    pub handle: OpaqueSecret,
    /// From the mail.
    pub code: NumericCode,
}

/// What a code was good for.
#[derive(Debug)]
pub struct Verified {
    /// A finished sign-up is in; an existing account gets nothing but its mark.
    pub outcome: Option<Outcome>,
    /// The account.
    pub user: User,
}

/// Counts the try before anything else.
pub async fn prepare_verify(view: &View<'_>, input: VerifyEmail) -> Result<VerifyEmail, Error> {
    view.attempt(Attempt::Address(&view.call.address), view.app.policy.address_attempts)
        .await?;
    Ok(input)
}

/// Takes a mailed code. A wrong one is counted, and the count stays although the call is refused.
pub async fn verify_email(cx: &mut Cx<'_>, input: &VerifyEmail) -> Result<Verified, Error> {
    let digest = input.handle.digest();
    let (challenge, sign_up) = cx
        .waiting(digest)
        .await?
        .ok_or(Refused::CodeInvalid { attempts_left: 0 })?;
    let right = challenge
        .code_digest
        .is_some_and(|expected| input.code.matches(input.handle.expose().as_bytes(), &expected));
    if !right {
        cx.tx.challenges().miss(digest).await?;
        let wrong = Error::from(Refused::CodeInvalid {
            attempts_left: challenge.attempts_left - 1,
        });
        cx.emit(refused(&wrong, ""));
        cx.keep();
        return Err(wrong);
    }
    cx.tx.challenges().spend(digest, cx.now).await?;
    if sign_up {
        let pending: Pending = cx.app.recall(digest, &challenge.payload)?;
        let (outcome, user) = cx.finish_sign_up(&pending, true).await?;
        return Ok(Verified {
            outcome: Some(outcome),
            user,
        });
    }
    let user = challenge.user.ok_or(Refused::CodeInvalid { attempts_left: 0 })?;
    let mut user = cx
        .tx
        .users()
        .lock(user)
        .await?
        .ok_or(Refused::CodeInvalid { attempts_left: 0 })?;
    user.email_verified_at = Some(cx.now);
    user.updated_at = cx.now;
    let user = cx.tx.users().update(&user).await?;
    cx.emit(Event::EmailVerified { user: user.id });
    Ok(Verified { outcome: None, user })
}

impl Cx<'_> {
    /// The challenge behind a handle, of either kind, and whether it is a sign-up.
    async fn waiting(&mut self, digest: [u8; 32]) -> Result<Option<(Challenge, bool)>, Error> {
        let challenges = self.tx.challenges();
        if let Some(challenge) = challenges.lock(ChallengeKind::SignUp, digest, self.now).await? {
            return Ok(Some((challenge, true)));
        }
        let other = challenges.lock(ChallengeKind::VerifyEmail, digest, self.now).await?;
        Ok(other.map(|challenge| (challenge, false)))
    }
}

/// A code that didn't arrive.
#[derive(Debug)]
pub struct Resend {
    /// From the sign-up; none means the caller's own address.
    pub handle: Option<OpaqueSecret>,
}

/// Counts the request before anything else.
pub async fn prepare_resend(view: &View<'_>, input: Resend) -> Result<Resend, Error> {
    if input.handle.is_none() && view.call.caller.is_none() {
        return Err(Error::field(
            "handle",
            "is the one from SignUp; without it, call with an access token",
        ));
    }
    let policy = &view.app.policy;
    view.attempt(Attempt::Address(&view.call.address), policy.address_attempts)
        .await?;
    if let Some(key) = waiting_mailbox(view, &input).await? {
        view.attempt(Attempt::SignUpMail(&key), policy.account_attempts).await?;
    }
    Ok(input)
}

/// The mailbox that a resent code would go to, so that nobody can have a stranger mailed without end.
async fn waiting_mailbox(view: &View<'_>, input: &Resend) -> Result<Option<String>, Error> {
    if let Some(handle) = &input.handle {
        let digest = handle.digest();
        let challenge = view
            .rows
            .challenges()
            .find(ChallengeKind::SignUp, digest, view.now)
            .await?;
        let Some(challenge) = challenge else { return Ok(None) };
        let pending: Pending = view.app.recall(digest, &challenge.payload)?;
        return Ok(Some(pending.email.key().to_owned()));
    }
    let Some(caller) = &view.call.caller else {
        return Ok(None);
    };
    let user = view.rows.users().find(caller.user).await?;
    Ok(user.map(|user| user.email.key().to_owned()))
}

/// Mails another code; the one before stops working. A handle that means nothing gets one back that means nothing.
pub async fn resend(cx: &mut Cx<'_>, input: &Resend) -> Result<NextStep, Error> {
    if let Some(handle) = &input.handle {
        let digest = handle.digest();
        if let Some((challenge, true)) = cx.waiting(digest).await? {
            let pending: Pending = cx.app.recall(digest, &challenge.payload)?;
            cx.tx.challenges().spend(digest, cx.now).await?;
            // The new code works no longer than the first would have: the chain comes to an end.
            let next = cx
                .challenge(ChallengeKind::SignUp, None, &pending, challenge.expires_at)
                .await?;
            cx.emit(Event::VerificationSent { user: None });
            let known = cx.tx.users().find_by_email(pending.email.key()).await?;
            cx.mail_code(&pending, known.as_ref(), &next.code, next.minutes)?;
            return Ok(next.step);
        }
    } else if let Some(caller) = &cx.call.caller {
        let user = cx.tx.users().find(caller.user).await?.ok_or(Error::Unauthenticated)?;
        if user.email_verified_at.is_none() {
            cx.tx
                .challenges()
                .end_of_user(user.id, ChallengeKind::VerifyEmail, cx.now)
                .await?;
            let expires_at = cx.now + cx.app.policy.code_lifetime;
            let next = cx
                .challenge(ChallengeKind::VerifyEmail, Some(user.id), &(), expires_at)
                .await?;
            cx.emit(Event::VerificationSent { user: Some(user.id) });
            let template = MailTemplate::VerifyEmail {
                code: next.code,
                minutes: next.minutes,
            };
            cx.mail(&user.email, user.display_name.as_str(), user.locale, &template)?;
            return Ok(next.step);
        }
    }
    let handle = OpaqueSecret::generate(SecretKind::SignUp, &*cx.app.random);
    Ok(NextStep {
        kind: StepKind::VerifyEmail,
        handle: cx.reveal(handle.expose()),
        expires_at: cx.now + cx.app.policy.code_lifetime,
        organizations: vec![],
    })
}
