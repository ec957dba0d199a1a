//! GetMemberActions and the calls agree, whoever asks about whom: what it calls possible is done, what it doesn't is
//! refused for one of the reasons that it gave.

use crate::support::selections::{Act, Selected};
use crate::support::{Person, Refusal, World, each_engine, invariants, with};
use ms::ActionKind as Kind;
use roster::pb::roster::membership::v1 as ms;
use std::collections::BTreeMap;
use tonic::Status;

const SELECTIONS: usize = 150;

/// Steps of a generator whose whole run follows from its seed (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn some<'a>(&mut self, of: &'a [(String, String)]) -> Vec<&'a (String, String)> {
        let mut rest: Vec<&(String, String)> = of.iter().collect();
        let many = [1, 1, 2, 3][self.below(4)];
        (0..many).map(|_| rest.remove(self.below(rest.len()))).collect()
    }
}

async fn told(world: &World, by: &Person, members: &[&str]) -> BTreeMap<Kind, Vec<String>> {
    let request = ms::GetMemberActionsRequest {
        member_ids: members.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    let answer = world
        .membership()
        .get_member_actions(with(&by.token, request))
        .await
        .unwrap();
    let actions = answer.into_inner().actions.into_iter();
    actions
        .map(|a| (a.action(), a.obstacles.into_iter().map(|o| o.reason).collect()))
        .collect()
}

/// A call came to what was told about it.
fn agree<T>(told: &[String], became: Result<T, Status>, what: &str) {
    match became {
        Ok(_) => assert!(told.is_empty(), "{what}: done, against {told:?}"),
        Err(status) => {
            let reason = Refusal::of(&status).reason;
            assert!(told.contains(&reason), "{what}: {reason}, but told was {told:?}");
        }
    }
}

/// People in every state and of several ranks, in an organisation with three seats left. Names them by member and address.
async fn people(world: &World, ana: &Person) -> Vec<(String, String)> {
    let mut people = vec![];
    for (i, role) in ["member", "admin", "clerk", "guest"]
        .into_iter()
        .cycle()
        .take(20)
        .enumerate()
    {
        let email = format!("p{i}@example.org");
        let member = match i / 4 {
            0 => world.put(ana, &email, "Added", &[role]).await.id,
            1 => world.add(ana, &email, role).await.id,
            2 => {
                let member = world.add(ana, &email, role).await.id;
                world.decline(&world.code(&email).await).await.unwrap();
                member
            }
            n => {
                let member = world.join(ana, &email, role).await.member;
                world
                    .done(ana, if n == 3 { Act::Suspend } else { Act::Revoke }, &member)
                    .await;
                member
            }
        };
        people.push((member, email));
    }
    people
}

each_engine! {
    async fn w3_what_it_tells_of_any_selection_is_what_the_calls_do(world: World) {
        let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
        let standard = include_str!("../../../presets/standard.toml");
        std::fs::write(file.path(), format!("{standard}{}", crate::support::calls::CLERKS)).unwrap();
        let preset = file.path().display().to_string();
        let world = World::configured(world.engine, |config| {
            config.organizations.preset = preset;
            config.organizations.default_seat_limit = Some(11);
        })
        .await;
        let ana = world.sign_up("ana@example.org").await;
        let late = world.add(&ana, "late@example.org", "member").await;
        world.clock.advance(chrono::TimeDelta::days(30));
        let ana = world.log_in("ana@example.org").await;
        let mut actors = vec![ana.clone()];
        for role in ["admin", "clerk", "member"] {
            actors.push(world.join(&ana, &format!("{role}@example.org"), role).await);
        }
        let mut all = people(&world, &ana).await;
        all.push((late.id, late.email));
        all.extend(actors.iter().map(|actor| (actor.member.clone(), actor.email.clone())));
        let (mut dice, mut asked, mut possible) = (Dice(0x5eed), 0, BTreeMap::new());
        for _ in 0..SELECTIONS {
            let selected = dice.some(&all);
            let by = &actors[dice.below(actors.len())];
            let ids: Vec<&str> = selected.iter().map(|(member, _)| member.as_str()).collect();
            let told = told(&world, by, &ids).await;
            for act in Act::ALL {
                let what = format!("{act:?} of {selected:?} by {}", by.email);
                agree(&told[&act.kind()], world.try_act(by, act, Selected::of(&ids).atomic().rehearsed()).await, &what);
                asked += 1;
                *possible.entry(format!("{act:?}")).or_insert(0) += usize::from(told[&act.kind()].is_empty());
            }
            let removal = |(member, confirm): &&(String, String)| ms::Removal { member_id: member.clone(), confirm: confirm.clone(), ..Default::default() };
            let remove = ms::RemoveMembersRequest { removals: selected.iter().map(removal).collect(), validate_only: true, atomic: true, ..Default::default() };
            agree(&told[&Kind::Remove], world.membership().remove_members(with(&by.token, remove)).await, "Remove");
            if let [member] = ids[..] {
                let edit = ms::UpdateMemberRequest { member_id: member.into(), validate_only: true, ..Default::default() };
                agree(&told[&Kind::Edit], world.membership().update_member(with(&by.token, edit)).await, "Edit");
            }
            let add = ms::AddMemberRequest { email: "new@example.org".into(), role_ids: vec!["clerk".into()], validate_only: true, ..Default::default() };
            let added = world.try_add(by, add).await;
            agree(&told[&Kind::Add], added, &format!("Add by {}", by.email));
        }
        println!("{SELECTIONS} selections, {asked} calls compared on {:?}; possible: {possible:?}", world.engine);
        assert!(possible.values().all(|times| *times > 0), "each was possible at times: {possible:?}");
        // The seats fill up, and both say so.
        let ids: Vec<&str> = all[..4].iter().map(|(member, _)| member.as_str()).collect();
        let filling = told(&world, &ana, &ids).await;
        assert_eq!(filling[&Kind::Invite], ["REASON_SEATS_EXHAUSTED"]);
        let done = world.act(&ana, Act::Invite, &ids).await;
        let got_in = done.iter().filter(|result| result.error.is_none()).count();
        assert!((1..4).contains(&got_in), "{done:?}");
        let full = told(&world, &ana, &[]).await;
        assert_eq!(full[&Kind::Add], ["REASON_SEATS_EXHAUSTED"]);
        let add = ms::AddMemberRequest { email: "new@example.org".into(), validate_only: true, ..Default::default() };
        agree(&full[&Kind::Add], world.try_add(&ana, add).await, "Add when all seats are taken");
        invariants::check(&world).await;
    }
}
