//! `roster members import`: sends a file, shows the progress, and lists the rows that weren't done.

use super::client::refusal;
use super::table::table;
use super::{Existing, ImportArgs, Mode, separator};
use crate::pb::roster::membership::v1 as pb;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pb::import_members_response::Event;
use std::io::{IsTerminal, Read};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};
use tonic_types::StatusExt;

pub(super) const HELP: &str = "\
The first line of the file names the columns, in English, Portuguese or Spanish and in any order: email (required),
name, roles, tags, groups; others are ignored. Cells are separated by comma, semicolon or tab, several values in a
cell by \";\" or \"|\". UTF-8 or Windows-1252.

See what would happen, then do it:
  roster members import people.csv --mode dry-run
  roster members import people.csv --invite

The exit code is 1 if a row wasn't done. Every import prints an id before it begins; should it break off, it is sent
again with --resume and that id, within 24 hours, and goes on where it ended.

A preset may require a name or a role of whoever is new: operations both, documents a role.

Without --invite people are only listed. Where the preset has no such way in (credits, operations, documents) every new
row fails without --invite.";

/// Bytes sent at a time.
const PIECE: usize = 64 * 1024;
/// Bad rows that are listed; the rest are counted.
const LISTED: usize = 1_000;

/// Imports; 0 if every row was done.
pub(super) async fn import(args: ImportArgs) -> ExitCode {
    let id = args.resume.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    match send(&args, &id).await {
        Ok(summary) => {
            let failed = summary.counts.unwrap_or_default().failed > 0;
            let said = super::super::answer(told(&args, &summary).as_bytes());
            if failed { ExitCode::FAILURE } else { said }
        }
        Err((why, resumable)) => {
            let code = super::super::failed(&why);
            if resumable && !matches!(args.mode, Mode::DryRun) {
                eprintln!("roster: to go on where it ended, within 24 hours: add --resume {id}");
            }
            code
        }
    }
}

/// The error says whether the same import, sent again, may go on where it ended.
type Outcome<T> = Result<T, (String, bool)>;

async fn send(args: &ImportArgs, id: &str) -> Outcome<pb::ImportSummary> {
    let before = |why: String| (why, false);
    let mut client = args.server.connect().await.map_err(before)?;
    let (size, file) = open(args).map_err(before)?;
    let first = pb::ImportMembersRequest {
        request_id: id.to_owned(),
        organization_id: args.server.organization.clone(),
        mode: match args.mode {
            Mode::DryRun => pb::ImportMode::DryRun,
            Mode::BestEffort => pb::ImportMode::BestEffort,
            Mode::Atomic => pb::ImportMode::Atomic,
        }
        .into(),
        existing: match args.existing {
            Existing::Skip => pb::ExistingMembers::Skip,
            Existing::Update => pb::ExistingMembers::Update,
            Existing::Fail => pb::ExistingMembers::Fail,
        }
        .into(),
        invite: args.invite,
        delimiter: separator(&args.separator),
        ..Default::default()
    };
    // Before anything is sent: whatever becomes of this process, whoever started it has the id.
    if args.resume.is_none() && !matches!(args.mode, Mode::DryRun) {
        eprintln!("roster: should this import break off, send it again with --resume {id}");
    }
    let (pieces, stream) = mpsc::channel(2);
    let mut reading = tokio::task::spawn_blocking(move || read(file, first, pieces));
    let answer = client.import_members(ReceiverStream::new(stream)).await;
    let mut told = answer.map_err(broken)?.into_inner();
    let (mut progress, mut faults) = (Shown::new(size), Faults::default());
    let mut read_to_end = false;
    let ended = loop {
        let message = tokio::select! {
            message = told.message() => message,
            read = &mut reading, if !read_to_end => match read {
                Ok(Err(why)) => break Err((why, true)),
                _ => {
                    read_to_end = true;
                    continue;
                }
            },
        };
        match message {
            Ok(Some(message)) => match message.event {
                Some(Event::Progress(so_far)) => progress.show(&so_far),
                Some(Event::RowError(fault)) => faults.add(fault),
                Some(Event::Summary(summary)) => break Ok(summary),
                None => {}
            },
            Ok(None) => break Err(("the server ended without telling how it went".to_owned(), true)),
            Err(status) => break Err(broken(status)),
        }
    };
    progress.end();
    faults.show();
    ended
}

/// What the server said, or the network. What refuses the import as such refuses it again.
fn broken(status: Status) -> (String, bool) {
    let details = status.get_error_details();
    let resumable = match details.error_info() {
        Some(info) => {
            matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded) || info.reason == "REASON_TOO_BUSY"
        }
        // No server of ours said this: the connection broke.
        None => true,
    };
    (refusal(&status), resumable)
}

type Input = Box<dyn Read + Send>;

