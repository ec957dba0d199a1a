//! Members.

use super::{Fields, etag, timestamp};
use crate::app::RoleRef;
use crate::app::member::{Add, Added, AddedBy, Onboarding, Shown, Update};
use crate::domain::group::MOST_GROUPS_OF_A_MEMBER;
use crate::domain::naming::{GroupRef, TagRef};
use crate::domain::preset::{Preset, RequiredField};
use crate::domain::roles::Source;
use crate::domain::tag::MOST_TAGS_OF_A_MEMBER;
use crate::domain::{DisplayName, Email, Guide, MemberState, Permission};
use crate::error::Error;
use crate::pb::roster::membership::v1 as pb;
use crate::rpc::Parse;
use crate::rpc::fields::Mask;

fn member_role((source, name): (Source, String)) -> pb::MemberRole {
    let role = pb::MemberRole {
        role_id: source.role().map(|id| id.to_string()).unwrap_or_default(),
        name,
        ..Default::default()
    };
    match source {
        Source::Group(group, _) => pb::MemberRole {
            source: pb::RoleSource::Group.into(),
            group_id: group.to_string(),
            ..role
        },
        Source::Binding(binding, _, until) => pb::MemberRole {
            source: pb::RoleSource::Binding.into(),
            binding_id: binding.to_string(),
            expire_time: Some(timestamp(until)),
            ..role
        },
        Source::Direct(_) | Source::Grant(_) => pb::MemberRole {
            source: pb::RoleSource::Direct.into(),
            ..role
        },
    }
}

const MOST_GRANTS: usize = 100;
pub(super) const MOST_ROLES: usize = 20;
pub(super) const MOST_SELECTED: usize = 1_000;

/// What is said of a field that the preset requires and the request leaves out.
const REQUIRED: &str = "is missing: nobody is added here without it";

impl Parse<pb::AddMemberRequest> for Add {
    fn parse(r: pb::AddMemberRequest, preset: &Preset) -> Result<Add, Error> {
        let mut f = Fields::default();
        let email = f.parse::<Email>("email", &r.email);
        let rules = &preset.onboarding;
        for field in rules.missing(!r.display_name.is_empty(), !r.role_ids.is_empty()) {
            let field = match field {
                RequiredField::DisplayName => "display_name",
                RequiredField::Role => "role_ids",
            };
            f.refuse(field, REQUIRED);
        }
        // Until the person says what they are called, the address has to do.
        let display_name = match (r.display_name.as_str(), &email) {
            ("", Some(email)) => {
                f.parse::<DisplayName>("display_name", &email.as_str().chars().take(200).collect::<String>())
            }
            ("", None) => None,
            (given, _) => f.parse::<DisplayName>("display_name", given),
        };
        let roles = f.each::<RoleRef>("role_ids", &r.role_ids, MOST_ROLES);
        let tags = f.each::<TagRef>("tag_ids", &r.tag_ids, MOST_TAGS_OF_A_MEMBER);
        let groups = f.each::<GroupRef>("group_ids", &r.group_ids, MOST_GROUPS_OF_A_MEMBER);
        let grants = f.each::<Permission>("grants", &r.grants, MOST_GRANTS);
        let onboarding = onboarding(&mut f, r.onboarding);
        f.build(|| {
            Some(Add {
                email: email?,
                display_name: display_name?,
                roles: roles?,
                tags: tags?,
                groups: groups?,
                grants: grants?,
                onboarding: onboarding?,
            })
        })
    }
}

/// None if it is faulty; else what was asked for, if anything was.
fn onboarding(f: &mut Fields, wanted: Option<pb::add_member_request::Onboarding>) -> Option<Option<Onboarding>> {
    use pb::add_member_request::Onboarding as Wire;
    let Some(wanted) = wanted else { return Some(None) };
    let onboarding = match wanted {
        Wire::ListOnly(_) => Onboarding::ListOnly,
        Wire::Invitation(invitation) if invitation.send_later => Onboarding::ListOnly,
        Wire::Invitation(_) => Onboarding::Invitation,
        Wire::TemporaryPassword(wanted) => {
            let typed = match wanted.password.as_str() {
                "" => None,
                typed => Some(f.password("temporary_password.password", typed)?),
            };
            Onboarding::TemporaryPassword {
                typed,
                give_back: wanted.return_password,
            }
        }
    };
    Some(Some(onboarding))
}

impl From<Added> for pb::AddMemberResponse {
    fn from(added: Added) -> Self {
        let onboarding = match added.onboarding {
            AddedBy::ListOnly => pb::OnboardingKind::ListOnly,
            AddedBy::Invitation => pb::OnboardingKind::Invitation,
            AddedBy::TemporaryPassword => pb::OnboardingKind::TemporaryPassword,
        };
        Self {
            member: Some(added.member.into()),
            onboarding: onboarding.into(),
            temporary_password: added
                .temporary_password
                .map(|p| p.expose().to_owned())
                .unwrap_or_default(),
        }
    }
}

