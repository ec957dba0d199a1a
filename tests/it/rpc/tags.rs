//! Tags: made, shown, listed, changed, deleted; given to members and taken.

use crate::support::calls::{Outcome, request_id};
use crate::support::naming::{done, tags_of, texts, why};
use crate::support::{Person, World, each_engine, invariants, refused, with};
use prost_types::FieldMask;
use roster::domain::tag::Tag;
use roster::domain::{MemberId, OrganizationId, TagId};
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

const INVALID: (Code, &str) = (Code::InvalidArgument, "REASON_INPUT_INVALID");

async fn create(world: &World, by: &Person, request: ms::CreateTagRequest) -> Outcome<ms::CreateTagResponse> {
    world.membership().create_tag(with(&by.token, request)).await
}

async fn get(world: &World, by: &Person, tag: &str) -> Outcome<ms::GetTagResponse> {
    let request = ms::GetTagRequest {
        tag_id: tag.into(),
        include_member_count: true,
        ..Default::default()
    };
    world.membership().get_tag(with(&by.token, request)).await
}

async fn list(world: &World, by: &Person, request: ms::ListTagsRequest) -> Outcome<ms::ListTagsResponse> {
    world.membership().list_tags(with(&by.token, request)).await
}

async fn update(world: &World, by: &Person, request: ms::UpdateTagRequest) -> Outcome<ms::UpdateTagResponse> {
    world.membership().update_tag(with(&by.token, request)).await
}

async fn delete(world: &World, by: &Person, request: ms::DeleteTagRequest) -> Outcome<ms::DeleteTagResponse> {
    world.membership().delete_tag(with(&by.token, request)).await
}

async fn tag_members(world: &World, by: &Person, request: ms::TagMembersRequest) -> Outcome<ms::TagMembersResponse> {
    world.membership().tag_members(with(&by.token, request)).await
}

fn masked(tag: &str, paths: &[&str]) -> ms::UpdateTagRequest {
    ms::UpdateTagRequest {
        tag_id: tag.into(),
        update_mask: Some(FieldMask { paths: texts(paths) }),
        ..Default::default()
    }
}

fn deletion(tag: &str, confirm: &str) -> ms::DeleteTagRequest {
    ms::DeleteTagRequest {
        tag_id: tag.into(),
        confirm: confirm.into(),
        ..Default::default()
    }
}

