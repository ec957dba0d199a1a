//! AccessService: the catalogue, the roles, and the decisions that other services ask for.

use crate::support::calls::{Outcome, in_language};
use crate::support::{Person, World, each_engine, refused, with};
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::access::v1::check_access_request::Subject;
use tonic::Code;

async fn check(
    world: &World,
    by: &Person,
    permission: &str,
    subject: Option<Subject>,
) -> Outcome<ac::CheckAccessResponse> {
    let request = ac::CheckAccessRequest {
        permission: permission.into(),
        subject,
        ..Default::default()
    };
    world.access().check_access(with(&by.token, request)).await
}

async fn may(world: &World, by: &Person, permission: &str, subject: Option<Subject>) -> bool {
    check(world, by, permission, subject)
        .await
        .unwrap()
        .into_inner()
        .allowed
}

async fn explain(world: &World, by: &Person, permission: &str, member: &str) -> Outcome<ac::ExplainAccessResponse> {
    let request = ac::ExplainAccessRequest {
        permission: permission.into(),
        member_id: member.into(),
        ..Default::default()
    };
    world.access().explain_access(with(&by.token, request)).await
}

fn member(id: &str) -> Option<Subject> {
    Some(Subject::MemberId(id.into()))
}

each_engine! {
    async fn a_refusal_names_the_roles_here_also_the_organisations_own(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "guest").await;
        let roles = async |by: &Person| {
            let refusal = refused(world.set_roles(by, &by.member, &["guest"]).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
            refusal.metadata["roles"].clone()
        };
        assert_eq!(roles(&bob).await, "owner, admin");
        world.role(&ana, "Editor", &["members.read", "members.update"]).await;
        assert_eq!(roles(&bob).await, "owner, admin, Editor", "also what was made since the token");
        let eva = world.sign_up("eva@example.org").await;
        let elsewhere = world.join(&eva, "fay@example.org", "guest").await;
        assert_eq!(roles(&elsewhere).await, "owner, admin", "another organisation's roles are its own");
    }
}

each_engine! {
    async fn the_catalogue_comes_by_module_in_the_language_of_the_call(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for (language, module, title) in [
            ("en", "Members", "Remove a member for good"),
            ("pt-BR", "Membros", "Remover um membro em definitivo"),
            ("es-MX, en;q=0.1", "Miembros", "Eliminar a un miembro definitivamente"),
        ] {
            let call = in_language(with(&ana.token, ac::ListPermissionsRequest::default()), language);
            let modules = world.access().list_permissions(call).await.unwrap().into_inner().modules;
            let members = modules.iter().find(|m| m.name == "members").unwrap();
            assert_eq!(members.title, module);
            let remove = members.permissions.iter().find(|p| p.name == "members.remove").unwrap();
            assert_eq!((remove.title.as_str(), remove.grantable), (title, true));
            let delete = modules[0].permissions.iter().find(|p| p.name == "organization.delete").unwrap();
            assert!(!delete.grantable);
        }
        let all = world.access().list_permissions(with(&ana.token, ac::ListPermissionsRequest::default())).await.unwrap().into_inner();
        assert_eq!(all.next_page_token, "");
        for size in [1, 2, 7] {
            let (mut seen, mut token) = (vec![], String::new());
            loop {
                let request = ac::ListPermissionsRequest { page_size: size, page_token: token, ..Default::default() };
                let page = world.access().list_permissions(with(&ana.token, request)).await.unwrap().into_inner();
                assert!(page.modules.len() <= size as usize);
                seen.extend(page.modules);
                token = page.next_page_token;
                if token.is_empty() {
                    break;
                }
            }
            assert_eq!(seen, all.modules, "by {size}");
        }
    }
}

