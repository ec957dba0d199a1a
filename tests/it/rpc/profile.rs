//! GetMe and UpdateMe.

use crate::support::log_ins::{call, once, request_id};
use crate::support::{Person, World, each_engine, refused, with};
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as org;
use tonic::Code;

fn mask(paths: &[&str]) -> Option<prost_types::FieldMask> {
    Some(prost_types::FieldMask {
        paths: paths.iter().map(ToString::to_string).collect(),
    })
}

async fn me(world: &World, who: &Person) -> id::User {
    world
        .identity()
        .get_me(with(&who.token, id::GetMeRequest {}))
        .await
        .unwrap()
        .into_inner()
        .user
        .unwrap()
}

each_engine! {
    async fn a_caller_sees_their_account_and_what_they_may_do_where(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "guest").await;
        world.clock.advance(chrono::Duration::seconds(1));
        world.add(&eva, "bob@example.org", "admin").await;
        let get = || async { world.identity().get_me(with(&bob.token, id::GetMeRequest {})).await.unwrap().into_inner() };
        let told = get().await;
        assert_eq!(told.session_id, bob.session);
        let user = told.user.unwrap();
        assert_eq!((user.id.as_str(), user.email.as_str()), (bob.user.as_str(), "bob@example.org"));
        assert!(user.email_verified && !user.etag.is_empty() && user.create_time.is_some());
        assert_eq!(told.memberships.len(), 1, "an invitation is no membership");
        let accept = ms::AcceptInvitationRequest {
            invitation: Some(ms::accept_invitation_request::Invitation::Code(world.code("bob@example.org").await)),
            ..Default::default()
        };
        world.membership().accept_invitation(with(&bob.token, accept)).await.unwrap();
        let told = get().await.memberships;
        let shown: Vec<_> = told.iter().map(|m| (m.organization_name.as_str(), m.roles[0].as_str(), m.current)).collect();
        assert_eq!(
            shown,
            [("ana at example.org and friends", "guest", true), ("eva at example.org and friends", "admin", false)]
        );
        for own in &told {
            assert!(own.permissions.is_sorted() && own.permissions.iter().any(|p| p == "members.read"));
        }
        assert!(told[1].permissions.iter().any(|p| p == "members.add"));
        assert!(!told[0].permissions.iter().any(|p| p == "members.add"));
        refused(
            world.identity().get_me(id::GetMeRequest {}).await,
            Code::Unauthenticated,
            "REASON_CREDENTIAL_INVALID",
        );
    }
}

each_engine! {
    async fn an_update_changes_what_the_mask_names_or_what_is_set(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let was = me(&world, &ana).await;
        let call = call!(world, identity, update_me, ana.token);
        let request = id::UpdateMeRequest { display_name: "  Ana Clara  ".into(), ..Default::default() };
        let now = call(request).await.unwrap().into_inner().user.unwrap();
        assert_eq!((now.display_name.as_str(), &now.locale, &now.time_zone), ("Ana Clara", &was.locale, &was.time_zone));
        assert_ne!(now.etag, was.etag);
        assert_eq!(now, me(&world, &ana).await);
        let get = ms::GetMemberRequest { member_id: ana.member.clone(), ..Default::default() };
        let member = world.membership().get_member(with(&ana.token, get)).await.unwrap().into_inner().member.unwrap();
        assert_eq!(member.display_name, "Ana Clara", "others see the new name too");

        let request = id::UpdateMeRequest {
            update_mask: mask(&["locale"]),
            display_name: "Not This".into(),
            locale: "pt-BR".into(),
            time_zone: "America/Sao_Paulo".into(),
            ..Default::default()
        };
        let now = call(request.clone()).await.unwrap().into_inner().user.unwrap();
        assert_eq!((now.display_name.as_str(), now.locale.as_str()), ("Ana Clara", "pt-BR"));
        assert_eq!(now.time_zone, was.time_zone);
        let request = id::UpdateMeRequest { update_mask: mask(&["time_zone", "display_name"]), ..request };
        let now = call(request).await.unwrap().into_inner().user.unwrap();
        assert_eq!((now.display_name.as_str(), now.time_zone.as_str()), ("Not This", "America/Sao_Paulo"));
    }
}

