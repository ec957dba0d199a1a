//! The tests of `action`.

#![allow(clippy::unwrap_used, reason = "tests")]
use uuid::Uuid;

use super::*;
use crate::domain::preset::Preset;

fn rights(role: &str) -> PermissionSet {
    Preset::standard()
        .unwrap()
        .role_named(role)
        .unwrap()
        .permissions
        .clone()
}

fn candidate(number: u128, state: MemberState, role: &str) -> Candidate {
    let facts = Facts {
        owner: role == "owner",
        replaceable: false,
        api_user: false,
    };
    Candidate {
        member: MemberId::new(Uuid::from_u128(number)),
        state,
        facts,
        rights: rights(role),
        itself: false,
    }
}

fn rule(limit: Option<u64>, used: u64, suspended_keep: bool) -> SeatRule {
    SeatRule {
        seats: Seats { limit, used },
        suspended_keep,
        adding_takes: true,
    }
}

fn asks(rights: &PermissionSet, owns: bool) -> Actor<'_> {
    Actor { rights, owns }
}

fn possible(actor: &str, selection: &[Candidate]) -> Vec<&'static str> {
    let verdicts = verdicts(
        asks(&rights(actor), actor == "owner"),
        selection,
        rule(None, 0, false),
        Owners::One,
    );
    verdicts
        .iter()
        .filter(|verdict| verdict.possible)
        .map(|verdict| verdict.action.as_str())
        .collect()
}

fn reasons(actor: &str, action: Action, selection: &[Candidate]) -> Vec<Obstacle> {
    seated(actor, action, selection, rule(None, 0, false))
}

fn seated(actor: &str, action: Action, selection: &[Candidate], rule: SeatRule) -> Vec<Obstacle> {
    verdicts(asks(&rights(actor), actor == "owner"), selection, rule, Owners::One)
        .into_iter()
        .find(|verdict| verdict.action == action)
        .unwrap()
        .obstacles
}

#[test]
fn every_action_takes_a_permission_of_the_standard_preset() {
    let known = Preset::standard().unwrap().permissions();
    for action in Action::ALL {
        assert!(known.contains(&action.permission()), "{action:?}");
    }
}

#[test]
fn with_nobody_selected_one_can_add_import_and_export() {
    assert_eq!(possible("admin", &[]), ["ADD", "IMPORT", "EXPORT"]);
    assert_eq!(possible("owner", &[]), ["ADD", "IMPORT", "EXPORT"]);
    assert!(possible("member", &[]).is_empty());
    let invite = reasons("admin", Action::Invite, &[]);
    assert_eq!(
        invite,
        [Obstacle {
            reason: Reason::NothingSelected,
            members: vec![]
        }]
    );
}

#[test]
fn what_an_admin_may_do_follows_the_state() {
    for (state, actions) in [
        (MemberState::Added, "EDIT INVITE REMOVE"),
        (MemberState::Invited, "EDIT RESEND CANCEL REVOKE REMOVE"),
        (MemberState::Expired, "EDIT INVITE RESEND REMOVE"),
        (MemberState::Declined, "EDIT INVITE REMOVE"),
        (MemberState::Active, "EDIT REVOKE SUSPEND REMOVE"),
        (MemberState::Suspended, "EDIT REVOKE REACTIVATE REMOVE"),
        (MemberState::Revoked, "EDIT INVITE REMOVE"),
    ] {
        let all = possible("admin", &[candidate(1, state, "member")]);
        assert_eq!(all.join(" "), format!("ADD IMPORT EXPORT {actions}"), "{state}");
    }
}

