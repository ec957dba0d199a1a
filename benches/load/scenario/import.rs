//! P6: a file of 100,000 rows.

use crate::bench::{Bench, Done};
use crate::people::owner;
use crate::report::Row;
use roster::pb::roster::membership::v1::membership_service_client::MembershipServiceClient;
use roster::pb::roster::membership::v1::{
    ImportCounts, ImportMembersRequest, ImportMode, import_members_response::Event,
};
use std::fmt::Write;
use std::time::Instant;
use tonic::Request;
use tonic::transport::Endpoint;

const ROWS: usize = 100_000;
/// Bytes of a message.
const PIECE: usize = 64 * 1024;
/// The organisation that they go to.
const ORGANIZATION: u32 = 2;

fn file() -> String {
    let mut text = String::from("E-mail,Name,Roles\n");
    for row in 0..ROWS {
        let _ = writeln!(text, "imported.person.{row}@example.net,Pessoa Importada {row},member");
    }
    text
}

fn messages(file: &str) -> Vec<ImportMembersRequest> {
    let pieces = file.as_bytes().chunks(PIECE).enumerate();
    let message = |(nth, piece): (usize, &[u8])| ImportMembersRequest {
        mode: if nth == 0 { ImportMode::BestEffort.into() } else { 0 },
        data: piece.to_vec(),
        ..ImportMembersRequest::default()
    };
    pieces.map(message).collect()
}

async fn import(bench: &Bench<'_>, messages: Vec<ImportMembersRequest>) -> Result<ImportCounts, String> {
    let endpoint = Endpoint::from_shared(format!("http://{}", bench.server.grpc)).map_err(|error| error.to_string())?;
    let channel = endpoint.connect().await.map_err(|error| error.to_string())?;
    let mut request = Request::new(tokio_stream::iter(messages));
    let token = bench.minter.token(owner(ORGANIZATION));
    request.metadata_mut().insert("authorization", token);
    let answer = MembershipServiceClient::new(channel).import_members(request).await;
    let mut events = answer.map_err(|status| status.to_string())?.into_inner();
    let mut counts = ImportCounts::default();
    while let Some(event) = events.message().await.map_err(|status| status.to_string())? {
        if let Some(Event::Summary(summary)) = event.event {
            counts = summary.counts.unwrap_or_default();
        }
    }
    Ok(counts)
}

/// P6.
pub async fn run(bench: &mut Bench<'_>) -> Done {
    let messages = messages(&file());
    bench.server.empty_log();
    let meter = bench.server.meter(&bench.database);
    let (resident, before, begun) = (bench.server.resident_mib(), meter.read(), Instant::now());
    let done = import(bench, messages).await;
    let (took, after) = (begun.elapsed(), meter.read());
    let added = done.as_ref().map_or(0, |counts| counts.added);
    let each = |used: std::time::Duration| used.as_secs_f64() * 1e6 / ROWS as f64;
    let whole = usize::try_from(added) == Ok(ROWS);
    let row = Row {
        scenario: "import".to_owned(),
        engine: bench.database.engine.name(),
        in_flight: Some(1),
        per_second: Some(added as f64 / took.as_secs_f64()),
        server_us: Some(each(after.server.saturating_sub(before.server))),
        database_us: after
            .database
            .zip(before.database)
            .map(|(a, b)| each(a.saturating_sub(b))),
        resident_mib: Some(bench.server.resident_mib()),
        note: format!(
            "{added} rows in {:.1} s; the figures are for each row; memory was {resident:.0} MiB before, and {:.0} MiB at most",
            took.as_secs_f64(),
            bench.server.most_resident_mib()
        ),
        failed: u64::from(!whole),
        failure: (!whole).then(|| format!("{done:?}")),
        ..Row::default()
    };
    bench.add(row, None);
    Ok(())
}
