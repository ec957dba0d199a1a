//! Members from a file and to one.

use super::Fields;
use crate::app::member::{Existing, Export, Import, List, Mode, Progress, Told};
use crate::domain::csv::Delimiter;
use crate::error::Error;
use crate::pb::roster::membership::v1 as pb;
use crate::rpc::stream::Piece;

impl Piece for pb::ImportMembersRequest {
    fn take_piece(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.data)
    }
}

impl TryFrom<pb::ImportMembersRequest> for Import {
    type Error = Error;
    fn try_from(r: pb::ImportMembersRequest) -> Result<Import, Error> {
        let mut f = Fields::default();
        let mode = pb::ImportMode::try_from(r.mode).map(|mode| match mode {
            pb::ImportMode::DryRun => Mode::DryRun,
            pb::ImportMode::Atomic => Mode::Atomic,
            pb::ImportMode::BestEffort | pb::ImportMode::Unspecified => Mode::BestEffort,
        });
        let mode = f.take("mode", mode);
        let existing = pb::ExistingMembers::try_from(r.existing).map(|existing| match existing {
            pb::ExistingMembers::Update => Existing::Update,
            pb::ExistingMembers::Fail => Existing::Fail,
            pb::ExistingMembers::Skip | pb::ExistingMembers::Unspecified => Existing::Skip,
        });
        let existing = f.take("existing", existing);
        let delimiter = f.optional::<Delimiter>("delimiter", &r.delimiter);
        f.build(|| {
            Some(Import {
                mode: mode?,
                existing: existing?,
                invite: r.invite,
                delimiter: delimiter?,
            })
        })
    }
}

impl From<Told> for pb::ImportMembersResponse {
    fn from(told: Told) -> Self {
        use pb::import_members_response::Event;
        let event = match told {
            Told::Progress(progress) => Event::Progress(pb::ImportProgress {
                counts: Some(counts(&progress)),
                bytes: number(progress.bytes),
            }),
            Told::Row(fault) => Event::RowError(pb::ImportRowError {
                line: number(fault.line),
                column: fault.column,
                value: fault.value,
                reason: fault.reason,
                message: fault.message,
            }),
            Told::Summary(summary) => Event::Summary(pb::ImportSummary {
                counts: Some(counts(&summary.progress)),
                bytes: number(summary.progress.bytes),
                committed: summary.committed,
                ignored_columns: summary.ignored,
                delimiter: summary.delimiter.as_str().to_owned(),
                encoding: summary.encoding.to_owned(),
            }),
        };
        Self { event: Some(event) }
    }
}

fn counts(progress: &Progress) -> pb::ImportCounts {
    pb::ImportCounts {
        rows: number(progress.rows),
        added: number(progress.added),
        updated: number(progress.updated),
        skipped: number(progress.skipped),
        failed: number(progress.failed),
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl TryFrom<pb::ExportMembersRequest> for Export {
    type Error = Error;
    fn try_from(r: pb::ExportMembersRequest) -> Result<Export, Error> {
        let mut f = Fields::default();
        let delimiter = f.optional::<Delimiter>("delimiter", &r.delimiter);
        // The same filters, read by the same code.
        let list = List::try_from(pb::ListMembersRequest {
            query: r.query,
            states: r.states,
            role_ids: r.role_ids,
            guides: r.guides,
            tag_ids: r.tag_ids,
            group_ids: r.group_ids,
            ..Default::default()
        });
        match (f.none(), list) {
            (Ok(()), Ok(list)) => Ok(Export {
                filter: list.filter,
                delimiter: delimiter.flatten().unwrap_or(Delimiter::Comma),
                byte_order_mark: r.byte_order_mark,
            }),
            (Err(Error::Invalid(mut violations)), Err(Error::Invalid(more))) => {
                violations.extend(more);
                Err(Error::Invalid(violations))
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }
}

impl From<Vec<u8>> for pb::ExportMembersResponse {
    fn from(data: Vec<u8>) -> Self {
        Self { data }
    }
}
