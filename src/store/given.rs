//! What members were given and what their groups and tags are called, read by one statement however many members there are.

use super::among::{array, places};
use super::entity::member::{Column, Model};
use super::right::at;
use super::{Conn, from_db};
use crate::clock::Time;
use crate::domain::naming::Color;
use crate::domain::roles::Binding;
use crate::domain::tag::TagLabel;
use crate::domain::{BindingId, DisplayName, Given, GroupId, MemberId, OrganizationId, RoleId, TagId};
use crate::error::Error;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Iden, Iterable, QueryResult, Statement};
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;
use uuid::Uuid;

/// Each kind of things given, but for the condition: kind, member, what (role, group or tag), binding, name or permission,
/// end, number, colour.
const PARTS: [&str; 5] = [
    "SELECT 1 AS kind, member_id AS whose, role_id AS what, CAST(NULL AS uuid) AS binding, CAST(NULL AS text) AS called, \
     CAST(NULL AS timestamptz) AS ends, CAST(0 AS bigint) AS counted, CAST(NULL AS text) AS painted FROM member_roles t",
    "SELECT 2, t.member_id, t.group_id, NULL, n.name, NULL, 0, NULL FROM group_members t \
     JOIN groups n ON n.organization_id = t.organization_id AND n.id = t.group_id",
    "SELECT 3, t.member_id, t.tag_id, NULL, n.name, NULL, 0, n.color FROM member_tags t \
     JOIN tags n ON n.organization_id = t.organization_id AND n.id = t.tag_id",
    "SELECT 4, member_id, NULL, NULL, permission, NULL, 0, NULL FROM grants t",
    "SELECT 5, member_id, role_id, id, NULL, expires_at, 0, NULL FROM bindings t",
];
/// What their organisations count: in the place of the member stands the organisation.
const COUNTED: &str = "SELECT 6, id, api_user_id, NULL, NULL, NULL, roles_version, NULL FROM organizations t";

/// All that members were given who meet a condition on `t.organization_id` and `t.member_id`.
fn parts(met: &str) -> String {
    let parts: Vec<String> = PARTS.iter().map(|part| format!("{part} WHERE {met}")).collect();
    parts.join(" UNION ALL ")
}

/// A listed member beside each thing that it was given: organisation, member.
static ONE: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<String> = Column::iter()
        .map(|column| format!("m.{}", column.unquoted()))
        .collect();
    format!(
        "SELECT {}, g.* FROM members m LEFT JOIN ({} UNION ALL {COUNTED} WHERE t.id = $1) g ON m.id IS NOT NULL \
         WHERE m.organization_id = $1 AND m.id = $2 AND m.state <> 7",
        columns.join(", "),
        parts("t.organization_id = $1 AND t.member_id = $2"),
    )
});

/// The same of many, for PostgreSQL: their organisations, one for each; they; and each organisation once. A join with the
/// pairs and nothing else: see `among.rs`.
static MANY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT g.* FROM unnest($1::text::uuid[], $2::text::uuid[]) AS p(organization_id, member_id) \
         CROSS JOIN LATERAL ({}) g UNION ALL {COUNTED} WHERE t.id = ANY($3::text::uuid[])",
        parts("t.organization_id = p.organization_id AND t.member_id = p.member_id"),
    )
});

/// The roles that members were given themselves, and all else. The key is the member's; what an organisation's roles count
/// stands under its own id, and beside it who is its API user.
#[derive(Debug, Default)]
pub(super) struct AllGiven(HashMap<Uuid, (Vec<RoleId>, Given)>, HashMap<Uuid, Uuid>);

impl AllGiven {
    /// Takes what one member has, in order.
    pub(super) fn take(&mut self, organization: Uuid, member: Uuid) -> (Vec<RoleId>, Given) {
        let version = self.0.get(&organization).map_or(0, |(_, given)| given.roles_version);
        let (mut roles, mut given) = self.0.remove(&member).unwrap_or_default();
        roles.sort_unstable();
        given.groups.sort_unstable();
        given.tags.sort_unstable();
        given.bindings.sort_unstable_by_key(|binding| binding.id);
        given.roles_version = version;
        given.api_user = self.1.get(&organization) == Some(&member);
        (roles, given)
    }

