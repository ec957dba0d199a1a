//! Imports for the last place in an organisation: one of them takes it, whoever is first.

use super::{CONTENDERS, Counts, Race, counted, line, rounds};
use crate::support::each_engine;
use crate::support::files::{Imported, how};
use ms::{ExistingMembers::Skip, ImportMode::BestEffort};
use roster::pb::roster::membership::v1 as ms;
use std::sync::Arc;

/// How many import in a round: two, as a rule, and now and then as many as there are contenders.
fn importers(round: usize) -> usize {
    if round.is_multiple_of(20) { CONTENDERS } else { 2 }
}

each_engine! {
    async fn l03_imports_for_the_last_seat_take_it_once(world: World) {
        let world = Arc::new(world.with_seats(2).await);
        let ana = world.sign_up("ana@example.org").await;
        let (mut race, mut others) = (Race::begin("imports for the last seat", &world).await, 0);
        for round in 0..rounds() {
            let many = importers(round);
            let line = line(many);
            let importing: Vec<_> = (0..many)
                .map(|side| {
                    let (world, ana, line) = (world.clone(), ana.clone(), line.clone());
                    let header = ms::ImportMembersRequest { invite: true, ..how(BestEffort, Skip) };
                    let file = format!("email\na{round}-{side}@example.org\nb{round}-{side}@example.org\n");
                    tokio::spawn(async move {
                        line.wait().await;
                        world.import(&ana, header, file).await
                    })
                })
                .collect();
            let mut told: Vec<Imported> = vec![];
            for one in importing {
                told.push(one.await.unwrap());
            }
            let added: Vec<i64> = told.iter().map(|one| one.counts()[1]).collect();
            assert_eq!(added.iter().sum::<i64>(), 1, "round {round}: {told:?}");
            others += usize::from(added[0] == 0);
            for fault in told.iter().flat_map(|one| &one.faults) {
                assert_eq!(fault.reason, "REASON_SEATS_EXHAUSTED");
            }
            let came: Counts = counted(&[("OK", 1), ("no seat left", many - 1)]);
            race.fought(&world, &[&came]).await;
            world.clear(&ana).await;
        }
        race.end(&world).await;
        println!("the first to be started was second in {others} rounds");
    }
}
