//! Inserting many rows at once.
//!
//! PostgreSQL gets them as one JSON document, which it reads as rows of the table: so one statement stays prepared whatever
//! the number of rows, and neither side handles thousands of values one by one. SQLite, in the same process, gets values.

use super::{Conn, ROWS, from_db};
use crate::error::Error;
use data_encoding::HEXLOWER;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, DbBackend, EntityName, EntityTrait, Iden, Iterable, Statement,
    Value,
};
use std::io::Write;

/// Inserts rows, however many, in as few statements as the engines allow. Each has the same columns set.
pub(super) async fn insert_all<A: ActiveModelTrait>(conn: &Conn, rows: Vec<A>) -> Result<(), Error> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some: Vec<A> = rows.by_ref().take(ROWS).collect();
        match conn.get_database_backend() {
            DbBackend::Postgres if some.len() > 1 => insert_document(conn, some).await?,
            _ => {
                let query = A::Entity::insert_many(some);
                query.exec_without_returning(conn).await.map_err(from_db)?;
            }
        }
    }
    Ok(())
}

type ColumnOf<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Column;

async fn insert_document<A: ActiveModelTrait>(conn: &Conn, rows: Vec<A>) -> Result<(), Error> {
    let set: Vec<ColumnOf<A>> = ColumnOf::<A>::iter()
        .filter(|column| rows.first().is_some_and(|row| !row.get(*column).is_not_set()))
        .collect();
    let document = document(&set, rows).map_err(|e| Error::Internal(e.to_string()))?;
    let columns: Vec<String> = set.iter().map(|column| format!("\"{}\"", column.unquoted())).collect();
    let (table, columns) = (A::Entity::default(), columns.join(", "));
    let table = table.table_name();
    let sql = format!(
        "INSERT INTO \"{table}\" ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::\"{table}\", $1::json)"
    );
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [document.into()]);
    conn.execute_raw(statement).await.map_err(from_db)?;
    Ok(())
}

fn unlike() -> std::io::Error {
    std::io::Error::other("the rows have different columns set")
}

/// `[{"column":value,…},…]`
fn document<A: ActiveModelTrait>(columns: &[ColumnOf<A>], rows: Vec<A>) -> std::io::Result<String> {
    let mut text = Vec::with_capacity(rows.len() * columns.len() * 32);
    for mut row in rows {
        let others =
            || ColumnOf::<A>::iter().filter(|column| !columns.iter().any(|c| c.unquoted() == column.unquoted()));
        if others().any(|column| !row.get(column).is_not_set()) {
            return Err(unlike());
        }
        text.push(if text.is_empty() { b'[' } else { b',' });
        for (nth, column) in columns.iter().enumerate() {
            text.extend_from_slice(if nth == 0 { b"{\"" } else { b",\"" });
            text.extend_from_slice(column.unquoted().as_bytes());
            text.extend_from_slice(b"\":");
            match row.take(*column) {
                ActiveValue::Set(value) | ActiveValue::Unchanged(value) => write(&mut text, value)?,
                ActiveValue::NotSet => return Err(unlike()),
            }
        }
        text.push(b'}');
    }
    text.push(b']');
    String::from_utf8(text).map_err(std::io::Error::other)
}

/// Adds a value in the form in which PostgreSQL reads it out of a document.
fn write(text: &mut Vec<u8>, value: Value) -> std::io::Result<()> {
    match value {
        Value::Bool(Some(value)) => write!(text, "{value}"),
        Value::SmallInt(Some(value)) => write!(text, "{value}"),
        Value::Int(Some(value)) => write!(text, "{value}"),
        Value::BigInt(Some(value)) => write!(text, "{value}"),
        Value::String(Some(value)) => Ok(serde_json::to_writer(text, &value)?),
        Value::Uuid(Some(value)) => write!(text, "\"{value}\""),
        Value::ChronoDateTimeUtc(Some(value)) => write!(text, "\"{}\"", value.to_rfc3339()),
        Value::Bytes(Some(value)) => write!(text, "\"\\\\x{}\"", HEXLOWER.encode(&value)),
        Value::Json(Some(value)) => Ok(serde_json::to_writer(text, &value)?),
        Value::Bool(None)
        | Value::SmallInt(None)
        | Value::Int(None)
        | Value::BigInt(None)
        | Value::String(None)
        | Value::Uuid(None)
        | Value::ChronoDateTimeUtc(None)
        | Value::Bytes(None)
        | Value::Json(None) => text.write_all(b"null"),
        other => {
            let kind = other.as_null();
            Err(std::io::Error::other(format!("no column is of the kind of {kind:?}")))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use uuid::Uuid;

    fn written(value: impl Into<Value>) -> String {
        let mut text = vec![];
        write(&mut text, value.into()).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn values_are_written_as_postgresql_reads_them() {
        assert_eq!(written("a \"b\"\n\\ é"), r#""a \"b\"\n\\ é""#);
        assert_eq!(written(None::<String>), "null");
        assert_eq!(written(vec![0u8, 255]), r#""\\x00ff""#);
        assert_eq!(written(Uuid::nil()), r#""00000000-0000-0000-0000-000000000000""#);
        assert_eq!(written(-7i64), "-7");
        assert_eq!(written(serde_json::json!({"a": [1, null]})), r#"{"a":[1,null]}"#);
        let time = crate::clock::Time::from_timestamp_micros(1_700_000_000_123_456).unwrap();
        assert_eq!(written(time), r#""2023-11-14T22:13:20.123456+00:00""#);
        assert!(write(&mut vec![], Value::Char(Some('x'))).is_err());
    }
}
