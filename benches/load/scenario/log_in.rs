//! Logging in, what it does to others meanwhile, and staying in.

use super::check;
use crate::bench::{Bench, Done};
use crate::ceiling::hash;
use crate::drive::{Measured, Worker, drive};
use crate::fill::literal;
use crate::people::{LARGE, Person, owner};
use crate::report::Row;
use crate::wire::{Call, Wire};
use roster::auth::opaque::{OpaqueSecret, SecretKind};
use roster::auth::password::{HashParams, Hasher, Password};
use roster::pb::roster::identity::v1::{
    LogInRequest, LogInResponse, RefreshSessionRequest, RefreshSessionResponse, log_in_response::Outcome,
};
use roster::random::SystemRandom;
use std::sync::Arc;
use std::time::Duration;

const PASSWORD: &str = "seven green rivers run uphill";
/// How many people log in, in turn.
const PEOPLE: usize = 1_000;
/// Log-ins at once in the storm.
const STORM: usize = 16;

fn call(email: &str) -> Call {
    let request = LogInRequest {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        ..LogInRequest::default()
    };
    Call::new("/roster.identity.v1.IdentityService/LogIn", None, &request)
}

/// Gives some people a password, and makes the calls by which they log in.
async fn people(bench: &Bench<'_>) -> Arc<[Call]> {
    let hasher = Hasher::new(HashParams::default(), 1, 1).expect("the default can be had");
    let hash = hasher.hash(Password::new(PASSWORD).expect("a password")).await;
    let here = literal(bench.database.engine, owner(LARGE).organization_id().uuid());
    let which = format!(
        "SELECT email FROM members WHERE organization_id = {here} AND state = 4 ORDER BY created_at LIMIT {PEOPLE}"
    );
    let update = format!(
        "UPDATE users SET password_hash = '{}' WHERE email IN ({which})",
        hash.expect("a password can be hashed")
    );
    bench.database.run(&[update]).await;
    let emails = bench.database.texts(&which).await;
    emails.iter().map(|email| call(email)).collect()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// On how many threads a server hashes that isn't told: see `passwords.hash_threads`.
fn threads() -> usize {
    (cores() - 1).clamp(1, 16)
}

/// One person after another.
struct Entering {
    wire: Wire,
    calls: Arc<[Call]>,
    turn: usize,
}

impl Worker for Entering {
    async fn once(&mut self) -> Result<(), String> {
        self.turn += 1;
        self.wire
            .send(&self.calls[self.turn % self.calls.len()])
            .await
            .map(drop)
    }
}

async fn entering(bench: &Bench<'_>, calls: &Arc<[Call]>, in_flight: usize) -> Vec<Entering> {
    let wires = bench.wires(in_flight).await;
    let each = calls.len() / in_flight;
    let workers = (0..in_flight).map(|n| Entering {
        wire: wires[n % wires.len()].clone(),
        calls: calls.clone(),
        turn: n * each,
    });
    workers.collect()
}

/// P5.
pub async fn log_in(bench: &mut Bench<'_>) -> Done {
    let calls = people(bench).await;
    let answer: LogInResponse = bench.ask(&calls[0]).await?;
    assert!(matches!(answer.outcome, Some(Outcome::Tokens(_))), "they are in");
    let heard = bench.overhear(|turn| calls[turn as usize].clone()).await?;
    for in_flight in bench.options.in_flight.clone() {
        let measured = bench.drive(entering(bench, &calls, in_flight).await).await;
        let row = bench.row("log-in", in_flight, &measured, heard.as_ref());
        let plan = bench.options.plan();
        let threads = threads();
        let params = HashParams::default();
        let ceiling = tokio::task::spawn_blocking(move || hash::ceiling(params, threads, plan.measured)).await;
        let all = tokio::task::spawn_blocking(move || hash::rate(params, cores(), plan.measured)).await;
        let note = all.map(|all| {
            format!(
                "the server hashes on {threads} of {} cores; all of them do {all:.0}/s",
                cores()
            )
        });
        bench.add(
            Row {
                note: note.unwrap_or_default(),
                ..row
            },
            ceiling.ok(),
        );
    }
    Ok(())
}

/// A check now and then, as a service makes them that has something else to do.
struct Checking {
    wire: Wire,
    call: Call,
}

impl Worker for Checking {
    async fn once(&mut self) -> Result<(), String> {
        self.wire.send(&self.call).await.map(drop)
    }

    async fn pause(&self) {
        tokio::time::sleep(Duration::from_millis(4)).await;
    }
}

/// P5: what others notice.
pub async fn storm(bench: &mut Bench<'_>) -> Done {
    let calls = people(bench).await;
    let idle = checks(bench).await;
    let plan = bench.options.plan();
    let whole = crate::drive::Plan {
        warm_up: Duration::ZERO,
        measured: plan.warm_up + plan.measured,
    };
    let entering = entering(bench, &calls, STORM).await;
    let storm = tokio::spawn(drive(entering, whole, bench.server.meter(&bench.database)));
    let stormy = checks(bench).await;
    let storm = storm.await.expect("a worker doesn't panic");
    let row = bench.row("check-idle", 4, &idle, None);
    bench.add(row, None);
    let mut row = Row {
        // The log-ins' own.
        server_us: None,
        database_us: None,
        failed: stormy.failed + storm.failed,
        failure: stormy.failure.clone().or(storm.failure.clone()),
        ..bench.row("check-in-storm", 4, &stormy, None)
    };
    let p99 = |measured: &Measured| measured.latency_us(0.99).unwrap_or_default();
    row.note = format!(
        "p99 is {:.1} times that of check-idle, while {STORM} log-ins are in flight ({:.0} a second)",
        p99(&stormy) / p99(&idle),
        storm.per_second()
    );
    bench.add(row, None);
    Ok(())
}

async fn checks(bench: &Bench<'_>) -> Measured {
    let wires = bench.wires(16).await;
    let call = check::call(&bench.minter.token(owner(LARGE)));
    let workers = wires.into_iter().map(|wire| Checking {
        wire,
        call: call.clone(),
    });
    bench.drive(workers.collect()).await
}

/// A session that is renewed over and over.
struct Staying {
    wire: Wire,
    refresh: String,
}

fn renewal(refresh: &str) -> Call {
    let request = RefreshSessionRequest {
        refresh_token: refresh.to_owned(),
        ..RefreshSessionRequest::default()
    };
    Call::new("/roster.identity.v1.IdentityService/RefreshSession", None, &request)
}

impl Worker for Staying {
    async fn once(&mut self) -> Result<(), String> {
        let answer: RefreshSessionResponse = self.wire.ask(&renewal(&self.refresh)).await?;
        self.refresh = answer.tokens.ok_or("no tokens")?.refresh_token;
        Ok(())
    }
}

/// Refresh tokens for sessions from this number on.
async fn refreshers(bench: &Bench<'_>, from: usize, count: usize) -> Vec<String> {
    let engine = bench.database.engine;
    let mut tokens = vec![];
    let mut rows = vec![];
    for n in 0..count {
        let person = Person {
            organization: LARGE,
            number: u32::try_from(from + n).unwrap_or_default(),
        };
        let secret = OpaqueSecret::generate(SecretKind::Refresh, &SystemRandom);
        let digest = data_encoding::HEXLOWER.encode(&secret.digest());
        let digest = match engine {
            crate::options::Engine::Sqlite => format!("x'{digest}'"),
            crate::options::Engine::Postgres => format!("'\\x{digest}'::bytea"),
        };
        let session = literal(engine, person.uuid());
        rows.push(format!(
            "SELECT {digest}, id, created_at FROM sessions WHERE id = {session}"
        ));
        tokens.push(secret.expose().to_owned());
    }
    let insert = format!(
        "INSERT INTO refresh_tokens (digest, session_id, created_at) {}",
        rows.join(" UNION ALL ")
    );
    bench.database.run(&[insert]).await;
    tokens
}

/// RefreshSession.
pub async fn refresh(bench: &mut Bench<'_>) -> Done {
    let mut spare = refreshers(bench, 5_000, 24).await;
    let heard = bench
        .overhear(|_| renewal(&spare.pop().expect("there is one for each turn")))
        .await?;
    for (nth, in_flight) in bench.options.in_flight.clone().into_iter().enumerate() {
        let wires = bench.wires(in_flight).await;
        let tokens = refreshers(bench, 6_000 + nth * 1_000, in_flight).await;
        let workers = tokens.into_iter().enumerate().map(|(n, refresh)| Staying {
            wire: wires[n % wires.len()].clone(),
            refresh,
        });
        let measured = bench.drive(workers.collect()).await;
        let row = bench.row("refresh-session", in_flight, &measured, heard.as_ref());
        bench.add(row, None);
    }
    Ok(())
}