each_engine! {
    async fn the_roles_come_with_what_they_permit(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let roles = world.access().list_roles(with(&ana.token, ac::ListRolesRequest::default())).await.unwrap().into_inner().roles;
        let names: Vec<_> = roles.iter().map(|r| (r.name.as_str(), r.system, r.owner)).collect();
        assert_eq!(names, [("owner", true, true), ("admin", true, false), ("member", true, false), ("guest", true, false)]);
        assert_eq!(roles[3].permissions, ["documents.read", "members.read", "organization.read", "resources.read"]);
        assert!(roles.iter().all(|r| r.permissions.is_sorted() && r.id.starts_with("rol_")));
        // b15: what an administrator lacks of the owner's rights, by hand.
        let lacks: Vec<_> = roles[0].permissions.iter().filter(|p| !roles[1].permissions.contains(p)).collect();
        assert_eq!(lacks, ["organization.delete", "organization.transfer", "organization.update", "rotations.manage"]);
        for (language, title) in [("pt", "Convidado"), ("es", "Invitado")] {
            let call = in_language(with(&ana.token, ac::ListRolesRequest::default()), language);
            let told = world.access().list_roles(call).await.unwrap().into_inner().roles;
            assert_eq!(told[3].display_name, title);
            assert_ne!(told[3].description, roles[3].description);
        }
        let mut token = String::new();
        let mut seen = vec![];
        for _ in 0..4 {
            let request = ac::ListRolesRequest { page_size: 1, page_token: token, ..Default::default() };
            let page = world.access().list_roles(with(&ana.token, request)).await.unwrap().into_inner();
            seen.extend(page.roles);
            token = page.next_page_token;
        }
        assert_eq!((seen, token.as_str()), (roles, ""));
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let refusal = world.access().list_roles(with(&bob.token, ac::ListRolesRequest::default())).await;
        let refusal = refused(refusal, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        assert_eq!((refusal.metadata["permission"].as_str(), refusal.metadata["roles"].as_str()), ("roles.read", "owner, admin"));
        let refusal = world.access().list_permissions(with(&bob.token, ac::ListPermissionsRequest::default())).await;
        refused(refusal, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        let request = ac::ListRolesRequest { page_size: -1, ..Default::default() };
        let refusal = world.access().list_roles(with(&ana.token, request)).await;
        assert_eq!(refused(refusal, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["page_size"]);
    }
}

each_engine! {
    async fn may_they_is_answered_for_oneself_a_token_and_a_member(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let added = world.put(&ana, "added@example.org", "Added", &["admin"]).await.id;
        assert!(may(&world, &ana, "members.add", None).await);
        assert!(!may(&world, &bob, "members.add", None).await);
        assert!(may(&world, &bob, "members.read", None).await);
        let token = |p: &Person| Some(Subject::AccessToken(p.token.clone()));
        assert!(may(&world, &bob, "members.add", token(&ana)).await, "a service asks for whoever called it");
        assert!(!may(&world, &ana, "members.add", token(&bob)).await);
        assert!(may(&world, &bob, "members.add", member(&ana.member)).await);
        assert!(!may(&world, &ana, "members.add", member(&added)).await, "roles without access permit nothing");
        for permission in ["members.fly", "nonsense.read", "organization.everything"] {
            assert!(!may(&world, &ana, permission, None).await, "what is in no catalogue is never allowed");
            assert!(!may(&world, &ana, permission, member(&ana.member)).await);
        }
        for (permission, fields) in [("", vec!["permission"]), ("members", vec!["permission"]), ("Members.Add!", vec!["permission"])] {
            assert_eq!(refused(check(&world, &ana, permission, None).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), fields);
        }
        let both = refused(check(&world, &ana, "*", member("usr_1")).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(both.fields(), ["permission", "member_id"]);
        refused(check(&world, &ana, "members.add", member("mbr_01h455vb4pex5vsknk084sn02q")).await, Code::NotFound, "REASON_NOT_FOUND");
        for garbage in ["", "x", &ana.refresh] {
            assert!(!may(&world, &ana, "members.add", Some(Subject::AccessToken(garbage.into()))).await);
        }
        // What shrinks is refused at once, whatever the old token says.
        world.set_roles(&ana, &bob.member, &["guest"]).await.unwrap();
        assert!(!may(&world, &ana, "resources.use", token(&bob)).await);
        let eva = world.sign_up("eva@elsewhere.example").await;
        assert!(!may(&world, &ana, "members.add", token(&eva)).await, "an owner elsewhere is nobody here");
    }
}

each_engine! {
    async fn who_may_not_see_members_asks_only_about_themselves(world: World) {
        let world = world.with_clerks().await;
        let ana = world.sign_up("ana@example.org").await;
        let mute = world.join(&ana, "mute@example.org", "mute").await;
        for whom in [&ana.member, "mbr_01h455vb4pex5vsknk084sn02q"] {
            let refusal = refused(check(&world, &mute, "members.add", member(whom)).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
            assert_eq!(refusal.metadata["permission"], "members.read");
            refused(explain(&world, &mute, "members.add", whom).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        }
        assert!(may(&world, &mute, "organization.read", member(&mute.member)).await);
        assert!(explain(&world, &mute, "organization.read", &mute.member).await.unwrap().into_inner().allowed);
    }
}

each_engine! {
    async fn the_why_names_roles_and_who_could_give_it(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        // The longest-standing comes first, so time has to pass.
        world.clock.advance(std::time::Duration::from_millis(5));
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let invited = world.add(&ana, "invited@example.org", "admin").await.id;

        let why = explain(&world, &carla, "members.read", "").await.unwrap().into_inner();
        assert_eq!((why.allowed, why.cause()), (true, ac::AccessCause::Role));
        assert_eq!((why.granted_by_roles, why.roles_that_grant), (vec!["member".to_owned()], vec!["owner".into(), "admin".into(), "member".into(), "guest".into()]));

        let why = explain(&world, &ana, "members.add", &carla.member).await.unwrap().into_inner();
        assert_eq!((why.allowed, why.cause()), (false, ac::AccessCause::NotGranted));
        assert_eq!((why.granted_by_roles.as_slice(), why.roles_that_grant.as_slice()), ([].as_slice(), ["owner".to_owned(), "admin".into()].as_slice()));
        let (mut could, mut expected) = (why.who_could_give, [ana.member.clone(), bob.member.clone()]);
        could.sort();
        expected.sort();
        assert_eq!(could, expected);

        let why = explain(&world, &carla, "organization.delete", "").await.unwrap().into_inner();
        assert_eq!((why.roles_that_grant.as_slice(), why.who_could_give.as_slice()), (["owner".to_owned()].as_slice(), [].as_slice()), "nobody gives what comes with the preset's roles alone");

        let why = explain(&world, &ana, "members.add", &invited).await.unwrap().into_inner();
        assert_eq!((why.allowed, why.cause()), (false, ac::AccessCause::State));
        let why = explain(&world, &ana, "members.fly", "").await.unwrap().into_inner();
        assert_eq!((why.allowed, why.cause(), why.roles_that_grant.len()), (false, ac::AccessCause::UnknownPermission, 0));

        let mut said = std::collections::BTreeSet::new();
        for language in ["en", "pt-BR", "es"] {
            for (permission, about) in [("members.read", &carla.member), ("members.add", &carla.member), ("members.add", &invited), ("members.fly", &carla.member)] {
                let request = ac::ExplainAccessRequest { permission: permission.into(), member_id: about.clone(), ..Default::default() };
                let call = in_language(with(&ana.token, request), language);
                let message = world.access().explain_access(call).await.unwrap().into_inner().message;
                assert!(!message.contains("INVITED"), "{message}");
                said.insert(message);
            }
        }
        assert_eq!(said.len(), 12, "four causes in three languages: {said:?}");
        let refusal = explain(&world, &ana, "?", "x").await;
        assert_eq!(refused(refusal, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["permission", "member_id"]);
        refused(explain(&world, &ana, "members.add", "mbr_01h455vb4pex5vsknk084sn02q").await, Code::NotFound, "REASON_NOT_FOUND");
    }
}

each_engine! {
    async fn a_page_of_roles_begins_where_the_last_ended_whatever_came_and_went(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let mut ids = vec![];
        for name in ["Cook", "Driver", "Editor"] {
            ids.push(world.role(&ana, name, &["members.read"]).await.id);
        }
        let page = async |token: &str| {
            let request = ac::ListRolesRequest { page_size: 5, page_token: token.to_owned(), ..Default::default() };
            world.access().list_roles(with(&ana.token, request)).await.unwrap().into_inner()
        };
        let names = |page: &ac::ListRolesResponse| page.roles.iter().map(|role| role.name.clone()).collect::<Vec<_>>();
        let first = page("").await;
        assert_eq!(names(&first), ["owner", "admin", "member", "guest", "Cook"]);
        world.delete_role(&ana, &ids[0]).await.unwrap();
        assert_eq!(names(&page(&first.next_page_token).await), ["Driver", "Editor"], "none is left out");
        world.role(&ana, "Able", &["members.read"]).await;
        world.role(&ana, "Baker", &["members.read"]).await;
        assert_eq!(names(&page(&first.next_page_token).await), ["Driver", "Editor"], "none is shown twice");
    }
}

each_engine! {
    async fn a_page_of_modules_begins_where_the_last_ended_whatever_came_and_went(world: World) {
        world.sign_up("ana@example.org").await;
        let titles = || Some(ac::LocalizedText { en: "x".into(), pt_br: "x".into(), es: "x".into() });
        let declare = async |service: &str, modules: &[&str]| {
            let module = |name: &&str| ac::CatalogModule {
                name: name.to_string(),
                titles: titles(),
                permissions: vec![ac::CatalogPermission { verb: "read".into(), titles: titles(), grantable: true }],
            };
            let modules = modules.iter().map(module).collect();
            let request = ac::ApplyCatalogRequest { service: service.into(), modules, ..Default::default() };
            world.access().apply_catalog(with(&world.log_in("ana@example.org").await.token, request)).await.unwrap();
        };
        let page = async |size: i32, token: &str| {
            let request = ac::ListPermissionsRequest { page_size: size, page_token: token.to_owned(), ..Default::default() };
            let ana = world.log_in("ana@example.org").await;
            world.access().list_permissions(with(&ana.token, request)).await.unwrap().into_inner()
        };
        let names = |page: &ac::ListPermissionsResponse| page.modules.iter().map(|module| module.name.clone()).collect::<Vec<_>>();
        let of_preset = i32::try_from(page(1000, "").await.modules.len()).unwrap();
        declare("zoo", &["cages", "lions"]).await;
        let first = page(of_preset + 1, "").await;
        assert_eq!(names(&first).last().unwrap(), "cages");
        declare("zoo", &["lions"]).await;
        assert_eq!(names(&page(9, &first.next_page_token).await), ["lions"], "none is left out");
        declare("art", &["arts", "brushes"]).await;
        assert_eq!(names(&page(9, &first.next_page_token).await), ["lions"], "none is shown twice");
    }
}
