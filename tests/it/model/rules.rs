//! The model: people on one list, and what becomes of it. Rules 1 to 6 as a person would explain them.

mod invitations;

use std::collections::{BTreeMap, BTreeSet};

/// Names of permissions.
pub type Rights = BTreeSet<String>;

/// Where somebody stands, by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Added,
    Invited,
    Expired,
    Declined,
    Active,
    Suspended,
    Revoked,
}

/// Something done with members who are on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Invite,
    Resend,
    Cancel,
    Revoke,
    Suspend,
    Reactivate,
    Remove,
}

impl Act {
    pub const ALL: [Act; 7] = [
        Act::Invite,
        Act::Resend,
        Act::Cancel,
        Act::Revoke,
        Act::Suspend,
        Act::Reactivate,
        Act::Remove,
    ];

    pub fn permission(self) -> &'static str {
        match self {
            Act::Invite | Act::Resend | Act::Cancel => "members.invite",
            Act::Revoke => "members.revoke",
            Act::Suspend | Act::Reactivate => "members.suspend",
            Act::Remove => "members.remove",
        }
    }

    /// The state after it, or none if it can't be done from there. Removal has none.
    fn to(self, from: State) -> Option<State> {
        use State::*;
        match (self, from) {
            (Act::Invite, Added | Expired | Declined | Revoked) | (Act::Resend, Invited | Expired) => Some(Invited),
            (Act::Cancel, Invited) => Some(Added),
            (Act::Revoke, Invited | Active | Suspended) => Some(Revoked),
            (Act::Suspend, Active) => Some(Suspended),
            (Act::Reactivate, Suspended) => Some(Active),
            _ => None,
        }
    }
}

/// Somebody on the list.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub state: State,
    pub roles: BTreeSet<String>,
    pub in_group: bool,
    pub granted: bool,
    /// When the open invitation ends, and whose it is: seconds since the start, and a person's number.
    pub invitation: Option<(u64, usize)>,
}

/// Why not; or that it is done.
pub type Answer = Result<(), &'static str>;

/// The list, and what decides about it.
#[derive(Debug, Clone)]
pub struct Model {
    /// By person.
    pub rows: BTreeMap<usize, Row>,
    pub roles: BTreeMap<String, Rights>,
    pub group_role: Option<String>,
    pub seats: Option<u64>,
    /// Seconds since the start.
    pub now: u64,
}

/// What single members are granted here.
pub const GRANT: &str = "billing.read";
/// How long invitations last.
pub const WEEK: u64 = 7 * 24 * 3600;

impl Model {
    pub fn state(&self, person: usize) -> Option<State> {
        let row = self.rows.get(&person)?;
        Some(match (row.state, row.invitation) {
            (State::Invited, Some((end, _))) if end <= self.now => State::Expired,
            (state, _) => state,
        })
    }

    pub fn is_active(&self, person: usize) -> bool {
        self.state(person) == Some(State::Active)
    }

    pub fn rights_of(&self, row: &Row) -> Rights {
        let group = self.group_role.iter().filter(|_| row.in_group);
        let mut rights: Rights = row
            .roles
            .iter()
            .chain(group)
            .flat_map(|role| self.roles[role].clone())
            .collect();
        if row.granted {
            rights.insert(GRANT.to_owned());
        }
        rights
    }

    /// What somebody may do now: nothing, unless they are active.
    pub fn rights(&self, person: usize) -> Rights {
        match self.rows.get(&person) {
            Some(row) if row.state == State::Active => self.rights_of(row),
            _ => Rights::new(),
        }
    }

    pub fn owner(&self) -> usize {
        let owners: Vec<usize> = self
            .rows
            .iter()
            .filter(|(_, row)| row.roles.contains("owner"))
            .map(|(p, _)| *p)
            .collect();
        assert_eq!(owners.len(), 1);
        owners[0]
    }

    pub fn used(&self) -> u64 {
        let holds = |person: &&usize| matches!(self.state(**person), Some(State::Active | State::Invited));
        self.rows.keys().filter(holds).count() as u64
    }

    fn a_seat_is_free(&self) -> Answer {
        match self.seats {
            Some(seats) if self.used() >= seats => Err("REASON_SEATS_EXHAUSTED"),
            _ => Ok(()),
        }
    }

    fn may(&self, actor: usize, permission: &str) -> Answer {
        if self.rights(actor).contains(permission) {
            Ok(())
        } else {
            Err("REASON_PERMISSION_MISSING")
        }
    }

    fn may_give(&self, actor: usize, roles: &BTreeSet<String>, also: &Rights) -> Answer {
        let given: Rights = roles
            .iter()
            .flat_map(|role| self.roles[role].clone())
            .chain(also.clone())
            .collect();
        if !given.is_subset(&self.rights(actor)) {
            return Err("REASON_RIGHTS_EXCEED_YOURS");
        }
        if roles.contains("owner") {
            return Err("REASON_OWNER_ROLE_MOVES_BY_TRANSFER");
        }
        Ok(())
    }

    pub fn add(&mut self, actor: usize, person: usize, role: &str, invite: bool) -> Answer {
        self.may(actor, "members.add")?;
        let roles: BTreeSet<String> = [role.to_owned()].into();
        self.may_give(actor, &roles, &Rights::new())?;
        if self.rows.contains_key(&person) {
            return Err("REASON_ALREADY_MEMBER");
        }
        if invite {
            self.a_seat_is_free()?;
        }
        let row = Row {
            id: String::new(),
            state: if invite { State::Invited } else { State::Added },
            roles,
            in_group: false,
            granted: false,
            invitation: invite.then_some((self.now + WEEK, actor)),
        };
        self.rows.insert(person, row);
        Ok(())
    }

