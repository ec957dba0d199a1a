//! BatchGetMembers, and the filters of ListMembers: tags, groups, roles from any source, and several at once.

use crate::support::calls::Outcome;
use crate::support::{Person, World, each_engine, refused, with};
use roster::domain::{GroupId, MemberId, TagId};
use roster::pb::roster::membership::v1 as ms;
use roster::random::{Random, SystemRandom};
use std::collections::BTreeSet;
use tonic::Code;

async fn batch(world: &World, by: &Person, ids: &[&str]) -> Outcome<ms::BatchGetMembersResponse> {
    let request = ms::BatchGetMembersRequest {
        member_ids: ids.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    world.membership().batch_get_members(with(&by.token, request)).await
}

async fn try_list(world: &World, by: &Person, request: ms::ListMembersRequest) -> Outcome<ms::ListMembersResponse> {
    world.membership().list_members(with(&by.token, request)).await
}

/// The local parts of the addresses on the list, in order; the total must be as many.
async fn found(world: &World, by: &Person, request: ms::ListMembersRequest) -> Vec<String> {
    let request = ms::ListMembersRequest {
        order_by: "email".into(),
        include_total_size: true,
        ..request
    };
    let list = try_list(world, by, request).await.unwrap().into_inner();
    assert_eq!(list.total_size, Some(list.members.len() as i64));
    list.members
        .iter()
        .map(|m| m.email.split('@').next().unwrap().to_owned())
        .collect()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn by_tags(tags: &[&str]) -> ms::ListMembersRequest {
    ms::ListMembersRequest {
        tag_ids: texts(tags),
        ..Default::default()
    }
}

fn by_groups(groups: &[&str]) -> ms::ListMembersRequest {
    ms::ListMembersRequest {
        group_ids: texts(groups),
        ..Default::default()
    }
}

fn by_roles(roles: &[&str]) -> ms::ListMembersRequest {
    ms::ListMembersRequest {
        role_ids: texts(roles),
        ..Default::default()
    }
}

each_engine! {
    async fn several_members_come_in_the_order_asked_with_a_word_about_each_that_is_missing(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.put(&ana, "bob@example.org", "Bob", &["guest"]).await;
        let eva = world.put(&ana, "eva@example.org", "Eva", &["guest"]).await;
        let gone = world.put(&ana, "gone@example.org", "Gone", &["guest"]).await;
        world.remove(&ana, &gone.id, "gone@example.org").await;
        let stranger = world.sign_up("stranger@elsewhere.example").await;
        let random = MemberId::new(SystemRandom.uuid(chrono::Utc::now())).to_string();
        let asked = [eva.id.as_str(), &random, &ana.member, &stranger.member, &gone.id, &bob.id];
        let results = batch(&world, &ana, &asked).await.unwrap().into_inner().results;
        assert_eq!(results.iter().map(|r| r.member_id.as_str()).collect::<Vec<_>>(), asked);
        for (n, id) in [(0, &eva.id), (2, &ana.member), (5, &bob.id)] {
            assert_eq!(results[n].error, None);
            assert_eq!(results[n].member, Some(world.get(&ana, id).await));
        }
        // Another tenant's and a removed one are told as one that never was.
        let told = |n: usize| prost::Message::encoded_len(results[n].error.as_ref().unwrap());
        for n in [1, 3, 4] {
            assert_eq!(results[n].member, None);
            assert_eq!(results[n].error.as_ref().unwrap().code, Code::NotFound as i32);
            assert_eq!(told(n), told(1), "as long as any other");
        }
        let whole = vec![ana.member.clone(); 1_001];
        let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
        let cases: [(&[&str], &[&str]); 4] = [
            (&[], &["member_ids"]),
            (&whole, &["member_ids"]),
            (&[&bob.id, &eva.id, &bob.id], &["member_ids[2]"]),
            (&[&bob.id, "garbage", &ana.user], &["member_ids[1]", "member_ids[2]"]),
        ];
        for (ids, fields) in cases {
            assert_eq!(refused(batch(&world, &ana, ids).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), fields);
        }
        let request = ms::BatchGetMembersRequest { member_ids: vec![bob.id.clone()], include_permissions: true, ..Default::default() };
        let full = world.membership().batch_get_members(with(&ana.token, request)).await.unwrap().into_inner();
        assert!(!full.results[0].member.as_ref().unwrap().permissions.is_empty());
    }
}

each_engine! {
    async fn members_are_listed_by_tag_by_group_and_by_role_from_any_source(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let mut ids = vec![];
        for name in ["bob", "carla", "davi", "eva"] {
            ids.push(world.put(&ana, &format!("{name}@example.org"), name, &["guest"]).await.id);
        }
        let [bob, carla, davi, eva] = [0, 1, 2, 3].map(|n: usize| ids[n].as_str());
        let (red, blue) = (world.tag(&ana, "Red").await, world.tag(&ana, "Blue").await);
        world.try_tag_members(&ana, &[bob, carla], &[&red.id], &[]).await.unwrap();
        world.try_tag_members(&ana, &[carla, davi], &[&blue.id], &[]).await.unwrap();
        let crew = world.group(&ana, "Crew", &["member"]).await;
        let bench = world.group(&ana, "Bench", &[]).await;
        world.put_in(&ana, &crew.id, &[carla]).await;
        world.put_in(&ana, &bench.id, &[davi]).await;
        world.bind(&ana, eva, "member", 10).await;
        for (request, wanted) in [
            (by_tags(&[&red.id]), vec!["bob", "carla"]),
            (by_tags(&[&blue.id, &red.id]), vec!["bob", "carla", "davi"]),
            (by_groups(&[&crew.id]), vec!["carla"]),
            (by_groups(&[&crew.id, &bench.id]), vec!["carla", "davi"]),
            (by_roles(&["member"]), vec!["carla", "eva"]),
            (by_roles(&["guest"]), vec!["bob", "carla", "davi", "eva"]),
            (by_roles(&["owner", "member"]), vec!["ana", "carla", "eva"]),
            (ms::ListMembersRequest { group_ids: vec![crew.id.clone()], ..by_tags(&[&red.id]) }, vec!["carla"]),
            (ms::ListMembersRequest { group_ids: vec![bench.id.clone()], ..by_tags(&[&red.id]) }, vec![]),
            (ms::ListMembersRequest { query: "AV".into(), ..by_tags(&[&blue.id]) }, vec!["davi"]),
            (ms::ListMembersRequest { query: "v".into(), role_ids: texts(&["member"]), ..Default::default() }, vec!["eva"]),
            (ms::ListMembersRequest { guides: vec![ms::Guide::Invite.into()], ..by_roles(&["member", "owner"]) }, vec!["carla", "eva"]),
            (ms::ListMembersRequest { guides: vec![ms::Guide::Ok.into()], ..by_roles(&["member", "owner"]) }, vec!["ana"]),
        ] {
            assert_eq!(found(&world, &ana, request.clone()).await, wanted, "{request:?}");
        }
        // A role for a while is had for that while.
        world.clock.advance(std::time::Duration::from_secs(601));
        let ana = world.renewed(&ana).await;
        assert_eq!(found(&world, &ana, by_roles(&["member"])).await, ["carla"]);
        world.carry(&ana, &crew.id, &[]).await.unwrap();
        assert_eq!(found(&world, &ana, by_roles(&["member"])).await, [""; 0]);
        world.take_out(&ana, &bench.id, &[davi]).await;
        assert_eq!(found(&world, &ana, by_groups(&[&bench.id])).await, [""; 0]);
        world.remove(&ana, bob, "bob@example.org").await;
        assert_eq!(found(&world, &ana, by_tags(&[&red.id])).await, ["carla"]);
    }
}

each_engine! {
    async fn a_filter_names_what_is_there_and_nothing_of_another_tenant(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@elsewhere.example").await;
        let (tag, group) = (world.tag(&eva, "Theirs").await, world.group(&eva, "Theirs", &[]).await);
        let mine = world.tag(&ana, "Mine").await;
        let random = SystemRandom.uuid(chrono::Utc::now());
        let (no_tag, no_group) = (TagId::new(random).to_string(), GroupId::new(random).to_string());
        let mut told = BTreeSet::new();
        for (request, kind, id) in [
            (by_tags(&[&mine.id, &tag.id]), "tag", &tag.id),
            (by_tags(&[&mine.id, &no_tag]), "tag", &no_tag),
            (by_groups(&[&group.id]), "group", &group.id),
            (by_groups(&[&no_group]), "group", &no_group),
        ] {
            let refusal = refused(try_list(&world, &ana, request).await, Code::NotFound, "REASON_NOT_FOUND");
            assert_eq!((refusal.metadata["kind"].as_str(), &refusal.metadata["id"]), (kind, id));
            told.insert(refusal.message.replace(id.as_str(), "…"));
        }
        assert!(told.len() <= 2, "{told:?}");
        let request = ms::ListMembersRequest {
            tag_ids: vec![group.id.clone(), mine.id.clone(), String::new()],
            group_ids: vec![group.id.clone(); 21],
            ..Default::default()
        };
        let mut fields = refused(try_list(&world, &ana, request).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields();
        fields.sort();
        assert_eq!(fields, ["group_ids", "tag_ids[0]", "tag_ids[2]"]);
        // What a search finds is of the one organisation, however much alike the other's members are.
        for query in ["a", "va", "eva", "@", "e", "%", "_", "example"] {
            let request = ms::ListMembersRequest { query: query.into(), page_size: 1_000, ..Default::default() };
            let list = world.list(&ana, request).await;
            assert!(list.members.iter().all(|m| m.organization_id == ana.organization), "{query}: {list:?}");
        }
    }
}

each_engine! {
    async fn q01_a_page_token_is_bound_to_tags_and_groups_too(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let (one, two) = (world.tag(&ana, "One").await, world.tag(&ana, "Two").await);
        let (crew, bench) = (world.group(&ana, "Crew", &[]).await, world.group(&ana, "Bench", &[]).await);
        let mut ids = vec![];
        for n in 0..3 {
            ids.push(world.put(&ana, &format!("m{n}@example.org"), "M", &[]).await.id);
        }
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        world.try_tag_members(&ana, &ids, &[&one.id, &two.id], &[]).await.unwrap();
        world.put_in(&ana, &crew.id, &ids).await;
        world.put_in(&ana, &bench.id, &ids).await;
        let asked = |tags: &[&str], groups: &[&str], token: &str| ms::ListMembersRequest {
            tag_ids: texts(tags),
            group_ids: texts(groups),
            page_size: 1,
            page_token: token.into(),
            ..Default::default()
        };
        let token = world.list(&ana, asked(&[&one.id, &two.id], &[&crew.id], "")).await.next_page_token;
        // The order in which values are named, and naming one twice, make no other query.
        let next = world.list(&ana, asked(&[&two.id, &one.id, &two.id], &[&crew.id], &token)).await;
        assert_eq!(next.members.len(), 1);
        for other in [
            asked(&[&one.id], &[&crew.id], &token),
            asked(&[&one.id, &two.id], &[], &token),
            asked(&[&one.id, &two.id], &[&bench.id], &token),
            asked(&[&one.id, &two.id], &[&crew.id, &bench.id], &token),
            asked(&[], &[], &token),
        ] {
            assert_eq!(refused(try_list(&world, &ana, other).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["page_token"]);
        }
    }
}

each_engine! {
    /// What is searched for has bounds, and within them nothing is costly.
    async fn q07_long_and_odd_queries_are_refused_or_quick(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.put(&ana, "odd@example.org", &"%_".repeat(100), &[]).await;
        // Letters that fold to many more.
        world.put(&ana, "long@example.org", &"\u{fdfa}".repeat(200), &[]).await;
        let apart: String = ('\u{3300}'..='\u{3357}').cycle().take(200).collect();
        world.put(&ana, "square@example.org", &apart, &[]).await;
        let asked = |query: String| ms::ListMembersRequest { query, ..Default::default() };
        for long in ["x".repeat(64 * 1024), "%_".repeat(32 * 1024), "(a+)+".repeat(13_000), "é".repeat(201)] {
            assert_eq!(refused(try_list(&world, &ana, asked(long)).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["query"]);
        }
        for (query, wanted) in [
            ("%_".repeat(100), vec!["odd"]),
            ("%".repeat(200), vec![]),
            ("\u{fdfa}".repeat(200), vec!["long"]),
            (apart.chars().skip(20).take(50).collect(), vec!["square"]),
            ("a".repeat(200), vec![]),
            (" ".repeat(200), vec!["ana", "long", "odd", "square"]),
            // An accent without a letter, and what isn't seen: in nobody's name.
            ("´".to_owned(), vec![]),
            ("\u{200b}".to_owned(), vec![]),
        ] {
            assert_eq!(found(&world, &ana, asked(query.clone())).await, wanted, "{query:?}");
        }
        let by_name = world.list(&ana, ms::ListMembersRequest { page_size: 1, ..Default::default() }).await;
        let next = ms::ListMembersRequest { page_token: by_name.next_page_token, ..Default::default() };
        assert_eq!(world.list(&ana, next).await.members.len(), 3);
    }
}
