//! An import under way: what it has read and done so far, and what it tells.

use super::batch::{Outcome, run as run_batch};
use super::row::{Fault, Row, Titles};
use super::rows::Batch;
use super::{
    ATOMIC_BYTES, ATOMIC_MEMORY, ATOMIC_ROWS, ATOMIC_TIME, BATCH_BYTES, BATCH_ROWS, Import, Mode, Progress, RowFault,
    Summary, Told,
};
use crate::app::{App, Call, Pieces, Request};
use crate::domain::csv::{CsvError, Reader, Record};
use crate::error::{Error, FileFault};
use crate::seal;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use tokio_stream::StreamExt;
use uuid::Uuid;

/// How much of a piece is read at a time: what comes of it is held in memory.
const BITE: usize = 16 * 1024;
/// How often the progress is told: well within a second.
const EVERY: Duration = Duration::from_millis(500);

pub(super) struct Run {
    app: App,
    call: Call,
    input: Import,
    told: Sender<Told>,
    every: Interval,
    reader: Reader,
    progress: Progress,
    /// The line in which each address stands, by a keyed digest: addresses of a million rows would be too much to hold.
    seen: HashMap<u64, u32>,
    hasher: RandomState,
    next: Batch,
    faults: Vec<Fault>,
    /// Records of the next batch, good and bad, and their cells, which its request id is good for alone.
    records: usize,
    raw: Vec<u8>,
    /// Bytes of the next batch's good rows as they are held.
    memory: usize,
    batches: u64,
    /// Seats that a dry run would have taken.
    seats: u64,
    any_fault: bool,
    /// Whether the file can't be read any further.
    left_off: bool,
}

