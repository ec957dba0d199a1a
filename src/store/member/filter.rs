//! A list's filters as SQL: as conditions on a member that is at hand, and as the sets of members that meet one of them.

use super::stored;
use crate::clock::Time;
use crate::domain::gram::{Grams, Sought};
use crate::domain::member::MemberFilter;
use crate::domain::membership::MemberState;
use crate::domain::{OrganizationId, RoleId};
use crate::store::dialect;
use sea_orm::{DbBackend, Statement, Value};
use uuid::Uuid;

/// A statement under construction: its values are numbered as they come.
pub(super) struct Sql {
    pub(super) engine: DbBackend,
    values: Vec<Value>,
}

impl Sql {
    pub(super) fn new(engine: DbBackend) -> Sql {
        Sql { engine, values: vec![] }
    }

    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn any_of(&mut self, values: impl Iterator<Item = Uuid>) -> String {
        let places: Vec<String> = values.map(|value| self.bind(value)).collect();
        format!("({})", places.join(", "))
    }

    pub(super) fn statement(self, text: &str) -> Statement {
        Statement::from_sql_and_values(self.engine, text, self.values)
    }
}

/// A filter by whose own index its members can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Grams,
    Tags,
    Groups,
    Roles,
    States,
}

/// The ways that a filter leaves, the one that is most likely the narrowest first.
pub(super) fn ways(filter: &MemberFilter) -> Vec<Way> {
    let mut ways = vec![];
    if !filter.search.is_empty() && Grams::of(&filter.search) != Grams::Whatever {
        ways.push(Way::Grams);
    }
    if !filter.tags.is_empty() {
        ways.push(Way::Tags);
    }
    if !filter.groups.is_empty() {
        ways.push(Way::Groups);
    }
    if !filter.roles.is_empty() {
        ways.push(Way::Roles);
    }
    if !filter.states.is_empty() {
        ways.push(Way::States);
    }
    ways
}

/// The rows of members `m` that one filter lets through, and perhaps a few more, read by that filter's index.
pub(super) fn from(sql: &mut Sql, way: Way, organization: OrganizationId, filter: &MemberFilter, now: Time) -> String {
    match linked(sql, way, organization, filter, now) {
        Some(ids) => {
            let here = sql.bind(organization.uuid());
            // The order of a cross join is the order in which SQLite reads.
            format!(
                "(SELECT DISTINCT member_id FROM ({ids}) AS found) AS p CROSS JOIN members m \
                 WHERE m.organization_id = {here} AND m.id = p.member_id"
            )
        }
        None => indexed(sql, way, organization, filter, now),
    }
}

/// About the same rows, to be counted: some twice, where a member has several of what is asked for. Without a look at the
/// members themselves, which an engine that expects many would rather read whole.
pub(super) fn roughly(
    sql: &mut Sql,
    way: Way,
    organization: OrganizationId,
    filter: &MemberFilter,
    now: Time,
) -> String {
    match linked(sql, way, organization, filter, now) {
        Some(ids) => format!("({ids}) AS found"),
        None => indexed(sql, way, organization, filter, now),
    }
}

/// The ids of the members that a filter finds in a table of its own; none where it is a matter of the members' own columns.
fn linked(sql: &mut Sql, way: Way, organization: OrganizationId, filter: &MemberFilter, now: Time) -> Option<String> {
    match way {
        Way::Grams | Way::States => None,
        Way::Tags => Some(tagged(sql, organization, filter, "")),
        Way::Groups => Some(grouped(sql, organization, filter, "")),
        Way::Roles => Some(holding(sql, organization, &filter.roles, now, "").join(" UNION ALL ")),
    }
}

fn indexed(sql: &mut Sql, way: Way, organization: OrganizationId, filter: &MemberFilter, now: Time) -> String {
    if way == Way::Grams {
        return sought(sql, organization, filter, None, None);
    }
    let here = sql.bind(organization.uuid());
    let states = in_states(sql, &filter.states, now);
    let hint = dialect::by_index(sql.engine, "members_by_state");
    format!("members m {hint} WHERE m.organization_id = {here} AND m.state <> 7 AND {states}")
}

/// Those whom the index of grams finds, of names that begin with the one and not with the other.
pub(super) fn sought(
    sql: &mut Sql,
    organization: OrganizationId,
    filter: &MemberFilter,
    beginning: Option<&str>,
    left_out: Option<&str>,
) -> String {
    let grams = &Grams::of(&filter.search);
    let sought = Sought {
        grams,
        beginning,
        left_out,
    };
    dialect::members_with(sql.engine, organization.uuid(), &sought, |value| sql.bind(value))
}

