//! Members from files and to files: streams as tests want them.

use super::world::{Person, World, with};
use futures_util::stream;
use ms::import_members_response::Event;
use roster::pb::roster::membership::v1 as ms;
use tonic::Status;

/// What an import told.
#[derive(Debug, Default)]
pub struct Imported {
    pub progress: Vec<ms::ImportProgress>,
    pub faults: Vec<ms::ImportRowError>,
    pub summary: Option<ms::ImportSummary>,
    /// How it ended, if not well.
    pub status: Option<Status>,
}

impl Imported {
    /// The counts of the end: rows, added, updated, skipped, failed.
    pub fn counts(&self) -> [i64; 5] {
        let summary = self.summary.as_ref().unwrap_or_else(|| panic!("{self:?}"));
        numbers(&summary.counts.unwrap())
    }

    /// Line, column and reason of each bad row.
    pub fn reasons(&self) -> Vec<(i64, &str, &str)> {
        let short = |fault: &'_ ms::ImportRowError| fault.line;
        self.faults
            .iter()
            .map(|fault| (short(fault), fault.column.as_str(), fault.reason.as_str()))
            .collect()
    }

    /// Takes in one answer.
    pub fn hear(&mut self, answer: ms::ImportMembersResponse) {
        assert!(self.summary.is_none(), "nothing follows the summary: {answer:?}");
        match answer.event.expect("an event") {
            Event::Progress(progress) => self.progress.push(progress),
            Event::RowError(fault) => self.faults.push(fault),
            Event::Summary(summary) => self.summary = Some(summary),
        }
    }
}

pub fn numbers(counts: &ms::ImportCounts) -> [i64; 5] {
    [counts.rows, counts.added, counts.updated, counts.skipped, counts.failed]
}

/// The messages of an import: the header with the first piece, then the others.
pub fn messages(header: &ms::ImportMembersRequest, file: &[u8], size: usize) -> Vec<ms::ImportMembersRequest> {
    let mut pieces = file.chunks(size.max(1)).map(<[u8]>::to_vec);
    let first = ms::ImportMembersRequest {
        data: pieces.next().unwrap_or_default(),
        ..header.clone()
    };
    let rest = pieces.map(|data| ms::ImportMembersRequest {
        data,
        ..Default::default()
    });
    std::iter::once(first).chain(rest).collect()
}

/// How to import, but for the file.
pub fn how(mode: ms::ImportMode, existing: ms::ExistingMembers) -> ms::ImportMembersRequest {
    ms::ImportMembersRequest {
        mode: mode.into(),
        existing: existing.into(),
        ..Default::default()
    }
}

impl World {
    /// Imports a file, in pieces of 20,000 bytes.
    pub async fn import(&self, by: &Person, header: ms::ImportMembersRequest, file: impl AsRef<[u8]>) -> Imported {
        self.import_all(by, messages(&header, file.as_ref(), 20_000)).await
    }

    /// Sends these messages, and hears all answers.
    pub async fn import_all(&self, by: &Person, messages: Vec<ms::ImportMembersRequest>) -> Imported {
        let request = with(&by.token, stream::iter(messages));
        let mut imported = Imported::default();
        let mut told = match self.membership().import_members(request).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => {
                imported.status = Some(status);
                return imported;
            }
        };
        loop {
            match told.message().await {
                Ok(Some(answer)) => imported.hear(answer),
                Ok(None) => return imported,
                Err(status) => {
                    imported.status = Some(status);
                    return imported;
                }
            }
        }
    }

    /// The whole of an export.
    pub async fn export(&self, by: &Person, request: ms::ExportMembersRequest) -> Result<Vec<u8>, Status> {
        let mut pieces = self
            .membership()
            .export_members(with(&by.token, request))
            .await?
            .into_inner();
        let mut file = vec![];
        while let Some(piece) = pieces.message().await? {
            file.extend(piece.data);
        }
        Ok(file)
    }
}
