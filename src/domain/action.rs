//! The buttons over the member list: which actions are possible for a selection, and if not, what stands in the way.
//!
//! [`obstacle`] decides for one member and is what the RPCs ask for each member they act on; [`verdicts`] gathers it
//! over a selection. Both rest on `membership::next` and `authority`, so they can't disagree with what is then done.

use super::authority::may_act_on;
use super::id::MemberId;
use super::membership::{Facts, LifeEvent, LifeRefusal, MemberState, Next, Owners, next};
use super::permission::{Permission, PermissionSet};
use super::seat::{NoSeat, Seats};

/// Something an administrator may want to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Add a member. Needs no selection.
    Add,
    /// Import members from a file. Needs no selection.
    Import,
    /// Export the members to a file. Needs no selection.
    Export,
    /// Make the one selected member the owner.
    TransferOwnership,
    /// Change roles, tags, groups and grants.
    Edit,
    /// Send an invitation.
    Invite,
    /// Send the invitation anew.
    Resend,
    /// Take the invitation back.
    Cancel,
    /// Withdraw the access.
    Revoke,
    /// Switch the access off for now.
    Suspend,
    /// Switch it on again.
    Reactivate,
    /// Take off the list.
    Remove,
}

impl Action {
    /// All of them, in the order of the buttons.
    pub const ALL: [Self; 12] = [
        Self::Add,
        Self::Import,
        Self::Export,
        Self::TransferOwnership,
        Self::Edit,
        Self::Invite,
        Self::Resend,
        Self::Cancel,
        Self::Revoke,
        Self::Suspend,
        Self::Reactivate,
        Self::Remove,
    ];

    /// The permission it takes.
    #[must_use]
    pub fn permission(self) -> Permission {
        Permission::known(match self {
            Self::Add => "members.add",
            Self::Import => "members.import",
            Self::Export => "members.export",
            Self::TransferOwnership => "organization.transfer",
            Self::Edit => "members.update",
            Self::Invite | Self::Resend | Self::Cancel => "members.invite",
            Self::Revoke => "members.revoke",
            Self::Suspend | Self::Reactivate => "members.suspend",
            Self::Remove => "members.remove",
        })
    }

    /// What it does to the life of each selected member; none if it isn't about their life.
    #[must_use]
    pub const fn event(self) -> Option<LifeEvent> {
        match self {
            Self::Add | Self::Import | Self::Export | Self::TransferOwnership => None,
            Self::Edit => Some(LifeEvent::UpdateRoles),
            Self::Invite => Some(LifeEvent::Invite),
            Self::Resend => Some(LifeEvent::Resend),
            Self::Cancel => Some(LifeEvent::Cancel),
            Self::Revoke => Some(LifeEvent::Revoke),
            Self::Suspend => Some(LifeEvent::Suspend),
            Self::Reactivate => Some(LifeEvent::Reactivate),
            Self::Remove => Some(LifeEvent::Remove),
        }
    }