#[test]
fn b08_nothing_can_be_done_to_the_owner() {
    let owner = candidate(1, MemberState::Active, "owner");
    assert_eq!(
        possible("admin", std::slice::from_ref(&owner)),
        ["ADD", "IMPORT", "EXPORT"]
    );
    assert_eq!(
        possible("owner", std::slice::from_ref(&owner)),
        ["ADD", "IMPORT", "EXPORT"]
    );
    // To an administrator the owner is somebody who holds more; to the owner themselves the role is what protects.
    let [
        Obstacle {
            reason: Reason::HoldsMore(more),
            members,
        },
    ] = &reasons("admin", Action::Remove, std::slice::from_ref(&owner))[..]
    else {
        panic!("an administrator must be told that the owner holds more");
    };
    assert_eq!((more.is_empty(), members), (false, &vec![owner.member]));
    assert_eq!(
        reasons("owner", Action::Remove, std::slice::from_ref(&owner)),
        [Obstacle {
            reason: Reason::Life(LifeRefusal::OwnerProtected),
            members: vec![owner.member]
        }]
    );
}

#[test]
fn the_obstacle_names_the_members_who_stand_in_the_way() {
    let selection = [
        candidate(1, MemberState::Active, "member"),
        candidate(2, MemberState::Added, "member"),
        candidate(3, MemberState::Active, "admin"),
        candidate(4, MemberState::Added, "guest"),
    ];
    let suspend = reasons("admin", Action::Suspend, &selection);
    let wrong = LifeRefusal::WrongState {
        from: MemberState::Added,
        event: LifeEvent::Suspend,
    };
    assert_eq!(
        suspend,
        [Obstacle {
            reason: Reason::Life(wrong),
            members: vec![selection[1].member, selection[3].member]
        }]
    );
    assert_eq!(
        wrong.to_string(),
        "SUSPEND can't happen to a member who is ADDED: the member must be ACTIVE"
    );
}

#[test]
fn nobody_acts_on_someone_who_holds_more() {
    let mut clerk = rights("member");
    clerk.insert("members.suspend".parse().unwrap());
    let admin = candidate(1, MemberState::Active, "admin");
    let Some(Reason::HoldsMore(missing)) = obstacle(&clerk, Action::Suspend, &admin) else {
        unreachable!("an admin holds more than a clerk")
    };
    assert!(missing.contains(&"billing.manage".parse().unwrap()));
    assert_eq!(
        obstacle(&clerk, Action::Suspend, &candidate(2, MemberState::Active, "member")),
        None
    );
    for action in Action::ALL {
        let state = if action == Action::Invite {
            MemberState::Added
        } else {
            MemberState::Active
        };
        let refused = obstacle(&clerk, action, &candidate(3, state, "admin")).is_some();
        assert_eq!(refused, action.needs_selection(), "{action:?}");
    }
}

#[test]
fn one_cannot_end_ones_own_membership_but_may_edit_oneself() {
    let oneself = Candidate {
        itself: true,
        ..candidate(1, MemberState::Active, "admin")
    };
    assert_eq!(
        possible("admin", std::slice::from_ref(&oneself)),
        ["ADD", "IMPORT", "EXPORT", "EDIT"]
    );
    assert_eq!(
        obstacle(&rights("admin"), Action::Remove, &oneself),
        Some(Reason::Oneself)
    );
}

#[test]
fn ownership_goes_to_one_active_administrator() {
    let admin = candidate(1, MemberState::Active, "admin");
    let transfer = |selection: &[Candidate]| reasons("owner", Action::TransferOwnership, selection);
    assert_eq!(transfer(std::slice::from_ref(&admin)), []);
    assert_eq!(
        transfer(&[candidate(2, MemberState::Active, "member")])[0].reason,
        Reason::NotAdministrator
    );
    assert_eq!(
        transfer(&[candidate(2, MemberState::Suspended, "admin")])[0].reason,
        Reason::NotActive(MemberState::Suspended)
    );
    assert_eq!(
        transfer(&[candidate(2, MemberState::Active, "owner")])[0].reason,
        Reason::AlreadyOwner
    );
    assert_eq!(
        transfer(&[admin.clone(), candidate(3, MemberState::Active, "admin")])[0].reason,
        Reason::OneAlone
    );
    assert_eq!(
        reasons("admin", Action::TransferOwnership, &[admin])[0].reason,
        Reason::MissingPermission("organization.transfer".parse().unwrap())
    );
}

