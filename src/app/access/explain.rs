//! May they, and why: where a permission comes from, what is missing, and who could give it.

use super::cause::Cause;
use super::caveat::Caveat;
use crate::app::View;
use crate::clock::Time;
use crate::domain::member::Member;
use crate::domain::roles::Source as From;
use crate::domain::{BindingId, GroupId, MemberId, OrganizationId, Permission, RoleId, Roles};
use crate::error::Error;
use crate::store::holder::Way;
use chrono::SecondsFormat;

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
    /// Everything that gives it.
    pub sources: Vec<Source>,
    /// What may keep them from using it all the same.
    pub caveats: Vec<Caveat>,
    /// When the last of the sources ends, or ended.
    pub expires_at: Option<Time>,
    /// The same in words.
    pub message: String,
}

/// Something that gives a permission, with the names of what it is.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are what the names say: an id and its name")]
pub enum Source {
    /// A role.
    Role { role: (RoleId, String) },
    /// A role of a group.
    Group {
        role: (RoleId, String),
        group: (GroupId, String),
    },
    /// The permission alone.
    Grant,
    /// A role for a while.
    Binding {
        role: (RoleId, String),
        binding: BindingId,
        expires_at: Time,
    },
}

impl Source {
    /// The cause that it is.
    pub fn cause(&self) -> Cause {
        match self {
            Source::Role { .. } => Cause::Role,
            Source::Group { .. } => Cause::Group,
            Source::Grant => Cause::Grant,
            Source::Binding { .. } => Cause::Binding,
        }
    }

    fn role(&self) -> Option<&str> {
        match self {
            Source::Role { role } | Source::Group { role, .. } | Source::Binding { role, .. } => Some(&role.1),
            Source::Grant => None,
        }
    }
}

/// How many members are named who could give something.
const NAMED: u64 = 10;

/// As `check`, with the why, read afresh.
pub async fn explain(view: &View<'_>, input: &Explain) -> Result<Explained, Error> {
    let place = view.call.place()?;
    let member = view.member_asked_about(input.member.unwrap_or(place.member)).await?;
    let roles = view.roles_at(member.organization, member.given.roles_version).await?;
    let permission = &input.permission;
    let granting = roles.granting(permission);
    let sources = view.sources(&roles, &member, permission).await?;
    let ended = ended(&roles, &member, permission, view.now);
    let state = member.state_at(view.now);
    let cause = match sources.first() {
        _ if roles.permission(permission).is_none() => Cause::UnknownPermission,
        None if ended.is_some() => Cause::BindingEnded,
        None => Cause::NotGranted,
        Some(_) if !state.has_access() => Cause::State(state),
        Some(first) => first.cause(),
    };
    // What comes with the preset's roles alone nobody gives as such: the roles are named.
    let grantable = roles.permission(permission).is_some_and(|known| known.grantable);
    let who_could_give = match cause {
        Cause::NotGranted | Cause::BindingEnded if grantable => {
            view.able(&roles, place.organization, permission).await?
        }
        _ => vec![],
    };
    let mut granted_by: Vec<String> = vec![];
    for name in sources.iter().filter_map(Source::role) {
        if !granted_by.iter().any(|known| known == name) {
            granted_by.push(name.to_owned());
        }
    }
    let mut explained = Explained {
        allowed: cause.allows(),
        cause,
        granted_by,
        roles_that_grant: granting.iter().map(|role| role.name.clone()).collect(),
        who_could_give,
        caveats: view.caveats(&member, permission, cause).await?,
        expires_at: match cause {
            Cause::BindingEnded => ended.as_ref().map(|(_, end)| *end),
            _ => last_end(&sources),
        },
        sources,
        message: String::new(),
    };
    explained.message = view.words(permission, &explained, ended.map(|(role, _)| role))?;
    Ok(explained)
}

/// When the last of these ends, if all do.
fn last_end(sources: &[Source]) -> Option<Time> {
    let ends: Option<Vec<Time>> = sources
        .iter()
        .map(|source| match source {
            Source::Binding { expires_at, .. } => Some(*expires_at),
            _ => None,
        })
        .collect();
    ends?.into_iter().max()
}

