//! The same SQL sent straight to PostgreSQL: what a call was heard to say, said again without a server between, through
//! prepared statements, each worker with a connection of its own.

use super::tap::{Said, What};
use crate::drive::{Plan, Worker, drive};
use crate::report::Ceiling;
use crate::usage::Meter;
use prost::bytes::Bytes;
use sea_orm::sqlx::encode::IsNull;
use sea_orm::sqlx::error::BoxDynError;
use sea_orm::sqlx::postgres::types::Oid;
use sea_orm::sqlx::postgres::{PgArgumentBuffer, PgConnectOptions, PgTypeInfo};
use sea_orm::sqlx::{AssertSqlSafe, ConnectOptions, Encode, Executor, PgConnection, Postgres, Type};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// More connections than this only wait for the cores.
const CONNECTIONS: usize = 16;

/// A value as it was heard.
struct Heard(u32, Option<Bytes>);

impl Type<Postgres> for Heard {
    fn type_info() -> PgTypeInfo {
        // What holds is what each value `produces`.
        PgTypeInfo::with_oid(Oid(17))
    }
}

impl Encode<'_, Postgres> for Heard {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match &self.1 {
            Some(bytes) => {
                buffer.extend_from_slice(bytes);
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        }
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(Oid(self.0)))
    }
}

/// The types of UUIDs and of bytes.
const UUID: u32 = 2950;
const BYTES: u32 = 17;
/// Bytes of a digest.
const DIGEST: usize = 32;

/// What is to be new each time, so that the same rows can be inserted again.
#[derive(Clone)]
pub enum Fresh {
    /// Nothing: the call only reads.
    Nothing,
    /// All UUIDs but these, all digests, and this part of texts.
    Rows {
        /// The organisation, the caller, the roles.
        known: Vec<Uuid>,
        /// What makes an address its own.
        text: String,
    },
}

/// A call's statements.
#[derive(Clone)]
pub struct Script {
    steps: Arc<Vec<What>>,
    unique: Arc<Vec<Bytes>>,
    text: Arc<str>,
}

impl Script {
    /// Of what was heard.
    pub fn of(said: &[Said], fresh: &Fresh) -> Script {
        let steps = said.iter().map(|said| said.what.clone());
        let steps: Vec<What> = steps.filter(|what| *what != What::Wait).collect();
        let (unique, text) = match fresh {
            Fresh::Nothing => (vec![], ""),
            Fresh::Rows { known, text } => (unique(&steps, known), text.as_str()),
        };
        Script {
            steps: Arc::new(steps),
            unique: Arc::new(unique),
            text: text.into(),
        }
    }
}

/// The UUIDs and digests in statements, without those that are known.
fn unique(steps: &[What], known: &[Uuid]) -> Vec<Bytes> {
    let values = steps.iter().flat_map(|step| match step {
        What::Prepared(_, values) => values.as_slice(),
        What::Plain(_) | What::Wait => &[],
    });
    let is_known = |bytes: &Bytes| Uuid::from_slice(bytes).is_ok_and(|id| id.is_nil() || known.contains(&id));
    let values = values.filter_map(|(kind, value)| {
        let bytes = value.as_ref()?;
        let unique = (*kind == UUID && !is_known(bytes)) || (*kind == BYTES && bytes.len() == DIGEST);
        unique.then(|| bytes.clone())
    });
    let mut all: Vec<Bytes> = values.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// A new value as long as another.
fn like(other: &Bytes) -> Bytes {
    let id = Uuid::now_v7();
    id.as_bytes().iter().cycle().take(other.len()).copied().collect()
}

/// Somebody who says it all again.
struct Again {
    connection: PgConnection,
    script: Script,
    turn: u64,
}

/// No two turns of a run have the same number.
static TURNS: AtomicU64 = AtomicU64::new(0);

impl Again {
    /// Whether a text may hold an id, as lists and rows as JSON do.
    fn names(&self, text: &str) -> bool {
        text.starts_with(['{', '[']) && !self.script.unique.is_empty()
    }

    /// A value, with what must be new in it.
    fn value(&self, kind: u32, heard: &Option<Bytes>, new: &[Bytes]) -> Heard {
        let Some(bytes) = heard else { return Heard(kind, None) };
        if let Some(at) = self.script.unique.iter().position(|unique| unique == bytes) {
            return Heard(kind, Some(new[at].clone()));
        }
        let part = &*self.script.text;
        match std::str::from_utf8(bytes) {
            Ok(text) if !part.is_empty() && (text.contains(part) || self.names(text)) => {
                let names = self.names(text);
                let mut text = text.replace(part, &format!("{part}{}-", self.turn));
                for (was, is) in self.script.unique.iter().zip(new).filter(|_| names) {
                    if let (Ok(was), Ok(is)) = (Uuid::from_slice(was), Uuid::from_slice(is)) {
                        text = text.replace(&was.to_string(), &is.to_string());
                    }
                }
                Heard(kind, Some(text.into()))
            }
            _ => Heard(kind, Some(bytes.clone())),
        }
    }
}

impl Worker for Again {
    async fn once(&mut self) -> Result<(), String> {
        self.turn = TURNS.fetch_add(1, Ordering::Relaxed);
        let new: Vec<Bytes> = self.script.unique.iter().map(like).collect();
        for step in self.script.steps.clone().iter() {
            let said = match step {
                What::Wait => continue,
                What::Plain(statement) => self
                    .connection
                    .execute(AssertSqlSafe(statement.clone()))
                    .await
                    .map(drop),
                What::Prepared(statement, values) => {
                    let mut query = sea_orm::sqlx::query(AssertSqlSafe(statement.clone()));
                    for (kind, heard) in values {
                        query = query.bind(self.value(*kind, heard, &new));
                    }
                    self.connection.fetch_all(query).await.map(drop)
                }
            };
            said.map_err(|error| format!("the bare SQL: {error}"))?;
        }
        Ok(())
    }
}

/// How often a second the bare statements can be run, with so many at once; and what that costs.
pub async fn ceiling(
    url: &str,
    script: &Script,
    in_flight: usize,
    plan: Plan,
    meter: Meter,
) -> Result<Ceiling, String> {
    let mut workers = vec![];
    for _ in 0..in_flight.min(CONNECTIONS) {
        let options = PgConnectOptions::from_str(url).map_err(|error| error.to_string())?;
        let options = options
            .statement_cache_capacity(256)
            .disable_statement_logging()
            // As the server's own.
            .options([("max_parallel_workers_per_gather", "0"), ("jit", "off")]);
        workers.push(Again {
            connection: options.connect().await.map_err(|error| error.to_string())?,
            script: script.clone(),
            turn: 0,
        });
    }
    let measured = drive(workers, plan, Meter { server: None, ..meter }).await;
    match measured.failure.clone() {
        Some(failure) => Err(failure),
        None => Ok(Ceiling {
            what: "SQL",
            per_second: measured.per_second(),
            server_us: None,
            database_us: measured.used.database.and_then(|used| measured.each_us(used)),
        }),
    }
}