/// What a listed member `m` must meet. Where a set of members is involved, it's looked into for each one: the engines
/// would otherwise sometimes gather the whole set first, which may be as large as the organisation.
pub(super) fn conditions(sql: &mut Sql, organization: OrganizationId, filter: &MemberFilter, now: Time) -> String {
    let mut all = vec!["m.state <> 7".to_owned()];
    if !filter.search.is_empty() {
        let mut pattern = filter.search.replace('\\', "\\\\");
        pattern = pattern.replace('%', "\\%").replace('_', "\\_");
        let pattern = sql.bind(format!("%{pattern}%"));
        all.push(format!("m.search_key LIKE {pattern}{}", dialect::escape(sql.engine)));
    }
    if !filter.states.is_empty() {
        all.push(in_states(sql, &filter.states, now));
    }
    let mut has = |found: String| all.push(format!("({found} LIMIT 1) IS NOT NULL"));
    if !filter.tags.is_empty() {
        has(tagged(sql, organization, filter, " AND x.member_id = m.id"));
    }
    if !filter.groups.is_empty() {
        has(grouped(sql, organization, filter, " AND x.member_id = m.id"));
    }
    if !filter.roles.is_empty() {
        let ways = holding(sql, organization, &filter.roles, now, " AND x.member_id = m.id");
        has(format!("SELECT member_id FROM ({}) AS held", ways.join(" UNION ALL ")));
    }
    all.join(" AND ")
}

fn tagged(sql: &mut Sql, organization: OrganizationId, filter: &MemberFilter, one: &str) -> String {
    let here = sql.bind(organization.uuid());
    let tags = sql.any_of(filter.tags.iter().map(|tag| tag.uuid()));
    format!("SELECT x.member_id FROM member_tags x WHERE x.organization_id = {here} AND x.tag_id IN {tags}{one}")
}

fn grouped(sql: &mut Sql, organization: OrganizationId, filter: &MemberFilter, one: &str) -> String {
    let here = sql.bind(organization.uuid());
    let groups = sql.any_of(filter.groups.iter().map(|group| group.uuid()));
    format!("SELECT x.member_id FROM group_members x WHERE x.organization_id = {here} AND x.group_id IN {groups}{one}")
}

/// The three sources of a role: given to the member, to a group that they are in, for a while that isn't over.
fn holding(sql: &mut Sql, organization: OrganizationId, roles: &[RoleId], now: Time, one: &str) -> [String; 3] {
    let here = sql.bind(organization.uuid());
    let roles = sql.any_of(roles.iter().map(|role| role.uuid()));
    let now = sql.bind(now);
    // All of a role from the groups that carry it; one member from the groups that they are in.
    let tables = match one {
        "" => "group_roles g CROSS JOIN group_members x",
        _ => "group_members x CROSS JOIN group_roles g",
    };
    [
        format!(
            "SELECT x.member_id FROM member_roles x WHERE x.organization_id = {here} AND x.role_id IN {roles}{one}"
        ),
        format!(
            "SELECT x.member_id FROM {tables} WHERE g.organization_id = {here} \
             AND g.role_id IN {roles} AND x.organization_id = {here} AND x.group_id = g.group_id{one}"
        ),
        format!(
            "SELECT x.member_id FROM bindings x WHERE x.organization_id = {here} AND x.role_id IN {roles} \
             AND x.expires_at > {now}{one}"
        ),
    ]
}

/// An expired invitation is stored as an open one: the clock tells them apart.
fn in_states(sql: &mut Sql, states: &[MemberState], now: Time) -> String {
    let mut numbers: Vec<String> = states.iter().map(|state| stored(*state).to_string()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let numbers = format!("m.state IN ({})", numbers.join(", "));
    let invited = stored(MemberState::Invited);
    let (open, ended) = (
        states.contains(&MemberState::Invited),
        states.contains(&MemberState::Expired),
    );
    match (open, ended) {
        (true, false) => format!(
            "{numbers} AND (m.state <> {invited} OR m.invitation_expires_at > {})",
            sql.bind(now)
        ),
        (false, true) => {
            format!(
                "{numbers} AND (m.state <> {invited} OR m.invitation_expires_at <= {})",
                sql.bind(now)
            )
        }
        _ => numbers,
    }
}
