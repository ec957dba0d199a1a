//! Logging in and staying in: every path that ends in a token comes through [`Cx::begin_session`].

use super::organization::OrganizationRef;
use super::page::{Page, PageRequest, Pager};
use super::token::{AccessToken, Speaks};
use super::{Cx, View};
use crate::auth::opaque::{OpaqueSecret, SecretKind};
use crate::clock::Time;
use crate::domain::event::{Event, Revocation, SessionEnd};
use crate::domain::member::Member;
use crate::domain::membership::MemberState;
use crate::domain::session::{Place, Session};
use crate::domain::user::User;
use crate::domain::{SessionId, UserId};
use crate::error::Error;
use crate::seal;
use crate::secret::Secret;
use crate::store::session::Which;
use chrono::Duration;

/// What a log-in gives.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// For the calls.
    pub access: AccessToken,
    /// For the next tokens.
    pub refresh: Secret,
    /// When the session ends unless it is used before.
    pub refresh_expires_at: Time,
    /// The session.
    pub session: SessionId,
    /// Who.
    pub user: UserId,
    /// The membership that the access token speaks for.
    pub place: Option<Place>,
}

/// How a person proved themselves, and when.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The methods (RFC 8176).
    pub methods: Vec<String>,
    /// When.
    pub at: Time,
}

impl Proof {
    /// By password, just now.
    pub fn password(now: Time) -> Proof {
        Proof {
            methods: vec!["pwd".into()],
            at: now,
        }
    }
}

/// How many sessions a person has at most.
const MOST_SESSIONS: u64 = 100;

impl Cx<'_> {
    /// Begins a session and gives its tokens. The one gate before all tokens: nobody who is switched off, and no
    /// membership that isn't active, gets past it.
    pub(super) async fn begin_session(
        &mut self,
        user: &User,
        member: Option<&Member>,
        proof: Proof,
    ) -> Result<Tokens, Error> {
        self.begin_instead(user, member, proof, None).await
    }

    /// The same instead of another session, which ends. It is refused if that one ended already.
    async fn begin_instead(
        &mut self,
        user: &User,
        member: Option<&Member>,
        proof: Proof,
        another: Option<SessionId>,
    ) -> Result<Tokens, Error> {
        if user.disabled_at.is_some() {
            return Err(crate::error::Refused::UserDisabled.into());
        }
        let speaks = match member {
            Some(member) => Some(self.speaks(member).await?),
            None => None,
        };
        // Held until the end: no session begins beside the deletion that was to end it.
        let lifetime = match member {
            Some(member) => self.hold_for_session(member.organization).await?,
            None => None,
        };
        // Members before sessions, in the order of whoever ends access: or the two would wait for each other.
        let place = speaks.as_ref().map(|s| s.place);
        if let Some(place) = place {
            self.tx.members().signed_in(place, self.now).await?;
        }
        if let Some(another) = another {
            let ended = self.end_sessions(Which::One(another), SessionEnd::Switched).await?;
            if ended == 0 {
                return Err(Error::Unauthenticated);
            }
        }
        self.end_surplus(user.id).await?;
        let session = Session {
            id: SessionId::new(self.uuid()),
            user: user.id,
            place,
            device: self.call.device.clone(),
            address: self.call.address.clone(),
            methods: proof.methods,
            authenticated_at: proof.at,
            created_at: self.now,
            last_used_at: self.now,
            expires_at: self.session_end(proof.at, lifetime)?,
            ended_at: None,
        };
        self.tx.sessions().insert(&session).await?;
        self.about(session.place.map(|place| place.organization));
        self.emit(Event::SessionStarted {
            session: session.id,
            user: user.id,
            organization: session.place.map(|p| p.organization),
        });
        let refresh = OpaqueSecret::generate(SecretKind::Refresh, &*self.app.random);
        self.tx
            .sessions()
            .insert_token(refresh.digest(), session.id, self.now)
            .await?;
        self.tokens(&session, speaks.as_ref(), &refresh)
    }

    /// When a session ends that is used now. However often it is renewed or switched, it lives no longer than its
    /// lifetime since the person proved themselves, or what its organisation allows, if that is shorter.
    fn session_end(&self, proved_at: Time, allowed: Option<Duration>) -> Result<Time, Error> {
        let policy = &self.app.policy;
        let lifetime = allowed.map_or(policy.session_lifetime, |allowed| allowed.min(policy.session_lifetime));
        let end = (self.now + policy.session_idle).min(proved_at + lifetime);
        if end > self.now {
            Ok(end)
        } else {
            Err(Error::Unauthenticated)
        }
    }

    /// Makes room: a person has so many sessions at most, and the oldest goes.
    async fn end_surplus(&mut self, user: UserId) -> Result<(), Error> {
        let surplus = self.tx.sessions().find_surplus(user, self.now, MOST_SESSIONS).await?;
        if let Some(oldest) = surplus {
            self.end_sessions(Which::One(oldest), SessionEnd::TooMany).await?;
        }
        Ok(())
    }

    fn tokens(&mut self, session: &Session, speaks: Option<&Speaks>, refresh: &OpaqueSecret) -> Result<Tokens, Error> {
        let access = if self.call.validate_only {
            AccessToken {
                token: Secret::default(),
                expires_at: self.now,
            }
        } else {
            self.app.mint(session, speaks, self.now)?
        };
        Ok(Tokens {
            access,
            refresh: self.reveal(refresh.expose()),
            refresh_expires_at: session.expires_at,
            session: session.id,
            user: session.user,
            place: session.place,
        })
    }

    /// Ends sessions, everywhere and at once. The one way to end any.
    pub(super) async fn end_sessions(&mut self, which: Which, why: SessionEnd) -> Result<usize, Error> {
        let ended = self.tx.sessions().end(which, self.now).await?;
        for (session, user) in &ended {
            self.emit(Event::SessionEnded {
                session: *session,
                user: *user,
                why,
            });
            self.revoke(Revocation::Session(*session));
        }
        Ok(ended.len())
    }

    /// The caller's own membership in an organisation they name, or the refusal that tells nothing else.
    pub(super) async fn own_place(&self, user: UserId, named: &OrganizationRef) -> Result<Member, Error> {
        let missing = || Error::missing("organization", named);
        let organization = match named {
            // Held, since whoever asks is about to get in.
            OrganizationRef::Id(id) => self.tx.organizations().hold(*id).await?.ok_or_else(missing)?.id,
            OrganizationRef::Slug(slug) => {
                self.tx
                    .organizations()
                    .find_by_slug(slug)
                    .await?
                    .ok_or_else(missing)?
                    .id
            }
        };
        let member = self.tx.members().find_by_user(organization, user).await?;
        member
            .filter(|m| m.stored_state == MemberState::Active)
            .ok_or_else(missing)
    }
}

