//! What the log tells: of every refusal, on whom; of every change, what was before.

use crate::support::files::how;
use crate::support::naming::texts;
use crate::support::selections::{Act, Selected};
use crate::support::{Person, World, each_engine, invariants, refused, with};
use prost_types::FieldMask;
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

/// The rows of a kind, as text.
async fn rows(world: &World, kind: &str) -> Vec<String> {
    let columns = "SELECT subject, method, data FROM changes";
    world.picture(&format!("{columns} WHERE kind = '{kind}'")).await
}

/// What is new among refusals since there were so many: there has to be one, by this method, and on this.
async fn noted(world: &World, seen: &mut usize, method: &str, on: &str) {
    let refusals = rows(world, "call_refused").await;
    assert_eq!(refusals.len(), *seen + 1, "{method}: {refusals:?}");
    *seen += 1;
    let (method, on) = (format!("/{method}\""), format!("\"subject\":\"{on}\""));
    let found = refusals.iter().filter(|row| row.contains(&method) && row.contains(&on));
    assert_eq!(found.count(), 1, "{method} {on} in {refusals:?}");
}

fn granting(member: &str, permission: &str) -> ms::UpdateMemberRequest {
    ms::UpdateMemberRequest {
        member_id: member.into(),
        grants: texts(&[permission]),
        update_mask: Some(FieldMask {
            paths: texts(&["grants"]),
        }),
        ..Default::default()
    }
}

async fn grant(world: &World, by: &Person, member: &str, permission: &str) {
    let request = with(&by.token, granting(member, permission));
    world.membership().update_member(request).await.unwrap();
}

each_engine! {
    async fn the_log_says_on_whom_or_what_each_refused_call_was(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let eva = world.join(&ana, "eva@example.org", "member").await;
        let binding = world.bind(&ana, &bob.member, "guest", 60).await;
        let role = world.role(&ana, "Spare", &["members.read"]).await;
        let group = world.group(&ana, "Team", &[]).await;
        let helper = world.role(&ana, "Helper", &["members.read", "members.update", "integrations.manage"]).await;
        let tom = world.join(&ana, "tom@example.org", &helper.id).await;
        let mut seen = 0;
        let denied = Code::PermissionDenied;
        refused(world.set_roles(&bob, &ana.member, &["guest"]).await, denied, "REASON_TARGET_OUTRANKS_YOU");
        noted(&world, &mut seen, "UpdateMember", &ana.member).await;
        refused(world.try_bind(&bob, &ana.member, "guest", 5).await, denied, "REASON_TARGET_OUTRANKS_YOU");
        noted(&world, &mut seen, "CreateBinding", &ana.member).await;
        refused(world.unbind(&tom, &binding.id).await, denied, "REASON_TARGET_OUTRANKS_YOU");
        noted(&world, &mut seen, "DeleteBinding", &bob.member).await;
        refused(world.set_api_user(&tom, &bob.member).await, denied, "REASON_TARGET_OUTRANKS_YOU");
        noted(&world, &mut seen, "SetApiUser", &bob.member).await;
        refused(world.permit(&bob, &role.id, &["rotations.manage"]).await, denied, "REASON_RIGHTS_EXCEED_YOURS");
        noted(&world, &mut seen, "UpdateRole", &role.id).await;
        refused(world.carry(&bob, &group.id, &["owner"]).await, denied, "REASON_RIGHTS_EXCEED_YOURS");
        noted(&world, &mut seen, "UpdateGroup", &group.id).await;
        refused(world.try_group(&bob, "Above", &["owner"]).await, denied, "REASON_RIGHTS_EXCEED_YOURS");
        noted(&world, &mut seen, "CreateGroup", "Above").await;
        let add = ms::AddMemberRequest { email: "new@example.org".into(), role_ids: texts(&["owner"]), ..Default::default() };
        refused(world.try_add(&bob, add).await, denied, "REASON_RIGHTS_EXCEED_YOURS");
        noted(&world, &mut seen, "AddMember", "new@example.org").await;
        let grants = world.membership().update_member(with(&bob.token, granting(&eva.member, "organization.delete"))).await;
        refused(grants, Code::FailedPrecondition, "REASON_PERMISSION_NOT_GRANTABLE");
        noted(&world, &mut seen, "UpdateMember", &eva.member).await;
        let both = Selected::of(&[&eva.member, &ana.member]);
        refused(world.try_act(&bob, Act::Suspend, both.clone().atomic()).await, denied, "REASON_TARGET_OUTRANKS_YOU");
        assert_eq!(rows(&world, "call_refused").await.len(), seen + 1);
        seen += 1;
        let whole = |row: &&String| row.contains("/SuspendMembers") && row.contains(&ana.member);
        assert_eq!(rows(&world, "call_refused").await.iter().filter(whole).count(), 1, "a selection as a whole");
        world.try_act(&bob, Act::Suspend, both.rehearsed()).await.unwrap();
        seen += 1;
        let last = rows(&world, "call_refused").await;
        assert!(last.len() == seen && last.iter().filter(whole).count() == 2, "a dry run: {last:?}");
    }
}

