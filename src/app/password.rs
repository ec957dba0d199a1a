//! Passwords: changing, resetting, judging, making.

use super::throttle::Attempt;
use super::{Cx, View};
use crate::auth::opaque::{OpaqueSecret, SecretKind};
use crate::auth::password::{HashError, Password, PasswordFault, PasswordPolicy, PasswordReport, Verified};
use crate::domain::event::{Event, PasswordChange, SessionEnd};
use crate::domain::user::{StoredPassword, User};
use crate::domain::{Email, OrganizationId, UserId};
use crate::error::{Error, Exhausted, Refused};
use crate::mail::message::MailTemplate;
use crate::secret::Secret;
use crate::store::challenge::{Challenge, ChallengeKind};
use crate::store::session::Which;

impl From<HashError> for Error {
    fn from(error: HashError) -> Error {
        match error {
            HashError::Busy { retry_after } => Exhausted::Busy { retry: retry_after }.into(),
            other => Error::Internal(other.to_string()),
        }
    }
}

impl View<'_> {
    /// What is asked of somebody's password: the strictest of what the deployment and their organisations do.
    pub(super) async fn password_policy_of(&self, user: UserId) -> Result<PasswordPolicy, Error> {
        let asked = self.rows.organizations().password_min_length(user).await?;
        Ok(self.app.policy.password.at_least(asked))
    }

    /// What is asked of the passwords of those who come into an organisation.
    pub(super) async fn password_policy_in(&self, organization: OrganizationId) -> Result<PasswordPolicy, Error> {
        let organization = self.rows.organizations().find(organization).await?;
        let asked = organization.and_then(|organization| organization.password_min_length);
        Ok(self.app.policy.password.at_least(asked))
    }

    /// What is asked of the caller's password, as far as it is known who calls.
    async fn password_policy(&self) -> Result<PasswordPolicy, Error> {
        match &self.call.caller {
            Some(caller) => self.password_policy_of(caller.user).await,
            None => Ok(self.app.policy.password),
        }
    }

    /// Refuses a password that the policy does, saying why, for somebody who exists.
    pub(super) async fn acceptable(&self, field: &str, password: &Password, user: &User) -> Result<(), Error> {
        let policy = self.password_policy_of(user.id).await?;
        acceptable_for(
            &policy,
            field,
            password,
            &[user.display_name.as_str(), user.email.as_str()],
        )
    }
}

/// Refuses a password that the policy does, saying why. It must not be made of these words.
pub(super) fn acceptable_for(
    policy: &PasswordPolicy,
    field: &str,
    password: &Password,
    words: &[&str],
) -> Result<(), Error> {
    let report = policy.check(password, words);
    if report.accepted() {
        return Ok(());
    }
    let faults: Vec<String> = report.faults.iter().map(PasswordFault::to_string).collect();
    Err(Error::field(field, faults.join("; ")))
}

impl Cx<'_> {
    /// Gives somebody a password of their own. The one way to set any: every log-in they have elsewhere ends, and so
    /// does every open reset.
    pub(super) async fn set_password(&mut self, user: User, hash: &Secret, by: PasswordChange) -> Result<User, Error> {
        let password = StoredPassword {
            hash: hash.expose().to_owned(),
            temporary: false,
            expires_at: None,
        };
        let user = User {
            password: Some(password),
            updated_at: self.now,
            ..user
        };
        let user = self.tx.users().update(&user).await?;
        let but = self
            .call
            .caller
            .as_ref()
            .filter(|c| c.user == user.id && by == PasswordChange::Change);
        let but = but.map(|c| c.session);
        self.end_sessions(Which::OfUser { user: user.id, but }, SessionEnd::PasswordChanged)
            .await?;
        for kind in [ChallengeKind::PasswordReset, ChallengeKind::LogIn] {
            self.tx.challenges().end_of_user(user.id, kind, self.now).await?;
        }
        self.emit(Event::PasswordChanged { user: user.id, by });
        if by != PasswordChange::FirstLogIn {
            self.mail(
                &user.email,
                user.display_name.as_str(),
                user.locale,
                &MailTemplate::PasswordChanged {},
            )?;
        }
        Ok(user)
    }
}

/// A change by somebody who knows the present password.
#[derive(Debug)]
pub struct Change {
    /// The present one.
    pub current: Password,
    /// The next one.
    pub new: Password,
}

/// A change whose slow work is done.
pub struct Changed {
    was: String,
    hash: Secret,
}

/// Checks the present password and hashes the next.
pub async fn prepare_change(view: &View<'_>, input: Change) -> Result<Changed, Error> {
    let caller = view.call.caller()?;
    let user = view
        .rows
        .users()
        .find(caller.user)
        .await?
        .ok_or(Error::Unauthenticated)?;
    view.acceptable("new_password", &input.new, &user).await?;
    view.attempt(Attempt::Password(user.id), view.app.policy.account_attempts)
        .await?;
    let same = input.new == input.current;
    let stored = user.password.map(|p| p.hash);
    match view.app.hasher.verify(input.current, stored.clone()).await? {
        Verified::Yes { .. } => {}
        Verified::No => return Err(Refused::PasswordWrong.into()),
    }
    if same {
        return Err(Error::field("new_password", "is the present password; choose another"));
    }
    let hash = Secret::new(view.app.hasher.hash(input.new).await?);
    view.forgive(Attempt::Password(user.id).digest());
    Ok(Changed {
        was: stored.unwrap_or_default(),
        hash,
    })
}