    /// The word for the wire: `TRANSFER_OWNERSHIP`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "ADD",
            Self::Import => "IMPORT",
            Self::Export => "EXPORT",
            Self::TransferOwnership => "TRANSFER_OWNERSHIP",
            Self::Edit => "EDIT",
            Self::Invite => "INVITE",
            Self::Resend => "RESEND",
            Self::Cancel => "CANCEL",
            Self::Revoke => "REVOKE",
            Self::Suspend => "SUSPEND",
            Self::Reactivate => "REACTIVATE",
            Self::Remove => "REMOVE",
        }
    }

    /// Whether doing this to a member takes a seat that they don't hold yet: what the life makes of them holds one.
    #[must_use]
    pub fn takes_seat(self, candidate: &Candidate, suspended_keep: bool) -> bool {
        let to = self.event().map(|event| next(candidate.state, event, candidate.facts));
        match to {
            Some(Ok(Next::State(to))) => to.holds_seat(suspended_keep) && !candidate.state.holds_seat(suspended_keep),
            _ => false,
        }
    }

    /// Whether doing this can take a seat at all, whoever it is done to.
    #[must_use]
    pub const fn may_take_seat(self, suspended_keep: bool) -> bool {
        match self {
            Self::Add | Self::Import | Self::Invite | Self::Resend => true,
            Self::Reactivate => !suspended_keep,
            _ => false,
        }
    }

    /// The owners who remain when it is done to one of a selection, so that it isn't done to the last of them. Editing is
    /// one member at a time.
    #[must_use]
    pub fn leaves(self, owners: Owners, candidate: &Candidate) -> Owners {
        let ends = self != Self::Edit && self.event().is_some_and(LifeEvent::spares_owner);
        if candidate.facts.owner && ends {
            owners.without(candidate.state)
        } else {
            owners
        }
    }

    const fn needs_selection(self) -> bool {
        !matches!(self, Self::Add | Self::Import | Self::Export)
    }

    /// What one can't do to oneself: ending one's own membership is leaving, another call.
    const fn spares_oneself(self) -> bool {
        matches!(
            self,
            Self::Revoke | Self::Suspend | Self::Remove | Self::TransferOwnership
        )
    }
}

/// A selected member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who it is.
    pub member: MemberId,
    /// Where the membership stands now: see `MemberState::at`.
    pub state: MemberState,
    /// Owner, API user.
    pub facts: Facts,
    /// What the member's roles, groups and grants hold, whether or not the state lets them be used.
    pub rights: PermissionSet,
    /// It is the actor.
    pub itself: bool,
}

impl Candidate {
    /// The same, where these are the owners.
    #[must_use]
    pub fn among(mut self, owners: Owners) -> Self {
        self.facts = self.facts.among(owners, self.state);
        self
    }
}

/// Why an action isn't possible. The words say what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reason {
    /// The actor lacks the action's own permission.
    #[error("needs the permission {0}: ask someone who may change your roles")]
    MissingPermission(Permission),
    /// The actor isn't an owner.
    #[error("only an owner can do this")]
    NotOwner,
    /// Nobody is selected.
    #[error("select at least one member")]
    NothingSelected,
    /// More than one is selected.
    #[error("select one member alone")]
    OneAlone,
    /// The actor is among the selected.
    #[error("can't be done to oneself: to go, leave the organisation")]
    Oneself,
    /// A selected member holds more than the actor.
    #[error("a member holds permissions that you don't: {}", .0.iter().map(Permission::as_str).collect::<Vec<_>>().join(", "))]
    HoldsMore(Vec<Permission>),
    /// The member's life doesn't allow it.
    #[error(transparent)]
    Life(#[from] LifeRefusal),
    /// There aren't seats for all of them.
    #[error(transparent)]
    NoSeat(#[from] NoSeat),
    /// Ownership goes to active members only.
    #[error("the new owner must be an active member")]
    NotActive(MemberState),
    /// Ownership goes to administrators only: those who may change members' roles.
    #[error("the new owner must be an administrator: give a role with members.update first")]
    NotAdministrator,
    /// The owner has it already.
    #[error("the member is the owner already")]
    AlreadyOwner,
}

/// What stands in an action's way, and which members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// Why.
    pub reason: Reason,
    /// The selected members whom it's about, in the order of the selection; empty if it's about no member.
    pub members: Vec<MemberId>,
}

/// Whether an action is possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Which.
    pub action: Action,
    /// There is no obstacle.
    pub possible: bool,
    /// One for each reason, in the order they were met.
    pub obstacles: Vec<Obstacle>,
}

/// What stands in the way of doing this to this member, apart from the action's own permission; none: go on.
///
/// The actor may not act on someone who holds more; inviting and reactivating put the candidate's rights in force, and
/// that takes the same sets. Whoever changes the rights besides asks `authority::may_give` too.
#[must_use]
pub fn obstacle(actor: &PermissionSet, action: Action, candidate: &Candidate) -> Option<Reason> {
    stands(actor, action, candidate, candidate.facts)
}

