//! Seats, addresses, acceptances, removals and roles, fought over.

use super::{Race, behind, contend, contenders, counted, line, only, rounds, task};
use crate::support::calls::{Outcome, refused_item};
use crate::support::{Person, World, each_engine, with};
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

async fn add(world: &World, by: &Person, email: String) -> Outcome<ms::AddMemberResponse> {
    let request = ms::AddMemberRequest {
        email,
        ..Default::default()
    };
    world.membership().add_member(with(&by.token, request)).await
}

each_engine! {
    async fn l03_adds_never_oversell_the_last_seats(world: World) {
        let world = std::sync::Arc::new(world.with_seats(5).await);
        let ana = world.sign_up("ana@example.org").await;
        let mut race = Race::begin("adds for the last seats", &world).await;
        for round in 0..rounds() {
            let many = contenders(round);
            let came = contend((0..many).map(|i| task!(world, ana => add(&world, &ana, format!("m{i}@r{round}.example")).await))).await;
            assert_eq!(came, counted(&[("OK", 4), ("REASON_SEATS_EXHAUSTED", many - 4)]));
            race.fought(&world, &[&came]).await;
            let list = world.list(&ana, ms::ListMembersRequest::default()).await;
            assert_eq!(list.members.iter().filter(|m| m.has_seat).count(), 5);
            world.clear(&ana).await;
        }
        race.end(&world).await;
    }
}

each_engine! {
    async fn l03_acceptances_and_adds_together_never_oversell_seats(world: World) {
        let world = std::sync::Arc::new(world.with_seats(9).await);
        let ana = world.sign_up("ana@example.org").await;
        let mut race = Race::begin("acceptances and adds for seats", &world).await;
        for round in 0..rounds() {
            // Half of the seats are reserved by invitations, which are accepted while others grab what is left.
            let mut codes = vec![];
            for i in 0..4 {
                let email = format!("invited{i}@r{round}.example");
                world.add(&ana, &email, "member").await;
                codes.push(world.code(&email).await);
            }
            let half = contenders(round) / 2;
            let line = line(2 * half);
            let accepts = behind(&line, codes.iter().cycle().take(half).map(|code| task!(world, code => world.accept_new(&code).await)));
            // At least as many as there are seats left.
            let adds = behind(&line, (0..half).map(|i| task!(world, ana => add(&world, &ana, format!("m{i}@r{round}.example")).await)));
            let (accepted, added) = tokio::join!(accepts, adds);
            assert_eq!(accepted["OK"], 4, "l04: whoever holds a reserved seat gets in: {accepted:?}");
            assert_eq!(added, counted(&[("OK", 4), ("REASON_SEATS_EXHAUSTED", half - 4)]));
            race.fought(&world, &[&accepted, &added]).await;
            world.clear(&ana).await;
        }
        race.end(&world).await;
    }
}

each_engine! {
    async fn i3_one_address_added_by_many_is_one_member(world: World) {
        let world = std::sync::Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let mut race = Race::begin("one address added by many", &world).await;
        for round in 0..rounds() / 4 {
            let many = contenders(round);
            let names = ["new", "New", "NEW", "nEw"];
            let came = contend((0..many).map(|i| {
                let by = if i % 2 == 0 { ana.clone() } else { bob.clone() };
                let email = format!("{}{round}@Example.org", names[i % 4]);
                task!(world, by => add(&world, &by, email).await)
            }))
            .await;
            assert_eq!(came, counted(&[("OK", 1), ("REASON_ALREADY_MEMBER", many - 1)]));
            race.fought(&world, &[&came]).await;
        }
        race.end(&world).await;
    }
}

each_engine! {
    async fn q04_one_request_id_sent_at_once_acts_once(world: World) {
        let world = std::sync::Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let mut race = Race::begin("one request id", &world).await;
        for round in 0..rounds() / 4 {
            let many = contenders(round);
            let request = ms::AddMemberRequest {
                request_id: crate::support::calls::request_id(),
                email: format!("once{round}@example.org"),
                ..Default::default()
            };
            let came = contend((0..many).map(|_| task!(world, ana, request => world.try_add(&ana, request).await))).await;
            assert_eq!(came, counted(&[("OK", many)]), "each gets the first answer");
            assert_eq!(world.mails(&format!("once{round}@example.org")).await.len(), 1);
            race.fought(&world, &[&came]).await;
        }
        race.end(&world).await;
    }
}

