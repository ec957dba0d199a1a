//! May they? The decisions that other services ask for, one or a thousand at a time.

use crate::app::View;
use crate::app::rights::lacking;
use crate::domain::member::Member;
use crate::domain::{MemberId, Permission, PermissionSet};
use crate::error::Error;
use crate::secret::Secret;
use std::collections::HashMap;

/// A question.
#[derive(Debug)]
pub struct Check {
    /// What they want to do.
    pub permission: Permission,
    /// Who.
    pub subject: Subject,
}

/// About whom a question is.
#[derive(Debug)]
pub enum Subject {
    /// The caller.
    Caller,
    /// The bearer of this access token.
    Bearer(Secret),
    /// A member of the caller's organisation.
    Member(MemberId),
}

/// May they? For tokens no row is read: what they carry was true when they were made, and what shrank since is revoked.
pub async fn check(view: &View<'_>, input: &Check) -> Result<bool, Error> {
    match &input.subject {
        Subject::Caller => Ok(view.call.caller()?.permissions.contains(&input.permission)),
        Subject::Bearer(token) => Ok(view.borne_by(token).await?.contains(&input.permission)),
        Subject::Member(id) => {
            let member = view.member_asked_about(*id).await?;
            let roles = view.roles_at(member.organization, member.given.roles_version).await?;
            let held = roles.rights_of(&member, view.now);
            Ok(member.state_at(view.now).has_access() && held.contains(&input.permission))
        }
    }
}

/// Questions.
#[derive(Debug)]
pub struct Batch {
    /// Which.
    pub questions: Vec<Question>,
    /// Whom those are about that name no member; none means the caller.
    pub bearer: Option<Secret>,
}

/// One of them.
#[derive(Debug)]
pub struct Question {
    /// What they want to do.
    pub permission: Permission,
    /// Who; none means the bearer.
    pub member: Option<MemberId>,
}

/// As [`check`], for many questions with the statements of one.
pub async fn batch(view: &View<'_>, input: &Batch) -> Result<Vec<Result<bool, Error>>, Error> {
    let bearer = match &input.bearer {
        Some(token) => view.borne_by(token).await?,
        None => view.call.caller()?.permissions.clone(),
    };
    let mut asked: Vec<MemberId> = input.questions.iter().filter_map(|question| question.member).collect();
    asked.sort_unstable();
    asked.dedup();
    let held = view.held_by(&asked).await?;
    let answers = input.questions.iter().map(|question| match question.member {
        None => Ok(bearer.contains(&question.permission)),
        Some(id) => match held.get(&id) {
            Some(held) => Ok(held.contains(&question.permission)),
            None => Err(Error::missing("member", id)),
        },
    });
    Ok(answers.collect())
}

impl View<'_> {
    /// What the bearer of a token may do in the caller's organisation; nothing, if it is worth nothing there.
    async fn borne_by(&self, token: &Secret) -> Result<PermissionSet, Error> {
        let here = self.call.caller()?.place().map(|place| place.organization);
        match self.app.authenticate(token.expose()).await {
            Ok(bearer) if bearer.place().map(|place| place.organization) == here => Ok(bearer.permissions.clone()),
            Ok(_) | Err(Error::Unauthenticated) => Ok(PermissionSet::new()),
            Err(error) => Err(error),
        }
    }

    /// What these members may do now. Those who aren't there have no entry.
    async fn held_by(&self, ids: &[MemberId]) -> Result<HashMap<MemberId, PermissionSet>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let place = self.call.place()?;
        if ids.iter().any(|id| *id != place.member) {
            self.may_see_members().await?;
        }
        let members = self.rows.members().list_by_id(place.organization, ids).await?;
        let roles = self.roles(place.organization).await?;
        let held = members.into_iter().map(|member| {
            let active = member.state_at(self.now).has_access();
            let held = active.then(|| roles.rights_of(&member, self.now));
            (member.id, held.unwrap_or_default())
        });
        Ok(held.collect())
    }

    /// A member whom the caller may ask about: themselves, or anybody if they may read members.
    pub(super) async fn member_asked_about(&self, id: MemberId) -> Result<Member, Error> {
        let place = self.call.place()?;
        if id != place.member {
            self.may_see_members().await?;
        }
        self.rows.members().get(place.organization, id).await
    }

    /// Refuses whoever may not see the members, where that isn't the rule of the method.
    pub(super) async fn may_see_members(&self) -> Result<(), Error> {
        if self.call.caller()?.permissions.contains_named("members.read") {
            return Ok(());
        }
        let roles = self.roles(self.call.organization()?).await?;
        Err(lacking(&roles, "members.read"))
    }
}
