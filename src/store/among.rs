//! Rows of an organisation by a list of keys.
//!
//! Both engines find them by an index that begins with the organisation and goes on with the key. PostgreSQL, which plans a
//! statement for any organisation and doesn't know that this one may be a thousand times the usual size, would rather read
//! all of the organisation and compare: so it is given the pairs as a table to join with, and nothing to read alone by.

use super::Conn;
use crate::domain::{MemberId, OrganizationId};
use sea_orm::sea_query::{Condition, Expr, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, Value};
use std::fmt::Display;
use uuid::Uuid;

/// The rows of an organisation whose key is one of these.
pub(super) fn among<C: ColumnTrait>(
    conn: &Conn,
    (here, organization): (C, OrganizationId),
    (key, keys): (C, impl IntoIterator<Item = Uuid>),
) -> Condition {
    let keys: Vec<Uuid> = keys.into_iter().collect();
    match conn.get_database_backend() {
        DbBackend::Postgres if keys.len() > 1 => {
            let pairs = keys.iter().map(|key| (organization.uuid(), *key));
            Condition::all().add(joined(here, key, "$4::text::uuid[]", pairs, array))
        }
        _ => Condition::all().add(here.eq(organization.uuid())).add(key.is_in(keys)),
    }
}

/// The same in several organisations.
pub(super) fn among_pairs<C: ColumnTrait>(
    conn: &Conn,
    (here, key): (C, C),
    places: &[(OrganizationId, MemberId)],
) -> Condition {
    let pairs = || {
        places
            .iter()
            .map(|(organization, member)| (organization.uuid(), member.uuid()))
    };
    match conn.get_database_backend() {
        DbBackend::Postgres => Condition::all().add(joined(here, key, "$4::text::uuid[]", pairs(), array)),
        _ => Condition::all()
            .add(here.is_in(pairs().map(|(organization, _)| organization)))
            .add(key.is_in(pairs().map(|(_, member)| member))),
    }
}

/// The same for keys that are text.
pub(super) fn among_texts<C: ColumnTrait>(
    conn: &Conn,
    (here, organization): (C, OrganizationId),
    (key, keys): (C, &[&str]),
) -> Condition {
    match conn.get_database_backend() {
        DbBackend::Postgres if keys.len() > 1 => {
            let pairs = keys.iter().map(|key| (organization.uuid(), *key));
            Condition::all().add(joined(here, key, "string_to_array($4, chr(1))", pairs, |keys| {
                keys.join("\u{1}")
            }))
        }
        _ => Condition::all()
            .add(here.eq(organization.uuid()))
            .add(key.is_in(keys.iter().copied())),
    }
}

fn joined<C: ColumnTrait, K>(
    here: C,
    key: C,
    keys: &str,
    pairs: impl Iterator<Item = (Uuid, K)>,
    list: impl Fn(&[K]) -> String,
) -> SimpleExpr {
    let (organizations, each): (Vec<Uuid>, Vec<K>) = pairs.unzip();
    let text = format!("($1, $2) IN (SELECT * FROM unnest($3::text::uuid[], {keys}))");
    let values = [array(&organizations), list(&each)].map(|value| Expr::value(Value::from(value)));
    let columns = [here, key].map(|column| Expr::col(column.as_column_ref()));
    Expr::cust_with_exprs(text, columns.into_iter().chain(values))
}

/// A list as PostgreSQL reads it from a text.
pub(super) fn array(values: &[impl Display]) -> String {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    format!("{{{}}}", values.join(","))
}

/// The places of some ids in a statement, and the ids among its values. Their number is rounded up, the last id said again:
/// so a few statements stay prepared for lists of any length.
pub(super) fn places(values: &mut Vec<Value>, ids: &[Uuid]) -> String {
    let first = values.len() + 1;
    let count = ids.len().next_power_of_two();
    let last = ids.last().copied().unwrap_or_default();
    values.extend(
        ids.iter()
            .chain(std::iter::repeat(&last))
            .take(count)
            .map(|id| Value::from(*id)),
    );
    let names: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_any_length_take_a_few_forms() {
        let ids: Vec<Uuid> = (1..=5).map(Uuid::from_u128).collect();
        let mut values = vec![Value::from(0i64)];
        assert_eq!(places(&mut values, &ids), "$2, $3, $4, $5, $6, $7, $8, $9");
        let said = ids.iter().chain([&ids[4]; 3]).map(|id| Value::from(*id));
        assert_eq!(values[1..], said.collect::<Vec<_>>());
        let mut none = vec![];
        assert_eq!(
            (places(&mut none, &[]), none),
            ("$1".to_owned(), vec![Value::from(Uuid::nil())])
        );
    }
}
