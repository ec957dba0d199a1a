//! How long the token of somebody removed is still accepted: by the process that removed them, and by another one.

use super::check;
use crate::bench::{Bench, Done};
use crate::fill::literal;
use crate::options::Engine;
use crate::people::{LARGE, Person, owner};
use crate::report::Row;
use crate::server::Server;
use crate::wire::{Call, Wire};
use roster::pb::roster::membership::v1::{Removal, RemoveMembersRequest, RemoveMembersResponse};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// How many are removed, one after another.
const REMOVED: u32 = 30;
/// The first of them: nobody else's business.
const FIRST: u32 = 19_000;
/// A token that is still accepted then is a fault.
const PATIENCE: Duration = Duration::from_secs(5);

/// Calls until refused; tells when the last call was sent that was accepted.
fn calling(mut wire: Wire, call: Call) -> JoinHandle<Result<Instant, String>> {
    tokio::spawn(async move {
        let begun = Instant::now();
        let mut last = begun;
        loop {
            let sent = Instant::now();
            match wire.send(&call).await {
                Ok(_) => last = sent,
                Err(why) if why.contains("Unauthenticated") => return Ok(last),
                Err(why) => return Err(why),
            }
            if begun.elapsed() > PATIENCE {
                return Err("a removed member's token is still accepted".to_owned());
            }
        }
    })
}

/// Removes somebody, and tells when that was answered.
async fn remove(wire: &mut Wire, call: &Call) -> Result<Instant, String> {
    let answer: RemoveMembersResponse = wire.ask(call).await?;
    let answered = Instant::now();
    match answer.results.first() {
        Some(result) if result.error.is_none() => Ok(answered),
        refused => Err(format!("RemoveMembers: {refused:?}")),
    }
}

/// By how much the token of each outlived the answer, in µs, in each of the processes.
async fn outlived(bench: &Bench<'_>, addresses: &[&str]) -> Result<Vec<Vec<f64>>, String> {
    let mut removing = bench.wires(1).await.remove(0);
    let token = bench.minter.token(owner(LARGE));
    let mut all = vec![vec![]; addresses.len()];
    for number in FIRST..FIRST + REMOVED {
        let person = Person {
            organization: LARGE,
            number,
        };
        let id = literal(bench.database.engine, person.uuid());
        let email = bench
            .database
            .texts(&format!("SELECT email FROM users WHERE id = {id}"))
            .await;
        let request = RemoveMembersRequest {
            removals: vec![Removal {
                member_id: person.member().to_string(),
                confirm: email.into_iter().next().unwrap_or_default(),
                ..Removal::default()
            }],
            ..RemoveMembersRequest::default()
        };
        let removal = Call::new(
            "/roster.membership.v1.MembershipService/RemoveMembers",
            Some(&token),
            &request,
        );
        let check = check::call(&bench.minter.token(person));
        let mut calls = vec![];
        for address in addresses {
            calls.push(calling(Wire::open(address, 1).await.remove(0), check.clone()));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let answered = remove(&mut removing, &removal).await?;
        for (nth, call) in calls.into_iter().enumerate() {
            let last = call.await.map_err(|error| error.to_string())??;
            all[nth].push(last.saturating_duration_since(answered).as_secs_f64() * 1e6);
        }
    }
    Ok(all)
}

/// From the answer of RemoveMembers to the last call sent that was still accepted.
pub async fn run(bench: &mut Bench<'_>) -> Done {
    let second = match bench.database.engine {
        Engine::Postgres => Some(Server::start(&bench.options.server, &bench.database.url).await),
        // One process alone uses an SQLite database.
        Engine::Sqlite => None,
    };
    let mut addresses = vec![bench.server.grpc.as_str()];
    addresses.extend(second.as_ref().map(|server| server.grpc.as_str()));
    let all = outlived(bench, &addresses).await;
    for (nth, scenario) in ["revoke-here", "revoke-elsewhere"]
        .into_iter()
        .enumerate()
        .take(addresses.len())
    {
        let times = all.as_ref().map(|all| {
            let mut times = all[nth].clone();
            times.sort_by(f64::total_cmp);
            times
        });
        let row = Row {
            scenario: scenario.to_owned(),
            engine: bench.database.engine.name(),
            in_flight: Some(1),
            p50_us: times.as_ref().ok().map(|times| times[times.len() / 2]),
            p99_us: times.as_ref().ok().and_then(|times| times.last().copied()),
            note: format!(
                "of {REMOVED} removals: from the answer until the last call was sent that was still accepted"
            ),
            failed: u64::from(times.is_err()),
            failure: times.err().cloned(),
            ..Row::default()
        };
        bench.rows.push(row);
    }
    Ok(())
}
