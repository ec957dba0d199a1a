//! What a deployment sees: mostly checks, some reads, few changes.

use super::{add, check, read};
use crate::bench::{Bench, Done};
use crate::drive::Worker;
use crate::people::{ORGANIZATIONS, Person, owner};
use crate::wire::Wire;

/// Of a hundred calls, 90 checks, 9 reads and one new member, in one organisation after another.
struct Mixing {
    wire: Wire,
    calls: Vec<(crate::wire::Call, crate::wire::Call)>,
    adding: add::Adding,
    turn: usize,
}

impl Worker for Mixing {
    async fn once(&mut self) -> Result<(), String> {
        self.turn += 1;
        let (check, get) = &self.calls[self.turn % self.calls.len()];
        match self.turn % 100 {
            0 => self.adding.once().await,
            n if n % 11 == 0 => self.wire.send(get).await.map(drop),
            _ => self.wire.send(check).await.map(drop),
        }
    }
}

/// The mix.
pub async fn run(bench: &mut Bench<'_>) -> Done {
    let organizations: Vec<u32> = (2..ORGANIZATIONS).collect();
    let tokens: Vec<_> = organizations
        .iter()
        .map(|nth| bench.minter.token(owner(*nth)))
        .collect();
    let calls: Vec<_> = organizations
        .iter()
        .zip(&tokens)
        .map(|(organization, token)| {
            let person = Person {
                organization: *organization,
                number: 5,
            };
            (check::call(token), read::get(token, person))
        })
        .collect();
    for in_flight in bench.options.in_flight.clone() {
        let wires = bench.wires(in_flight).await;
        let workers = (0..in_flight).map(|n| Mixing {
            wire: wires[n % wires.len()].clone(),
            calls: calls.clone(),
            adding: add::Adding {
                wire: wires[n % wires.len()].clone(),
                owners: tokens.clone().into(),
                turn: n * tokens.len() / in_flight,
                invite: false,
            },
            turn: n * 7,
        });
        let measured = bench.drive(workers.collect()).await;
        let row = bench.row("mixed", in_flight, &measured, None);
        bench.add(row, None);
    }
    Ok(())
}
