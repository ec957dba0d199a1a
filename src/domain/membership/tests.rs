//! The life against a table written by hand, and against a model under random events.

#![allow(clippy::unwrap_used, reason = "tests")]

use chrono::{DateTime, Duration};
use proptest::prelude::*;

use super::*;

const ANYBODY: Facts = Facts {
    owner: false,
    replaceable: false,
    api_user: false,
};
const OWNER: Facts = Facts {
    owner: true,
    replaceable: false,
    api_user: false,
};
const API_USER: Facts = Facts {
    owner: false,
    replaceable: false,
    api_user: true,
};

/// Written by hand from the description of a membership's life: state, event, outcome. All else is refused.
const MOVES: &str = "
    ADDED INVITE INVITED
    INVITED ACCEPT ACTIVE
    INVITED DECLINE DECLINED
    INVITED EXPIRE EXPIRED
    INVITED REVOKE REVOKED
    INVITED CANCEL ADDED
    INVITED RESEND INVITED
    EXPIRED INVITE INVITED
    EXPIRED RESEND INVITED
    DECLINED INVITE INVITED
    REVOKED INVITE INVITED
    ACTIVE SUSPEND SUSPENDED
    ACTIVE REVOKE REVOKED
    ACTIVE LEAVE removed
    SUSPENDED REACTIVATE ACTIVE
    SUSPENDED REVOKE REVOKED
    ADDED REMOVE removed
    INVITED REMOVE removed
    EXPIRED REMOVE removed
    DECLINED REMOVE removed
    ACTIVE REMOVE removed
    SUSPENDED REMOVE removed
    REVOKED REMOVE removed
    ADDED UPDATE_ROLES ADDED
    INVITED UPDATE_ROLES INVITED
    EXPIRED UPDATE_ROLES EXPIRED
    DECLINED UPDATE_ROLES DECLINED
    ACTIVE UPDATE_ROLES ACTIVE
    SUSPENDED UPDATE_ROLES SUSPENDED
    REVOKED UPDATE_ROLES REVOKED";

fn by_table(from: MemberState, event: LifeEvent) -> Option<&'static str> {
    let words: Vec<_> = MOVES.split_whitespace().collect();
    words
        .chunks(3)
        .find(|row| row[0] == from.as_str() && row[1] == event.as_str())
        .map(|row| row[2])
}

fn by_function(from: MemberState, event: LifeEvent, facts: Facts) -> Option<&'static str> {
    match next(from, event, facts) {
        Ok(Next::State(state)) => Some(state.as_str()),
        Ok(Next::Removed) => Some("removed"),
        Err(_) => None,
    }
}

fn any_state() -> impl Strategy<Value = MemberState> {
    prop::sample::select(MemberState::ALL.to_vec())
}

fn any_event() -> impl Strategy<Value = LifeEvent> {
    prop::sample::select(LifeEvent::ALL.to_vec())
}

#[test]
fn the_allowed_moves_are_exactly_those_of_the_table() {
    let mut allowed = 0;
    for from in MemberState::ALL {
        for event in LifeEvent::ALL {
            assert_eq!(
                by_function(from, event, ANYBODY),
                by_table(from, event),
                "{from} {event}"
            );
            allowed += usize::from(by_table(from, event).is_some());
            if by_table(from, event).is_none() {
                assert_eq!(next(from, event, ANYBODY), Err(LifeRefusal::WrongState { from, event }));
            }
        }
    }
    assert_eq!(
        allowed,
        MOVES.split_whitespace().count() / 3,
        "no row of the table names a state or event that isn't there"
    );
}

