//! Adding a member: listed only, by invitation, or with a temporary password.

use super::{Shown, show};
use crate::app::audit::named;
use crate::app::password::acceptable_for;
use crate::app::rights::resolve;
use crate::app::sign_up::NewUser;
use crate::app::{Cx, RoleRef, View};
use crate::auth::password::Password;
use crate::domain::event::Event;
use crate::domain::invitation::Invitation;
use crate::domain::member::Member;
use crate::domain::naming::{GroupRef, TagRef};
use crate::domain::organization::Organization;
use crate::domain::preset::{OnboardingKind, OnboardingRules};
use crate::domain::user::StoredPassword;
use crate::domain::{DisplayName, Email, Given, MemberId, MemberState, Permission, PermissionSet};
use crate::error::{Error, Exists, Refused};
use crate::mail::message::MailTemplate;
use crate::secret::Secret;
use std::collections::BTreeSet;

/// Somebody to be added.
#[derive(Debug)]
pub struct Add {
    /// Their address.
    pub email: Email,
    /// What to call them for now.
    pub display_name: DisplayName,
    /// What they may do; empty means the default role.
    pub roles: Vec<RoleRef>,
    /// The labels they bear.
    pub tags: Vec<TagRef>,
    /// The groups they are in.
    pub groups: Vec<GroupRef>,
    /// Permissions beyond the roles.
    pub grants: Vec<Permission>,
    /// How they get in; none means as the preset has it.
    pub onboarding: Option<Onboarding>,
}

/// How somebody gets in.
#[derive(Debug)]
pub enum Onboarding {
    /// Not yet.
    ListOnly,
    /// By an invitation, mailed at once.
    Invitation,
    /// By a temporary password.
    TemporaryPassword {
        /// The one that was typed, if any.
        typed: Option<Password>,
        /// Give it back instead of mailing it.
        give_back: bool,
    },
}

/// An addition whose slow work is done.
#[derive(Debug)]
pub struct AddReady {
    email: Email,
    display_name: DisplayName,
    roles: Vec<RoleRef>,
    tags: Vec<TagRef>,
    groups: Vec<GroupRef>,
    grants: Vec<Permission>,
    onboarding: ReadyOnboarding,
}

#[derive(Debug)]
enum ReadyOnboarding {
    ListOnly,
    Invitation,
    TemporaryPassword {
        password: Secret,
        hash: Secret,
        give_back: bool,
    },
}

/// What became of an addition.
#[derive(Debug)]
pub struct Added {
    /// The member.
    pub member: Shown,
    /// How they get in, which may be another way than was asked for.
    pub onboarding: AddedBy,
    /// The password to hand over, if it was asked for.
    pub temporary_password: Option<Secret>,
}

/// How a new member gets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddedBy {
    /// Not yet.
    ListOnly,
    /// An invitation was mailed.
    Invitation,
    /// With a temporary password.
    TemporaryPassword,
}

/// The way in that is meant, if the preset has it.
fn chosen(rules: &OnboardingRules, wanted: Option<Onboarding>) -> Result<Onboarding, Error> {
    let wanted = wanted.unwrap_or(match rules.default {
        OnboardingKind::ListOnly => Onboarding::ListOnly,
        OnboardingKind::Invitation => Onboarding::Invitation,
        OnboardingKind::TemporaryPassword => Onboarding::TemporaryPassword {
            typed: None,
            give_back: false,
        },
    });
    let kind = match wanted {
        Onboarding::ListOnly => OnboardingKind::ListOnly,
        Onboarding::Invitation => OnboardingKind::Invitation,
        Onboarding::TemporaryPassword { .. } => OnboardingKind::TemporaryPassword,
    };
    is_allowed(&rules.allowed, kind).map(|()| wanted)
}

/// Refuses a way in that isn't among those that the preset has and the call could take.
pub(super) fn is_allowed(allowed: &BTreeSet<OnboardingKind>, kind: OnboardingKind) -> Result<(), Error> {
    if allowed.contains(&kind) {
        return Ok(());
    }
    let allowed: Vec<_> = allowed.iter().map(|kind| kind.as_str()).collect();
    Err(Refused::OnboardingNotAllowed {
        onboarding: kind.as_str(),
        allowed: allowed.join(", "),
    }
    .into())
}

/// Finds out which way in is meant; makes or checks the temporary password, and hashes it.
pub async fn prepare_add(view: &View<'_>, input: Add) -> Result<AddReady, Error> {
    let onboarding = match chosen(&view.app.preset.onboarding, input.onboarding)? {
        Onboarding::ListOnly => ReadyOnboarding::ListOnly,
        Onboarding::Invitation => ReadyOnboarding::Invitation,
        Onboarding::TemporaryPassword { typed, give_back } => {
            if typed.is_some() && !view.app.policy.typed_temporary {
                return Err(Refused::TemporaryPasswordNotAllowed.into());
            }
            let policy = view.password_policy_in(view.call.organization()?).await?;
            let password = match typed {
                Some(password) => {
                    let words = [input.display_name.as_str(), input.email.as_str()];
                    acceptable_for(&policy, "temporary_password.password", &password, &words)?;
                    password
                }
                None => {
                    let made = policy.generate(&*view.app.random);
                    Password::new(made.expose()).map_err(|e| Error::Internal(e.to_string()))?
                }
            };
            let hash = Secret::new(view.app.hasher.hash(password.clone()).await?);
            ReadyOnboarding::TemporaryPassword {
                password: Secret::new(password.expose()),
                hash,
                give_back,
            }
        }
    };
    Ok(AddReady {
        email: input.email,
        display_name: input.display_name,
        roles: input.roles,
        tags: input.tags,
        groups: input.groups,
        grants: input.grants,
        onboarding,
    })
}