each_engine! {
    async fn l05_a_link_followed_64_times_by_a_newcomer_admits_one(world: World) {
        let world = std::sync::Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let mut race = Race::begin("acceptances by one newcomer", &world).await;
        for round in 0..rounds() {
            let email = format!("new{round}@example.org");
            world.add(&ana, &email, "member").await;
            let code = world.code(&email).await;
            let came = contend((0..contenders(round)).map(|_| task!(world, code => world.accept_new(&code).await))).await;
            assert_eq!(came["OK"], 1, "{came:?}");
            only(&came, &["OK", "REASON_INVITATION_ENDED", "REASON_SIGN_IN_TO_ACCEPT"]);
            race.fought(&world, &[&came]).await;
        }
        race.end(&world).await;
    }
}

each_engine! {
    async fn l05_a_link_followed_by_different_people_admits_the_invited_one(world: World) {
        let world = std::sync::Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let mut people = vec![];
        for name in ["eva", "gil", "hugo"] {
            people.push(world.sign_up(&format!("{name}@elsewhere.example")).await);
        }
        let mut race = Race::begin("acceptances by different people", &world).await;
        for round in 0..rounds() {
            let many = contenders(round);
            // Or the mails of one moment have no order.
            world.clock.advance(chrono::Duration::milliseconds(1));
            world.add(&ana, "eva@elsewhere.example", "member").await;
            let code = world.code("eva@elsewhere.example").await;
            let came = contend((0..many).map(|i| {
                let who = people[i % 3].clone();
                task!(world, who, code => world.accept_as(&who, &code).await)
            }))
            .await;
            assert_eq!(came["OK"], 1, "{came:?}");
            assert_eq!(came["REASON_INVITATION_FOR_ANOTHER_ADDRESS"], many - many.div_ceil(3));
            only(&came, &["OK", "REASON_INVITATION_ENDED", "REASON_INVITATION_FOR_ANOTHER_ADDRESS"]);
            race.fought(&world, &[&came]).await;
            world.clear(&ana).await;
        }
        race.end(&world).await;
    }
}

each_engine! {
    async fn acceptance_against_decline_ends_in_one_of_them(world: World) {
        let world = std::sync::Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let mut race = Race::begin("acceptance against decline", &world).await;
        for round in 0..rounds() {
            let email = format!("new{round}@example.org");
            let member = world.add(&ana, &email, "member").await;
            let code = world.code(&email).await;
            let half = contenders(round) / 2;
            let line = line(2 * half);
            let accepts = behind(&line, (0..half).map(|_| task!(world, code => world.accept_new(&code).await)));
            let declines = behind(&line, (0..half).map(|_| task!(world, code => world.decline(&code).await)));
            let (accepted, declined) = tokio::join!(accepts, declines);
            let (yes, no) = (accepted.get("OK").copied().unwrap_or(0), declined.get("OK").copied().unwrap_or(0));
            assert_eq!(yes + no, 1, "{accepted:?} {declined:?}");
            let state = world.get(&ana, &member.id).await.state();
            assert_eq!(state, if yes == 1 { ms::MemberState::Active } else { ms::MemberState::Declined });
            race.fought(&world, &[&accepted, &declined]).await;
        }
        race.end(&world).await;
    }
}

each_engine! {
    async fn acceptance_against_removal_leaves_nobody_in(world: World) {
        let world = std::sync::Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let mut race = Race::begin("acceptance against removal", &world).await;
        for round in 0..rounds() {
            let email = format!("new{round}@example.org");
            let member = world.add(&ana, &email, "member").await.id;
            let code = world.code(&email).await;
            let half = contenders(round) / 2;
            let line = line(2 * half);
            let accepts = behind(&line, (0..half).map(|_| task!(world, code => world.accept_new(&code).await)));
            let removals = behind(&line, (0..half).map(|_| task!(world, ana, member, email => {
                let done = world.try_remove(&ana, &[(&member, &email)]).await?;
                if done.get_ref().results[0].error.is_some() { Err(refused_item(&done.get_ref().results[0])) } else { Ok(done) }
            })));
            let (accepted, removed) = tokio::join!(accepts, removals);
            assert_eq!(removed, counted(&[("OK", 1), ("REASON_NOT_FOUND", half - 1)]));
            assert!(accepted.get("OK").copied().unwrap_or(0) <= 1, "{accepted:?}");
            assert_eq!(world.try_get(&ana, &member).await.unwrap_err().code(), Code::NotFound);
            race.fought(&world, &[&accepted, &removed]).await;
        }
        race.end(&world).await;
    }
}

