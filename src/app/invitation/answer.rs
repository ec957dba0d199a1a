//! The answers to an invitation: yes and no.

use super::{WhichInvitation, ended};
use crate::app::member::seats::taken;
use crate::app::password::acceptable_for;
use crate::app::run::verified;
use crate::app::session::{Proof, Tokens};
use crate::app::sign_up::NewUser;
use crate::app::{Cx, View};
use crate::auth::password::Password;
use crate::domain::event::Event;
use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::member::Member;
use crate::domain::membership::{LifeEvent, next};
use crate::domain::organization::Organization;
use crate::domain::user::{StoredPassword, User};
use crate::domain::{DisplayName, Facts, Locale, MemberId, MemberState, OrganizationId, TimeZone};
use crate::error::{Denied, Error, Exists, Refused};
use crate::secret::Secret;

/// An acceptance.
#[derive(Debug)]
pub struct Accept {
    /// Of which.
    pub which: WhichInvitation,
    /// For a new account: what they call themselves.
    pub display_name: Option<DisplayName>,
    /// For a new account: their password.
    pub password: Option<Password>,
    /// For a new account: their language.
    pub locale: Option<Locale>,
    /// For a new account: their time zone.
    pub time_zone: Option<TimeZone>,
}

/// An acceptance whose slow work is done.
#[derive(Debug)]
pub struct AcceptReady {
    which: WhichInvitation,
    newcomer: Option<Newcomer>,
}

#[derive(Debug)]
struct Newcomer {
    display_name: Option<DisplayName>,
    hash: Secret,
    locale: Locale,
    time_zone: Option<TimeZone>,
}

/// What an acceptance comes to.
#[derive(Debug)]
pub struct Accepted {
    /// Where the person is a member now.
    pub organization: OrganizationId,
    /// As whom.
    pub member: MemberId,
    /// For a new account: the first log-in.
    pub tokens: Option<Tokens>,
}

/// For somebody without an account: looks at the code, then checks and hashes the password.
pub async fn prepare_accept(view: &View<'_>, input: Accept) -> Result<AcceptReady, Error> {
    if view.call.caller.is_some() {
        return Ok(AcceptReady {
            which: input.which,
            newcomer: None,
        });
    }
    let WhichInvitation::Code(code) = &input.which else {
        return Err(Error::Unauthenticated);
    };
    let invitation = view
        .rows
        .invitations()
        .find_by_code(code.digest())
        .await?
        .ok_or_else(|| ended("unknown"))?;
    invitation.open_at(view.now).map_err(ended)?;
    if view.rows.users().find_by_email(&invitation.email_key).await?.is_some() {
        return Err(Refused::SignInToAccept.into());
    }
    let password = input
        .password
        .ok_or_else(|| Error::field("password", "is needed for the new account"))?;
    let name = input.display_name.as_ref().map(DisplayName::as_str).unwrap_or_default();
    let policy = view.password_policy_in(invitation.organization).await?;
    acceptable_for(&policy, "password", &password, &[name, &invitation.email_key])?;
    let newcomer = Newcomer {
        display_name: input.display_name,
        hash: Secret::new(view.app.hasher.hash(password).await?),
        locale: input.locale.unwrap_or(view.call.locale),
        time_zone: input.time_zone,
    };
    Ok(AcceptReady {
        which: input.which,
        newcomer: Some(newcomer),
    })
}

/// Makes the invited person a member.
pub async fn accept(cx: &mut Cx<'_>, input: &AcceptReady) -> Result<Accepted, Error> {
    let Answering {
        organization,
        invitation,
        member,
        user,
    } = cx.answering(&input.which).await?;
    let member_state = member.state_at(cx.now);
    next(member_state, LifeEvent::Accept, Facts::default()).map_err(|_| ended("withdrawn"))?;
    cx.inviter_still_may(&organization, &invitation, &member).await?;
    // The invitation has held the seat; but should the limit have been lowered since, or another process's clock have let
    // the seat go a moment early, there are never more members than seats.
    taken(cx.seats_reserved(&organization).await?)?;
    let user = match (user, &input.newcomer) {
        (Some(user), _) => user,
        (None, Some(newcomer)) => cx.admit_newcomer(&organization, &member, newcomer).await?,
        (None, None) => return Err(Error::Unauthenticated),
    };
    let already = cx.tx.members().find_by_user(organization.id, user.id).await?;
    // Whoever was a member before and had the access withdrawn comes back to the place that is theirs.
    if already.is_some_and(|already| already.id != member.id) {
        return Err(Exists::Member {
            email: user.email.as_str().to_owned(),
        }
        .into());
    }
    let ids = [invitation.id];
    if cx
        .tx
        .invitations()
        .end(organization.id, &ids, InvitationState::Accepted, cx.now)
        .await?
        != 1
    {
        return Err(Error::Conflict);
    }
    let member = Member {
        user: Some(user.id),
        email: user.email.clone(),
        display_name: user.display_name.clone(),
        stored_state: MemberState::Active,
        invitation_expires_at: None,
        updated_at: cx.now,
        ..member
    };
    let member = cx.tx.members().update(&member).await?;
    cx.tx
        .organizations()
        .set_active_members(organization.id, organization.active_members + 1)
        .await?;
    cx.emit(Event::InvitationAccepted {
        invitation: invitation.id,
        member: member.id,
    });
    cx.emit(Event::MemberJoined {
        member: member.id,
        user: user.id,
    });
    let tokens = match input.newcomer {
        Some(_) => Some(cx.begin_session(&user, Some(&member), Proof::password(cx.now)).await?),
        None => None,
    };
    Ok(Accepted {
        organization: organization.id,
        member: member.id,
        tokens,
    })
}

