//! Log-ins and switches against the deletion of the organisation that they lead to: none begins beside it and lives on.

use super::{CONTENDERS, line};
use crate::support::world::PASSWORD;
use crate::support::{Person, World, each_engine, with};
use roster::pb::roster::identity::v1 as id;
use std::sync::Arc;

/// Organisations that are fought over at the same time, with a share of the contenders for each.
const ORGANIZATIONS: usize = 8;
/// Barrages of as many fights: 184 fights.
const BARRAGES: usize = 23;
/// Fights of all contenders over one organisation, after those.
const FULL: usize = 16;

/// Sessions that speak for an organisation that isn't there any more.
const LEFT_OVER: &str = "SELECT count(*) FROM sessions s JOIN organizations o ON o.id = s.organization_id \
     WHERE o.deleted_at IS NOT NULL AND s.ended_at IS NULL";

/// Logs in; whether with or without the organisation, it is answered.
async fn log_in(world: Arc<World>, email: String) {
    let request = id::LogInRequest {
        email,
        password: PASSWORD.into(),
        ..Default::default()
    };
    world.identity().log_in(request).await.unwrap();
}

each_engine! {
    async fn k06_no_log_in_outlives_the_deletion_that_it_began_beside(world: World) {
        let world = Arc::new(world);
        let mut owners: Vec<(Person, String)> = vec![];
        for number in 0..ORGANIZATIONS {
            let owner = world.sign_up(&format!("owner@{number}.example")).await;
            let slug = world.organization_of(&owner).await.slug;
            owners.push((owner, slug));
        }
        let began = std::time::Instant::now();
        for round in 0..BARRAGES + FULL {
            let fought = if round < BARRAGES { ORGANIZATIONS } else { 1 };
            let line = line(CONTENDERS);
            // A person keeps a hundred sessions: it must be plain which is the oldest.
            world.clock.advance(chrono::Duration::seconds(1));
            let mut running = vec![];
            for (owner, slug) in &owners[..fought] {
                for place in 0..CONTENDERS / fought {
                    let (world, owner, slug, line) = (world.clone(), owner.clone(), slug.clone(), line.clone());
                    running.push(tokio::spawn(async move {
                        line.wait().await;
                        match place {
                            3 => drop(world.try_delete(&owner, &slug).await.unwrap()),
                            _ => log_in(world, owner.email).await,
                        }
                    }));
                }
            }
            for one in running {
                one.await.unwrap();
            }
            assert_eq!(world.count(LEFT_OVER).await, 0, "a session for an organisation that is gone");
            for (owner, slug) in &mut owners[..fought] {
                let homeless = world.log_in(&owner.email).await;
                assert_eq!(homeless.organization, "");
                world.try_restore(&homeless, slug).await.unwrap();
                let request = id::SwitchOrganizationRequest { organization: slug.clone(), ..Default::default() };
                let back = world.identity().switch_organization(with(&homeless.token, request)).await.unwrap().into_inner();
                *owner = Person::of(&owner.email, back.tokens.unwrap());
            }
        }
        println!(
            "log-ins against deletion on {:?}: {} rounds of {} contenders, {ORGANIZATIONS} at a time, and {FULL} of {CONTENDERS} \
             over one organisation in {:.1} s",
            world.engine, BARRAGES * ORGANIZATIONS, CONTENDERS / ORGANIZATIONS, began.elapsed().as_secs_f64()
        );
    }
}
