//! Members.

use super::{Fields, etag, timestamp};
use crate::app::RoleRef;
use crate::app::action::{Possible, Selection};
use crate::app::member::{Add, Added, AddedBy, Onboarding, Removal, Remove, Removed, Shown, Update};
use crate::domain::roles::Source;
use crate::domain::{Action, DisplayName, Email, Guide, MemberId, MemberState};
use crate::error::Error;
use crate::pb::roster::membership::v1 as pb;
use crate::rpc::fields::Mask;
use crate::rpc::status;
use std::collections::HashSet;

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

pub(super) const MOST_ROLES: usize = 20;
pub(super) const MOST_SELECTED: usize = 1_000;

impl TryFrom<pb::AddMemberRequest> for Add {
    type Error = Error;
    fn try_from(r: pb::AddMemberRequest) -> Result<Add, Error> {
        let mut f = Fields::default();
        let email = f.parse::<Email>("email", &r.email);
        // Until the person says what they are called, the address has to do.
        let display_name = match (r.display_name.as_str(), &email) {
            ("", Some(email)) => {
                f.parse::<DisplayName>("display_name", &email.as_str().chars().take(200).collect::<String>())
            }
            ("", None) => None,
            (given, _) => f.parse::<DisplayName>("display_name", given),
        };
        let roles = f.each::<RoleRef>("role_ids", &r.role_ids, MOST_ROLES);
        let onboarding = onboarding(&mut f, r.onboarding);
        f.build(|| {
            Some(Add {
                email: email?,
                display_name: display_name?,
                roles: roles?,
                onboarding: onboarding?,
            })
        })
    }
}

fn onboarding(f: &mut Fields, wanted: Option<pb::add_member_request::Onboarding>) -> Option<Onboarding> {
    use pb::add_member_request::Onboarding as Wire;
    match wanted {
        Some(Wire::ListOnly(_)) => Some(Onboarding::ListOnly),
        Some(Wire::Invitation(invitation)) if invitation.send_later => Some(Onboarding::ListOnly),
        Some(Wire::Invitation(_)) | None => Some(Onboarding::Invitation),
        Some(Wire::TemporaryPassword(wanted)) => {
            let typed = match wanted.password.as_str() {
                "" => None,
                typed => Some(f.password("temporary_password.password", typed)?),
            };
            Some(Onboarding::TemporaryPassword {
                typed,
                give_back: wanted.return_password,
            })
        }
    }
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
            roles,
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
            has_seat: state.holds_seat(),
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
            ..Default::default()
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
        let mask = Mask::new(r.update_mask.as_ref(), &["role_ids"], &mut f);
        let roles = if mask.means("role_ids", !r.role_ids.is_empty()) {
            if r.role_ids.is_empty() {
                f.refuse("role_ids", "is empty; a member has at least one role");
            }
            f.each::<RoleRef>("role_ids", &r.role_ids, MOST_ROLES).map(Some)
        } else {
            Some(None)
        };
        let etag = f.etag(&r.etag);
        f.build(|| {
            Some(Update {
                member: member?,
                roles: roles?,
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

impl TryFrom<pb::RemoveMembersRequest> for Remove {
    type Error = Error;
    fn try_from(r: pb::RemoveMembersRequest) -> Result<Remove, Error> {
        let mut f = Fields::default();
        if r.removals.is_empty() || r.removals.len() > MOST_SELECTED {
            f.refuse(
                "removals",
                format!("has {} entries, 1 to {MOST_SELECTED} are allowed", r.removals.len()),
            );
            return f.build(|| None);
        }
        let mut seen = HashSet::new();
        let mut removals = Vec::with_capacity(r.removals.len());
        for (i, removal) in r.removals.iter().enumerate() {
            let member = f.parse::<MemberId>(&format!("removals[{i}].member_id"), &removal.member_id);
            let confirm = f.parse::<Email>(&format!("removals[{i}].confirm"), &removal.confirm);
            let etag = f.etag_of(&format!("removals[{i}].etag"), &removal.etag);
            if member.is_some_and(|member| !seen.insert(member)) {
                f.refuse(format!("removals[{i}].member_id"), "stands in the list twice");
            }
            if let (Some(member), Some(confirm), Some(etag)) = (member, confirm, etag) {
                removals.push(Removal { member, confirm, etag });
            }
        }
        f.build(|| {
            Some(Remove {
                removals,
                atomic: r.atomic,
            })
        })
    }
}

impl From<Removed> for pb::RemoveMembersResponse {
    fn from(removed: Removed) -> Self {
        let results = removed.into_iter().map(|(member, outcome)| match outcome {
            Ok(receipt) => pb::RemovalResult {
                member_id: member.to_string(),
                error: None,
                receipt: Some(pb::RemovalReceipt {
                    sessions_ended: i32::try_from(receipt.sessions).unwrap_or(i32::MAX),
                    invitations_withdrawn: i32::try_from(receipt.invitations).unwrap_or(i32::MAX),
                    ..Default::default()
                }),
            },
            Err(error) => pb::RemovalResult {
                member_id: member.to_string(),
                error: Some(status::item(&error)),
                receipt: None,
            },
        });
        Self {
            results: results.collect(),
        }
    }
}

impl TryFrom<pb::GetMemberActionsRequest> for Selection {
    type Error = Error;
    fn try_from(r: pb::GetMemberActionsRequest) -> Result<Selection, Error> {
        let mut f = Fields::default();
        let members = f.each::<MemberId>("member_ids", &r.member_ids, MOST_SELECTED);
        f.build(|| {
            let mut seen = HashSet::new();
            Some(Selection {
                members: members?.into_iter().filter(|id| seen.insert(*id)).collect(),
            })
        })
    }
}

impl From<Vec<Possible>> for pb::GetMemberActionsResponse {
    fn from(actions: Vec<Possible>) -> Self {
        let actions = actions.into_iter().map(|possible| pb::MemberAction {
            action: wire_action(possible.action).into(),
            possible: possible.obstacles.is_empty(),
            obstacles: possible
                .obstacles
                .into_iter()
                .map(|(reason, message, members)| pb::ActionObstacle {
                    reason: reason.to_owned(),
                    message,
                    member_ids: members.iter().map(ToString::to_string).collect(),
                })
                .collect(),
        });
        Self {
            actions: actions.collect(),
        }
    }
}

fn wire_action(action: Action) -> pb::ActionKind {
    match action {
        Action::Add => pb::ActionKind::Add,
        Action::Import => pb::ActionKind::Import,
        Action::Export => pb::ActionKind::Export,
        Action::TransferOwnership => pb::ActionKind::TransferOwnership,
        Action::Edit => pb::ActionKind::Edit,
        Action::Invite => pb::ActionKind::Invite,
        Action::Resend => pb::ActionKind::Resend,
        Action::Cancel => pb::ActionKind::Cancel,
        Action::Revoke => pb::ActionKind::Revoke,
        Action::Suspend => pb::ActionKind::Suspend,
        Action::Reactivate => pb::ActionKind::Reactivate,
        Action::Remove => pb::ActionKind::Remove,
    }
}
