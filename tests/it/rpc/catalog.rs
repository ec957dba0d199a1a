//! What services declare: modules and permissions of their own, what changes with them, and who loses what.

use crate::support::calls::{Outcome, in_language, request_id};
use crate::support::roles::texts;
use crate::support::{Person, World, each_engine, invariants, refused, with};
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

const INVALID: (Code, &str) = (Code::InvalidArgument, "REASON_INPUT_INVALID");

fn titles(text: &str) -> Option<ac::LocalizedText> {
    Some(ac::LocalizedText {
        en: text.into(),
        pt_br: format!("{text} (pt)"),
        es: format!("{text} (es)"),
    })
}

fn module(name: &str, permissions: &[(&str, bool)]) -> ac::CatalogModule {
    let permission = |(verb, grantable): &(&str, bool)| ac::CatalogPermission {
        verb: verb.to_string(),
        titles: titles(verb),
        grantable: *grantable,
    };
    ac::CatalogModule {
        name: name.into(),
        titles: titles(name),
        permissions: permissions.iter().map(permission).collect(),
    }
}

fn declaration(service: &str, modules: &[ac::CatalogModule]) -> ac::ApplyCatalogRequest {
    ac::ApplyCatalogRequest {
        service: service.into(),
        modules: modules.to_vec(),
        ..Default::default()
    }
}

async fn apply(world: &World, by: &Person, request: ac::ApplyCatalogRequest) -> Outcome<ac::ApplyCatalogResponse> {
    world.access().apply_catalog(with(&by.token, request)).await
}

fn changes(answer: &ac::ApplyCatalogResponse) -> Vec<(ac::CatalogChangeKind, &str)> {
    answer
        .changes
        .iter()
        .map(|c| (c.kind(), c.permission.as_str()))
        .collect()
}

async fn modules(world: &World, by: &Person) -> Vec<ac::Module> {
    let request = ac::ListPermissionsRequest {
        page_size: 1000,
        ..Default::default()
    };
    let listed = world.access().list_permissions(with(&by.token, request)).await;
    listed.unwrap().into_inner().modules
}

use ac::CatalogChangeKind::{Added, Changed, Removed};