#[test]
fn the_api_user_is_not_removed() {
    let mut integration = candidate(1, MemberState::Active, "member");
    integration.facts.api_user = true;
    let refusal = obstacle(&rights("admin"), Action::Remove, &integration).unwrap();
    assert_eq!(refusal, Reason::Life(LifeRefusal::ApiUserProtected));
    assert!(refusal.to_string().contains("choose another API user first"));
}

#[test]
fn what_takes_seats_is_possible_while_there_are_enough() {
    use MemberState::{Active, Added, Expired, Invited, Suspended};
    let of = |states: &[MemberState]| -> Vec<Candidate> {
        let numbered = states.iter().enumerate();
        numbered
            .map(|(i, state)| candidate(i as u128, *state, "member"))
            .collect()
    };
    let left_over = |action, states: &[MemberState], rule| -> usize {
        let obstacles = seated("admin", action, &of(states), rule);
        let seats = obstacles.iter().filter(|o| matches!(o.reason, Reason::NoSeat(_)));
        seats.map(|o| o.members.len()).sum()
    };
    let two = rule(Some(5), 3, false);
    assert_eq!(left_over(Action::Invite, &[Added, Added], two), 0);
    assert_eq!(left_over(Action::Invite, &[Added, Added, Added, Added], two), 2);
    // Whoever can't be invited at all takes no seat from the others.
    assert_eq!(left_over(Action::Invite, &[Active, Added, Active, Added], two), 0);
    // An open invitation holds its seat, one that ran out takes another.
    let full = rule(Some(5), 5, false);
    assert_eq!(left_over(Action::Resend, &[Invited, Invited], full), 0);
    assert_eq!(left_over(Action::Resend, &[Invited, Expired, Invited], full), 1);
    assert_eq!(left_over(Action::Reactivate, &[Suspended], full), 1);
    assert_eq!(left_over(Action::Reactivate, &[Suspended], rule(Some(5), 5, true)), 0);
    for action in [
        Action::Edit,
        Action::Cancel,
        Action::Revoke,
        Action::Suspend,
        Action::Remove,
    ] {
        assert_eq!(
            left_over(action, &[Added, Invited, Active, Suspended], rule(Some(1), 9, false)),
            0,
            "{action:?}"
        );
    }
    let add = seated("admin", Action::Add, &[], full);
    let none = NoSeat {
        limit: 5,
        used: 5,
        asked: 1,
    };
    assert_eq!(
        add,
        [Obstacle {
            reason: Reason::NoSeat(none),
            members: vec![]
        }]
    );
    assert_eq!(seated("admin", Action::Add, &[], two), []);
}

#[test]
fn of_several_owners_the_last_who_can_act_stays() {
    let owners: Vec<_> = [MemberState::Active, MemberState::Suspended, MemberState::Active]
        .into_iter()
        .zip(1..)
        .map(|(state, number)| candidate(number, state, "owner"))
        .collect();
    let obstacles = |action, active| {
        let owners_there = Owners::Several { active };
        let all = verdicts(
            asks(&rights("owner"), true),
            &owners,
            rule(None, 0, false),
            owners_there,
        );
        let verdict = all.into_iter().find(|verdict| verdict.action == action).unwrap();
        let protected = verdict.obstacles.into_iter();
        let protected = protected.filter(|obstacle| obstacle.reason == Reason::Life(LifeRefusal::OwnerProtected));
        protected.flat_map(|obstacle| obstacle.members).collect::<Vec<_>>()
    };
    // Selected are two who can act; with a third elsewhere all may go, else not the second.
    assert_eq!(obstacles(Action::Remove, 3), []);
    assert_eq!(obstacles(Action::Remove, 2), [owners[2].member]);
    assert_eq!(obstacles(Action::Suspend, 2), [owners[2].member]);
    assert_eq!(obstacles(Action::Remove, 1), [owners[0].member, owners[2].member]);
    // One at a time: either of the two may be edited.
    assert_eq!(obstacles(Action::Edit, 2), []);
    assert_eq!(obstacles(Action::Edit, 1), [owners[0].member, owners[2].member]);
}