impl Run {
    pub(super) fn new(app: App, mut call: Call, input: Import, told: Sender<Told>) -> Run {
        call.validate_only |= input.mode == Mode::DryRun;
        let mut every = interval_at(Instant::now() + EVERY, EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Run {
            reader: Reader::new(input.delimiter),
            next: Batch::new(&input),
            app,
            call,
            input,
            told,
            every,
            progress: Progress::default(),
            seen: HashMap::new(),
            hasher: RandomState::new(),
            faults: vec![],
            records: 0,
            raw: vec![],
            memory: 0,
            batches: 0,
            seats: 0,
            any_fault: false,
            left_off: false,
        }
    }

    /// Reads all of it, and does what batches are full.
    pub(super) async fn read(&mut self, mut pieces: Pieces) -> Result<(), Error> {
        loop {
            let piece = tokio::select! {
                piece = pieces.next() => piece,
                _ = self.every.tick() => {
                    self.tell_progress().await;
                    continue;
                }
            };
            let Some(piece) = piece else { break };
            for bite in piece?.chunks(BITE) {
                self.progress.bytes += bite.len() as u64;
                let mut records = vec![];
                let fed = self.reader.feed(bite, &mut records);
                self.take(records).await?;
                fed.map_err(unreadable)?;
                // Reading is work, and a piece may have many bites: calls of others come in between.
                tokio::task::yield_now().await;
            }
        }
        let mut records = vec![];
        let ended = self.reader.end(&mut records);
        self.take(records).await?;
        ended.map_err(unreadable)
    }

    /// Does what is left, and sums up.
    pub(super) async fn end(&mut self) -> Result<(), Error> {
        self.flush().await?;
        self.tell_summary().await
    }

    /// Leaves off where the file can't be read any further. What was read before is judged, done and told like the rest,
    /// but for the good rows of an atomic import.
    pub(super) async fn leave_off(&mut self, error: Error) -> Result<(), Error> {
        if matches!(error, Error::File(_)) {
            self.left_off = true;
            if self.input.mode == Mode::Atomic {
                self.next.rows.clear();
            }
            self.flush().await?;
        }
        Err(error)
    }

    async fn take(&mut self, records: Vec<Record>) -> Result<(), Error> {
        for record in records {
            self.progress.rows += 1;
            self.records += 1;
            let Some(header) = self.reader.header() else { break };
            for cell in record.cells() {
                self.raw.extend_from_slice(cell.as_bytes());
                // It separates cells: no text that is read has it.
                self.raw.push(0);
            }
            match Row::read(header, &record) {
                Ok(row) => self.keep(row),
                Err(fault) => self.faults.push(fault),
            }
            let atomic = self.input.mode == Mode::Atomic;
            if atomic && let Some((what, limit)) = self.beyond() {
                let line = record.line;
                return Err(FileFault::TooLarge { line, what, limit }.into());
            }
            if !atomic && (self.records >= BATCH_ROWS || self.raw.len() >= BATCH_BYTES) {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// What an atomic import has too much of.
    fn beyond(&self) -> Option<(&'static str, u64)> {
        let much = self.records > ATOMIC_ROWS || self.raw.len() > ATOMIC_BYTES || self.memory > ATOMIC_MEMORY;
        much.then_some(("atomic_rows", ATOMIC_ROWS as u64))
    }

    /// Takes a row into the next batch, unless its address stands in the file before.
    fn keep(&mut self, row: Row) {
        let line = u32::try_from(row.line).unwrap_or(u32::MAX);
        let before = *self.seen.entry(self.hasher.hash_one(row.email.key())).or_insert(line);
        if before == line {
            self.memory += row.size();
            self.next.rows.push(row);
        } else {
            let repeated = FileFault::Repeated { line: before.into() };
            let column = Some(crate::domain::csv::Column::Email);
            self.faults
                .push(Fault::of(row.line, column, row.email.as_str(), repeated));
        }
    }

    /// Does the next batch.
    async fn flush(&mut self) -> Result<(), Error> {
        let mut batch = std::mem::replace(&mut self.next, Batch::new(&self.input));
        batch.seats_before = self.seats;
        // A row that can't be read spoils an atomic import, but the others are still judged.
        let mut call = self.call_of_batch();
        call.validate_only |= batch.whole && !self.faults.is_empty();
        batch.titles = Titles::of(self.reader.header());
        let said = |fault: &Fault| fault.said(&self.app, call.locale, &batch.titles);
        let mut faults: Vec<RowFault> = self.faults.iter().map(said).collect();
        self.faults.clear();
        self.records = 0;
        self.raw.clear();
        self.memory = 0;
        if !batch.rows.is_empty() {
            let done = self.meanwhile(&call, &batch).await?;
            self.progress.added += done.added;
            self.progress.updated += done.updated;
            self.progress.skipped += done.skipped;
            if self.call.validate_only {
                self.seats += done.seats;
            }
            faults.extend(done.faults);
        } else if !faults.is_empty() {
            // No transaction looked at whether the caller may still import.
            self.app.may_go_on(&call).await?;
        }
        faults.sort_by_key(|fault| fault.line);
        self.progress.failed += faults.len() as u64;
        self.any_fault |= !faults.is_empty();
        for fault in faults {
            self.tell(Told::Row(fault)).await?;
        }
        Ok(())
    }

    /// The call under which the next batch is done: its request id is made of the import's and the batch's number, and
    /// good for these very rows.
    fn call_of_batch(&mut self) -> Call {
        self.batches += 1;
        let mut call = self.call.clone();
        call.request = self.call.request.map(|whole| {
            let number = self.batches.to_be_bytes();
            // Behind a place that can't be read there may be more once it is mended: those rows are then another batch.
            let part: &[u8] = if self.left_off { &seal::sha256(&self.raw) } else { &[] };
            let id = seal::sha256(&[whole.id.as_bytes().as_slice(), &number, part].concat());
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&id[..16]);
            let names = self
                .reader
                .header()
                .map(|header| header.names.join("\0"))
                .unwrap_or_default();
            let digest = seal::sha256(&[whole.digest.as_slice(), names.as_bytes(), b"\0\0", &self.raw].concat());
            Request {
                id: Uuid::from_bytes(bytes),
                digest,
            }
        });
        call
    }

    /// Does a batch and tells the progress meanwhile.
    async fn meanwhile(&mut self, call: &Call, batch: &Batch) -> Result<Outcome, Error> {
        let app = self.app.clone();
        let mut work = pin!(async move {
            let work = app.write(call, batch, run_batch);
            match batch.whole {
                // Given up, it is rolled back.
                true => timeout(ATOMIC_TIME, work).await.unwrap_or(Err(Error::Deadline)),
                false => work.await,
            }
        });
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = self.every.tick() => self.tell_progress().await,
            }
        }
    }

    /// Tells how far it is. It isn't worth waiting for somebody who doesn't listen.
    pub(super) async fn tell_progress(&self) {
        let _ = self.told.try_send(Told::Progress(self.progress));
    }

    async fn tell_summary(&mut self) -> Result<(), Error> {
        let Some(header) = self.reader.header() else {
            return Ok(());
        };
        let refused = self.input.mode == Mode::Atomic && self.any_fault;
        if refused {
            let progress = &mut self.progress;
            (progress.added, progress.updated) = (0, 0);
            progress.skipped = progress.rows - progress.failed;
        }
        let summary = Summary {
            progress: self.progress,
            committed: !self.call.validate_only && !refused,
            ignored: header.ignored.clone(),
            delimiter: header.delimiter,
            encoding: self.reader.encoding(),
        };
        let Progress {
            rows,
            added,
            updated,
            skipped,
            failed,
            ..
        } = self.progress;
        tracing::info!(
            rows,
            added,
            updated,
            skipped,
            failed,
            committed = summary.committed,
            "import"
        );
        self.tell(Told::Summary(summary)).await
    }

    /// Tells something that has to be heard. Without an audience there is no use in going on.
    async fn tell(&self, told: Told) -> Result<(), Error> {
        self.told.send(told).await.map_err(|_| Error::Deadline)
    }
}

fn unreadable(error: CsvError) -> Error {
    match error {
        CsvError::Unreadable { line, problem, detail } => FileFault::Unreadable { line, problem, detail },
        CsvError::TooLarge { line, what, limit } => FileFault::TooLarge { line, what, limit },
    }
    .into()
}
