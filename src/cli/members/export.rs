//! `roster members export`: the members as a CSV file, written as it comes.

use super::client::refusal;
use super::{ExportArgs, separator};
use crate::pb::roster::membership::v1 as pb;
use std::io::Write;
use std::path::Path;

pub(super) async fn export(args: ExportArgs) -> Result<(), String> {
    let mut client = args.server.connect().await?;
    let request = pb::ExportMembersRequest {
        organization_id: args.server.organization.clone(),
        query: args.filter.query.clone(),
        states: args.filter.states(),
        role_ids: args.filter.role.clone(),
        delimiter: separator(&args.separator),
        byte_order_mark: args.byte_order_mark,
        ..Default::default()
    };
    let answer = client
        .export_members(request)
        .await
        .map_err(|status| refusal(&status))?;
    let mut pieces = answer.into_inner();
    // A file appears whole or not at all: what is half written bears another name.
    let partial = args.output.as_ref().map(|file| {
        let mut name = file.clone().into_os_string();
        name.push(".partial");
        name
    });
    let mut file: Box<dyn Write + Send> = match &partial {
        Some(partial) => Box::new(std::fs::File::create(partial).map_err(|error| faulty(Path::new(partial), &error))?),
        None => Box::new(std::io::stdout()),
    };
    while let Some(piece) = pieces.message().await.map_err(|status| refusal(&status))? {
        match file.write_all(&piece.data) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(format!("the file can't be written: {error}")),
            Ok(()) => {}
        }
    }
    file.flush()
        .map_err(|error| format!("the file can't be written: {error}"))?;
    if let (Some(partial), Some(file)) = (&partial, &args.output) {
        std::fs::rename(partial, file).map_err(|error| faulty(file, &error))?;
    }
    Ok(())
}

fn faulty(file: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", file.display())
}
