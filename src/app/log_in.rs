//! E-mail and password for tokens, with what may be missing in between. A half-finished log-in is a challenge: an opaque
//! handle that can do nothing but go on.

use super::organization::OrganizationRef;
use super::session::{Proof, Tokens};
use super::throttle::Attempt;
use super::{Cx, View};
use crate::auth::opaque::{OpaqueSecret, SecretKind};
use crate::auth::password::{Password, Verified};
use crate::clock::Time;
use crate::domain::event::{Event, PasswordChange};
use crate::domain::organization::Organization;
use crate::domain::user::User;
use crate::domain::{Email, UserId};
use crate::error::{Error, Refused};
use crate::seal::Purpose;
use crate::secret::Secret;
use crate::store::challenge::{Challenge, ChallengeKind};
use serde::{Deserialize, Serialize};

/// What a log-in comes to.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The person is in.
    Tokens(Box<Tokens>),
    /// Something is missing.
    Next(NextStep),
}

/// What is missing.
#[derive(Debug, Clone)]
pub struct NextStep {
    /// What.
    pub kind: StepKind,
    /// Gives the right to go on, and nothing else.
    pub handle: Secret,
    /// When the handle dies.
    pub expires_at: Time,
    /// Where the person may go.
    pub organizations: Vec<Organization>,
}

/// What may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepKind {
    /// The mailed code.
    VerifyEmail,
    /// A password of the person's own.
    ChangePassword,
    /// Which organisation.
    ChooseOrganization,
}

/// What a challenge remembers of a log-in.
#[derive(Debug, Serialize, Deserialize)]
struct Halfway {
    step: StepKind,
    proved_at: Time,
    organization: Option<String>,
}

/// A log-in.
#[derive(Debug)]
pub struct LogIn {
    /// Who.
    pub email: Email,
    /// The proof.
    pub password: Password,
    /// Where to.
    pub organization: Option<OrganizationRef>,
}

/// A log-in whose password was right. It holds password hashes, so it has no Debug.
pub struct Proven {
    user: UserId,
    hash: String,
    rehashed: Option<String>,
    organization: Option<OrganizationRef>,
}

/// Checks the password, off the request threads. An unknown address takes as long and fails as a wrong password does.
pub async fn prove(view: &View<'_>, input: LogIn) -> Result<Proven, Error> {
    let user = view.rows.users().find_by_email(input.email.key()).await?;
    let throttle = view
        .log_in_attempt(input.email.key(), user.as_ref().map(|u| u.id))
        .await?;
    let stored = user.as_ref().and_then(|u| u.password.as_ref()).map(|p| p.hash.clone());
    let verified = view.app.hasher.verify(input.password.clone(), stored.clone()).await?;
    let (Verified::Yes { rehash }, Some(user), Some(hash)) = (verified, user, stored) else {
        return Err(Error::Unauthenticated);
    };
    if user.disabled_at.is_some() {
        return Err(Refused::UserDisabled.into());
    }
    let rehashed = if rehash {
        Some(view.app.hasher.hash(input.password).await?)
    } else {
        None
    };
    view.forgive(throttle);
    view.forgive_one(Attempt::Address(&view.call.address).digest());
    Ok(Proven {
        user: user.id,
        hash,
        rehashed,
        organization: input.organization,
    })
}

/// Begins a session for somebody whose password was right, or says what is missing.
pub async fn log_in(cx: &mut Cx<'_>, input: &Proven) -> Result<Outcome, Error> {
    let mut user = cx.tx.users().lock(input.user).await?.ok_or(Error::Unauthenticated)?;
    let Some(password) = user.password.as_mut().filter(|p| p.hash == input.hash) else {
        // It was changed while the hash was computed.
        return Err(Error::Unauthenticated);
    };
    if password.temporary {
        if password.expires_at.is_some_and(|at| at <= cx.now) {
            return Err(Refused::TemporaryPasswordExpired.into());
        }
        if let Some(named) = &input.organization {
            // Found out now rather than after the person has chosen a password.
            cx.own_place(user.id, named).await?;
        }
        return cx
            .halfway(&user, StepKind::ChangePassword, cx.now, input.organization.as_ref())
            .await;
    }
    if let Some(hash) = &input.rehashed {
        password.hash.clone_from(hash);
        user = cx.tx.users().update(&user).await?;
    }
    let proved_at = cx.now;
    cx.go_on(&user, input.organization.as_ref(), proved_at).await
}

impl Cx<'_> {
    /// The rest of a log-in once the person has proved themselves and has a password of their own.
    async fn go_on(
        &mut self,
        user: &User,
        organization: Option<&OrganizationRef>,
        proved_at: Time,
    ) -> Result<Outcome, Error> {
        let member = match organization {
            Some(named) => Some(self.own_place(user.id, named).await?),
            None => {
                let mut places = self.tx.members().list_of_user(user.id).await?;
                if places.len() > 1 {
                    return self.halfway(user, StepKind::ChooseOrganization, proved_at, None).await;
                }
                places.pop()
            }
        };
        let proof = Proof {
            at: proved_at,
            ..Proof::password(self.now)
        };
        let tokens = self.begin_session(user, member.as_ref(), proof).await?;
        Ok(Outcome::Tokens(Box::new(tokens)))
    }

    async fn halfway(
        &mut self,
        user: &User,
        step: StepKind,
        proved_at: Time,
        organization: Option<&OrganizationRef>,
    ) -> Result<Outcome, Error> {
        let handle = OpaqueSecret::generate(SecretKind::LogIn, &*self.app.random);
        let memory = Halfway {
            step,
            proved_at,
            organization: organization.map(ToString::to_string),
        };
        let expires_at = self.now + self.app.policy.challenge_lifetime;
        let challenge = Challenge {
            digest: handle.digest(),
            kind: ChallengeKind::LogIn,
            user: Some(user.id),
            payload: self.app.remember(&handle, &memory)?,
            code_digest: None,
            attempts_left: 1,
            created_at: self.now,
            expires_at,
        };
        self.tx.challenges().insert(&challenge).await?;
        let organizations = if step == StepKind::ChooseOrganization {
            let places = self.tx.members().list_of_user(user.id).await?;
            self.tx
                .organizations()
                .list(places.iter().map(|member| member.organization))
                .await?
        } else {
            vec![]
        };
        let name = match step {
            StepKind::ChangePassword => "change_password",
            StepKind::ChooseOrganization => "choose_organization",
            StepKind::VerifyEmail => "verify_email",
        };
        self.emit(Event::LogInStarted {
            user: user.id,
            step: name,
        });
        Ok(Outcome::Next(NextStep {
            kind: step,
            handle: self.reveal(handle.expose()),
            expires_at,
            organizations,
        }))
    }
}

