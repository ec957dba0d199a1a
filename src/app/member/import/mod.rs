//! Importing members from a file: rows are read as they come, judged and done in batches, each a transaction of its own
//! with the organisation's lock and the caller's rights read again. Memory doesn't grow with the file.
//!
//! - `judge.rs` decides each row by the rules of adding and updating one by one; `batch.rs` does what is good of a batch;
//! - `row.rs` makes rows of records; `run.rs` is an import under way, and tells how it goes.
//!
//! A batch is the next 500 rows of the file, whatever pieces it comes in. Its request id is made from the import's and its
//! number, so an import that is sent again finds the batches that are done and counts them as they were.

mod batch;
mod judge;
mod row;
mod rows;
mod run;

use crate::app::{App, Call, Pieces};
use crate::domain::csv::Delimiter;
use crate::error::Error;
use crate::error::Exhausted;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::time::timeout;

/// Rows of a batch, at most.
const BATCH_ROWS: usize = 500;
/// Bytes of a batch's rows, at most, but for one row over.
const BATCH_BYTES: usize = 1024 * 1024;
/// Rows that are done in one transaction if it has to be all or none. They are held in memory, and the organisation is
/// locked while they are done.
const ATOMIC_ROWS: usize = 10_000;
/// Bytes of those, in the file.
const ATOMIC_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of those, in memory.
const ATOMIC_MEMORY: usize = 32 * 1024 * 1024;
/// How long the one transaction may take. The organisation is locked meanwhile, on SQLite every writer is shut out, and what
/// follows the change log and the revocations relies on transactions that are short.
const ATOMIC_TIME: Duration = Duration::from_secs(30);
/// How long its file may take to arrive: its rows are held meanwhile.
const ATOMIC_ARRIVAL: Duration = Duration::from_secs(300);

/// How to import.
#[derive(Debug, Clone)]
pub struct Import {
    /// What to do with good rows if there are bad ones.
    pub mode: Mode,
    /// What to do with addresses that are listed already.
    pub existing: Existing,
    /// Invite those who are added.
    pub invite: bool,
    /// What separates the cells; none: as the header tells.
    pub delimiter: Option<Delimiter>,
}

/// What to do with good rows if there are bad ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is done, only judged.
    DryRun,
    /// The good ones are done.
    BestEffort,
    /// All or none.
    Atomic,
}

/// What to do with addresses that are listed already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Existing {
    /// Leave them.
    Skip,
    /// Give them what the row says.
    Update,
    /// Call it a fault.
    Fail,
}

/// What an import tells while it goes on.
#[derive(Debug)]
pub enum Told {
    /// How far it is.
    Progress(Progress),
    /// A row that wasn't done.
    Row(RowFault),
    /// How it ended; the last.
    Summary(Summary),
}

/// How far an import is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows read.
    pub rows: u64,
    /// Members added.
    pub added: u64,
    /// Members changed.
    pub updated: u64,
    /// Rows that changed nothing.
    pub skipped: u64,
    /// Rows that weren't done.
    pub failed: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// A row that wasn't done, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowFault {
    /// The line that it begins in.
    pub line: u64,
    /// The column's name; empty: the whole row.
    pub column: String,
    /// The cell, cut short.
    pub value: String,
    /// The reason.
    pub reason: String,
    /// The same in words, in the language of the call.
    pub message: String,
}

/// How an import ended.
#[derive(Debug, Clone)]
pub struct Summary {
    /// All of it.
    pub progress: Progress,
    /// Whether anything was kept.
    pub committed: bool,
    /// Columns that were ignored.
    pub ignored: Vec<String>,
    /// What separated the cells.
    pub delimiter: Delimiter,
    /// How the text was encoded.
    pub encoding: &'static str,
}

/// Imports a file.
pub async fn import(app: App, call: Call, input: Import, pieces: Pieces, told: Sender<Told>) -> Result<(), Error> {
    let atomic = input.mode == Mode::Atomic;
    let permits = app.atomic_imports.clone();
    // Each holds its rows until they are all there, so there are only so many.
    let _permit = match atomic.then(|| permits.try_acquire()) {
        Some(Err(_)) => return Err(Exhausted::Busy { retry: ATOMIC_TIME }.into()),
        permit => permit,
    };
    let mut run = run::Run::new(app, call, input, told);
    let read = match atomic {
        true => timeout(ATOMIC_ARRIVAL, run.read(pieces))
            .await
            .unwrap_or(Err(Error::Deadline)),
        false => run.read(pieces).await,
    };
    let done = match read {
        Ok(()) => run.end().await,
        Err(error) => run.leave_off(error).await,
    };
    if done.is_err() {
        // Whoever takes the import up again, or mends the file, wants to know how far it got.
        run.tell_progress().await;
    }
    done
}