each_engine! {
    async fn l01_two_admins_who_demote_each_other_leave_one(world: World) {
        let world = std::sync::Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let names = ["bob@example.org", "carla@example.org"];
        for name in names {
            world.join(&ana, name, "admin").await;
        }
        let mut race = Race::begin("two admins against each other", &world).await;
        for round in 0..rounds() {
            // A person keeps a hundred sessions: it must be plain which is the oldest.
            world.clock.advance(chrono::Duration::milliseconds(1));
            let (bob, carla) = (world.log_in(names[0]).await, world.log_in(names[1]).await);
            let came = contend((0..contenders(round)).map(|i| {
                let (by, whom) = if i % 2 == 0 { (bob.clone(), carla.clone()) } else { (carla.clone(), bob.clone()) };
                task!(world, by, whom => world.set_roles(&by, &whom.member, &["guest"]).await)
            }))
            .await;
            only(&came, &["OK", "REASON_CREDENTIAL_INVALID", "REASON_PERMISSION_MISSING"]);
            let request = ms::ListMembersRequest { role_ids: vec!["admin".into()], ..Default::default() };
            let admins = world.list(&ana, request).await.members;
            assert_eq!(admins.len(), 1, "whoever was demoted first had no right left to demote: {came:?}");
            race.fought(&world, &[&came]).await;
            for person in [&bob, &carla] {
                world.set_roles(&ana, &person.member, &["admin"]).await.unwrap();
            }
        }
        race.end(&world).await;
    }
}

/// One attempt on the ownership, or one of the harmless calls that take the same lock.
async fn around_the_owner(world: &World, [ana, bob, carla]: [&Person; 3], i: usize) -> Outcome<()> {
    let tried = match i % 6 {
        0 => world.set_roles(bob, &ana.member, &["member"]).await,
        1 => world.set_roles(ana, &ana.member, &["admin"]).await,
        2 => world.set_roles(ana, &carla.member, &["owner"]).await,
        3 => world.set_roles(bob, &bob.member, &["owner", "admin"]).await,
        4 => {
            let by = if i.is_multiple_of(4) { ana } else { bob };
            let done = world.try_remove(by, &[(&ana.member, &ana.email)]).await?;
            return Err(refused_item(&done.get_ref().results[0]));
        }
        _ => {
            world
                .set_roles(ana, &carla.member, if i % 4 == 1 { &["guest"] } else { &["member"] })
                .await
        }
    };
    tried.map(|_| ().into())
}

each_engine! {
    async fn i1_whatever_is_tried_around_the_owner_there_is_one(world: World) {
        let world = std::sync::Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let mut race = Race::begin("everything around the owner", &world).await;
        for round in 0..rounds() {
            let many = contenders(round);
            let came = contend((0..many).map(|i| task!(world, ana, bob, carla => around_the_owner(&world, [&ana, &bob, &carla], i).await)))
            .await;
            race.fought(&world, &[&came]).await;
            let request = ms::ListMembersRequest { role_ids: vec!["owner".into()], ..Default::default() };
            let owners = world.list(&ana, request).await.members;
            assert_eq!(owners.iter().map(|m| m.id.as_str()).collect::<Vec<_>>(), [ana.member.as_str()]);
            let told = came.get("REASON_OWNER_PROTECTED").unwrap_or(&0) + came.get("REASON_TARGET_OUTRANKS_YOU").unwrap_or(&0);
            let on_the_owner = (0..many).filter(|i| [0, 1, 4].contains(&(i % 6))).count();
            assert_eq!(told, on_the_owner, "{came:?}");
        }
        race.end(&world).await;
    }
}