/// Sets the next password.
pub async fn change(cx: &mut Cx<'_>, input: &Changed) -> Result<(), Error> {
    let user = cx.lock_caller().await?;
    if user.password.as_ref().is_none_or(|p| p.hash != input.was) {
        return Err(Refused::PasswordWrong.into());
    }
    cx.set_password(user, &input.hash, PasswordChange::Change).await?;
    Ok(())
}

/// Somebody who doesn't know the present password.
#[derive(Debug)]
pub struct RequestReset {
    /// Who, perhaps.
    pub email: Email,
}

/// Counts the request before anything else.
pub async fn prepare_request(view: &View<'_>, input: RequestReset) -> Result<RequestReset, Error> {
    let policy = &view.app.policy;
    view.attempt(Attempt::Address(&view.call.address), policy.address_attempts)
        .await?;
    view.attempt(Attempt::ResetMail(input.email.key()), policy.account_attempts)
        .await?;
    Ok(input)
}

/// Mails a code to the address that is on file (never to the one typed), if there is an account. An unknown address
/// makes the same row, but no mail.
pub async fn request_reset(cx: &mut Cx<'_>, input: &RequestReset) -> Result<(), Error> {
    let user = cx
        .tx
        .users()
        .find_by_email(input.email.key())
        .await?
        .filter(|u| u.disabled_at.is_none());
    let code = OpaqueSecret::generate(SecretKind::PasswordReset, &*cx.app.random);
    let lifetime = cx.app.policy.reset_lifetime;
    let challenge = Challenge {
        digest: code.digest(),
        kind: ChallengeKind::PasswordReset,
        user: user.as_ref().map(|u| u.id),
        payload: vec![],
        code_digest: None,
        attempts_left: 1,
        created_at: cx.now,
        expires_at: cx.now + lifetime,
    };
    cx.tx.challenges().insert(&challenge).await?;
    let Some(user) = user else {
        cx.emit(Event::VerificationSent { user: None });
        return Ok(());
    };
    cx.emit(Event::PasswordResetRequested { user: user.id });
    let minutes = u32::try_from(lifetime.num_minutes()).unwrap_or(u32::MAX);
    let template = MailTemplate::PasswordReset {
        code: Secret::new(code.expose()),
        minutes,
    };
    cx.mail(&user.email, user.display_name.as_str(), user.locale, &template)
}

/// A new password, with the code from the mail.
#[derive(Debug)]
pub struct Reset {
    /// From the mail.
    pub code: OpaqueSecret,
    /// The next one.
    pub new: Password,
}

/// A reset whose slow work is done.
#[derive(Debug)]
pub struct ResetReady {
    digest: [u8; 32],
    hash: Secret,
}

/// Looks at the code, then checks and hashes the password.
pub async fn prepare_reset(view: &View<'_>, input: Reset) -> Result<ResetReady, Error> {
    let dead = || Error::from(Refused::CodeInvalid { attempts_left: 0 });
    let digest = input.code.digest();
    let challenge = view
        .rows
        .challenges()
        .find(ChallengeKind::PasswordReset, digest, view.now)
        .await?;
    let user = view
        .rows
        .users()
        .find(challenge.and_then(|c| c.user).ok_or_else(dead)?)
        .await?
        .ok_or_else(dead)?;
    view.acceptable("new_password", &input.new, &user).await?;
    Ok(ResetReady {
        digest,
        hash: Secret::new(view.app.hasher.hash(input.new).await?),
    })
}

/// Sets the password. Whoever has the code has the mailbox, so the address counts as verified and the account's lock is
/// lifted; whoever had the account before without the mailbox is out.
pub async fn reset(cx: &mut Cx<'_>, input: &ResetReady) -> Result<(), Error> {
    let dead = || Error::from(Refused::CodeInvalid { attempts_left: 0 });
    // The person's row is locked before anything of theirs, here as everywhere: so no two calls wait for each other.
    let kind = ChallengeKind::PasswordReset;
    let challenge = cx.tx.challenges().find(kind, input.digest, cx.now).await?;
    let user: UserId = challenge.and_then(|c| c.user).ok_or_else(dead)?;
    let mut user = cx
        .tx
        .users()
        .lock(user)
        .await?
        .filter(|u| u.disabled_at.is_none())
        .ok_or_else(dead)?;
    let challenge = cx.tx.challenges().lock(kind, input.digest, cx.now).await?;
    challenge.ok_or_else(dead)?;
    cx.tx.challenges().spend(input.digest, cx.now).await?;
    if user.email_verified_at.is_none() {
        user.email_verified_at = Some(cx.now);
        cx.emit(Event::EmailVerified { user: user.id });
    }
    cx.forgive(Attempt::Account(user.email.key()).digest());
    cx.forgive(Attempt::Familiar(user.id, &cx.call.address).digest());
    cx.set_password(user, &input.hash, PasswordChange::Reset).await?;
    Ok(())
}

/// A strong password.
pub async fn generate(view: &View<'_>, _: &()) -> Result<Secret, Error> {
    Ok(view.password_policy().await?.generate(&*view.app.random))
}

/// A password to be judged.
#[derive(Debug)]
pub struct Check {
    /// It.
    pub password: Password,
    /// Words that it must not be made of.
    pub words: Vec<String>,
}

/// What the policy says of a password.
#[derive(Debug)]
pub struct Judgement {
    /// All of it.
    pub report: PasswordReport,
    /// How long it has to be here.
    pub min_length: usize,
}

/// Judges a password.
pub async fn check(view: &View<'_>, input: &Check) -> Result<Judgement, Error> {
    let words: Vec<&str> = input.words.iter().map(String::as_str).collect();
    let policy = view.password_policy().await?;
    Ok(Judgement {
        report: policy.check(&input.password, &words),
        min_length: policy.min_length,
    })
}
