//! What the repositories of named things share: finding by id or name, searching names, counting by what they are in.

use super::{Conn, from_db};
use crate::domain::naming::{Ref, likeness};
use crate::error::Error;
use sea_orm::sea_query::{Condition, LikeExpr};
use sea_orm::{ColumnTrait, EntityTrait, QuerySelect, Select};
use std::collections::HashMap;
use std::hash::Hash;
use uuid::Uuid;

/// One page of named things. No two of an organisation have the same likeness, so it alone says where a page ended.
#[derive(Debug, Clone, Copy)]
pub struct NamedPage<'a> {
    /// Part of the likeness. Empty: no matter.
    pub search: &'a str,
    /// The likeness of the last of the page before. Empty for the first page.
    pub after: &'a str,
    /// How many.
    pub limit: u64,
}

/// Those with one of these ids or names.
pub(super) fn named<C: ColumnTrait, Id: Copy>(
    id: C,
    key: C,
    meant: &[Ref<Id>],
    uuid: impl Fn(Id) -> Uuid,
) -> Condition {
    let (mut ids, mut keys) = (vec![], vec![]);
    for one in meant {
        match one {
            Ref::Id(id) => ids.push(uuid(*id)),
            Ref::Name(name) => keys.push(likeness(name.as_str())),
        }
    }
    let mut any = Condition::any();
    if !ids.is_empty() {
        any = any.add(id.is_in(ids));
    }
    if !keys.is_empty() {
        any = any.add(key.is_in(keys));
    }
    any
}

/// Those whose key contains this text, taken to the letter.
pub(super) fn containing<C: ColumnTrait>(key: C, search: &str) -> Condition {
    if search.is_empty() {
        return Condition::all();
    }
    let escaped = search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    Condition::all().add(key.like(LikeExpr::new(format!("%{escaped}%")).escape('\\')))
}

/// How many rows there are for each value of a column.
pub(super) async fn counted<E: EntityTrait, C: ColumnTrait, Id: Eq + Hash>(
    conn: &Conn,
    query: Select<E>,
    by: C,
    id: impl Fn(Uuid) -> Id,
) -> Result<HashMap<Id, u64>, Error> {
    let rows: Vec<(Uuid, i64)> = query
        .select_only()
        .column(by)
        .column_as(by.count(), "how_many")
        .group_by(by)
        .into_tuple()
        .all(conn)
        .await
        .map_err(from_db)?;
    Ok(rows
        .into_iter()
        .map(|(of, count)| (id(of), u64::try_from(count).unwrap_or(0)))
        .collect())
}
