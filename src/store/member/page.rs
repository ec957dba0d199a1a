//! One page of an organisation's list, and how many there are.
//!
//! A page without filters is read off an index in the order asked. Filters make it a question of how many members meet
//! them. Where many do, the quickest is to walk along the order and pass over those that don't; where few do, to begin
//! with them, by the filter's own index, and to order what is found. Nobody knows beforehand, and the estimates of the
//! engines go astray, so: first a walk past a few thousand members ([`STRETCHES`]), which fills the page if many meet the
//! filters, and is all there is to do in a smaller organisation; then, for what is still missing, by the narrowest filter's
//! index ([`Way`]). So a page costs a stretch and as much as meets the narrowest filter, not the organisation.
//!
//! In the order of names, a search by the index of grams goes on in slices (`by_name.rs`).
//!
//! Some things are left that cost more. Filters that are wide each, but have next to nothing in common behind the first
//! stretch, cost as much as the narrower one holds: 100,000 members with a tag are read to find the three among them that
//! are suspended. A search for the inside of such a first name (`aria`), or for any in the order of addresses, reads all who
//! have it. One for one or two letters that few have gathers all texts that begin anywhere with them, other tenants' too.
//! And one for a single letter of [`gram::FREQUENT`] has no index: if none of the next members has it, the walk
//! goes on to the end.
//!
//! [`gram::FREQUENT`]: crate::domain::gram::FREQUENT

use super::Members;
use super::filter::{self, Sql, Way};
use crate::clock::Time;
use crate::domain::member::{Member, MemberFilter, MemberOrder};
use crate::domain::page::Direction;
use crate::domain::{MemberId, OrganizationId};
use crate::error::Error;
use crate::store::entity::member::Model;
use crate::store::{Repository, dialect, from_db};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

/// How many members a walk passes before it gives up, and how many more if it found a quarter of the page. A page of 50 is
/// full by then if one in forty meets the filters, or one in two hundred.
const STRETCHES: [u64; 2] = [2_000, 8_000];
/// Filters are told apart by how many members meet them up to here.
const PROBE: u64 = 5_000;

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Paging {
    /// By what.
    pub order: MemberOrder,
    /// Which way.
    pub direction: Direction,
    /// The last of the page before: the value it was ordered by, and its id.
    pub after: Option<(After, MemberId)>,
    /// How many.
    pub limit: u64,
}

/// The value that a page ended at.
#[derive(Debug, Clone, PartialEq)]
pub enum After {
    /// A folded name or a canonical address.
    Text(String),
    /// A time.
    Time(Time),
}

/// What is listed.
pub(super) struct Query<'a> {
    pub(super) organization: OrganizationId,
    pub(super) filter: &'a MemberFilter,
    pub(super) paging: &'a Paging,
    pub(super) now: Time,
}

/// A place in the order: the value it is ordered by, and the id.
pub(super) type Place = (After, MemberId);