/// A refresh token to be renewed.
#[derive(Debug)]
pub struct Refresh {
    /// The token.
    pub token: OpaqueSecret,
}

/// Renews a session's tokens. A spent token gives its successor again for a few seconds, in case the answer was lost;
/// after that it ends the session, since somebody else must have it (RFC 9700 section 4.14.2).
pub async fn refresh(cx: &mut Cx<'_>, input: &Refresh) -> Result<Tokens, Error> {
    let digest = input.token.digest();
    let token = cx
        .tx
        .sessions()
        .lock_token(digest)
        .await?
        .ok_or(Error::Unauthenticated)?;
    let session = cx
        .tx
        .sessions()
        .lock(token.session)
        .await?
        .ok_or(Error::Unauthenticated)?;
    if !session.live_at(cx.now) {
        return Err(Error::Unauthenticated);
    }
    let standing = cx.tx.standings().find(session.id, session.place, cx.now).await?;
    let standing = standing.filter(|s| s.enabled).ok_or(Error::Unauthenticated)?;
    let speaks = match (session.place, standing.membership) {
        (Some(place), Some(m)) if m.state == MemberState::Active => {
            let roles = cx.roles_at(place.organization, m.given.roles_version).await?;
            Some(Speaks::of(place, &m, &roles, cx.now))
        }
        (Some(_), _) => return Err(Error::Unauthenticated),
        (None, _) => None,
    };
    let allowed = cx.session_lifetime(session.place).await?;
    if let Some(used_at) = token.used_at {
        let successor = token
            .successor
            .filter(|_| cx.now < used_at + cx.app.policy.refresh_grace);
        return again(cx, input, &session, speaks, successor).await;
    }
    let next = OpaqueSecret::generate(SecretKind::Refresh, &*cx.app.random);
    let wrapped = seal::wrap_with(input.token.expose().as_bytes(), next.expose().as_bytes());
    cx.tx.sessions().spend_token(digest, wrapped, cx.now).await?;
    cx.tx.sessions().insert_token(next.digest(), session.id, cx.now).await?;
    let expires_at = cx.session_end(session.authenticated_at, allowed)?;
    cx.tx
        .sessions()
        .renew(session.id, cx.now, expires_at, &cx.call.address)
        .await?;
    if let Some(place) = session.place {
        cx.about(Some(place.organization));
    }
    cx.emit(Event::SessionRenewed { session: session.id });
    cx.tokens(&Session { expires_at, ..session }, speaks.as_ref(), &next)
}

