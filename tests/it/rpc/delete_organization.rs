//! DeleteOrganization and RestoreOrganization, and what becomes of an organisation that nobody restores.

use crate::support::calls::request_id;
use crate::support::selections::many_like;
use crate::support::sql::ITS;
use crate::support::{Engine, Person, World, each_engine, invariants, refused, with};
use chrono::TimeDelta;
use roster::mail::message::MailTemplate;
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use roster::worker::clean::sweep;
use tonic::{Code, Response, Status};

async fn log_in(world: &World, email: &str, organization: &str) -> Result<Response<id::LogInResponse>, Status> {
    let request = id::LogInRequest {
        email: email.into(),
        password: crate::support::world::PASSWORD.into(),
        organization: organization.into(),
        ..Default::default()
    };
    world.identity().log_in(request).await
}

async fn received(world: &World, by: &Person) -> usize {
    let request = ms::ListMyInvitationsRequest::default();
    let listed = world.membership().list_my_invitations(with(&by.token, request)).await;
    listed.unwrap().into_inner().invitations.len()
}

each_engine! {
    async fn k06_i03_nobody_gets_in_or_stays_in_from_the_deletion_on(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let slug = world.organization_of(&ana).await.slug;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let phone = world.log_in("bob@example.org").await;
        let eva = world.sign_up("eva@example.org").await;
        let eva_here = {
            world.add(&ana, "eva@example.org", "member").await;
            world.accept_as(&eva, &world.code("eva@example.org").await).await.unwrap();
            world.switch(&eva, &ana.organization).await
        };
        let gil = world.sign_up("gil@example.org").await;
        world.add(&ana, "gil@example.org", "member").await;
        let code = world.code("gil@example.org").await;
        assert_eq!(received(&world, &gil).await, 1);
        world.try_transfer(&ana, &bob.member, true).await.unwrap();

        let done = world.try_delete(&ana, &slug).await.unwrap().into_inner();
        assert_eq!((done.sessions_ended, done.invitations_withdrawn), (4, 1));
        let gone = done.organization.unwrap();
        assert_eq!(gone.state(), og::OrganizationState::Deleted);
        let days = gone.purge_time.unwrap().seconds - gone.delete_time.unwrap().seconds;
        assert_eq!(days, 30 * 86_400);

        // Every token, at once, in every use of it.
        for dead in [&ana, &bob, &phone, &eva_here] {
            refused(world.try_get(dead, &ana.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
            let check = ac::CheckAccessRequest { permission: "members.read".into(), ..Default::default() };
            refused(world.access().check_access(with(&dead.token, check)).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
            refused(world.try_renew(dead).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        }
        // Every way in: to a member it is as if it had never been.
        for which in [slug.as_str(), ana.organization.as_str()] {
            refused(log_in(&world, "bob@example.org", which).await, Code::NotFound, "REASON_NOT_FOUND");
        }
        let homeless = world.log_in("bob@example.org").await;
        assert_eq!(homeless.organization, "", "no choice of organisations offers it");
        let eva = world.log_in("eva@example.org").await;
        assert_ne!(eva.organization, ana.organization);
        for which in [slug.as_str(), ana.organization.as_str()] {
            refused(world.try_switch(&eva, which).await, Code::NotFound, "REASON_NOT_FOUND");
        }
        assert_eq!(world.mine(&eva, false).await.len(), 1);
        assert_eq!(world.mine(&homeless, false).await, []);
        let me = world.identity().get_me(with(&homeless.token, id::GetMeRequest::default())).await.unwrap().into_inner();
        assert_eq!(me.memberships, []);
        let named = og::GetOrganizationRequest { organization_id: ana.organization.clone() };
        refused(world.organization().get_organization(with(&eva.token, named)).await, Code::NotFound, "REASON_NOT_FOUND");
        // Invitations to it.
        assert_eq!(received(&world, &gil).await, 0);
        let look = ms::PreviewInvitationRequest { code: code.clone() };
        refused(world.membership().preview_invitation(look).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        refused(world.accept_as(&gil, &code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");

        let Some(MailTemplate::OrganizationDeleted { slug: told, days, .. }) = world.mails("ana@example.org").await.pop() else {
            panic!("the owner wasn't told");
        };
        assert_eq!((told.as_str(), days), (slug.as_str(), 30));
        assert_eq!(invariants::logged(&world, "organization_deleted").await, 1);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a_deletion_needs_the_owner_a_fresh_log_in_and_the_slug(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let slug = world.organization_of(&ana).await.slug;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        world.unchanged(async {
            refused(world.try_delete(&bob, &slug).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
            for wrong in ["", "else", &slug.to_uppercase()] {
                let refusal = refused(world.try_delete(&ana, wrong).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
                assert_eq!(refusal.fields(), ["confirm"]);
            }
            let stale = og::DeleteOrganizationRequest { confirm: slug.clone(), etag: "v77".into(), ..Default::default() };
            refused(world.organization().delete_organization(with(&ana.token, stale)).await, Code::Aborted, "REASON_ETAG_MISMATCH");
            let dry = og::DeleteOrganizationRequest { confirm: slug.clone(), validate_only: true, request_id: request_id(), ..Default::default() };
            let would = world.organization().delete_organization(with(&ana.token, dry)).await.unwrap().into_inner();
            assert_eq!(would.sessions_ended, 2);
        })
        .await;
        world.try_get(&bob, &bob.member).await.expect("a rehearsal ends no session");
        world.clock.advance(TimeDelta::minutes(11));
        let ana = world.renewed(&ana).await;
        refused(world.try_delete(&ana, &slug).await, Code::PermissionDenied, "REASON_FRESH_LOGIN_REQUIRED");
    }
}

each_engine! {
    async fn the_owner_alone_restores_and_everything_is_as_it_was(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let before = world.organization_of(&ana).await;
        world.join(&ana, "bob@example.org", "admin").await;
        let request = og::RestoreOrganizationRequest { organization: before.slug.clone(), ..Default::default() };
        refused(world.organization().restore_organization(with(&ana.token, request.clone())).await, Code::FailedPrecondition, "REASON_ORGANIZATION_NOT_DELETED");
        world.try_delete(&ana, &before.slug).await.unwrap();
        let (ana, bob) = (world.log_in("ana@example.org").await, world.log_in("bob@example.org").await);
        let stranger = world.sign_up("stranger@example.org").await;
        // a15: to everybody but the owner there is no such organisation.
        let nothing = "org_01h455vb4pex5vsknk084sn02q";
        world.unchanged(async {
            for who in [&bob, &stranger] {
                let real = refused(world.try_restore(who, &before.id).await, Code::NotFound, "REASON_NOT_FOUND");
                let random = refused(world.try_restore(who, nothing).await, Code::NotFound, "REASON_NOT_FOUND");
                assert_eq!(real.message.replace(&before.id, ""), random.message.replace(nothing, ""));
                refused(world.try_restore(who, &before.slug).await, Code::NotFound, "REASON_NOT_FOUND");
                assert_eq!(world.mine(who, true).await, []);
            }
            let bad = refused(world.try_restore(&ana, "").await, Code::InvalidArgument, "REASON_INPUT_INVALID");
            assert_eq!(bad.fields(), ["organization"]);
            let dry = og::RestoreOrganizationRequest { validate_only: true, ..request.clone() };
            world.organization().restore_organization(with(&ana.token, dry)).await.unwrap();
        })
        .await;
        assert_eq!(world.mine(&ana, true).await.iter().map(|o| &o.id).collect::<Vec<_>>(), [&before.id]);
        // Meanwhile the slug is taken.
        let same = og::CreateOrganizationRequest { display_name: "Same".into(), slug: before.slug.clone(), ..Default::default() };
        refused(world.organization().create_organization(with(&ana.token, same)).await, Code::AlreadyExists, "REASON_SLUG_TAKEN");
        let request = og::RestoreOrganizationRequest { request_id: request_id(), ..request };
        let back = world.organization().restore_organization(with(&ana.token, request.clone())).await.unwrap().into_inner();
        let again = world.organization().restore_organization(with(&ana.token, request)).await.unwrap().into_inner();
        assert_eq!(back, again);
        let back = back.organization.unwrap();
        assert_eq!((back.state(), back.delete_time, back.purge_time), (og::OrganizationState::Active, None, None));
        assert_eq!((back.slug, back.display_name, back.create_time), (before.slug, before.display_name, before.create_time));
        let ana = world.log_in("ana@example.org").await;
        assert_eq!(ana.organization, before.id);
        let bob = world.log_in("bob@example.org").await;
        assert_eq!(world.get(&ana, &bob.member).await.roles[0].name, "admin");
        assert_eq!(world.mine(&ana, true).await, []);
        assert_eq!(invariants::logged(&world, "organization_restored").await, 1);
        invariants::check(&world).await;
    }
}

/// An organisation with something in every table, and its owner.
async fn furnished(world: &World, owner: &str) -> Person {
    let ana = world.sign_up(owner).await;
    let of = |name: &str| format!("{name}.{owner}");
    let role = world.role(&ana, "Own", &["members.read"]).await.id;
    let group = world.group(&ana, "Group", &[&role]).await.id;
    let tag = world.tag(&ana, "Tag").await.id;
    let request = ms::AddMemberRequest {
        email: of("full"),
        role_ids: vec![role.clone()],
        group_ids: vec![group],
        tag_ids: vec![tag],
        grants: vec!["billing.read".into()],
        onboarding: Some(ms::add_member_request::Onboarding::ListOnly(ms::ListOnly {})),
        ..Default::default()
    };
    let full = world.try_add(&ana, request).await.unwrap().into_inner().member.unwrap();
    world.bind(&ana, &full.id, &role, 60).await;
    let bob = world.join(&ana, &of("bob"), "admin").await;
    world.add(&ana, &of("eva"), "member").await;
    let titles = || {
        Some(ac::LocalizedText {
            en: "Printing".into(),
            pt_br: "Impressão".into(),
            es: "Impresión".into(),
        })
    };
    let module = ac::CatalogModule {
        name: "printing".into(),
        titles: titles(),
        permissions: vec![ac::CatalogPermission {
            verb: "start".into(),
            titles: titles(),
            grantable: true,
        }],
    };
    let request = ac::ApplyCatalogRequest {
        service: "printer".into(),
        modules: vec![module],
        ..Default::default()
    };
    world.access().apply_catalog(with(&ana.token, request)).await.unwrap();
    let ana = world.log_in(owner).await;
    world.try_transfer(&ana, &bob.member, true).await.unwrap();
    ana
}

each_engine! {
    async fn after_thirty_days_it_is_gone_but_for_the_log_and_its_slug_is_free(world: World) {
        let ana = furnished(&world, "ana@example.org").await;
        let kept = furnished(&world, "kept@example.org").await;
        // More than goes in one piece.
        let full = world.list(&ana, ms::ListMembersRequest { query: "full".into(), ..Default::default() }).await.members.remove(0);
        many_like(&world, &ana, &full.id, 1_001).await;
        let gone = world.list(&ana, ms::ListMembersRequest { query: "many7.".into(), ..Default::default() }).await.members.remove(0);
        world.remove(&ana, &gone.id, &gone.email).await;
        let here = world.organization_of(&ana).await;
        let (mut others, mut empty) = (vec![], vec![]);
        for table in ITS {
            let (its, theirs) = world.rows_of(table, &ana.organization).await;
            if its.is_empty() || theirs.is_empty() {
                empty.push(table);
            }
            assert!(table != "members" || its.len() > 1_001, "{}", its.len());
            others.push(theirs);
        }
        assert_eq!(empty, Vec::<&str>::new(), "nothing is shown of a table that was empty before");
        world.try_delete(&ana, &here.slug).await.unwrap();
        world.clock.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
        sweep(&world.app).await.unwrap();
        assert_eq!(world.count("SELECT count(*) FROM organizations").await, 2, "its time isn't over");
        let log = world.count("SELECT count(*) FROM changes WHERE kind <> 'organization_purged'").await;
        world.clock.advance(TimeDelta::seconds(1));
        // The clock decides, whether or not a job ran.
        let ana = world.log_in("ana@example.org").await;
        refused(world.try_restore(&ana, &here.id).await, Code::NotFound, "REASON_NOT_FOUND");
        assert_eq!(world.mine(&ana, true).await, []);
        sweep(&world.app).await.unwrap();
        assert_eq!(world.count("SELECT count(*) FROM organizations").await, 1);
        for (table, before) in ITS.into_iter().zip(others) {
            let (its, theirs) = world.rows_of(table, &here.id).await;
            assert_eq!(its, Vec::<String>::new(), "{table}");
            assert_eq!(theirs, before, "{table} of the other organisation");
        }
        let receipts = world.picture("SELECT data FROM changes WHERE kind = 'organization_purged'").await;
        let receipts = receipts.iter().map(|row| row.replace('\\', "")).collect::<Vec<_>>();
        let sum = |what: &str| -> u64 {
            let after = |row: &String| row.split_once(&format!(r#""{what}":"#)).map(|(_, rest)| rest.to_owned());
            let digits = |rest: String| rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<u64>().unwrap();
            receipts.iter().filter_map(after).map(digits).sum()
        };
        assert_eq!((sum("members"), sum("invitations"), sum("roles"), sum("groups"), sum("tags")), (1_005, 2, 1, 1, 1), "{receipts:?}");
        assert!(receipts.len() > 1, "it doesn't go in one piece: {receipts:?}");
        assert_eq!(receipts.iter().filter(|row| row.contains(r#""whole":true"#)).count(), 1, "{receipts:?}");
        let now = world.count("SELECT count(*) FROM changes WHERE kind NOT IN ('organization_purged', 'session_started', 'call_refused')").await;
        assert!(now <= log && now + 20 > log, "the log stays: {now} of {log}");
        assert_eq!(world.count("SELECT count(*) FROM users").await, 4, "people aren't the organisation's");
        let same = og::CreateOrganizationRequest { display_name: "Same".into(), slug: here.slug.clone(), ..Default::default() };
        let made = world.organization().create_organization(with(&ana.token, same)).await.unwrap().into_inner();
        assert_eq!(made.organization.unwrap().slug, here.slug);
        assert_eq!(world.log_in("kept@example.org").await.organization, kept.organization);
        sweep(&world.app).await.unwrap();
    }
}

each_engine! {
    async fn one_that_can_not_be_purged_keeps_none_of_the_others(world: World) {
        for name in ["stuck", "fine", "late"] {
            let owner = world.sign_up(&format!("{name}@example.org")).await;
            let slug = world.organization_of(&owner).await.slug;
            world.try_delete(&owner, &slug).await.unwrap();
            world.clock.advance(TimeDelta::seconds(1));
        }
        // Something that refers to a member of the first, and that nobody here knows of.
        world.sql("CREATE TABLE strange (organization_id uuid, member_id uuid, FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id))").await;
        world.sql("INSERT INTO strange SELECT organization_id, id FROM members WHERE email = 'stuck@example.org'").await;
        world.clock.advance(TimeDelta::days(31));
        sweep(&world.app).await.expect_err("it tells that one wasn't purged");
        assert_eq!(world.count("SELECT count(*) FROM organizations").await, 1, "the others are gone");
        world.sql("DELETE FROM strange").await;
        sweep(&world.app).await.unwrap();
        assert_eq!(world.count("SELECT count(*) FROM organizations").await, 0);
    }
}

each_engine! {
    async fn what_refers_to_a_member_is_found_by_an_index(world: World) {
        let names = match world.engine {
            Engine::Sqlite => "SELECT sql AS text FROM sqlite_master WHERE type = 'index'",
            Engine::Postgres => "SELECT indexdef AS text FROM pg_indexes",
        };
        let indexes = world.picture(names).await;
        for table in ["invitations", "sessions", "group_members", "bindings"] {
            let whole = |index: &&String| {
                let index = index.replace('\\', "").replace("public.", "").replace("USING btree ", "");
                let columns = index.split_once(&format!("ON {table} (organization_id, member_id"));
                columns.is_some_and(|(_, rest)| rest.starts_with([')', ','])) && !index.contains("WHERE")
            };
            assert_eq!(indexes.iter().filter(whole).count(), 1, "{table}: {indexes:?}");
        }
    }
}

each_engine! {
    async fn whoever_does_not_own_it_waits_for_no_lock_and_the_owner_has_just_logged_in(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let stranger = world.sign_up("stranger@example.org").await;
        let here = world.organization_of(&ana).await;
        world.try_delete(&ana, &here.slug).await.unwrap();
        // SQLite has one writer: there everybody waits for whoever has begun.
        if world.engine == Engine::Postgres {
            let holding = world.app.store.begin().await.unwrap();
            holding.organizations().lock_deleted(here.id.parse().unwrap()).await.unwrap().unwrap();
            let restoring = world.try_restore(&stranger, &here.slug);
            let answer = tokio::time::timeout(std::time::Duration::from_secs(10), restoring).await;
            refused(answer.expect("it waits for nobody"), Code::NotFound, "REASON_NOT_FOUND");
            holding.rollback().await.unwrap();
        }
        let ana = world.log_in("ana@example.org").await;
        world.clock.advance(TimeDelta::minutes(11));
        let stale = world.renewed(&ana).await;
        refused(world.try_restore(&stale, &here.slug).await, Code::PermissionDenied, "REASON_FRESH_LOGIN_REQUIRED");
        let ana = world.log_in("ana@example.org").await;
        world.try_restore(&ana, &here.slug).await.unwrap();
    }
}