/// What an answer to an invitation is about.
struct Answering {
    organization: Organization,
    invitation: Invitation,
    member: Member,
    /// Who answers, if they are logged in.
    user: Option<User>,
}

impl Cx<'_> {
    /// The open invitation that is meant, if the caller is the one it is for. It is read again under the organisation's
    /// lock, so that of many answers at once only one counts.
    async fn answering(&mut self, which: &WhichInvitation) -> Result<Answering, Error> {
        let user = match &self.call.caller {
            Some(_) => Some(self.lock_caller().await?),
            None => None,
        };
        let seen = self.look_up(which, user.as_ref()).await?;
        // An organisation that is deleted meanwhile takes its invitations with it.
        let organization = self.lock_organization_for_caller(seen.organization).await;
        let organization = organization.map_err(|error| match error {
            Error::NotFound { .. } => ended("withdrawn"),
            error => error,
        })?;
        let invitation = self.look_up(which, user.as_ref()).await?;
        self.on(invitation.id);
        if let Some(user) = &user {
            if user.email.key() != invitation.email_key {
                return Err(Denied::AnotherAddress.into());
            }
            verified(self.standing.as_ref())?;
        }
        invitation.open_at(self.now).map_err(ended)?;
        let member = self.tx.members().find(organization.id, invitation.member).await?;
        let member = member.ok_or_else(|| ended("withdrawn"))?;
        // A place that was somebody's before is theirs alone, whoever has the address now.
        let theirs = member.user.zip(user.as_ref());
        if theirs.is_some_and(|(owner, user)| owner != user.id) {
            return Err(Denied::AnotherAddress.into());
        }
        self.about(Some(organization.id));
        Ok(Answering {
            organization,
            invitation,
            member,
            user,
        })
    }

    async fn look_up(&self, which: &WhichInvitation, user: Option<&User>) -> Result<Invitation, Error> {
        match which {
            WhichInvitation::Code(code) => {
                let found = self.tx.invitations().find_by_code(code.digest()).await?;
                found.ok_or_else(|| ended("unknown"))
            }
            WhichInvitation::Id(id) => {
                let user = user.ok_or(Error::Unauthenticated)?;
                verified(self.standing.as_ref())?;
                let found = self.tx.invitations().find_to(user.email.key(), *id).await?;
                found.ok_or_else(|| Error::missing("invitation", id))
            }
        }
    }

    /// The code came by mail, so the address of the new account is verified.
    async fn admit_newcomer(
        &mut self,
        organization: &Organization,
        member: &Member,
        newcomer: &Newcomer,
    ) -> Result<User, Error> {
        if self.tx.users().find_by_email(member.email.key()).await?.is_some() {
            return Err(Refused::SignInToAccept.into());
        }
        let hash = newcomer.hash.expose().to_owned();
        self.new_user(NewUser {
            email: member.email.clone(),
            display_name: newcomer
                .display_name
                .clone()
                .unwrap_or_else(|| member.display_name.clone()),
            locale: newcomer.locale,
            time_zone: newcomer
                .time_zone
                .clone()
                .unwrap_or_else(|| organization.time_zone.clone()),
            password: StoredPassword {
                hash,
                temporary: false,
                expires_at: None,
            },
            verified: true,
        })
        .await
    }
}

/// A refusal by the invited.
#[derive(Debug)]
pub struct Decline {
    /// Of which.
    pub which: WhichInvitation,
}

/// Says no. The member stays on the list as declined, and the seat is free.
pub async fn decline(cx: &mut Cx<'_>, input: &Decline) -> Result<(), Error> {
    let Answering {
        organization,
        invitation,
        member,
        ..
    } = cx.answering(&input.which).await?;
    next(member.state_at(cx.now), LifeEvent::Decline, Facts::default()).map_err(|_| ended("withdrawn"))?;
    let ids = [invitation.id];
    if cx
        .tx
        .invitations()
        .end(organization.id, &ids, InvitationState::Declined, cx.now)
        .await?
        != 1
    {
        return Err(Error::Conflict);
    }
    let declined = Member {
        stored_state: MemberState::Declined,
        invitation_expires_at: None,
        updated_at: cx.now,
        ..member
    };
    let declined = cx.tx.members().update(&declined).await?;
    cx.emit(Event::InvitationDeclined {
        invitation: invitation.id,
        member: declined.id,
    });
    Ok(())
}
