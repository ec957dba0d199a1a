//! What the database says, in Roster's words. Nothing of its text reaches a caller: the cause goes to the log.

use crate::error::Error;
use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Translates a database error.
///
/// A violated unique constraint is a lost race: every operation looks before it inserts, so when the constraint has the
/// last word somebody else was quicker. It becomes [`Error::Conflict`]; the operation runs again, looks again, and finds
/// the proper refusal. That holds on both engines, where the constraint's name would not.
pub(crate) fn from_db(error: DbErr) -> Error {
    if let Some(SqlErr::UniqueConstraintViolation(which)) = error.sql_err() {
        tracing::debug!(constraint = %which, "lost a race");
        return Error::Conflict;
    }
    match &error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => unavailable(&error),
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            from_sqlx(cause, &error)
        }
        _ => Error::Internal(error.to_string()),
    }
}

fn from_sqlx(cause: &sqlx::Error, error: &DbErr) -> Error {
    match cause {
        sqlx::Error::Database(database) => match database.code().as_deref() {
            // serialization_failure, deadlock_detected
            Some("40001" | "40P01") => Error::Conflict,
            // query_canceled (statement_timeout), admin_shutdown and friends, too_many_connections, read-only standby
            Some("57014" | "57P01" | "57P02" | "57P03" | "53300" | "25006") => unavailable(error),
            Some(code) if code.len() < 5 && code.parse::<i32>().is_ok_and(|c| c & 0xff == 5) => Error::Conflict,
            // SQLITE_FULL, SQLITE_IOERR: nothing was lost, and nothing can be done until the disk is mended.
            Some(code) if code.len() < 5 && code.parse::<i32>().is_ok_and(|c| matches!(c & 0xff, 10 | 13)) => {
                unavailable(error)
            }
            _ => Error::Internal(error.to_string()),
        },
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Protocol(_)
        | sqlx::Error::Tls(_) => unavailable(error),
        _ => Error::Internal(error.to_string()),
    }
}

fn unavailable(error: &DbErr) -> Error {
    tracing::warn!(%error, "the database is away or overloaded");
    Error::Unavailable
}