    /// Whether the call as a whole is let in.
    pub fn enters(&self, actor: usize, act: Act) -> Answer {
        self.may(actor, act.permission())
    }

    /// One of a selection.
    pub fn act(&mut self, actor: usize, act: Act, person: usize) -> Answer {
        let Some(row) = self.rows.get(&person).cloned() else {
            return Err("REASON_NOT_FOUND");
        };
        if !self.rights_of(&row).is_subset(&self.rights(actor)) {
            return Err("REASON_TARGET_OUTRANKS_YOU");
        }
        let spared = matches!(act, Act::Revoke | Act::Suspend | Act::Remove);
        if spared && row.roles.contains("owner") {
            return Err("REASON_OWNER_PROTECTED");
        }
        let from = self.state(person).expect("is on the list");
        let to = act.to(from);
        if to.is_none() && act != Act::Remove {
            return Err("REASON_STATE_FORBIDS");
        }
        if spared && actor == person {
            return Err("REASON_ACTING_ON_YOURSELF");
        }
        let seated = matches!(from, State::Active | State::Invited);
        if matches!(to, Some(State::Active | State::Invited)) && !seated {
            self.a_seat_is_free()?;
        }
        self.become_(person, to, actor);
        Ok(())
    }

    fn become_(&mut self, person: usize, to: Option<State>, actor: usize) {
        let Some(to) = to else {
            self.rows.remove(&person);
            return self.withdraw_of(person, &Rights::new());
        };
        let end = self.now + WEEK;
        let row = self.rows.get_mut(&person).expect("is on the list");
        row.state = to;
        row.invitation = (to == State::Invited).then_some((end, actor));
        if matches!(to, State::Revoked | State::Suspended) {
            self.withdraw_of(person, &Rights::new());
        }
    }

    /// After rights changed: whoever lost some can't stand behind as much as before.
    fn shrink(&mut self, before: &Model) {
        let people: Vec<usize> = self.rows.keys().copied().collect();
        for person in people {
            let (was, is) = (before.rights(person), self.rights(person));
            if !was.is_subset(&is) {
                self.withdraw_of(person, &is);
            }
        }
    }

    pub fn update(&mut self, actor: usize, person: usize, change: &Change) -> Answer {
        self.may(actor, "members.update")?;
        let Some(row) = self.rows.get(&person).cloned() else {
            return Err("REASON_NOT_FOUND");
        };
        if !self.rights_of(&row).is_subset(&self.rights(actor)) {
            return Err("REASON_TARGET_OUTRANKS_YOU");
        }
        // The owner may be in groups: they get nothing there that they don't hold.
        if row.roles.contains("owner") && !matches!(change, Change::Group(_)) {
            return Err("REASON_OWNER_PROTECTED");
        }
        let mut next = row.clone();
        match change {
            Change::Roles(roles) => {
                let added: BTreeSet<String> = roles.difference(&row.roles).cloned().collect();
                self.may_give(actor, &added, &Rights::new())?;
                next.roles = roles.clone();
            }
            Change::Grant(granted) => {
                let given: Rights = granted.then(|| GRANT.to_owned()).into_iter().collect();
                self.may_give(actor, &BTreeSet::new(), &given)?;
                next.granted = *granted;
            }
            Change::Group(member_of) => {
                let given = if *member_of && !row.in_group {
                    self.group_role.clone()
                } else {
                    None
                };
                self.may_give(actor, &given.into_iter().collect(), &Rights::new())?;
                next.in_group = *member_of;
            }
        }
        let before = self.clone();
        self.rows.insert(person, next);
        self.shrink(&before);
        self.rest_anew(actor);
        Ok(())
    }

    /// Somebody edits a role of the organisation's own.
    pub fn edit_role(&mut self, actor: usize, role: &str, rights: &Rights) -> Answer {
        self.may(actor, "roles.manage")?;
        let both: Rights = self.roles[role].union(rights).cloned().collect();
        self.may_give(actor, &BTreeSet::new(), &both)?;
        let before = self.clone();
        self.roles.insert(role.to_owned(), rights.clone());
        self.shrink(&before);
        self.rest_anew(actor);
        Ok(())
    }

    pub fn leave(&mut self, person: usize) -> Answer {
        if self.rows[&person].roles.contains("owner") {
            return Err("REASON_OWNER_PROTECTED");
        }
        self.become_(person, None, person);
        Ok(())
    }

    /// The owner hands the organisation to an administrator, and becomes one.
    pub fn transfer(&mut self, actor: usize, person: usize) -> Answer {
        self.may(actor, "organization.transfer")?;
        let before = self.clone();
        for (who, role) in [(actor, "admin"), (person, "owner")] {
            let row = self.rows.get_mut(&who).expect("is on the list");
            row.roles.remove("owner");
            row.roles.remove("admin");
            row.roles.insert(role.to_owned());
        }
        self.shrink(&before);
        Ok(())
    }
}

/// What an edit of a member changes.
#[derive(Debug, Clone)]
pub enum Change {
    Roles(BTreeSet<String>),
    Grant(bool),
    Group(bool),
}