/// Puts somebody on the list. An address that has an account gets an invitation, whatever was asked for: nobody gets a
/// say over an account that isn't theirs to give.
pub async fn add(cx: &mut Cx<'_>, input: &AddReady) -> Result<Added, Error> {
    cx.on(input.email.as_str());
    let organization = cx.home()?;
    let member = cx.newcomer(&organization, input).await?;
    let known = cx.tx.users().find_by_email(input.email.key()).await?;
    let mut give = None;
    let (member, invitation, onboarding) = match (&input.onboarding, &known) {
        (ReadyOnboarding::ListOnly, _) => {
            cx.insert_member(&member).await?;
            (member, None, AddedBy::ListOnly)
        }
        (
            ReadyOnboarding::TemporaryPassword {
                password,
                hash,
                give_back,
            },
            None,
        ) => {
            give = give_back.then(|| cx.reveal(password.expose()));
            let member = cx.admit(&organization, member, hash, password, *give_back).await?;
            (member, None, AddedBy::TemporaryPassword)
        }
        (ReadyOnboarding::Invitation | ReadyOnboarding::TemporaryPassword { .. }, _) => {
            let (member, invitation) = cx.invite_new(&organization, member).await?;
            (member, Some(invitation), AddedBy::Invitation)
        }
    };
    let mut member = member;
    cx.label(organization.id, std::slice::from_mut(&mut member)).await?;
    Ok(Added {
        member: show(&cx.roles, member, invitation, cx.now),
        onboarding,
        temporary_password: give,
    })
}

impl Cx<'_> {
    /// Somebody new with all that they are to get, if the caller may give it and the address isn't on the list.
    async fn newcomer(&self, organization: &Organization, input: &AddReady) -> Result<Member, Error> {
        let roles = if input.roles.is_empty() {
            vec![self.default_role(organization)]
        } else {
            resolve(&self.roles, &input.roles)?
        };
        let given = Given {
            groups: self.groups_meant(organization.id, &input.groups).await?,
            tags: self.tags_meant(organization.id, &input.tags).await?,
            grants: input.grants.iter().cloned().collect(),
            roles_version: organization.roles_version,
            ..Given::default()
        };
        self.may_give_all(&roles, &given.groups, &given.grants.missing_from(&PermissionSet::new()))
            .await?;
        if self
            .tx
            .members()
            .find_by_email(organization.id, input.email.key())
            .await?
            .is_some()
        {
            return Err(Exists::Member {
                email: input.email.as_str().to_owned(),
            }
            .into());
        }
        Ok(Member {
            id: MemberId::new(self.uuid()),
            organization: organization.id,
            user: None,
            email: input.email.clone(),
            display_name: input.display_name.clone(),
            stored_state: MemberState::Added,
            invitation_expires_at: None,
            roles,
            given,
            added_by: Some(self.user()?),
            last_sign_in_at: None,
            rights_version: 1,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        })
    }

    async fn insert_member(&mut self, member: &Member) -> Result<(), Error> {
        self.tx.members().insert(member).await?;
        let bare = Member {
            given: Given::default(),
            ..member.clone()
        };
        self.write_given(&bare, member).await?;
        self.emit(Event::MemberAdded {
            member: member.id,
            email: member.email.as_str().to_owned(),
            state: member.stored_state.as_str(),
            roles: named(&self.roles, &member.roles),
            groups: member.given.groups.clone(),
            tags: member.given.tags.clone(),
            grants: member.given.grants.clone(),
        });
        Ok(())
    }

    /// Lets somebody without an account in at once: account, membership and temporary password together.
    async fn admit(
        &mut self,
        organization: &Organization,
        member: Member,
        hash: &Secret,
        password: &Secret,
        give_back: bool,
    ) -> Result<Member, Error> {
        self.take_seat(organization).await?;
        let lifetime = self.app.policy.temporary_lifetime;
        let stored = StoredPassword {
            hash: hash.expose().to_owned(),
            temporary: true,
            expires_at: Some(self.now + lifetime),
        };
        let user = self
            .new_user(NewUser {
                email: member.email.clone(),
                display_name: member.display_name.clone(),
                locale: organization.locale,
                time_zone: organization.time_zone.clone(),
                password: stored,
                verified: false,
            })
            .await?;
        let member = Member {
            user: Some(user.id),
            stored_state: MemberState::Active,
            ..member
        };
        self.insert_member(&member).await?;
        self.emit(Event::MemberJoined {
            member: member.id,
            user: user.id,
        });
        self.tx
            .organizations()
            .set_active_members(organization.id, organization.active_members + 1)
            .await?;
        if !give_back {
            let template = MailTemplate::TemporaryPassword {
                organization: organization.display_name.as_str().to_owned(),
                inviter: self.inviter_name().await?,
                password: password.clone(),
                days: u32::try_from(lifetime.num_days().max(1)).unwrap_or(u32::MAX),
            };
            self.mail(&user.email, user.display_name.as_str(), user.locale, &template)?;
        }
        Ok(member)
    }

    async fn invite_new(&mut self, organization: &Organization, member: Member) -> Result<(Member, Invitation), Error> {
        self.take_seat(organization).await?;
        let expires_at = self.now + organization.invitation_lifetime;
        let member = Member {
            stored_state: MemberState::Invited,
            invitation_expires_at: Some(expires_at),
            ..member
        };
        self.insert_member(&member).await?;
        let sent = self
            .send_invitations(organization, &[&member], expires_at, false)
            .await?;
        let invitation = sent.into_iter().next();
        let invitation = invitation.ok_or_else(|| Error::Internal("an invitation went missing".into()))?;
        Ok((member, invitation))
    }
}
