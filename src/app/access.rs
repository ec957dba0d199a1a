//! May they? The decisions that other services ask for, and the catalogue they are made from.

use super::View;
use super::page::{Page, PageRequest, Pager};
use crate::domain::member::Member;
use crate::domain::{MemberId, MemberState, Permission, RoleId};
use crate::error::Error;
use crate::secret::Secret;

/// A module of the catalogue, in the language of the call.
#[derive(Debug, Clone)]
pub struct ModuleShown {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its permissions: name, title, whether one member may be given it.
    pub permissions: Vec<(String, String, bool)>,
}

/// The catalogue of permissions.
pub async fn list_permissions(view: &View<'_>, input: &PageRequest) -> Result<Page<ModuleShown>, Error> {
    let locale = view.call.locale;
    let modules = view.app.preset.modules.iter().map(|module| ModuleShown {
        name: module.name.clone(),
        title: module.titles.get(locale).to_owned(),
        permissions: module
            .permissions
            .iter()
            .map(|p| (p.name.to_string(), p.titles.get(locale).to_owned(), p.grantable))
            .collect(),
    });
    Pager::new(&view.app.sealer, view.call, &())?.slice(modules.collect(), input)
}

/// A role, in the language of the call.
#[derive(Debug, Clone)]
pub struct RoleShown {
    /// Its id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Whether it is the owner's.
    pub owner: bool,
    /// What it permits.
    pub permissions: Vec<String>,
}

/// The roles of the caller's organisation.
pub async fn list_roles(view: &View<'_>, input: &PageRequest) -> Result<Page<RoleShown>, Error> {
    let locale = view.call.locale;
    let known = view.roles(view.call.organization()?).await?;
    let roles = known.iter().map(|role| RoleShown {
        id: role.id,
        name: role.name.clone(),
        title: role.titles.get(locale).to_owned(),
        description: role.descriptions.get(locale).to_owned(),
        owner: role.owner,
        permissions: role.permissions.iter().map(ToString::to_string).collect(),
    });
    Pager::new(&view.app.sealer, view.call, &())?.slice(roles.collect(), input)
}

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
        Subject::Bearer(token) => {
            let here = view.call.caller()?.place().map(|p| p.organization);
            match view.app.authenticate(token.expose()).await {
                Ok(bearer) => {
                    let same = bearer.place().map(|p| p.organization) == here;
                    Ok(same && bearer.permissions.contains(&input.permission))
                }
                Err(Error::Unauthenticated) => Ok(false),
                Err(error) => Err(error),
            }
        }
        Subject::Member(id) => {
            let member = view.member_asked_about(*id).await?;
            let roles = view.roles_at(member.organization, member.given.roles_version).await?;
            let held = roles.rights_of(&member, view.now);
            Ok(member.state_at(view.now).has_access() && held.contains(&input.permission))
        }
    }
}

impl View<'_> {
    /// A member whom the caller may ask about: themselves, or anybody if they may read members.
    async fn member_asked_about(&self, id: MemberId) -> Result<Member, Error> {
        let caller = self.call.caller()?;
        let place = self.call.place()?;
        if id != place.member && !caller.permissions.contains_named("members.read") {
            return Err(self.app.lacking("members.read"));
        }
        self.rows.members().get(place.organization, id).await
    }
}

/// A question with the why.
#[derive(Debug)]
pub struct Explain {
    /// What they want to do.
    pub permission: Permission,
    /// Who; none means the caller.
    pub member: Option<MemberId>,
}

/// An answer with the why.
#[derive(Debug)]
pub struct Explained {
    /// Whether they may.
    pub allowed: bool,
    /// Why, or why not.
    pub cause: Cause,
    /// Names of the member's roles that give it.
    pub granted_by: Vec<String>,
    /// Names of all roles that would.
    pub roles_that_grant: Vec<String>,
    /// Members who hold it and may change roles.
    pub who_could_give: Vec<MemberId>,
    /// The same in words.
    pub message: String,
}

/// Why somebody may or may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A role gives it.
    Role,
    /// No role of theirs gives it.
    NotGranted,
    /// They are not an active member.
    State(MemberState),
    /// No catalogue has it.
    UnknownPermission,
}

/// How many members are named who could give something.
const NAMED: u64 = 10;

/// As [`check`], with the why, read afresh.
pub async fn explain(view: &View<'_>, input: &Explain) -> Result<Explained, Error> {
    let place = view.call.place()?;
    let member = view.member_asked_about(input.member.unwrap_or(place.member)).await?;
    let preset = &view.app.preset;
    let granting = preset.roles_granting(&input.permission);
    let roles_that_grant: Vec<String> = granting.iter().map(|role| role.name.clone()).collect();
    let granted_by: Vec<String> = granting
        .iter()
        .filter(|role| member.roles.contains(&role.id))
        .map(|role| role.name.clone())
        .collect();
    let state = member.state_at(view.now);
    let cause = match (preset.permission(&input.permission), granted_by.is_empty()) {
        (None, _) => Cause::UnknownPermission,
        (_, true) => Cause::NotGranted,
        _ if !state.has_access() => Cause::State(state),
        _ => Cause::Role,
    };
    let who_could_give = if cause == Cause::NotGranted {
        let able: Vec<RoleId> = granting
            .iter()
            .filter(|role| role.permissions.contains_named("members.update"))
            .map(|role| role.id)
            .collect();
        view.rows
            .members()
            .list_holding(place.organization, &able, NAMED)
            .await?
    } else {
        vec![]
    };
    let message = view.words(cause, input, &granted_by, &roles_that_grant)?;
    Ok(Explained {
        allowed: cause == Cause::Role,
        cause,
        granted_by,
        roles_that_grant,
        who_could_give,
        message,
    })
}

impl View<'_> {
    fn words(&self, cause: Cause, input: &Explain, by: &[String], roles: &[String]) -> Result<String, Error> {
        let (id, state) = match cause {
            Cause::Role => ("access-by-role", ""),
            Cause::NotGranted => ("access-not-granted", ""),
            Cause::State(state) => ("access-state", state.as_str()),
            Cause::UnknownPermission => ("access-unknown-permission", ""),
        };
        let (by, roles) = (by.join(", "), roles.join(", "));
        let facts = [
            ("permission", input.permission.as_str()),
            ("by", &by),
            ("roles", &roles),
            ("state", state),
        ];
        let said = self.app.words.say(self.call.locale, id, &facts);
        said.ok_or_else(|| Error::Internal(format!("there are no words for {id}")))
    }
}