#[test]
fn each_state_has_its_access_seat_and_guide() {
    let rows: Vec<_> = MemberState::ALL
        .iter()
        .map(|state| {
            format!(
                "{state} {} {} {}",
                state.has_access(),
                state.holds_seat(false),
                state.guide()
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            "ADDED false false INVITE",
            "INVITED false true WAIT",
            "EXPIRED false false RE_INVITE",
            "DECLINED false false RE_INVITE",
            "ACTIVE true true OK",
            "SUSPENDED false false REACTIVATE",
            "REVOKED false false INVITE",
        ]
    );
    assert!(
        MemberState::ALL
            .iter()
            .all(|state| state.as_str().parse() == Ok(*state))
    );
    assert_eq!("active".parse::<MemberState>(), Err(StateError));
}

#[test]
fn i14_an_invitation_expires_by_the_clock() {
    let time = DateTime::from_timestamp_nanos(1_700_000_000_000_000_000);
    let moment = Duration::microseconds(1);
    let at = |expires, now| MemberState::at(MemberState::Invited, expires, now);
    assert_eq!(at(Some(time), time - moment), MemberState::Invited);
    assert_eq!(at(Some(time), time), MemberState::Expired);
    assert_eq!(at(Some(time), time + moment), MemberState::Expired);
    assert_eq!(at(None, time), MemberState::Invited);
    for state in MemberState::ALL
        .into_iter()
        .filter(|state| *state != MemberState::Invited)
    {
        assert_eq!(
            MemberState::at(state, Some(time - moment), time),
            state,
            "only an open invitation expires"
        );
    }
}

#[test]
fn the_owner_and_the_api_user_are_protected_in_every_state() {
    use LifeEvent::{Leave, Remove, Revoke, Suspend, UpdateRoles};
    for from in MemberState::ALL {
        for event in [Remove, Suspend, Revoke, Leave, UpdateRoles] {
            assert_eq!(
                next(from, event, OWNER),
                Err(LifeRefusal::OwnerProtected),
                "{from} {event}"
            );
        }
        for event in [Remove, Suspend, Revoke, Leave] {
            assert_eq!(
                next(from, event, API_USER),
                Err(LifeRefusal::ApiUserProtected),
                "{from} {event}"
            );
        }
        for event in LifeEvent::ALL
            .into_iter()
            .filter(|event| !matches!(event, Remove | Leave | Revoke | Suspend))
        {
            assert_eq!(
                next(from, event, API_USER),
                next(from, event, ANYBODY),
                "{from} {event}"
            );
        }
    }
}

#[test]
fn every_refusal_says_what_would_mend_it() {
    let wrong = LifeRefusal::WrongState {
        from: MemberState::Revoked,
        event: LifeEvent::Suspend,
    };
    assert_eq!(
        wrong.to_string(),
        "SUSPEND can't happen to a member who is REVOKED: the member must be ACTIVE"
    );
    assert!(
        LifeRefusal::OwnerProtected
            .to_string()
            .contains("transfer the ownership first")
    );
    assert!(
        LifeRefusal::ApiUserProtected
            .to_string()
            .contains("choose another API user first")
    );
}

#[test]
fn a_membership_begins_listed_invited_or_active() {
    let states = [Entry::Listed, Entry::Invited, Entry::TemporaryPassword, Entry::Founder].map(Entry::state);
    assert_eq!(
        states,
        [
            MemberState::Added,
            MemberState::Invited,
            MemberState::Active,
            MemberState::Active
        ]
    );
}

proptest! {
    #[test]
    fn the_owner_never_leaves_active(events in prop::collection::vec(any_event(), 0..80), api_user: bool) {
        let mut state = Entry::Founder.state();
        for event in events {
            match next(state, event, Facts { owner: true, replaceable: false, api_user }) {
                Ok(Next::State(to)) => state = to,
                Ok(Next::Removed) => prop_assert!(false, "{} removed the owner", event),
                Err(_) => {}
            }
            prop_assert_eq!(state, MemberState::Active);
        }
    }

    /// The model remembers the history: whether an invitation is open, was accepted, is withdrawn. It never asks `next`.
    #[test]
    fn a_life_follows_its_history(events in prop::collection::vec(any_event(), 0..80), api_user: bool) {
        let mut state = Entry::Listed.state();
        let (mut open, mut joined, mut off) = (false, false, false);
        for event in events {
            let outcome = next(state, event, Facts { owner: false, replaceable: false, api_user });
            let Ok(Next::State(to)) = outcome else {
                if outcome == Ok(Next::Removed) {
                    prop_assert!(!api_user && matches!(event, LifeEvent::Remove | LifeEvent::Leave));
                    break;
                }
                continue;
            };
            match event {
                LifeEvent::Invite => { prop_assert!(!open && !joined); open = true; }
                LifeEvent::Resend => { prop_assert!(!joined); open = true; }
                LifeEvent::Accept => { prop_assert!(open && !joined); open = false; joined = true; }
                LifeEvent::Decline | LifeEvent::Expire | LifeEvent::Cancel => { prop_assert!(open); open = false; }
                LifeEvent::Revoke => { prop_assert!(open || joined); open = false; joined = false; off = false; }
                LifeEvent::Suspend => { prop_assert!(joined && !off); off = true; }
                LifeEvent::Reactivate => { prop_assert!(joined && off); off = false; }
                LifeEvent::UpdateRoles => prop_assert_eq!(to, state),
                LifeEvent::Remove | LifeEvent::Leave => prop_assert!(false, "{} left the member on the list", event),
            }
            state = to;
            prop_assert_eq!(state.has_access(), joined && !off, "access rests on an acceptance that nobody took back");
            prop_assert_eq!(state.holds_seat(false), open || (joined && !off));
            prop_assert_eq!(state == MemberState::Invited, open);
        }
    }

    #[test]
    fn facts_only_ever_forbid(from in any_state(), event in any_event(), owner: bool, replaceable: bool, api_user: bool) {
        if let Ok(there) = next(from, event, Facts { owner, replaceable, api_user }) {
            prop_assert_eq!(next(from, event, ANYBODY), Ok(there));
        }
    }

    /// Owners go and come back in any order: one who can act always remains.
    #[test]
    fn the_last_owner_stays(many in 1_u64..6, events in prop::collection::vec((0_usize..6, any_event()), 0..80)) {
        let mut owners: Vec<MemberState> = (0..many).map(|_| MemberState::Active).collect();
        for (which, event) in events {
            let Some(state) = owners.get(which).copied() else { continue };
            let active = owners.iter().filter(|state| state.has_access()).count() as u64;
            let facts = OWNER.among(Owners::Several { active }, state);
            match next(state, event, facts) {
                Ok(Next::State(to)) => owners[which] = to,
                Ok(Next::Removed) => drop(owners.remove(which)),
                Err(_) => {}
            }
            prop_assert!(owners.iter().any(|state| state.has_access()), "{} ended the last owner", event);
        }
    }
}

#[test]
fn an_owner_may_go_where_another_remains() {
    let several = |active| Owners::Several { active };
    for (owners, state, spare) in [
        (Owners::One, MemberState::Active, false),
        (Owners::One, MemberState::Suspended, false),
        (several(1), MemberState::Active, false),
        (several(1), MemberState::Suspended, true),
        (several(1), MemberState::Invited, true),
        (several(2), MemberState::Active, true),
    ] {
        assert_eq!(owners.can_spare(state), spare, "{owners:?} {state}");
        for event in LifeEvent::ALL {
            let protected = next(state, event, OWNER.among(owners, state)) == Err(LifeRefusal::OwnerProtected);
            assert_eq!(protected, !spare && event.spares_owner(), "{owners:?} {state} {event}");
        }
    }
    assert_eq!(several(2).without(MemberState::Active), several(1));
    assert_eq!(several(2).without(MemberState::Suspended), several(2));
    assert_eq!(
        ANYBODY.among(several(9), MemberState::Active),
        ANYBODY,
        "nobody else is concerned"
    );
}