each_engine! {
    async fn what_a_service_declares_is_in_the_catalogue_and_in_roles(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let before = modules(&world, &ana).await;
        let reports = declaration("reports", &[module("reports", &[("read", true), ("export", true), ("purge", false)]), module("charts", &[("read", true)])]);
        let dry = ac::ApplyCatalogRequest { validate_only: true, ..reports.clone() };
        let would = world.unchanged(apply(&world, &ana, dry)).await.unwrap().into_inner();
        let done = apply(&world, &ana, reports.clone()).await.unwrap().into_inner();
        assert_eq!(done, would);
        assert_eq!(changes(&done), [(Added, "charts.read"), (Added, "reports.export"), (Added, "reports.purge"), (Added, "reports.read")]);
        assert!(done.role_losses.is_empty() && done.grant_losses.is_empty() && done.grant_loss_count == 0);
        // The same again is no change, and nothing is written.
        let again = world.unchanged(apply(&world, &ana, reports.clone())).await.unwrap().into_inner();
        assert_eq!(again, ac::ApplyCatalogResponse::default());
        let ana = world.log_in("ana@example.org").await;
        let after = modules(&world, &ana).await;
        assert_eq!(after[..before.len()], before[..]);
        assert_eq!(after[before.len()..].iter().map(|m| (m.name.as_str(), m.title.as_str())).collect::<Vec<_>>(), [("charts", "charts"), ("reports", "reports")]);
        let call = in_language(with(&ana.token, ac::ListPermissionsRequest { page_size: 1000, ..Default::default() }), "pt-BR");
        let told = world.access().list_permissions(call).await.unwrap().into_inner().modules;
        assert_eq!(told.last().unwrap().permissions[1].title, "export (pt)");
        assert!(!told.last().unwrap().permissions[2].grantable);
        // Whoever holds everything holds it; others get it by an own role.
        assert!(world.may(&ana, &ana.member, "reports.purge").await);
        let analyst = world.role(&ana, "Analyst", &["members.read", "reports.read", "charts.read"]).await;
        let bob = world.join(&ana, "bob@example.org", &analyst.id).await;
        assert!(world.may(&ana, &bob.member, "reports.read").await && !world.may(&ana, &bob.member, "reports.export").await);
        refused(world.try_role(&ana, "Purger", &["reports.purge"]).await, Code::FailedPrecondition, "REASON_PERMISSION_NOT_GRANTABLE");
        // Another organisation has its own catalogue.
        let eva = world.sign_up("eva@elsewhere.example").await;
        assert!(!world.may(&eva, &eva.member, "reports.read").await);
        refused(world.try_role(&eva, "Analyst", &["reports.read"]).await, INVALID.0, INVALID.1);
        apply(&world, &eva, declaration("other", &[module("reports", &[("read", true)])])).await.unwrap();
        assert_eq!(invariants::logged(&world, "catalog_applied").await, 2);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn k06_what_goes_is_gone_from_roles_and_grants_at_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        apply(&world, &ana, declaration("reports", &[module("reports", &[("read", true), ("export", true), ("print", true)])])).await.unwrap();
        let ana = world.log_in("ana@example.org").await;
        let analyst = world.role(&ana, "Analyst", &["members.read", "reports.read", "reports.export"]).await;
        let bob = world.join(&ana, "bob@example.org", &analyst.id).await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let request = ms::UpdateMemberRequest { member_id: carla.member.clone(), grants: texts(&["reports.print"]), ..Default::default() };
        world.membership().update_member(with(&ana.token, request)).await.unwrap();
        let carla = world.log_in("carla@example.org").await;
        let (bobs, carlas) = (world.log_in("bob@example.org").await, world.log_in("carla@example.org").await);
        assert!(world.bears(&ana, &bobs.token, "reports.export").await && world.bears(&ana, &carlas.token, "reports.print").await);
        // Export goes, and print may be granted no longer.
        let less = declaration("reports", &[module("reports", &[("read", true), ("print", false)])]);
        let would = world.unchanged(apply(&world, &ana, ac::ApplyCatalogRequest { validate_only: true, ..less.clone() })).await.unwrap().into_inner();
        let done = apply(&world, &ana, less).await.unwrap().into_inner();
        assert_eq!(done, would);
        assert_eq!(changes(&done), [(Removed, "reports.export"), (Changed, "reports.print")]);
        assert_eq!(done.role_losses, [ac::CatalogRoleLoss { role_id: analyst.id.clone(), role_name: "Analyst".into(), permissions: texts(&["reports.export"]) }]);
        assert_eq!(done.grant_losses, [ac::CatalogGrantLoss { member_id: carla.member.clone(), permissions: texts(&["reports.print"]) }]);
        assert_eq!(done.grant_loss_count, 1);
        let ana = world.log_in("ana@example.org").await;
        for (person, permission) in [(&bobs, "reports.export"), (&carlas, "reports.print"), (&ana, "reports.export")] {
            assert!(!world.may(&ana, &person.member, permission).await);
            assert!(!world.bears(&ana, &person.token, permission).await, "{permission}: tokens from before are worth nothing");
        }
        assert!(world.may(&ana, &bob.member, "reports.read").await && world.may(&ana, &ana.member, "reports.print").await);
        // Declared again, it doesn't come back by itself.
        apply(&world, &ana, declaration("reports", &[module("reports", &[("read", true), ("export", true), ("print", true)])])).await.unwrap();
        let ana = world.log_in("ana@example.org").await;
        for (person, permission) in [(&bobs, "reports.export"), (&carlas, "reports.print")] {
            assert!(!world.may(&ana, &person.member, permission).await, "{permission}");
        }
        let none = apply(&world, &ana, declaration("reports", &[])).await.unwrap().into_inner();
        assert_eq!(changes(&none), [(Removed, "reports.export"), (Removed, "reports.print"), (Removed, "reports.read")]);
        let ana = world.log_in("ana@example.org").await;
        assert!(modules(&world, &ana).await.iter().all(|m| m.name != "reports"));
        assert_eq!(world.get_role(&ana, &analyst.id).await.unwrap().into_inner().role.unwrap().permissions, ["members.read"]);
        assert_eq!(world.explain(&ana, &bob.member, "reports.read").await.cause(), ac::AccessCause::UnknownPermission);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn modules_of_the_preset_and_of_others_cant_be_touched(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        apply(&world, &ana, declaration("reports", &[module("reports", &[("read", true)])])).await.unwrap();
        world.unchanged(async {
            for (service, name, owner) in [("reports", "members", "preset"), ("preset", "billing", "preset"), ("pirates", "reports", "reports")] {
                let taken = apply(&world, &ana, declaration(service, &[module("mine", &[("read", true)]), module(name, &[("read", true)])])).await;
                let refusal = refused(taken, Code::FailedPrecondition, "REASON_MODULE_TAKEN");
                assert_eq!((refusal.metadata["module"].as_str(), refusal.metadata["owner"].as_str()), (name, owner));
            }
        })
        .await;
        // A service may have the name of a module of somebody else's: only the modules count.
        apply(&world, &ana, declaration("members", &[module("rooms", &[("book", true)])])).await.unwrap();
        // One takes away only its own.
        let gone = apply(&world, &ana, declaration("members", &[])).await.unwrap().into_inner();
        assert_eq!(changes(&gone), [(Removed, "rooms.book")]);
        let ana = world.log_in("ana@example.org").await;
        assert!(world.may(&ana, &ana.member, "reports.read").await);
    }
}

each_engine! {
    async fn nor_can_what_a_preset_has_under_another_modules_title(world: World) {
        let world = world.with_preset("documents").await;
        let ana = world.sign_up("ana@example.org").await;
        let preset = modules(&world, &ana).await;
        for (name, in_module) in [("folders", "documents"), ("contacts", "audit")] {
            assert!(preset.iter().all(|module| module.name != name));
            let holder = preset.iter().find(|module| module.name == in_module).unwrap();
            assert!(holder.permissions.iter().any(|p| p.name.starts_with(&format!("{name}."))), "{holder:?}");
            let taken = world.unchanged(apply(&world, &ana, declaration("mine", &[module(name, &[("share", true)])]))).await;
            let refusal = refused(taken, Code::FailedPrecondition, "REASON_MODULE_TAKEN");
            assert_eq!((refusal.metadata["module"].as_str(), refusal.metadata["owner"].as_str()), (name, "preset"));
        }
    }
}

each_engine! {
    async fn nobody_takes_away_by_a_catalogue_what_they_dont_hold(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        apply(&world, &ana, declaration("reports", &[module("reports", &[("read", true)])])).await.unwrap();
        let ana = world.log_in("ana@example.org").await;
        let maker = world.role(&ana, "Role maker", &["roles.read", "roles.manage"]).await;
        let analyst = world.role(&ana, "Analyst", &["reports.read"]).await;
        let bob = world.join(&ana, "bob@example.org", &maker.id).await;
        world.unchanged(async {
            let refusal = refused(apply(&world, &bob, declaration("reports", &[])).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            assert_eq!(refusal.metadata["permissions"], "reports.read");
        })
        .await;
        // Nor where nobody but those who hold everything has it.
        world.permit(&ana, &analyst.id, &["members.read"]).await.unwrap();
        world.unchanged(async {
            refused(apply(&world, &bob, declaration("reports", &[])).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
        })
        .await;
        world.permit(&ana, &analyst.id, &["reports.read"]).await.unwrap();
        // To declare something gives the declarer nothing.
        apply(&world, &bob, declaration("rooms", &[module("rooms", &[("book", true)])])).await.unwrap();
        assert!(!world.may(&ana, &bob.member, "rooms.book").await);
        let bob = world.log_in("bob@example.org").await;
        refused(world.try_role(&bob, "Booker", &["rooms.book"]).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
        refused(world.permit(&bob, &maker.id, &["roles.read", "rooms.book"]).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
        let carla = world.join(&world.log_in("ana@example.org").await, "carla@example.org", "member").await;
        refused(apply(&world, &carla, declaration("rooms", &[])).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        let ana = world.log_in("ana@example.org").await;
        assert_eq!(world.get_role(&ana, &analyst.id).await.unwrap().into_inner().role.unwrap().permissions, ["reports.read"]);
    }
}

each_engine! {
    async fn what_is_no_catalogue_is_refused_with_all_that_is_wrong(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bad = |request| apply(&world, &ana, request);
        world.unchanged(async {
            let mut wrong = module("Reports", &[("read", true), ("read", true), ("Read!", true)]);
            wrong.permissions[0].titles = None;
            let mut other = module("charts", &[("read", true)]);
            other.titles.as_mut().unwrap().es = "a\nb".into();
            let request = declaration("Big Service", &[wrong, other, module("empty", &[]), module("charts", &[("read", true)])]);
            let mut fields = refused(bad(request).await, INVALID.0, INVALID.1).fields();
            fields.sort();
            assert_eq!(
                fields,
                [
                    "modules[0].name",
                    "modules[0].permissions[0].titles",
                    "modules[0].permissions[1].verb",
                    "modules[0].permissions[2].verb",
                    "modules[1].titles.es",
                    "modules[2].permissions",
                    "modules[3].name",
                    "service",
                ]
            );
            let many: Vec<_> = (0..51).map(|i| module(&format!("m{i}"), &[("read", true)])).collect();
            assert_eq!(refused(bad(declaration("big", &many)).await, INVALID.0, INVALID.1).fields(), ["modules"]);
            let verbs: Vec<String> = (0..201).map(|i| format!("v{i}")).collect();
            let wide = |name: &str, count: usize| module(name, &verbs[..count].iter().map(|v| (v.as_str(), true)).collect::<Vec<_>>());
            assert_eq!(refused(bad(declaration("big", &[wide("m", 201)])).await, INVALID.0, INVALID.1).fields(), ["modules[0].permissions"]);
            let six: Vec<_> = (0..6).map(|i| wide(&format!("m{i}"), 200)).collect();
            assert_eq!(refused(bad(declaration("big", &six)).await, INVALID.0, INVALID.1).fields(), ["modules"]);
        })
        .await;
        let verbs: Vec<String> = (0..200).map(|i| format!("v{i}")).collect();
        let wide = |name: &str| module(name, &verbs.iter().map(|v| (v.as_str(), true)).collect::<Vec<_>>());
        let five: Vec<_> = (0..5).map(|i| wide(&format!("m{i}"))).collect();
        bad(declaration("big", &five)).await.unwrap();
        let refusal = refused(bad(declaration("small", &[module("x", &[("read", true)])])).await, Code::ResourceExhausted, "REASON_LIMIT_REACHED");
        assert_eq!((refusal.metadata["kind"].as_str(), refusal.metadata["limit"].as_str()), ("permission", "1000"));
    }
}

each_engine! {
    async fn one_request_id_declares_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let request = ac::ApplyCatalogRequest { request_id: request_id(), ..declaration("reports", &[module("reports", &[("read", true)])]) };
        let first = apply(&world, &ana, request.clone()).await.unwrap().into_inner();
        world.unchanged(async {
            assert_eq!(apply(&world, &ana, request.clone()).await.unwrap().into_inner(), first);
            let other = ac::ApplyCatalogRequest { modules: vec![], ..request.clone() };
            refused(apply(&world, &ana, other).await, Code::AlreadyExists, "REASON_REQUEST_ID_REUSED");
        })
        .await;
    }
}
