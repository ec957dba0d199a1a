//! OrganizationService: making, seeing, listing, changing.

use crate::support::calls::{in_language, request_id};
use crate::support::{Person, World, each_engine, refused, with};
use prost_types::{Duration, FieldMask};
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use tonic::{Code, Response, Status};

async fn create(
    world: &World,
    by: &Person,
    request: og::CreateOrganizationRequest,
) -> Result<Response<og::CreateOrganizationResponse>, Status> {
    world.organization().create_organization(with(&by.token, request)).await
}

async fn update(
    world: &World,
    by: &Person,
    request: og::UpdateOrganizationRequest,
) -> Result<Response<og::UpdateOrganizationResponse>, Status> {
    world.organization().update_organization(with(&by.token, request)).await
}

async fn get(world: &World, by: &Person) -> og::Organization {
    let request = og::GetOrganizationRequest::default();
    world
        .organization()
        .get_organization(with(&by.token, request))
        .await
        .unwrap()
        .into_inner()
        .organization
        .unwrap()
}

fn named(name: &str) -> og::CreateOrganizationRequest {
    og::CreateOrganizationRequest {
        display_name: name.into(),
        ..Default::default()
    }
}

each_engine! {
    async fn creating_an_organisation_makes_the_caller_its_owner(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let made = create(&world, &ana, named("  Segunda Ltda. é ótima ")).await.unwrap().into_inner();
        let organization = made.organization.unwrap();
        assert_eq!(organization.display_name, "Segunda Ltda. é ótima");
        assert_eq!(organization.slug, "segunda-ltda-e-otima");
        assert_eq!((organization.locale.as_str(), organization.time_zone.as_str()), ("en", "Etc/UTC"));
        assert_eq!(organization.seat_limit, None);
        assert_eq!(organization.create_time, organization.update_time);
        let there = world.switch(&ana, &organization.id).await;
        assert_eq!((there.organization.as_str(), there.member.as_str()), (organization.id.as_str(), made.member_id.as_str()));
        assert_eq!(get(&world, &there).await, organization);
        let me = world.get(&there, &there.member).await;
        assert_eq!((me.roles[0].name.as_str(), me.added_by_user_id.as_str()), ("owner", ""));

        let request = og::CreateOrganizationRequest {
            slug: "chosen-1".into(),
            locale: "pt-PT".into(),
            time_zone: "America/Sao_Paulo".into(),
            ..named("Third")
        };
        let third = create(&world, &there, request).await.unwrap().into_inner().organization.unwrap();
        assert_eq!((third.slug.as_str(), third.locale.as_str(), third.time_zone.as_str()), ("chosen-1", "pt-BR", "America/Sao_Paulo"));
        let again = create(&world, &there, named("Third")).await.unwrap().into_inner().organization.unwrap();
        assert_eq!(again.slug, "third");
        let once_more = create(&world, &there, named("Third")).await.unwrap().into_inner().organization.unwrap();
        assert!(once_more.slug.starts_with("third-"), "a slug nobody chose gives way: {}", once_more.slug);
    }
}