each_engine! {
    async fn refused_rows_of_a_file_are_in_the_log_with_the_person_whatever_becomes_of_it(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.join(&ana, "eva@example.org", "member").await;
        let file = "email,roles\nnew@example.org,owner\neva@example.org,owner\nfine@example.org,member\n";
        for (round, mode) in [(1, ms::ImportMode::Atomic), (2, ms::ImportMode::DryRun), (3, ms::ImportMode::BestEffort)] {
            world.import(&ana, how(mode, ms::ExistingMembers::Update), file).await;
            let refusals = rows(&world, "call_refused").await;
            for who in ["new@example.org", &eva.member] {
                let subject = format!("\"subject\":\"{who}\"");
                assert_eq!(refusals.iter().filter(|row| row.contains(&subject)).count(), round, "{mode:?} {who}: {refusals:?}");
            }
            assert_eq!(refusals.len(), 2 * round, "{mode:?}");
        }
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn an_export_that_is_refused_is_in_the_log_and_other_reads_are_not(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.join(&ana, "eva@example.org", "guest").await;
        let status = world.export(&eva, Default::default()).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied);
        let request = with(&eva.token, ac::ListRolesRequest::default());
        refused(world.access().list_roles(request).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        let refusals = rows(&world, "call_refused").await;
        assert!(refusals.len() == 1 && refusals[0].contains("/ExportMembers"), "{refusals:?}");
    }
}

each_engine! {
    async fn nobody_fills_the_log_with_refusals(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let row = |i| format!("person{i}@example.org,owner\n");
        let file = format!("email,roles\n{}", (0..1_001).map(row).collect::<String>());
        let dry = || how(ms::ImportMode::DryRun, ms::ExistingMembers::Skip);
        for _ in 0..2 {
            world.import(&ana, dry(), &file).await;
            assert_eq!(invariants::logged(&world, "call_refused").await, 1_000);
            let silent = rows(&world, "refusals_omitted").await;
            assert!(silent.len() == 1 && silent[0].contains("until"), "it says so once: {silent:?}");
        }
        // Nobody else is silenced by it.
        let eva = world.join(&ana, "eva@example.org", "guest").await;
        refused(world.try_group(&eva, "Mine", &[]).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        assert_eq!(invariants::logged(&world, "call_refused").await, 1_001);
        world.clock.advance(chrono::TimeDelta::minutes(10));
        let ana = world.log_in("ana@example.org").await;
        world.import(&ana, dry(), "email,roles\nnew@example.org,owner\n").await;
        assert_eq!(invariants::logged(&world, "call_refused").await, 1_002);
    }
}

each_engine! {
    async fn the_log_tells_all_that_was_before(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let role = world.role(&ana, "Porter", &["members.read", "tags.manage"]).await;
        let (group, tag) = (world.group(&ana, "Team", &[]).await, world.tag(&ana, "Night").await);
        let bob = world.join(&ana, "bob@example.org", &role.id).await;
        world.put_in(&ana, &group.id, &[&bob.member]).await;
        world.try_tag_members(&ana, &[&bob.member], &[&tag.id], &[]).await.unwrap();
        grant(&world, &ana, &bob.member, "members.invite").await;
        let binding = world.bind(&ana, &bob.member, "guest", 60).await;
        let all = [&role.id, "Porter", &group.id, &tag.id, "members.invite", &binding.id];
        let holds = |told: &[String], all: &[&str]| {
            assert!(told.len() == 1 && all.iter().all(|one| told[0].contains(one)), "{all:?} in {told:?}");
        };
        world.remove(&ana, &bob.member, &bob.email).await;
        holds(&rows(&world, "member_removed").await, &all);
        world.delete_role(&ana, &role.id).await.unwrap();
        holds(&rows(&world, "role_deleted").await, &["Porter", "members.read", "tags.manage"]);
        let eva = world.join(&ana, "eva@example.org", "member").await;
        world.put_in(&ana, &group.id, &[&eva.member]).await;
        world.try_tag_members(&ana, &[&eva.member], &[&tag.id], &[]).await.unwrap();
        let binding = world.bind(&ana, &eva.member, "admin", 60).await;
        world.unbind(&ana, &binding.id).await.unwrap();
        holds(&rows(&world, "binding_deleted").await, &["expires_at", &eva.member]);
        world.try_delete_group(&ana, &group.id, "Team").await.unwrap();
        holds(&rows(&world, "group_lost").await, &[&group.id, &eva.member]);
        delete_tag(&world, &ana, &tag).await;
        holds(&rows(&world, "tag_lost").await, &[&tag.id, &eva.member]);
        declare(&world, &ana, true).await;
        declare(&world, &ana, false).await;
        let applied = rows(&world, "catalog_applied").await;
        let both = |one: &str, other: &str| applied.iter().any(|row| row.contains(one) && row.contains(other));
        assert!(both("grantable\":true", "grantable\":false") || both("grantable\\\":true", "grantable\\\":false"), "{applied:?}");
        invariants::check(&world).await;
    }
}

async fn delete_tag(world: &World, by: &Person, tag: &ms::Tag) {
    let request = ms::DeleteTagRequest {
        tag_id: tag.id.clone(),
        confirm: tag.name.clone(),
        ..Default::default()
    };
    world.membership().delete_tag(with(&by.token, request)).await.unwrap();
}

/// Declares a permission of an own service.
async fn declare(world: &World, by: &Person, grantable: bool) {
    let titles = |text: &str| {
        Some(ac::LocalizedText {
            en: text.into(),
            pt_br: text.into(),
            es: text.into(),
        })
    };
    let permission = ac::CatalogPermission {
        verb: "steer".into(),
        titles: titles("Steer"),
        grantable,
    };
    let module = ac::CatalogModule {
        name: "cranes".into(),
        titles: titles("Cranes"),
        permissions: vec![permission],
    };
    let request = ac::ApplyCatalogRequest {
        service: "harbour".into(),
        modules: vec![module],
        ..Default::default()
    };
    world.access().apply_catalog(with(&by.token, request)).await.unwrap();
}

each_engine! {
    async fn the_etag_of_a_member_changes_with_every_change_of_what_they_were_given(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.join(&ana, "eva@example.org", "member").await;
        let tom = world.join(&ana, "tom@example.org", "member").await;
        let (group, tag) = (world.group(&ana, "Team", &[]).await, world.tag(&ana, "Night").await);
        world.put_in(&ana, &group.id, &[&eva.member]).await;
        world.try_tag_members(&ana, &[&eva.member], &[&tag.id], &[]).await.unwrap();
        declare(&world, &ana, true).await;
        let ana = world.log_in("ana@example.org").await;
        grant(&world, &ana, &eva.member, "cranes.steer").await;
        let other = world.get(&ana, &tom.member).await.etag;
        let mut etag = world.get(&ana, &eva.member).await.etag;
        let mut moved = async |what: &str| {
            let now = world.get(&ana, &eva.member).await.etag;
            assert_ne!(now, etag, "{what}");
            etag = now;
        };
        let binding = world.bind(&ana, &eva.member, "guest", 60).await;
        moved("a role for a while").await;
        world.unbind(&ana, &binding.id).await.unwrap();
        moved("which is taken back").await;
        delete_tag(&world, &ana, &tag).await;
        moved("a tag that is deleted").await;
        world.try_delete_group(&ana, &group.id, "Team").await.unwrap();
        moved("a group that is deleted").await;
        declare(&world, &ana, false).await;
        let ana = world.log_in("ana@example.org").await;
        let now = world.get(&ana, &eva.member).await.etag;
        assert_ne!(now, etag, "a grant that is withdrawn");
        assert_eq!(world.get(&ana, &tom.member).await.etag, other, "nobody else's");
    }
}
