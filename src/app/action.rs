//! What may be done with members: the domain's verdicts, for the RPC that tells and for those that do.

use super::View;
use super::rights::lacking;
use crate::clock::Time;
use crate::domain::action::{Actor, Candidate, Reason, verdicts};
use crate::domain::member::Member;
use crate::domain::{Action, Facts, LifeRefusal, MemberId, Roles};
use crate::error::{Denied, Error, Exhausted, Refused};
use std::collections::HashMap;

/// A member, as a decision sees them.
pub(super) fn candidate(roles: &Roles, member: &Member, actor: MemberId, now: Time) -> Candidate {
    Candidate {
        member: member.id,
        state: member.state_at(now),
        facts: Facts {
            owner: member.roles.contains(&roles.owner()),
            api_user: member.given.api_user,
            // Who asks about owners says so: see `Candidate::among`.
            replaceable: false,
        },
        rights: roles.rights_of(member, now),
        itself: member.id == actor,
    }
}

/// A reason not to act on a member, as the refusal that callers get.
pub(super) fn refusal(roles: &Roles, member: Option<&Member>, reason: Reason) -> Error {
    let id = member.map(|member| member.id.to_string()).unwrap_or_default();
    match reason {
        Reason::MissingPermission(permission) => lacking(roles, permission.as_str()),
        Reason::NotOwner => Denied::OwnerOnly.into(),
        Reason::HoldsMore(lacks) => Denied::TargetOutranksYou(lacks.iter().map(ToString::to_string).collect()).into(),
        Reason::Oneself => Refused::ActingOnYourself.into(),
        Reason::Life(LifeRefusal::OwnerProtected) | Reason::AlreadyOwner => Refused::OwnerProtected {
            member: id,
            already: reason == Reason::AlreadyOwner,
        }
        .into(),
        Reason::Life(LifeRefusal::ApiUserProtected) => Refused::ApiUserProtected { member: id }.into(),
        Reason::Life(LifeRefusal::WrongState { from, event }) => Refused::StateForbids {
            member: id,
            state: from.as_str(),
            event: event.as_str(),
        }
        .into(),
        Reason::NoSeat(none) => Exhausted::Seats {
            limit: none.limit,
            used: none.used,
        }
        .into(),
        Reason::NothingSelected => Error::field("member_ids", "select at least one member"),
        Reason::OneAlone => Error::field("member_ids", "select one member alone"),
        Reason::NotActive(state) => Refused::StateForbids {
            member: id,
            state: state.as_str(),
            event: "transfer_ownership",
        }
        .into(),
        Reason::NotAdministrator => Refused::NotAnAdministrator { member: id }.into(),
    }
}

/// A selection.
#[derive(Debug)]
pub struct Selection {
    /// Which members, each once.
    pub members: Vec<MemberId>,
}

/// Whether an action is possible for a selection.
#[derive(Debug)]
pub struct Possible {
    /// Which action.
    pub action: Action,
    /// What stands in its way. Empty: nothing does.
    pub obstacles: Vec<Standing>,
}

/// Something that stands in the way of an action.
#[derive(Debug)]
pub struct Standing {
    /// A reason of the contract.
    pub reason: &'static str,
    /// The same in words, in the language of the call.
    pub message: String,
    /// The members it is about; none if it is about no member.
    pub members: Vec<MemberId>,
}

/// A reason not to act, as it is told.
pub(super) fn told(
    view: &View<'_>,
    roles: &Roles,
    member: Option<&Member>,
    reason: Reason,
    members: Vec<MemberId>,
) -> Standing {
    let why = refusal(roles, member, reason);
    Standing {
        reason: why.reason(),
        message: view.app.say(view.call.locale, &why),
        members,
    }
}

/// For a selection: each action, possible or not, and why not.
pub async fn list(view: &View<'_>, input: &Selection) -> Result<Vec<Possible>, Error> {
    let caller = view.call.caller()?;
    let place = view.call.place()?;
    let found = view
        .rows
        .members()
        .list_by_id(place.organization, &input.members)
        .await?;
    let found: HashMap<MemberId, Member> = found.into_iter().map(|member| (member.id, member)).collect();
    let roles = view.roles(place.organization).await?;
    let mut selection = Vec::with_capacity(input.members.len());
    for id in &input.members {
        let member = found.get(id).ok_or_else(|| Error::missing("member", id))?;
        selection.push(candidate(&roles, member, place.member, view.now));
    }
    let organization = view.rows.organizations().get(place.organization).await?;
    let rule = view.seat_rule(&organization).await?;
    let owners = view.owners_among(&roles, place.organization, found.values()).await?;
    let owner = view.app.preset.owner_role().name.as_str();
    let actor = Actor {
        rights: &caller.permissions,
        owns: caller.roles.iter().any(|role| role == owner),
    };
    let possible = verdicts(actor, &selection, rule, owners).into_iter();
    let possible = possible.map(|verdict| Possible {
        action: verdict.action,
        obstacles: verdict
            .obstacles
            .into_iter()
            .map(|obstacle| {
                let subject = obstacle.members.first().and_then(|id| found.get(id));
                told(view, &roles, subject, obstacle.reason, obstacle.members)
            })
            .collect(),
    });
    Ok(possible.collect())
}
