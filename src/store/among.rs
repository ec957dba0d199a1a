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