impl<M> Repository<'_, Members, M> {
    /// One page of an organisation's list.
    pub async fn list(
        &self,
        organization: OrganizationId,
        filter: &MemberFilter,
        paging: &Paging,
        now: Time,
    ) -> Result<Vec<Member>, Error> {
        let query = Query {
            organization,
            filter,
            paging,
            now,
        };
        let rows = self.rows(&query).await?;
        self.with_given(rows).await
    }

    async fn rows(&self, query: &Query<'_>) -> Result<Vec<Model>, Error> {
        let engine = self.conn.get_database_backend();
        let (after, limit) = (query.paging.after.as_ref(), query.paging.limit);
        let ways = filter::ways(query.filter);
        if query.is_in_order(&ways) {
            return self.models(query.walk(engine, after, None, limit)).await;
        }
        let by_name = query.paging.order == MemberOrder::Name && ways.contains(&Way::Grams);
        let (mut rows, mut from) = (vec![], after.cloned());
        for members in STRETCHES {
            let end = self.end_of_stretch(query, from.as_ref(), members).await?;
            // A whole page of them: some may be there already, and none behind those may be passed over.
            let walk = query.walk(engine, from.as_ref(), end.as_ref(), limit);
            add(&mut rows, self.models(walk).await?, limit);
            if end.is_none() || rows.len() as u64 >= limit {
                return Ok(rows);
            }
            from = end;
            // The next would hardly fill the page, or there is something quicker.
            if (rows.len() as u64) * 4 < limit || by_name {
                break;
            }
        }
        let way = self.narrowest(query, ways).await?;
        if let (Some(Way::Grams), Some(from), true) = (way, &from, by_name) {
            return self.by_name(query, rows, from).await;
        }
        let rest = match way {
            Some(way) => query.drive(engine, way, from.as_ref(), limit),
            None => query.walk(engine, from.as_ref(), None, limit),
        };
        add(&mut rows, self.models(rest).await?, limit);
        Ok(rows)
    }

    /// How many match. It costs more the more there are: as many as the narrowest filter holds are looked at.
    pub async fn count(&self, organization: OrganizationId, filter: &MemberFilter, now: Time) -> Result<u64, Error> {
        let paging = &Paging {
            order: MemberOrder::Name,
            direction: Direction::Ascending,
            after: None,
            limit: 0,
        };
        let query = Query {
            organization,
            filter,
            paging,
            now,
        };
        let way = self.narrowest(&query, filter::ways(filter)).await?;
        let statement = query.total(self.conn.get_database_backend(), way);
        let counts = self.numbers(statement).await?;
        Ok(counts.first().copied().unwrap_or(0))
    }

    pub(super) async fn models(&self, statement: Statement) -> Result<Vec<Model>, Error> {
        Model::find_by_statement(statement)
            .all(self.conn)
            .await
            .map_err(from_db)
    }

    /// The numbers in the columns of a statement's only row.
    async fn numbers(&self, statement: Statement) -> Result<Vec<u64>, Error> {
        let Some(row) = self.conn.query_one_raw(statement).await.map_err(from_db)? else {
            return Ok(vec![]);
        };
        let count = |i| -> Result<u64, Error> {
            let number: i64 = row.try_get_by_index(i).map_err(from_db)?;
            Ok(u64::try_from(number).unwrap_or(0))
        };
        (0..row.column_names().len()).map(count).collect()
    }

    /// Where a walk that begins here is to give up; none if the list ends before.
    async fn end_of_stretch(
        &self,
        query: &Query<'_>,
        after: Option<&Place>,
        members: u64,
    ) -> Result<Option<Place>, Error> {
        let statement = query.skip(self.conn.get_database_backend(), after, members);
        let Some(row) = self.conn.query_one_raw(statement).await.map_err(from_db)? else {
            return Ok(None);
        };
        let value = match query.paging.order {
            MemberOrder::Added => After::Time(row.try_get_by_index(0).map_err(from_db)?),
            MemberOrder::Name | MemberOrder::Email => After::Text(row.try_get_by_index(0).map_err(from_db)?),
        };
        let id: Uuid = row.try_get_by_index(1).map_err(from_db)?;
        Ok(Some((value, MemberId::new(id))))
    }

    /// The way that leads past the fewest members. Where there are several, each is followed a little.
    async fn narrowest(&self, query: &Query<'_>, ways: Vec<Way>) -> Result<Option<Way>, Error> {
        if ways.len() < 2 {
            return Ok(ways.first().copied());
        }
        let statement = query.probe(self.conn.get_database_backend(), &ways);
        let counts = self.numbers(statement).await?;
        Ok(ways
            .into_iter()
            .zip(counts)
            .min_by_key(|(_, count)| *count)
            .map(|(way, _)| way))
    }
}

/// Adds what a statement found to what those before it did. Who was renamed in between may stand in both: they count once,
/// and hide nobody.
pub(super) fn add(rows: &mut Vec<Model>, found: Vec<Model>, limit: u64) {
    for row in found {
        if (rows.len() as u64) < limit && !rows.iter().any(|other| other.id == row.id) {
            rows.push(row);
        }
    }
}