fn open(args: &ImportArgs) -> Result<(Option<u64>, Input), String> {
    if args.file.as_os_str() == "-" {
        return Ok((None, Box::new(std::io::stdin())));
    }
    let faulty = |error: std::io::Error| format!("{}: {error}", args.file.display());
    let file = std::fs::File::open(&args.file).map_err(faulty)?;
    let size = file.metadata().map_err(faulty)?.len();
    Ok((Some(size), Box::new(file)))
}

/// Sends the file in pieces, as fast as the server takes them.
fn read(
    mut file: Input,
    first: pb::ImportMembersRequest,
    pieces: mpsc::Sender<pb::ImportMembersRequest>,
) -> Result<(), String> {
    let mut message = first;
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) if message == pb::ImportMembersRequest::default() => return Ok(()),
            Ok(read) => {
                message.data = piece[..read].to_vec();
                if pieces.blocking_send(std::mem::take(&mut message)).is_err() {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                // A file that breaks off mustn't pass for one that ended, as it would if the channel closed.
                std::mem::forget(pieces);
                return Err(format!("the file can't be read: {error}"));
            }
        }
    }
}

/// The progress: a bar on a terminal, a line now and then elsewhere.
struct Shown {
    bar: Option<ProgressBar>,
    last: Instant,
}

impl Shown {
    fn new(size: Option<u64>) -> Shown {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = size.map_or_else(ProgressBar::no_length, ProgressBar::new);
            bar.set_draw_target(ProgressDrawTarget::stderr());
            let template = match size {
                Some(_) => "{bar:30} {percent:>3} %  {msg}  {elapsed}",
                None => "{spinner} {bytes}  {msg}  {elapsed}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar
        });
        Shown {
            bar,
            last: Instant::now(),
        }
    }

    fn show(&mut self, progress: &pb::ImportProgress) {
        let counts = progress.counts.unwrap_or_default();
        match &self.bar {
            Some(bar) => {
                bar.set_position(u64::try_from(progress.bytes).unwrap_or(0));
                bar.set_message(said(&counts));
            }
            None if self.last.elapsed() >= Duration::from_secs(5) => {
                self.last = Instant::now();
                eprintln!("{}", said(&counts));
            }
            None => {}
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The rows that weren't done.
#[derive(Default)]
struct Faults {
    rows: Vec<[String; 5]>,
    more: usize,
}

impl Faults {
    fn add(&mut self, fault: pb::ImportRowError) {
        if self.rows.len() >= LISTED {
            self.more += 1;
            return;
        }
        let reason = fault
            .reason
            .trim_start_matches("REASON_")
            .to_lowercase()
            .replace('_', "-");
        self.rows
            .push([fault.line.to_string(), fault.column, fault.value, reason, fault.message]);
    }

    fn show(&self) {
        if self.rows.is_empty() {
            return;
        }
        let head = ["LINE", "COLUMN", "VALUE", "REASON", "WHAT TO DO"];
        eprint!("{}", table(head, [10, 20, 40, 30, 300], &self.rows));
        if self.more > 0 {
            eprintln!("… and {} more", self.more);
        }
    }
}

fn said(counts: &pb::ImportCounts) -> String {
    let pb::ImportCounts {
        rows,
        added,
        updated,
        skipped,
        failed,
    } = counts;
    format!("{rows} rows: {added} added, {updated} updated, {skipped} skipped, {failed} failed")
}

fn told(args: &ImportArgs, summary: &pb::ImportSummary) -> String {
    let mut text = said(&summary.counts.unwrap_or_default());
    text.push('\n');
    if !summary.ignored_columns.is_empty() {
        text.push_str(&format!("ignored columns: {}\n", summary.ignored_columns.join(", ")));
    }
    match (args.mode, summary.committed) {
        (Mode::DryRun, _) => text.push_str("a dry run: nothing was changed\n"),
        (_, false) => text.push_str("nothing was changed: mend the rows above, and import the file again\n"),
        _ => {}
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]
    use super::*;
    use tonic_types::ErrorDetails;

    #[test]
    fn what_broke_off_is_taken_up_and_what_was_refused_is_not() {
        let said = |code, reason: &str| {
            let details = ErrorDetails::with_error_info(reason, "roster", []);
            broken(Status::with_error_details(code, "words", details)).1
        };
        assert!(said(Code::Unavailable, "REASON_UNAVAILABLE"));
        assert!(said(Code::DeadlineExceeded, "REASON_DEADLINE_EXCEEDED"));
        assert!(said(Code::ResourceExhausted, "REASON_TOO_BUSY"));
        assert!(!said(Code::ResourceExhausted, "REASON_FILE_TOO_LARGE"));
        assert!(!said(Code::AlreadyExists, "REASON_REQUEST_ID_REUSED"));
        assert!(!said(Code::InvalidArgument, "REASON_FILE_UNREADABLE"));
        assert!(!said(Code::PermissionDenied, "REASON_PERMISSION_MISSING"));
        assert!(broken(Status::unknown("h2 protocol error")).1, "the connection broke");
    }
}
