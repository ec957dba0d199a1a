//! The next rows of an import, before they are judged.

use super::row::{Row, Titles};
use super::{Existing, Import, Mode};

/// The next rows of an import.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) rows: Vec<Row>,
    pub(super) existing: Existing,
    pub(super) invite: bool,
    /// All of it or nothing.
    pub(super) whole: bool,
    /// Seats that a dry run took in the batches before.
    pub(super) seats_before: u64,
    pub(super) titles: Titles,
}

impl Batch {
    pub(super) fn new(input: &Import) -> Batch {
        Batch {
            rows: vec![],
            existing: input.existing,
            invite: input.invite,
            whole: input.mode == Mode::Atomic,
            seats_before: 0,
            titles: Titles::default(),
        }
    }
}