/// The role for a while that gave it, and when it last ended.
fn ended(roles: &Roles, member: &Member, permission: &Permission, now: Time) -> Option<(String, Time)> {
    let past = member.given.bindings.iter().filter(|binding| binding.expires_at <= now);
    let gave = past.filter_map(|binding| {
        let role = roles.find(binding.role)?;
        role.permissions
            .contains(permission)
            .then(|| (role.name.clone(), binding.expires_at))
    });
    gave.max_by_key(|(_, end)| *end)
}

impl View<'_> {
    /// What gives a member a permission: roles first, then groups, grants and what is for a while.
    async fn sources(&self, roles: &Roles, member: &Member, permission: &Permission) -> Result<Vec<Source>, Error> {
        let all = roles.sources(&member.roles, &member.given, self.now);
        let giving = all.into_iter().filter(|s| roles.permissions_by(s).contains(permission));
        let giving: Vec<From> = giving.collect();
        let groups: Vec<GroupId> = giving
            .iter()
            .filter_map(|source| match source {
                From::Group(group, _) => Some(*group),
                _ => None,
            })
            .collect();
        let groups = match groups.is_empty() {
            true => vec![],
            false => self.rows.groups().list_names(member.organization, &groups).await?,
        };
        let named = |id: RoleId| (id, roles.find(id).map(|role| role.name.clone()).unwrap_or_default());
        let mut sources: Vec<Source> = giving
            .into_iter()
            .map(|source| match source {
                From::Direct(role) => Source::Role { role: named(role) },
                From::Group(group, role) => {
                    let name = groups
                        .iter()
                        .find(|(id, _)| *id == group)
                        .map(|(_, name)| name.to_string());
                    Source::Group {
                        role: named(role),
                        group: (group, name.unwrap_or_default()),
                    }
                }
                From::Binding(binding, role, expires_at) => Source::Binding {
                    role: named(role),
                    binding,
                    expires_at,
                },
                From::Grant(_) => Source::Grant,
            })
            .collect();
        sources.sort_by_key(|source| match source {
            Source::Role { .. } => 0,
            Source::Group { .. } => 1,
            Source::Grant => 2,
            Source::Binding { .. } => 3,
        });
        Ok(sources)
    }

    /// Active members who hold it and may change what others have.
    async fn able(
        &self,
        roles: &Roles,
        organization: OrganizationId,
        permission: &Permission,
    ) -> Result<Vec<MemberId>, Error> {
        let way = |permission: Permission| Way {
            roles: roles.granting(&permission).iter().map(|role| role.id).collect(),
            permission,
        };
        let ways = [way(permission.clone()), way(crate::domain::Action::Edit.permission())];
        self.rows
            .members()
            .list_able(organization, &ways, self.now, NAMED)
            .await
    }

    fn words(&self, permission: &Permission, explained: &Explained, ended: Option<String>) -> Result<String, Error> {
        let (id, state) = match explained.cause {
            Cause::Role => ("access-by-role", ""),
            Cause::Group => ("access-by-group", ""),
            Cause::Grant => ("access-by-grant", ""),
            Cause::Binding => ("access-by-binding", ""),
            Cause::BindingEnded => ("access-binding-ended", ""),
            Cause::NotGranted => ("access-not-granted", ""),
            Cause::State(state) => ("access-state", state.as_str()),
            Cause::UnknownPermission => ("access-unknown-permission", ""),
        };
        let by = ended.unwrap_or_else(|| explained.granted_by.join(", "));
        let roles = explained.roles_that_grant.join(", ");
        let groups: Vec<&str> = explained
            .sources
            .iter()
            .filter_map(|source| match source {
                Source::Group { group, .. } => Some(group.1.as_str()),
                _ => None,
            })
            .collect();
        let groups = groups.join(", ");
        let until = explained
            .expires_at
            .map(|end| end.to_rfc3339_opts(SecondsFormat::Secs, true));
        let until = until.unwrap_or_default();
        let facts = [
            ("permission", permission.as_str()),
            ("by", &by),
            ("groups", &groups),
            ("roles", &roles),
            ("until", &until),
            ("state", state),
        ];
        let caveats = explained.caveats.iter().map(|caveat| caveat.words());
        let said = std::iter::once(id).chain(caveats).map(|id| {
            let said = self.app.words.say(self.call.locale, id, &facts);
            said.ok_or_else(|| Error::Internal(format!("there are no words for {id}")))
        });
        Ok(said.collect::<Result<Vec<_>, _>>()?.join(" "))
    }
}