impl super::App {
    /// Seals what a challenge has to remember; only with its handle does it make sense.
    pub(super) fn remember(&self, handle: &OpaqueSecret, memory: &impl Serialize) -> Result<Vec<u8>, Error> {
        let plain = serde_json::to_vec(memory).map_err(|e| Error::Internal(e.to_string()))?;
        Ok(self.sealer.seal(Purpose::Challenges, &handle.digest(), &plain))
    }

    /// Reads it again.
    pub(super) fn recall<T: serde::de::DeserializeOwned>(&self, digest: [u8; 32], sealed: &[u8]) -> Result<T, Error> {
        let unread = || Error::Internal("a challenge can't be read".into());
        let plain = self
            .sealer
            .open(Purpose::Challenges, &digest, sealed)
            .ok_or_else(unread)?;
        serde_json::from_slice(&plain).map_err(|_| unread())
    }
}

/// The next step of a log-in.
#[derive(Debug)]
pub struct Continue {
    /// From the step before.
    pub handle: OpaqueSecret,
    /// What the step asks for.
    pub answer: StepAnswer,
}

/// What a step is answered with.
#[derive(Debug)]
pub enum StepAnswer {
    /// A password of one's own.
    NewPassword(Password),
    /// Where to.
    Organization(OrganizationRef),
}

/// A step whose slow work is done.
#[derive(Debug)]
pub struct Continued {
    handle: OpaqueSecret,
    answer: ReadyAnswer,
}

#[derive(Debug)]
enum ReadyAnswer {
    NewHash(Secret),
    Organization(OrganizationRef),
}

/// Checks and hashes a new password before the transaction.
pub async fn prepare_continue(view: &View<'_>, input: Continue) -> Result<Continued, Error> {
    let answer = match input.answer {
        StepAnswer::Organization(organization) => ReadyAnswer::Organization(organization),
        StepAnswer::NewPassword(password) => {
            let digest = input.handle.digest();
            let challenge = view
                .rows
                .challenges()
                .find(ChallengeKind::LogIn, digest, view.now)
                .await?;
            let user = challenge.and_then(|c| c.user).ok_or(Error::Unauthenticated)?;
            let user = view.rows.users().find(user).await?.ok_or(Error::Unauthenticated)?;
            view.acceptable("new_password", &password, &user).await?;
            let temporary = user.password.map(|p| p.hash);
            if let Verified::Yes { .. } = view.app.hasher.verify(password.clone(), temporary).await? {
                let same = "is the temporary password; choose one that nobody else has seen";
                return Err(Error::field("new_password", same));
            }
            ReadyAnswer::NewHash(Secret::new(view.app.hasher.hash(password).await?))
        }
    };
    Ok(Continued {
        handle: input.handle,
        answer,
    })
}

/// Goes on with a log-in. The handle is spent unless the step is refused.
pub async fn continue_log_in(cx: &mut Cx<'_>, input: &Continued) -> Result<Outcome, Error> {
    let digest = input.handle.digest();
    // The person's row is locked before anything of theirs, here as everywhere: so no two calls wait for each other.
    let challenge = cx.tx.challenges().find(ChallengeKind::LogIn, digest, cx.now).await?;
    let user = challenge.and_then(|c| c.user).ok_or(Error::Unauthenticated)?;
    let user = cx.tx.users().lock(user).await?.ok_or(Error::Unauthenticated)?;
    let challenge = cx.tx.challenges().lock(ChallengeKind::LogIn, digest, cx.now).await?;
    let challenge = challenge.ok_or(Error::Unauthenticated)?;
    let memory: Halfway = cx.app.recall(digest, &challenge.payload)?;
    match (memory.step, &input.answer) {
        (StepKind::ChangePassword, ReadyAnswer::NewHash(hash)) => {
            cx.tx.challenges().spend(digest, cx.now).await?;
            let user = cx.set_password(user, hash, PasswordChange::FirstLogIn).await?;
            let organization = memory.organization.as_deref().map(str::parse).transpose();
            let organization = organization.map_err(|_| Error::Internal("a challenge names no organisation".into()))?;
            cx.go_on(&user, organization.as_ref(), memory.proved_at).await
        }
        (StepKind::ChooseOrganization, ReadyAnswer::Organization(organization)) => {
            cx.tx.challenges().spend(digest, cx.now).await?;
            cx.go_on(&user, Some(organization), memory.proved_at).await
        }
        (StepKind::ChangePassword, _) => Err(Error::field("new_password", "is what this step asks for")),
        (_, _) => Err(Error::field("organization", "is what this step asks for")),
    }
}