each_engine! {
    async fn a_tag_is_made_shown_listed_changed_and_deleted(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.put(&ana, "bob@example.org", "Bob", &[]).await;
        let request = ms::CreateTagRequest { name: "Night shift".into(), color: "#20A0fF".into(), description: "After ten.".into(), ..Default::default() };
        let made = create(&world, &ana, request).await.unwrap().into_inner().tag.unwrap();
        assert!(made.id.starts_with("tag_"), "{made:?}");
        assert_eq!((made.name.as_str(), made.color.as_str(), made.description.as_str(), made.member_count), ("Night shift", "#20a0ff", "After ten.", None));
        assert_eq!(world.tag(&ana, "Área").await.color, "#808080");
        world.try_tag_members(&ana, &[&bob.id, &ana.member], &["night shift"], &[]).await.unwrap();
        for named in [made.id.as_str(), "NIGHT SHIFT"] {
            assert_eq!(get(&world, &ana, named).await.unwrap().into_inner().tag.unwrap(), ms::Tag { member_count: Some(2), ..made.clone() });
        }
        let all = list(&world, &ana, ms::ListTagsRequest { include_member_counts: true, include_total_size: true, ..Default::default() }).await.unwrap().into_inner();
        assert_eq!(all.tags.iter().map(|tag| (tag.name.as_str(), tag.member_count.unwrap())).collect::<Vec<_>>(), [("Área", 0), ("Night shift", 2)]);
        assert_eq!(all.total_size, Some(2));
        let first = list(&world, &ana, ms::ListTagsRequest { page_size: 1, ..Default::default() }).await.unwrap().into_inner();
        let second = list(&world, &ana, ms::ListTagsRequest { page_size: 1, page_token: first.next_page_token, ..Default::default() }).await.unwrap().into_inner();
        assert_eq!((second.tags[0].id.as_str(), second.next_page_token.as_str()), (made.id.as_str(), ""));
        let found = list(&world, &ana, ms::ListTagsRequest { query: "area".into(), ..Default::default() }).await.unwrap().into_inner();
        assert_eq!(found.tags.len(), 1);
        let change = ms::UpdateTagRequest { color: "#000000".into(), etag: made.etag.clone(), ..masked(&made.id, &["color", "description"]) };
        let now = update(&world, &ana, change.clone()).await.unwrap().into_inner().tag.unwrap();
        assert_eq!((now.name.as_str(), now.color.as_str(), now.description.as_str()), ("Night shift", "#000000", ""));
        assert_eq!(world.get(&ana, &bob.id).await.tags, [ms::MemberTag { tag_id: made.id.clone(), name: "Night shift".into(), color: "#000000".into() }]);
        world.unchanged(async {
            refused(update(&world, &ana, change).await, Code::Aborted, "REASON_ETAG_MISMATCH");
            assert_eq!(update(&world, &ana, masked(&made.id, &["description"])).await.unwrap().into_inner().tag.unwrap(), now);
            for confirm in ["", "Night"] {
                assert_eq!(refused(delete(&world, &ana, deletion(&made.id, confirm)).await, INVALID.0, INVALID.1).fields(), ["confirm"]);
            }
            let stale = ms::DeleteTagRequest { etag: made.etag.clone(), ..deletion(&made.id, "Night shift") };
            refused(delete(&world, &ana, stale).await, Code::Aborted, "REASON_ETAG_MISMATCH");
        })
        .await;
        assert_eq!(delete(&world, &ana, deletion("night shift", "Night shift")).await.unwrap().into_inner().member_count, 2);
        refused(get(&world, &ana, &made.id).await, Code::NotFound, "REASON_NOT_FOUND");
        assert_eq!(world.get(&ana, &bob.id).await.tags, []);
        for (kind, count) in [("tag_created", 2), ("tag_updated", 1), ("tag_deleted", 1)] {
            assert_eq!(invariants::logged(&world, kind).await, count, "{kind}");
        }
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn b12_o04_m02_names_colors_and_masks(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let tag = world.tag(&ana, "Night").await;
        let other = world.tag(&ana, "Day").await;
        world.unchanged(async {
            for name in ["", "a\r\nBcc: x@evil.example", "a\0b", "a\u{2028}b", &"x".repeat(10_240), "tag_night", &tag.id] {
                assert_eq!(refused(world.try_tag(&ana, name).await, INVALID.0, INVALID.1).fields(), ["name"], "{name:?}");
                let renamed = ms::UpdateTagRequest { name: name.into(), ..masked(&other.id, &["name"]) };
                assert_eq!(refused(update(&world, &ana, renamed).await, INVALID.0, INVALID.1).fields(), ["name"], "{name:?}");
            }
            for (name, kind) in [("NIGHT", "tag"), ("Nіght", "tag"), ("owner", "role"), ("оwner", "role"), ("Adm1n", "role")] {
                let renamed = ms::UpdateTagRequest { name: name.into(), ..masked(&other.id, &["name"]) };
                for refusal in [refused(world.try_tag(&ana, name).await, Code::AlreadyExists, "REASON_NAME_TAKEN"), refused(update(&world, &ana, renamed).await, Code::AlreadyExists, "REASON_NAME_TAKEN")] {
                    assert_eq!(refusal.metadata["kind"], kind, "{name}");
                }
            }
            for color in ["red", "#fff", "#12345g", "123456", "#1234567"] {
                let request = ms::CreateTagRequest { name: "New".into(), color: color.into(), ..Default::default() };
                assert_eq!(refused(create(&world, &ana, request).await, INVALID.0, INVALID.1).fields(), ["color"], "{color}");
            }
            for path in ["id", "member_count", "etag", "permissions", "roles", "owner", ""] {
                let request = ms::UpdateTagRequest { name: "New".into(), ..masked(&tag.id, &[path]) };
                assert_eq!(refused(update(&world, &ana, request).await, INVALID.0, INVALID.1).fields(), ["update_mask.paths[0]"], "{path}");
            }
            assert_eq!(refused(update(&world, &ana, masked(&tag.id, &["name"])).await, INVALID.0, INVALID.1).fields(), ["name"]);
            assert_eq!(refused(update(&world, &ana, masked(&tag.id, &["color"])).await, INVALID.0, INVALID.1).fields(), ["color"]);
        })
        .await;
        // A group may have a tag's name: nobody takes one for the other's power.
        world.group(&ana, "Night", &[]).await;
    }
}

each_engine! {
    async fn members_are_tagged_together(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.put(&ana, "carla@example.org", "Carla", &[]).await;
        for name in ["One", "Two", "Three"] {
            world.tag(&ana, name).await;
        }
        let was = world.get(&ana, &bob.member).await;
        let selection = [carla.id.as_str(), "mbr_01h455vb4pex5vsknk084sn02q", &ana.member, &bob.member];
        // Anybody may bear a tag, the owner included: it gives nothing.
        let results = world.try_tag_members(&bob, &selection, &["one", "TWO", "One"], &[]).await.unwrap().into_inner().results;
        assert_eq!(results.iter().map(|r| r.member_id.as_str()).collect::<Vec<_>>(), selection);
        assert_eq!(why(&results[1]), (Code::NotFound, "REASON_NOT_FOUND".into()));
        for result in [&results[0], &results[2], &results[3]] {
            assert_eq!(tags_of(result.member.as_ref().unwrap()), ["One", "Two"]);
        }
        assert_ne!(results[3].member.as_ref().unwrap().etag, was.etag);
        assert_eq!(invariants::logged(&world, "member_updated").await, 3);
        // No token dies of it.
        world.try_get(&bob, &bob.member).await.unwrap();
        // Adding and taking at once; who is as they should be isn't changed.
        let results = world.try_tag_members(&bob, &[&carla.id], &["Three"], &["one"]).await.unwrap().into_inner().results;
        assert_eq!(tags_of(&done(results)[0]), ["Three", "Two"]);
        world.unchanged(async {
            let results = world.try_tag_members(&bob, &[&carla.id], &["Three"], &["one"]).await.unwrap().into_inner().results;
            assert_eq!(tags_of(&done(results)[0]), ["Three", "Two"]);
            for (add, remove, field) in [(&[] as &[&str], &[] as &[&str], "add_tag_ids"), (&["One"], &["ONE"], "remove_tag_ids"), (&["One", "tag_x"], &[], "add_tag_ids[1]"), (&["One"; 101], &[], "add_tag_ids")] {
                assert_eq!(refused(world.try_tag_members(&bob, &[&carla.id], add, remove).await, INVALID.0, INVALID.1).fields(), [field]);
            }
            assert_eq!(refused(world.try_tag_members(&bob, &[], &["One"], &[]).await, INVALID.0, INVALID.1).fields(), ["member_ids"]);
            assert_eq!(refused(world.try_tag_members(&bob, &[&carla.id], &["Four"], &[]).await, Code::NotFound, "REASON_NOT_FOUND").metadata["kind"], "tag");
            let atomic = ms::TagMembersRequest { member_ids: texts(&selection), add_tag_ids: texts(&["Three"]), atomic: true, ..Default::default() };
            refused(tag_members(&world, &bob, atomic).await, Code::NotFound, "REASON_NOT_FOUND");
        })
        .await;
        let listed = world.list(&ana, ms::ListMembersRequest { tag_ids: vec![get(&world, &ana, "Three").await.unwrap().into_inner().tag.unwrap().id], ..Default::default() }).await;
        assert_eq!(listed.members.iter().map(|m| m.id.as_str()).collect::<Vec<_>>(), [carla.id.as_str()]);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a01_a04_a14_others_tags_and_those_who_may_not(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@example.org").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let theirs = world.tag(&eva, "Night").await;
        let mine = world.tag(&ana, "Mine").await;
        let nobody = "tag_01h455vb4pex5vsknk084sn02q".to_owned();
        world.unchanged(async {
            for id in [&theirs.id, &nobody, &"Night".to_owned()] {
                let recolored = ms::UpdateTagRequest { organization_id: ana.organization.clone(), color: "#000000".into(), ..masked(id, &["color"]) };
                for refusal in [
                    refused(get(&world, &ana, id).await, Code::NotFound, "REASON_NOT_FOUND"),
                    refused(update(&world, &ana, recolored).await, Code::NotFound, "REASON_NOT_FOUND"),
                    refused(delete(&world, &ana, deletion(id, "Night")).await, Code::NotFound, "REASON_NOT_FOUND"),
                    refused(world.try_tag_members(&ana, &[&carla.member], &[id], &[]).await, Code::NotFound, "REASON_NOT_FOUND"),
                    refused(world.try_tag_members(&ana, &[&carla.member], &[], &[id]).await, Code::NotFound, "REASON_NOT_FOUND"),
                ] {
                    assert_eq!((refusal.metadata["kind"].as_str(), refusal.metadata["id"].as_str()), ("tag", id.as_str()));
                }
            }
            let results = world.try_tag_members(&ana, &[&eva.member], &["Mine"], &[]).await.unwrap().into_inner().results;
            assert_eq!(why(&results[0]), (Code::NotFound, "REASON_NOT_FOUND".into()));
            get(&world, &carla, &mine.id).await.unwrap();
            for (refusal, permission) in [
                (world.try_tag(&carla, "New").await.map(|_| ()), "tags.manage"),
                (update(&world, &carla, masked(&mine.id, &["description"])).await.map(|_| ()), "tags.manage"),
                (delete(&world, &carla, deletion(&mine.id, "")).await.map(|_| ()), "tags.manage"),
                (world.try_tag_members(&carla, &[&carla.member], &["Mine"], &[]).await.map(|_| ()), "members.update"),
            ] {
                let lacks = refused(refusal.map(tonic::Response::new), Code::PermissionDenied, "REASON_PERMISSION_MISSING");
                assert_eq!(lacks.metadata["permission"], permission);
            }
        })
        .await;
    }
}

each_engine! {
    async fn validate_only_and_request_id(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let request = ms::CreateTagRequest { name: "Night".into(), request_id: request_id(), ..Default::default() };
        world.unchanged(create(&world, &ana, ms::CreateTagRequest { validate_only: true, ..request.clone() })).await.unwrap();
        let made = create(&world, &ana, request.clone()).await.unwrap().into_inner();
        assert_eq!(world.unchanged(create(&world, &ana, request)).await.unwrap().into_inner(), made);
        let tag = made.tag.unwrap();
        let change = ms::UpdateTagRequest { name: "Day".into(), request_id: request_id(), ..masked(&tag.id, &["name"]) };
        world.unchanged(update(&world, &ana, ms::UpdateTagRequest { validate_only: true, ..change.clone() })).await.unwrap();
        let changed = update(&world, &ana, change.clone()).await.unwrap().into_inner();
        assert_eq!(world.unchanged(update(&world, &ana, change)).await.unwrap().into_inner(), changed);
        let give = ms::TagMembersRequest { member_ids: vec![ana.member.clone()], add_tag_ids: texts(&["Day"]), request_id: request_id(), ..Default::default() };
        let would = world.unchanged(tag_members(&world, &ana, ms::TagMembersRequest { validate_only: true, ..give.clone() })).await.unwrap().into_inner();
        assert_eq!(tags_of(&done(would.results)[0]), ["Day"]);
        let given = tag_members(&world, &ana, give.clone()).await.unwrap().into_inner();
        assert_eq!(world.unchanged(tag_members(&world, &ana, give)).await.unwrap().into_inner(), given);
        let gone = ms::DeleteTagRequest { request_id: request_id(), ..deletion(&tag.id, "Day") };
        world.unchanged(delete(&world, &ana, ms::DeleteTagRequest { validate_only: true, ..gone.clone() })).await.unwrap();
        let deleted = delete(&world, &ana, gone.clone()).await.unwrap().into_inner();
        assert_eq!(world.unchanged(delete(&world, &ana, gone)).await.unwrap().into_inner(), deleted);
    }
}

each_engine! {
    async fn a_thousand_tags_and_a_hundred_for_each(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let (organization, member): (OrganizationId, MemberId) = (ana.organization.parse().unwrap(), ana.member.parse().unwrap());
        let (tx, now) = (world.app.store.begin().await.unwrap(), world.app.clock.now());
        for i in 0..999 {
            let tag = Tag {
                id: TagId::new(uuid::Uuid::now_v7()),
                organization,
                name: format!("Tag {i}").parse().unwrap(),
                description: Default::default(),
                color: Default::default(),
                version: 1,
                created_at: now,
                updated_at: now,
            };
            tx.tags().insert(&tag).await.unwrap();
            if i < 99 {
                tx.tags().give(organization, &[(member, tag.id)]).await.unwrap();
            }
        }
        crate::store::keep(tx).await;
        world.tag(&ana, "The last").await;
        let refusal = refused(world.unchanged(world.try_tag(&ana, "One more")).await, Code::ResourceExhausted, "REASON_LIMIT_REACHED");
        assert_eq!((refusal.metadata["kind"].as_str(), refusal.metadata["limit"].as_str()), ("tag", "1000"));
        done(world.try_tag_members(&ana, &[&ana.member], &["The last"], &[]).await.unwrap().into_inner().results);
        let results = world.unchanged(world.try_tag_members(&ana, &[&ana.member], &["Tag 500"], &[])).await.unwrap().into_inner().results;
        assert_eq!(why(&results[0]), (Code::ResourceExhausted, "REASON_LIMIT_REACHED".into()));
        // One for another fits.
        done(world.try_tag_members(&ana, &[&ana.member], &["Tag 500"], &["Tag 0"]).await.unwrap().into_inner().results);
    }
}