each_engine! {
    async fn a_creation_is_refused_with_all_that_is_wrong_and_changes_nothing(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let taken = get(&world, &ana).await.slug;
        world.unchanged(async {
            let request = og::CreateOrganizationRequest {
                display_name: "\u{200b}".into(),
                slug: "No Slug".into(),
                locale: "tlh".into(),
                time_zone: "Nowhere".into(),
                request_id: "7".into(),
                ..Default::default()
            };
            let refusal = refused(create(&world, &ana, request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
            let mut fields = refusal.fields();
            fields.sort();
            assert_eq!(fields, ["display_name", "locale", "request_id", "slug", "time_zone"]);
            let request = og::CreateOrganizationRequest { slug: taken.clone(), ..named("Mine") };
            let refusal = refused(create(&world, &ana, request).await, Code::AlreadyExists, "REASON_SLUG_TAKEN");
            assert_eq!(refusal.metadata["slug"], taken);
            assert_eq!(refusal.details.resource_info().unwrap().resource_name, taken);
            let request = og::CreateOrganizationRequest { validate_only: true, ..named("Mine") };
            let would = create(&world, &ana, request).await.unwrap().into_inner().organization.unwrap();
            assert_eq!(would.slug, "mine");
        })
        .await;
        let eva = world.unverified(&ana, "eva@example.org").await;
        world.unchanged(async {
            refused(create(&world, &eva, named("Hers")).await, Code::FailedPrecondition, "REASON_EMAIL_UNVERIFIED");
            let without = world.organization().create_organization(named("Nobody's")).await;
            refused(without, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        })
        .await;
    }
}

each_engine! {
    async fn a_repeated_request_id_gives_the_first_answer(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let request = og::CreateOrganizationRequest { request_id: request_id(), ..named("Once") };
        let first = create(&world, &ana, request.clone()).await.unwrap().into_inner();
        world.unchanged(async {
            assert_eq!(create(&world, &ana, request.clone()).await.unwrap().into_inner(), first);
            let other = og::CreateOrganizationRequest { display_name: "Other".into(), ..request.clone() };
            let refusal = refused(create(&world, &ana, other).await, Code::AlreadyExists, "REASON_REQUEST_ID_REUSED");
            assert_eq!(refusal.metadata["request_id"], request.request_id);
        })
        .await;
        // Somebody else's request ids are their own.
        let bob = world.sign_up("bob@example.org").await;
        let other = create(&world, &bob, request).await.unwrap().into_inner();
        assert_ne!(other.member_id, first.member_id);
    }
}

each_engine! {
    async fn an_organisation_is_changed_field_by_field(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let was = get(&world, &ana).await;
        world.clock.advance(std::time::Duration::from_secs(5));
        let request = og::UpdateOrganizationRequest { display_name: "Lima e Filhos".into(), etag: was.etag.clone(), ..Default::default() };
        let now = update(&world, &ana, request).await.unwrap().into_inner().organization.unwrap();
        assert_eq!((now.display_name.as_str(), &now.slug, &now.locale), ("Lima e Filhos", &was.slug, &was.locale));
        assert_ne!(now.etag, was.etag);
        assert_eq!(now.update_time.unwrap().seconds, was.update_time.unwrap().seconds + 5);
        // A mask decides, whatever else is set.
        let request = og::UpdateOrganizationRequest {
            update_mask: Some(FieldMask { paths: vec!["slug".into(), "invitation_lifetime".into()] }),
            display_name: "Not meant".into(),
            slug: "lima-e-filhos".into(),
            invitation_lifetime: Some(Duration { seconds: 3_600, nanos: 0 }),
            ..Default::default()
        };
        let now = update(&world, &ana, request).await.unwrap().into_inner().organization.unwrap();
        assert_eq!((now.display_name.as_str(), now.slug.as_str()), ("Lima e Filhos", "lima-e-filhos"));
        assert_eq!(now.invitation_lifetime.unwrap().seconds, 3_600);
        let request = og::UpdateOrganizationRequest { locale: "es".into(), time_zone: "Europe/Madrid".into(), ..Default::default() };
        let now = update(&world, &ana, request).await.unwrap().into_inner().organization.unwrap();
        assert_eq!((now.locale.as_str(), now.time_zone.as_str()), ("es", "Europe/Madrid"));
        assert_eq!(get(&world, &ana).await, now);
        // The life of new invitations follows.
        let invited = world.add(&ana, "bob@example.org", "member").await;
        let expires = invited.invitation.unwrap().expire_time.unwrap().seconds;
        assert_eq!(expires, invited.create_time.unwrap().seconds + 3_600);
    }
}

each_engine! {
    async fn a_change_is_refused_for_each_documented_reason_and_changes_nothing(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let other = world.sign_up("other@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let taken = get(&world, &other).await.slug;
        let change = || og::UpdateOrganizationRequest { display_name: "New".into(), ..Default::default() };
        world.unchanged(async {
            let refusal = refused(update(&world, &bob, change()).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
            assert_eq!((refusal.metadata["permission"].as_str(), refusal.metadata["roles"].as_str()), ("organization.update", "owner"));
            let request = og::UpdateOrganizationRequest { etag: "v77".into(), ..change() };
            let refusal = refused(update(&world, &ana, request).await, Code::Aborted, "REASON_ETAG_MISMATCH");
            assert!(refusal.details.retry_info().is_some());
            let request = og::UpdateOrganizationRequest { slug: taken.clone(), ..Default::default() };
            refused(update(&world, &ana, request).await, Code::AlreadyExists, "REASON_SLUG_TAKEN");
            let request = og::UpdateOrganizationRequest {
                update_mask: Some(FieldMask { paths: vec!["display_name".into(), "seat_limit".into(), "time_zone".into()] }),
                slug: "Bad Slug but not meant".into(),
                etag: "7".into(),
                ..Default::default()
            };
            let mut fields = refused(update(&world, &ana, request).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields();
            fields.sort();
            assert_eq!(fields, ["display_name", "etag", "time_zone", "update_mask.paths[1]"]);
            for (seconds, nanos) in [(3_599, 0), (2_592_001, 0), (-1, 0), (3_600, 1), (i64::MAX, 0), (i64::MIN, 0)] {
                let request = og::UpdateOrganizationRequest { invitation_lifetime: Some(Duration { seconds, nanos }), ..Default::default() };
                let refusal = refused(update(&world, &ana, request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
                assert_eq!(refusal.fields(), ["invitation_lifetime"]);
            }
            let request = og::UpdateOrganizationRequest { validate_only: true, ..change() };
            let would = update(&world, &ana, request).await.unwrap().into_inner().organization.unwrap();
            assert_eq!(would.display_name, "New");
        })
        .await;
        let most = og::UpdateOrganizationRequest { invitation_lifetime: Some(Duration { seconds: 2_592_000, nanos: 0 }), ..Default::default() };
        update(&world, &ana, most).await.unwrap();
    }
}

each_engine! {
    async fn ones_own_organisations_are_listed_by_name_each_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let names = ["Zebra", "ábaco", "Banana", "banana", "Çedilha"];
        let mut here = ana.clone();
        for name in names {
            // Names that fold to the same come in the order in which they were made.
            world.clock.advance(std::time::Duration::from_millis(5));
            here = world.found(&here, name).await;
        }
        // An invitation is no membership, and others' organisations are none of hers.
        let other = world.sign_up("other@example.org").await;
        world.add(&other, "ana@example.org", "member").await;
        let mut pages = vec![];
        for size in [1, 2, 7] {
            let mut token = String::new();
            let mut seen = vec![];
            loop {
                let request = og::ListMyOrganizationsRequest { page_size: size, page_token: token, ..Default::default() };
                let page = world.organization().list_my_organizations(with(&here.token, request)).await.unwrap().into_inner();
                assert!(page.organizations.len() <= size as usize);
                seen.extend(page.organizations.into_iter().map(|o| o.display_name));
                token = page.next_page_token;
                if token.is_empty() {
                    break;
                }
            }
            pages.push(seen);
        }
        let names: Vec<_> = pages[0].iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(names, ["ábaco", "ana at example.org and friends", "banana", "banana", "çedilha", "zebra"]);
        assert_eq!(pages[0].iter().filter(|name| *name == "Banana").count(), 1, "each once");
        assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
        let request = og::ListMyOrganizationsRequest { page_size: -1, ..Default::default() };
        let refusal = refused(world.organization().list_my_organizations(with(&here.token, request)).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields(), ["page_size"]);
    }
}

each_engine! {
    async fn an_organisation_that_comes_between_two_pages_shifts_nothing(world: World) {
        let mut ana = world.sign_up("ana@example.org").await;
        for name in ["b", "d", "f"] {
            ana = world.found(&ana, name).await;
        }
        let list = |ana: Person, token: String| {
            let request = og::ListMyOrganizationsRequest { page_size: 2, page_token: token, ..Default::default() };
            let mut client = world.organization();
            async move { client.list_my_organizations(with(&ana.token, request)).await.unwrap().into_inner() }
        };
        let first = list(ana.clone(), String::new()).await;
        create(&world, &ana, named("a")).await.unwrap();
        let second = list(ana.clone(), first.next_page_token.clone()).await;
        let names: Vec<_> = first.organizations.iter().chain(&second.organizations).map(|o| o.display_name.as_str()).collect();
        assert_eq!(names, ["ana at example.org and friends", "b", "d", "f"]);
    }
}

each_engine! {
    async fn a_token_that_speaks_for_no_organisation_is_told_so(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        world.remove(&ana, &bob.member, &bob.email).await;
        let bob = world.log_in("bob@example.org").await;
        assert_eq!(bob.organization, "");
        let got = world.organization().get_organization(with(&bob.token, og::GetOrganizationRequest::default())).await;
        refused(got, Code::FailedPrecondition, "REASON_NO_ORGANIZATION");
        let got = world.membership().list_members(with(&bob.token, ms::ListMembersRequest::default())).await;
        refused(got, Code::FailedPrecondition, "REASON_NO_ORGANIZATION");
        // The way out that the refusal names.
        let bob = world.found(&bob, "Bob's own").await;
        assert_eq!(get(&world, &bob).await.display_name, "Bob's own");
    }
}

each_engine! {
    async fn refusals_are_told_in_the_language_of_the_call(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let request = || og::UpdateOrganizationRequest { etag: "v9".into(), ..Default::default() };
        for (accept, locale, word) in [
            ("pt-BR,en;q=0.5", "pt-BR", "alterou"),
            ("es", "es", "cambi"),
            ("de", "en", "changed"),
        ] {
            let call = in_language(with(&ana.token, request()), accept);
            let refusal = refused(world.organization().update_organization(call).await, Code::Aborted, "REASON_ETAG_MISMATCH");
            let said = refusal.details.localized_message().unwrap();
            assert_eq!(said.locale, locale);
            assert!(said.message.contains(word), "{}", said.message);
            assert!(refusal.message.contains("changed"), "the message itself is for developers: {}", refusal.message);
        }
    }
}