fn stands(actor: &PermissionSet, action: Action, candidate: &Candidate, facts: Facts) -> Option<Reason> {
    if !action.needs_selection() {
        return None;
    }
    if action == Action::TransferOwnership {
        if facts.owner {
            return Some(Reason::AlreadyOwner);
        }
        if candidate.state != MemberState::Active {
            return Some(Reason::NotActive(candidate.state));
        }
        if !candidate.rights.contains_named("members.update") {
            return Some(Reason::NotAdministrator);
        }
    }
    // Rights come before the state: whoever may not act learns nothing of it.
    if let Err(lacks) = may_act_on(actor, &candidate.rights) {
        return Some(Reason::HoldsMore(lacks.permissions));
    }
    if let Some(Err(refusal)) = action.event().map(|event| next(candidate.state, event, facts)) {
        return Some(Reason::Life(refusal));
    }
    if candidate.itself && action.spares_oneself() {
        return Some(Reason::Oneself);
    }
    None
}

/// The seats of the organisation, as a decision sees them.
#[derive(Debug, Clone, Copy)]
pub struct SeatRule {
    /// As they are now.
    pub seats: Seats,
    /// Whether the suspended keep theirs.
    pub suspended_keep: bool,
    /// Whether a member who is added, with nothing said about how they come in, takes one.
    pub adding_takes: bool,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a> {
    /// What they may do.
    pub rights: &'a PermissionSet,
    /// Whether they own the organisation: whatever else they hold, nobody hands over what isn't theirs.
    pub owns: bool,
}

/// Every action, possible or not, for a selection. With nobody selected only adding, importing and exporting are.
#[must_use]
pub fn verdicts(actor: Actor<'_>, selection: &[Candidate], rule: SeatRule, owners: Owners) -> Vec<Verdict> {
    Action::ALL
        .into_iter()
        .map(|action| verdict(actor, action, selection, rule, owners))
        .collect()
}

fn verdict(actor: Actor<'_>, action: Action, selection: &[Candidate], rule: SeatRule, mut owners: Owners) -> Verdict {
    let mut obstacles: Vec<Obstacle> = Vec::new();
    let mut stand = |reason: Reason, member: Option<MemberId>| match obstacles.iter_mut().find(|o| o.reason == reason) {
        Some(obstacle) => obstacle.members.extend(member),
        None => obstacles.push(Obstacle {
            reason,
            members: member.into_iter().collect(),
        }),
    };
    let permission = action.permission();
    if !actor.rights.contains(&permission) {
        stand(Reason::MissingPermission(permission), None);
    } else if action == Action::TransferOwnership && !actor.owns {
        stand(Reason::NotOwner, None);
    }
    if action.needs_selection() && selection.is_empty() {
        stand(Reason::NothingSelected, None);
    }
    if action == Action::TransferOwnership && selection.len() > 1 {
        stand(Reason::OneAlone, None);
    }
    let mut seats = rule.seats;
    if action == Action::Add
        && rule.adding_takes
        && let Err(none) = seats.take(1)
    {
        stand(none.into(), None);
    }
    for candidate in selection {
        let facts = candidate.facts.among(owners, candidate.state);
        if let Some(reason) = stands(actor.rights, action, candidate, facts) {
            stand(reason, Some(candidate.member));
            continue;
        }
        owners = action.leaves(owners, candidate);
        if action.takes_seat(candidate, rule.suspended_keep) {
            match seats.take(1) {
                Ok(left) => seats = left,
                Err(none) => stand(none.into(), Some(candidate.member)),
            }
        }
    }
    Verdict {
        action,
        possible: obstacles.is_empty(),
        obstacles,
    }
}

#[cfg(test)]
mod tests;