    /// Enters one row, whose columns begin at `first` and are those of [`PARTS`] behind the member.
    pub(super) fn enter(&mut self, member: Uuid, kind: i32, row: &QueryResult, first: usize) -> Result<(), Error> {
        let (roles, given) = self.0.entry(member).or_default();
        match kind {
            1 => roles.push(RoleId::new(at(row, first)?)),
            2 => {
                let group = GroupId::new(at(row, first)?);
                given.groups.push(group);
                let called: Option<String> = at(row, first + 2)?;
                let called = called.map(|name| (group, DisplayName::stored(name)));
                given.labels.groups.extend(called);
            }
            3 => {
                let tag = TagLabel {
                    id: TagId::new(at(row, first)?),
                    name: DisplayName::stored(at(row, first + 2)?),
                    color: Color::stored(at(row, first + 5)?),
                };
                given.tags.push(tag.id);
                given.labels.tags.push(tag);
            }
            4 => given.grants.extend(at::<String>(row, first + 2)?.parse().ok()),
            5 => given.bindings.push(Binding {
                id: BindingId::new(at(row, first + 1)?),
                role: RoleId::new(at(row, first)?),
                expires_at: at::<Time>(row, first + 3)?,
            }),
            _ => {
                given.roles_version = at(row, first + 4)?;
                self.1
                    .extend(at::<Option<Uuid>>(row, first)?.map(|api_user| (member, api_user)));
            }
        }
        Ok(())
    }
}

/// How many members one statement asks for: SQLite takes 32,766 values, of which each member may need two.
const AT_ONCE: usize = 8192;

/// What members were given: each is named by its organisation and its id.
pub(super) async fn given(conn: &Conn, members: &[(Uuid, Uuid)]) -> Result<AllGiven, Error> {
    let mut all = AllGiven::default();
    for some in members.chunks(AT_ONCE) {
        read(conn, some, &mut all).await?;
    }
    Ok(all)
}

async fn read(conn: &Conn, members: &[(Uuid, Uuid)], all: &mut AllGiven) -> Result<(), Error> {
    let (organizations, ids): (Vec<Uuid>, Vec<Uuid>) = members.iter().copied().unzip();
    let distinct = Vec::from_iter(organizations.iter().copied().collect::<BTreeSet<Uuid>>());
    let engine = conn.get_database_backend();
    let statement = match engine {
        DbBackend::Postgres => {
            let values = [&organizations, &ids, &distinct].map(|list| array(list).into());
            Statement::from_sql_and_values(engine, MANY.as_str(), values)
        }
        _ => {
            let mut values = vec![];
            let organizations = places(&mut values, &distinct);
            let ids = places(&mut values, &ids);
            let given = parts(&format!(
                "t.organization_id IN ({organizations}) AND t.member_id IN ({ids})"
            ));
            let sql = format!("{given} UNION ALL {COUNTED} WHERE t.id IN ({organizations})");
            Statement::from_sql_and_values(engine, sql, values)
        }
    };
    for row in conn.query_all_raw(statement).await.map_err(from_db)? {
        all.enter(at(&row, 1)?, at(&row, 0)?, &row, 2)?;
    }
    Ok(())
}

/// One listed member with all that it was given.
pub(super) async fn one(
    conn: &Conn,
    organization: OrganizationId,
    id: MemberId,
) -> Result<Option<(Model, Vec<RoleId>, Given)>, Error> {
    let values = [organization.uuid().into(), id.uuid().into()];
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), ONE.as_str(), values);
    let rows = conn.query_all_raw(statement).await.map_err(from_db)?;
    let Some(first) = rows.first() else { return Ok(None) };
    let model = Model::from_query_result(first, "").map_err(from_db)?;
    let behind = Column::iter().count();
    let mut all = AllGiven::default();
    for row in &rows {
        if let Some(kind) = at::<Option<i32>>(row, behind)? {
            all.enter(at(row, behind + 1)?, kind, row, behind + 2)?;
        }
    }
    let (roles, given) = all.take(model.organization_id, model.id);
    Ok(Some((model, roles, given)))
}
