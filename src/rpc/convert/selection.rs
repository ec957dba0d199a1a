//! What is asked about and done to selections of members.

use super::Fields;
use super::member::MOST_SELECTED;
use crate::app::action::{Possible, Selection, Standing};
use crate::app::member::{Chosen, Confirmation, Done, Leave, Offboarding, Receipt, Remove, Removed};
use crate::domain::{Action, Email, MemberId};
use crate::error::Error;
use crate::pb::roster::membership::v1 as pb;
use crate::rpc::status;
use std::collections::HashSet;

/// The ids of a selection that isn't empty, each once.
fn selected(f: &mut Fields, ids: &[String]) -> Option<Vec<MemberId>> {
    if ids.is_empty() || ids.len() > MOST_SELECTED {
        let has = ids.len();
        f.refuse(
            "member_ids",
            format!("has {has} entries, 1 to {MOST_SELECTED} are allowed"),
        );
        return None;
    }
    let members = f.each::<MemberId>("member_ids", ids, MOST_SELECTED)?;
    let mut seen = HashSet::new();
    for (i, id) in members.iter().enumerate() {
        if !seen.insert(id) {
            f.refuse(format!("member_ids[{i}]"), "stands in the list twice");
        }
    }
    Some(members)
}

/// The requests and answers that act on a selection all have the same form.
macro_rules! batches {
    ($($request:ident, $response:ident;)+) => {$(
        impl TryFrom<pb::$request> for Chosen {
            type Error = Error;
            fn try_from(r: pb::$request) -> Result<Chosen, Error> {
                let mut f = Fields::default();
                let members = selected(&mut f, &r.member_ids);
                f.build(|| Some(Chosen { members: members?, atomic: r.atomic }))
            }
        }

        impl From<Done> for pb::$response {
            fn from(done: Done) -> Self {
                Self { results: results(done) }
            }
        }
    )+};
}

batches! {
    InviteMembersRequest, InviteMembersResponse;
    ResendInvitationsRequest, ResendInvitationsResponse;
    CancelInvitationsRequest, CancelInvitationsResponse;
    RevokeMembersRequest, RevokeMembersResponse;
    SuspendMembersRequest, SuspendMembersResponse;
    ReactivateMembersRequest, ReactivateMembersResponse;
}

/// What became of each of a selection.
pub(super) fn results(done: Done) -> Vec<pb::MemberResult> {
    let result = |(member, outcome): (MemberId, Result<_, Error>)| {
        let (member_id, outcome) = (member.to_string(), outcome.map(pb::Member::from));
        match outcome {
            Ok(member) => pb::MemberResult {
                member_id,
                error: None,
                member: Some(member),
            },
            Err(error) => pb::MemberResult {
                member_id,
                error: Some(status::item(&error)),
                member: None,
            },
        }
    };
    done.into_iter().map(result).collect()
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
        let mut members = Vec::with_capacity(r.removals.len());
        let mut confirmations = Vec::with_capacity(r.removals.len());
        for (i, removal) in r.removals.iter().enumerate() {
            let member = f.parse::<MemberId>(&format!("removals[{i}].member_id"), &removal.member_id);
            let confirm = f.parse::<Email>(&format!("removals[{i}].confirm"), &removal.confirm);
            let etag = f.etag_of(&format!("removals[{i}].etag"), &removal.etag);
            if member.is_some_and(|member| !seen.insert(member)) {
                f.refuse(format!("removals[{i}].member_id"), "stands in the list twice");
            }
            if let (Some(member), Some(confirm), Some(etag)) = (member, confirm, etag) {
                members.push(member);
                confirmations.push(Confirmation { confirm, etag });
            }
        }
        let atomic = r.atomic;
        f.build(|| {
            Some(Remove {
                batch: Chosen { members, atomic },
                confirmations,
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
                receipt: Some(receipt.into()),
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

impl From<Receipt> for pb::RemovalReceipt {
    fn from(receipt: Receipt) -> Self {
        let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        Self {
            sessions_ended: count(receipt.sessions),
            invitations_withdrawn: count(receipt.invitations),
            groups_left: count(receipt.groups),
            roles_ended: count(receipt.roles),
            bindings_ended: count(receipt.bindings),
            grants_ended: count(receipt.grants),
            tags_ended: count(receipt.tags),
        }
    }
}

impl TryFrom<pb::LeaveOrganizationRequest> for Leave {
    type Error = Error;
    fn try_from(r: pb::LeaveOrganizationRequest) -> Result<Leave, Error> {
        let mut f = Fields::default();
        let confirm = f.parse("confirm", &r.confirm);
        let etag = f.etag(&r.etag);
        f.build(|| {
            Some(Leave {
                confirm: confirm?,
                etag: etag?,
            })
        })
    }
}

impl From<Receipt> for pb::LeaveOrganizationResponse {
    fn from(receipt: Receipt) -> Self {
        Self {
            receipt: Some(receipt.into()),
        }
    }
}

impl TryFrom<pb::PreviewOffboardingRequest> for Selection {
    type Error = Error;
    fn try_from(r: pb::PreviewOffboardingRequest) -> Result<Selection, Error> {
        let mut f = Fields::default();
        let members = selected(&mut f, &r.member_ids);
        f.build(|| Some(Selection { members: members? }))
    }
}

impl From<Vec<Offboarding>> for pb::PreviewOffboardingResponse {
    fn from(previews: Vec<Offboarding>) -> Self {
        let previews = previews.into_iter().map(|preview| pb::OffboardingPreview {
            member_id: preview.member.to_string(),
            possible: preview.obstacle.is_none(),
            obstacles: preview.obstacle.into_iter().map(Into::into).collect(),
            ends: Some(preview.ends.into()),
            account_stays: preview.account_stays,
            frees_seat: preview.frees_seat,
        });
        Self {
            previews: previews.collect(),
        }
    }
}

impl From<Standing> for pb::ActionObstacle {
    fn from(standing: Standing) -> Self {
        Self {
            reason: standing.reason.to_owned(),
            message: standing.message,
            member_ids: standing.members.iter().map(ToString::to_string).collect(),
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
            obstacles: possible.obstacles.into_iter().map(Into::into).collect(),
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