impl From<Shown> for pb::Member {
    fn from(shown: Shown) -> pb::Member {
        let Shown {
            member,
            state,
            guide,
            has_seat,
            roles,
            groups,
            tags,
            invitation,
            permissions,
        } = shown;
        pb::Member {
            id: member.id.to_string(),
            organization_id: member.organization.to_string(),
            user_id: member.user.map(|id| id.to_string()).unwrap_or_default(),
            email: member.email.as_str().to_owned(),
            display_name: member.display_name.as_str().to_owned(),
            state: wire_state(state).into(),
            guide: wire_guide(guide).into(),
            roles: roles.into_iter().map(member_role).collect(),
            has_seat,
            invitation: invitation.map(|invitation| pb::OpenInvitation {
                id: invitation.id.to_string(),
                expire_time: Some(timestamp(invitation.expires_at)),
                invited_by_user_id: invitation.invited_by_user.to_string(),
            }),
            added_by_user_id: member.added_by.map(|id| id.to_string()).unwrap_or_default(),
            last_sign_in_time: member.last_sign_in_at.map(timestamp),
            permissions: permissions
                .into_iter()
                .map(|p| pb::ModulePermissions {
                    module: p.module,
                    title: p.title,
                    permissions: p.permissions,
                })
                .collect(),
            etag: etag(member.version),
            create_time: Some(timestamp(member.created_at)),
            update_time: Some(timestamp(member.updated_at)),
            tags: tags
                .into_iter()
                .map(|tag| pb::MemberTag {
                    tag_id: tag.id.to_string(),
                    name: tag.name.as_str().to_owned(),
                    color: tag.color.as_str().to_owned(),
                })
                .collect(),
            groups: groups
                .into_iter()
                .map(|(id, name)| pb::MemberGroup {
                    group_id: id.to_string(),
                    name: name.as_str().to_owned(),
                })
                .collect(),
            grants: member.given.grants.iter().map(ToString::to_string).collect(),
        }
    }
}

pub(super) fn wire_state(state: MemberState) -> pb::MemberState {
    match state {
        MemberState::Added => pb::MemberState::Added,
        MemberState::Invited => pb::MemberState::Invited,
        MemberState::Expired => pb::MemberState::Expired,
        MemberState::Declined => pb::MemberState::Declined,
        MemberState::Active => pb::MemberState::Active,
        MemberState::Suspended => pb::MemberState::Suspended,
        MemberState::Revoked => pb::MemberState::Revoked,
    }
}

pub(super) fn wire_guide(guide: Guide) -> pb::Guide {
    match guide {
        Guide::Invite => pb::Guide::Invite,
        Guide::Wait => pb::Guide::Wait,
        Guide::ReInvite => pb::Guide::ReInvite,
        Guide::Ok => pb::Guide::Ok,
        Guide::Reactivate => pb::Guide::Reactivate,
    }
}

impl TryFrom<pb::UpdateMemberRequest> for Update {
    type Error = Error;
    fn try_from(r: pb::UpdateMemberRequest) -> Result<Update, Error> {
        let mut f = Fields::default();
        let member = f.parse("member_id", &r.member_id);
        let known = ["role_ids", "tag_ids", "group_ids", "grants"];
        let mask = Mask::new(r.update_mask.as_ref(), &known, &mut f);
        let roles = if mask.means("role_ids", !r.role_ids.is_empty()) {
            if r.role_ids.is_empty() {
                f.refuse("role_ids", "is empty; a member has at least one role");
            }
            f.each::<RoleRef>("role_ids", &r.role_ids, MOST_ROLES).map(Some)
        } else {
            Some(None)
        };
        let tags = mask.each::<TagRef>(&mut f, "tag_ids", &r.tag_ids, MOST_TAGS_OF_A_MEMBER);
        let groups = mask.each::<GroupRef>(&mut f, "group_ids", &r.group_ids, MOST_GROUPS_OF_A_MEMBER);
        let grants = mask.each::<Permission>(&mut f, "grants", &r.grants, MOST_GRANTS);
        let etag = f.etag(&r.etag);
        f.build(|| {
            Some(Update {
                member: member?,
                roles: roles?,
                tags: tags?,
                groups: groups?,
                grants: grants?,
                etag: etag?,
            })
        })
    }
}

impl From<Shown> for pb::UpdateMemberResponse {
    fn from(shown: Shown) -> Self {
        Self {
            member: Some(shown.into()),
        }
    }
}
