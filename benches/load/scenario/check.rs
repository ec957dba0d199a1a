//! CheckAccess: the call that all other services make.

use crate::bench::{Against, Bench, Done};
use crate::ceiling::replay::Fresh;
use crate::drive::Worker;
use crate::people::{LARGE, Minter, Person, SESSIONS, owner};
use crate::wire::{Call, Token, Wire};
use roster::pb::roster::access::v1::{CheckAccessRequest, CheckAccessResponse};

/// More than can be checked in a second on such a machine. Running out of tokens fails the run.
const FRESH_PER_SECOND: f64 = 15_000.0;

/// May the caller add members?
pub fn call(token: &Token) -> Call {
    let request = CheckAccessRequest {
        permission: "members.add".to_owned(),
        ..CheckAccessRequest::default()
    };
    Call::new("/roster.access.v1.AccessService/CheckAccess", Some(token), &request)
}

/// P1.
pub async fn seen(bench: &mut Bench<'_>) -> Done {
    let call = call(&bench.minter.token(owner(LARGE)));
    let answer: CheckAccessResponse = bench.ask(&call).await?;
    assert!(answer.allowed, "the owner may add members");
    bench.same("check-seen", &call, Against::Transport).await
}

/// Each token once.
struct Once {
    wire: Wire,
    call: Call,
    tokens: Vec<Token>,
}

impl Worker for Once {
    async fn once(&mut self) -> Result<(), String> {
        self.call.token = Some(self.tokens.pop().ok_or("there are no tokens left; make more of them")?);
        self.wire.send(&self.call).await.map(drop)
    }
}

fn tokens(minter: &Minter, from: usize, count: usize) -> Vec<Token> {
    let person = |n: usize| Person {
        organization: LARGE,
        number: 2 + u32::try_from((from + n) % (SESSIONS as usize - 1)).unwrap_or_default(),
    };
    (0..count).map(|n| minter.token(person(n))).collect()
}

/// With a token that was never seen before: its signature is verified, and what it permits is read.
pub async fn fresh(bench: &mut Bench<'_>) -> Done {
    let plan = bench.options.plan();
    let heard = bench.overhear(|_| call(&tokens(&bench.minter, 7, 1)[0])).await?;
    for in_flight in bench.options.in_flight.clone() {
        let wires = bench.wires(in_flight).await;
        let all = (plan.warm_up + plan.measured).as_secs_f64() * FRESH_PER_SECOND;
        // One in flight gets no further than a few thousand a second.
        let each = all as usize / in_flight.max(4) + 100;
        let workers = (0..in_flight).map(|n| Once {
            wire: wires[n % wires.len()].clone(),
            call: call(&tokens(&bench.minter, n, 1)[0]),
            tokens: tokens(&bench.minter, n * each, each),
        });
        let measured = bench.drive(workers.collect()).await;
        let row = bench.row("check-fresh", in_flight, &measured, heard.as_ref());
        let against = Against::Sql(Fresh::Nothing);
        let call = call(&tokens(&bench.minter, 0, 1)[0]);
        let ceiling = bench.ceiling(&against, &call, 0, heard.as_ref(), in_flight).await?;
        bench.add(row, ceiling);
    }
    Ok(())
}