each_engine! {
    async fn all_that_is_wrong_with_an_update_is_said_at_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let before = world.state().await;
        let call = call!(world, identity, update_me, ana.token);
        let request = id::UpdateMeRequest {
            request_id: "1".into(),
            display_name: "Ana\u{202e}amiL".into(),
            locale: "tlh".into(),
            time_zone: "no zone".into(),
            etag: "7".into(),
            ..Default::default()
        };
        let refusal = refused(call(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        let mut fields = refusal.fields();
        fields.sort();
        assert_eq!(fields, ["display_name", "etag", "locale", "request_id", "time_zone"]);
        let request = id::UpdateMeRequest { update_mask: mask(&["display_name", "locale"]), ..Default::default() };
        let refusal = refused(call(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields(), ["display_name", "locale"], "named in the mask and left empty");
        for name in ["", " ", "a\nb", "a\u{0}", &"x".repeat(201)] {
            let request = id::UpdateMeRequest {
                update_mask: mask(&["display_name"]),
                display_name: name.into(),
                ..Default::default()
            };
            let refusal = refused(call(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
            assert_eq!(refusal.fields(), ["display_name"]);
        }
        assert_eq!(world.state().await, before);
    }
}

each_engine! {
    async fn an_update_of_an_older_version_is_refused(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let etag = me(&world, &ana).await.etag;
        let call = call!(world, identity, update_me, ana.token);
        let request = id::UpdateMeRequest { display_name: "One".into(), etag: etag.clone(), ..Default::default() };
        call(request).await.unwrap();
        let before = world.state().await;
        let request = id::UpdateMeRequest { display_name: "Two".into(), etag, ..Default::default() };
        let refusal = refused(call(request).await, Code::Aborted, "REASON_ETAG_MISMATCH");
        assert!(refusal.details.retry_info().is_some());
        let request = id::UpdateMeRequest { display_name: "Two".into(), validate_only: true, ..Default::default() };
        assert_eq!(call(request).await.unwrap().into_inner().user.unwrap().display_name, "Two");
        assert_eq!(world.state().await, before);
    }
}

each_engine! {
    async fn a_repeated_update_is_one_and_its_id_is_the_caller_s_own(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@example.org").await;
        let was = me(&world, &ana).await.etag;
        let request =
            id::UpdateMeRequest { request_id: request_id(1), display_name: "Ana Clara".into(), ..Default::default() };
        let other = id::UpdateMeRequest { display_name: "Ana C.".into(), ..request.clone() };
        let now = once(call!(world, identity, update_me, ana.token), request.clone(), other).await.user.unwrap();
        assert_eq!((was.as_str(), now.etag.as_str()), ("v1", "v2"));
        assert_eq!(world.count("SELECT count(*) FROM changes WHERE kind = 'user_updated'").await, 1);
        let hers = world.identity().update_me(with(&eva.token, request)).await.unwrap().into_inner().user.unwrap();
        assert_eq!((hers.id, hers.display_name.as_str()), (eva.user, "Ana Clara"));
        let elsewhere = org::CreateOrganizationRequest {
            request_id: request_id(1),
            display_name: "Ana Clara".into(),
            ..Default::default()
        };
        refused(
            world.organization().create_organization(with(&ana.token, elsewhere)).await,
            Code::AlreadyExists,
            "REASON_REQUEST_ID_REUSED",
        );
    }
}

each_engine! {
    async fn m02_f03_only_name_language_and_time_zone_are_the_person_s_to_set(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let before = world.picture("SELECT * FROM users").await;
        let call = call!(world, identity, update_me, ana.token);
        let stored = [
            "id", "email", "email_key", "email_verified", "email_verified_at", "phone_verified", "password",
            "password_hash", "password_temporary", "password_expires_at", "disabled_at", "version", "etag", "created_at",
            "create_time", "updated_at", "update_time", "roles", "permissions", "user_id", "request_id", "validate_only",
            "update_mask", "*", "", "display_name.x", "Display_Name", "displayName",
        ];
        for path in stored {
            let request = id::UpdateMeRequest {
                update_mask: mask(&["display_name", path]),
                display_name: "Changed".into(),
                ..Default::default()
            };
            let refusal = refused(call(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
            assert_eq!(refusal.fields(), ["update_mask.paths[1]"], "{path}");
        }
        assert_eq!(world.picture("SELECT * FROM users").await, before);
    }
}