impl Query<'_> {
    /// Whether one index holds just these members in just this order.
    fn is_in_order(&self, ways: &[Way]) -> bool {
        let any = ways.is_empty() && self.filter.search.is_empty();
        any || (ways == [Way::States] && self.paging.order == MemberOrder::Added && self.filter.states.len() == 1)
    }

    fn column(&self) -> &'static str {
        match self.paging.order {
            MemberOrder::Name => "m.name_key",
            MemberOrder::Email => "m.email_key",
            MemberOrder::Added => "m.created_at",
        }
    }

    pub(super) fn index(&self) -> &'static str {
        match self.paging.order {
            MemberOrder::Name => "members_by_name",
            MemberOrder::Email => "members_email",
            MemberOrder::Added if self.is_in_order(&filter::ways(self.filter)) && !self.filter.states.is_empty() => {
                "members_by_state"
            }
            MemberOrder::Added => "members_by_time",
        }
    }

    pub(super) fn order(&self) -> String {
        let way = match self.paging.direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        format!("ORDER BY {} {way}, m.id {way}", self.column())
    }

    /// The part of the order behind one place and up to another.
    pub(super) fn between(&self, sql: &mut Sql, after: Option<&Place>, up_to: Option<&Place>) -> String {
        let (behind, until) = match self.paging.direction {
            Direction::Ascending => (">", "<="),
            Direction::Descending => ("<", ">="),
        };
        let mut text = String::new();
        for (place, is) in [(after, behind), (up_to, until)] {
            let Some((value, id)) = place else { continue };
            let value = match value {
                After::Text(text) => sql.bind(text.clone()),
                After::Time(time) => sql.bind(*time),
            };
            let id = sql.bind(id.uuid());
            text.push_str(&format!(" AND ({}, m.id) {is} ({value}, {id})", self.column()));
        }
        text
    }

    /// Along the order, past those that don't meet the filters.
    fn walk(&self, engine: sea_orm::DbBackend, after: Option<&Place>, up_to: Option<&Place>, limit: u64) -> Statement {
        let mut sql = Sql::new(engine);
        let here = sql.bind(self.organization.uuid());
        let met = filter::conditions(&mut sql, self.organization, self.filter, self.now);
        let between = self.between(&mut sql, after, up_to);
        let (hint, order) = (dialect::by_index(engine, self.index()), self.order());
        sql.statement(&format!(
            "SELECT m.* FROM members m {hint} WHERE m.organization_id = {here} AND {met}{between} {order} LIMIT {limit}"
        ))
    }

    /// The place so many members along the order.
    fn skip(&self, engine: sea_orm::DbBackend, after: Option<&Place>, members: u64) -> Statement {
        let mut sql = Sql::new(engine);
        let here = sql.bind(self.organization.uuid());
        let between = self.between(&mut sql, after, None);
        let (hint, order, column) = (dialect::by_index(engine, self.index()), self.order(), self.column());
        sql.statement(&format!(
            "SELECT {column}, m.id FROM members m {hint} WHERE m.organization_id = {here} AND m.state <> 7{between} \
             {order} LIMIT 1 OFFSET {}",
            members - 1
        ))
    }

    /// All that one filter's index finds, compared with the others, and then ordered.
    fn drive(&self, engine: sea_orm::DbBackend, way: Way, after: Option<&Place>, limit: u64) -> Statement {
        let mut sql = Sql::new(engine);
        let from = filter::from(&mut sql, way, self.organization, self.filter, self.now);
        let met = filter::conditions(&mut sql, self.organization, self.filter, self.now);
        let between = self.between(&mut sql, after, None);
        let (fence, order) = (dialect::fence(engine), self.order());
        sql.statement(&format!(
            "SELECT m.* FROM (SELECT m.* FROM {from} AND {met}{between} {fence}) AS m {order} LIMIT {limit}"
        ))
    }

    fn total(&self, engine: sea_orm::DbBackend, way: Option<Way>) -> Statement {
        let mut sql = Sql::new(engine);
        let from = match way {
            Some(way) => filter::from(&mut sql, way, self.organization, self.filter, self.now),
            None => format!(
                "members m WHERE m.organization_id = {}",
                sql.bind(self.organization.uuid())
            ),
        };
        let met = filter::conditions(&mut sql, self.organization, self.filter, self.now);
        sql.statement(&format!("SELECT count(*) FROM {from} AND {met}"))
    }

    fn probe(&self, engine: sea_orm::DbBackend, ways: &[Way]) -> Statement {
        let mut sql = Sql::new(engine);
        let counts: Vec<String> = ways
            .iter()
            .map(|way| {
                let from = filter::roughly(&mut sql, *way, self.organization, self.filter, self.now);
                format!("(SELECT count(*) FROM (SELECT 1 FROM {from} LIMIT {PROBE}) AS few)")
            })
            .collect();
        sql.statement(&format!("SELECT {}", counts.join(", ")))
    }
}