/// A spent token came again: its successor, if it is in time and the successor isn't spent itself; or the end.
async fn again(
    cx: &mut Cx<'_>,
    input: &Refresh,
    session: &Session,
    speaks: Option<Speaks>,
    successor: Option<Vec<u8>>,
) -> Result<Tokens, Error> {
    if let Some(wrapped) = successor {
        let next = seal::unwrap_with(input.token.expose().as_bytes(), &wrapped)
            .and_then(|plain| String::from_utf8(plain).ok())
            .and_then(|text| OpaqueSecret::parse(SecretKind::Refresh, &text).ok())
            .ok_or_else(|| Error::Internal("a refresh token's successor can't be read".into()))?;
        // Not locked: whoever renews with the successor has locked it and waits for the session, which is locked here.
        let row = cx.tx.sessions().find_token(next.digest()).await?;
        if row.is_some_and(|row| row.used_at.is_none()) {
            return cx.tokens(session, speaks.as_ref(), &next);
        }
    }
    if !cx.call.validate_only {
        cx.end_sessions(Which::One(session.id), SessionEnd::RefreshTokenReused)
            .await?;
        cx.keep();
    }
    Err(Error::Unauthenticated)
}

/// Another organisation to speak for.
#[derive(Debug)]
pub struct Switch {
    /// Which.
    pub organization: OrganizationRef,
}

/// Tokens for another of the caller's organisations. The session it is called from ends: a session speaks for one
/// organisation all its life, so that what it was and did stays clear.
pub async fn switch(cx: &mut Cx<'_>, input: &Switch) -> Result<Tokens, Error> {
    let caller = cx.call.caller()?.clone();
    let user = cx.tx.users().lock(caller.user).await?.ok_or(Error::Unauthenticated)?;
    let member = cx.own_place(caller.user, &input.organization).await?;
    let proof = Proof {
        methods: caller.methods.clone(),
        at: caller.authenticated_at,
    };
    // Whoever was ended by another call meanwhile has nothing to switch from.
    cx.begin_instead(&user, Some(&member), proof, Some(caller.session))
        .await
}

/// Ends the caller's session.
pub async fn log_out(cx: &mut Cx<'_>, _: &()) -> Result<(), Error> {
    let session = cx.call.caller()?.session;
    cx.end_sessions(Which::One(session), SessionEnd::LogOut).await?;
    Ok(())
}

/// The caller's live sessions, the newest first, and which of them the call belongs to.
pub async fn list(view: &View<'_>, input: &PageRequest) -> Result<Page<(Session, bool)>, Error> {
    let caller = view.call.caller()?;
    let pager = Pager::new(&view.app.sealer, view.call, &())?;
    let after = pager.after(&input.token)?;
    let limit = input.size.get() + 1;
    let found = view.rows.sessions().list(caller.user, view.now, after, limit).await?;
    let marked = found.into_iter().map(|session| (session.id == caller.session, session));
    let marked = marked.map(|(current, session)| (session, current)).collect();
    pager.page(marked, input.size, |(session, _): &(Session, bool)| {
        (session.created_at, session.id)
    })
}

/// A session to be ended.
#[derive(Debug)]
pub struct Revoke {
    /// Which.
    pub session: SessionId,
}

/// Ends one of the caller's sessions.
pub async fn revoke(cx: &mut Cx<'_>, input: &Revoke) -> Result<(), Error> {
    let user = cx.user()?;
    let session = cx.tx.sessions().find(input.session).await?;
    let own = session.filter(|session| session.user == user && session.live_at(cx.now));
    let own = own.ok_or_else(|| Error::missing("session", input.session))?;
    cx.end_sessions(Which::One(own.id), SessionEnd::Revoked).await?;
    Ok(())
}
