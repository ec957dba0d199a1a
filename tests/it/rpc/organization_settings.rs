//! What an organisation sets for itself: each setting, its bounds, and what it does.

use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{Person, World, each_engine, refused, with};
use chrono::TimeDelta;
use prost_types::{Duration, FieldMask};
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use tonic::Code;

fn asking(min_length: i32) -> og::UpdateOrganizationRequest {
    og::UpdateOrganizationRequest {
        password_policy: Some(og::PasswordPolicy { min_length }),
        ..Default::default()
    }
}

fn lasting(seconds: i64) -> og::UpdateOrganizationRequest {
    og::UpdateOrganizationRequest {
        session_lifetime: Some(Duration { seconds, nanos: 0 }),
        ..Default::default()
    }
}

fn default_role(role: &str) -> og::UpdateOrganizationRequest {
    og::UpdateOrganizationRequest {
        default_role_id: role.into(),
        ..Default::default()
    }
}

fn cleared(path: &str) -> og::UpdateOrganizationRequest {
    og::UpdateOrganizationRequest {
        update_mask: Some(FieldMask {
            paths: vec![path.into()],
        }),
        ..Default::default()
    }
}

each_engine! {
    async fn settings_are_kept_and_go_back_to_what_the_deployment_says(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let before = world.organization_of(&ana).await;
        assert_eq!((before.password_policy, before.session_lifetime, before.default_role_id.as_str()), (None, None, ""));
        assert_eq!((before.state(), before.mfa_required), (og::OrganizationState::Active, false));
        let asked = og::UpdateOrganizationRequest {
            session_lifetime: Some(Duration { seconds: 3_600, nanos: 0 }),
            default_role_id: "guest".into(),
            invitation_lifetime: Some(Duration { seconds: 7_200, nanos: 0 }),
            ..asking(20)
        };
        let after = world.configure(&ana, asked).await;
        assert_eq!(after, world.organization_of(&ana).await);
        assert_eq!(after.password_policy, Some(og::PasswordPolicy { min_length: 20 }));
        assert_eq!(after.session_lifetime, Some(Duration { seconds: 3_600, nanos: 0 }));
        assert!(after.default_role_id.starts_with("rol_"));
        assert_eq!(after.display_name, before.display_name);
        assert_eq!(after.invitation_lifetime, Some(Duration { seconds: 7_200, nanos: 0 }));
        for path in ["invitation_lifetime", "password_policy", "session_lifetime", "default_role_id", "mfa_required"] {
            world.configure(&ana, cleared(path)).await;
        }
        let back = world.organization_of(&ana).await;
        assert_eq!(back.invitation_lifetime, before.invitation_lifetime);
        assert_eq!((back.password_policy, back.session_lifetime, back.default_role_id.as_str()), (None, None, ""));
    }
}

each_engine! {
    async fn a_setting_never_asks_for_less_than_the_deployment_and_never_for_what_there_is_not(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let most = world.app.policy.session_lifetime.num_seconds();
        world.unchanged(async {
            for (request, field) in [
                (asking(14), "password_policy.min_length"),
                (asking(65), "password_policy.min_length"),
                (asking(0), "password_policy.min_length"),
                (asking(-1), "password_policy.min_length"),
                (lasting(599), "session_lifetime"),
                (lasting(most + 1), "session_lifetime"),
                (lasting(i64::MAX), "session_lifetime"),
                (default_role("rol_x"), "default_role_id"),
            ] {
                let refusal = refused(world.try_configure(&ana, request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
                assert_eq!(refusal.fields(), [field]);
            }
            let both = og::UpdateOrganizationRequest { session_lifetime: lasting(most + 1).session_lifetime, ..asking(14) };
            let refusal = refused(world.try_configure(&ana, both).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
            assert_eq!(refusal.fields(), ["password_policy.min_length", "session_lifetime"]);
            let factor = og::UpdateOrganizationRequest { mfa_required: true, ..Default::default() };
            refused(world.try_configure(&ana, factor).await, Code::FailedPrecondition, "REASON_SECOND_FACTORS_UNAVAILABLE");
            let owner = world.try_configure(&ana, default_role("owner")).await;
            refused(owner, Code::FailedPrecondition, "REASON_OWNER_ROLE_MOVES_BY_TRANSFER");
            refused(world.try_configure(&ana, default_role("nobody")).await, Code::NotFound, "REASON_NOT_FOUND");
            refused(world.try_configure(&ana, default_role("rol_01h455vb4pex5vsknk084sn02q")).await, Code::NotFound, "REASON_NOT_FOUND");
        })
        .await;
        for good in [asking(15), asking(64), lasting(600), lasting(most)] {
            world.configure(&ana, good).await;
        }
    }
}

each_engine! {
    async fn m02_b11_only_what_stands_in_the_list_can_be_changed(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        // Everything else that an organisation is, by the name that the message gives it; and what others have that isn't here.
        for path in [
            "id", "seat_limit", "etag", "create_time", "update_time", "state", "delete_time", "purge_time", "api_user_member_id",
            "active_members", "roles_version", "version", "deleted_at", "platform_role", "is_operator", "tier",
            "password_policy.min_length", "*", "",
        ] {
            world.unchanged(async {
                let refusal = refused(world.try_configure(&ana, cleared(path)).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
                assert_eq!(refusal.fields(), ["update_mask.paths[0]"], "{path}");
            })
            .await;
        }
        // And what is set beside the mask stays as it was.
        let before = world.organization_of(&ana).await;
        let request = og::UpdateOrganizationRequest {
            update_mask: cleared("display_name").update_mask,
            display_name: "Other".into(),
            slug: "other-slug".into(),
            locale: "es".into(),
            time_zone: "America/Bogota".into(),
            invitation_lifetime: lasting(7_200).session_lifetime,
            session_lifetime: lasting(7_200).session_lifetime,
            default_role_id: "guest".into(),
            ..asking(20)
        };
        let after = world.configure(&ana, request).await;
        let expected = og::Organization {
            display_name: "Other".into(),
            etag: after.etag.clone(),
            update_time: after.update_time,
            ..before
        };
        assert_eq!(after, expected);
    }
}

each_engine! {
    async fn r2_nobody_gives_by_the_default_role_what_they_do_not_hold(world: World) {
        let world = world.with_clerks().await;
        let ana = world.sign_up("ana@example.org").await;
        let add = |email: &str| ms::AddMemberRequest { email: email.into(), ..Default::default() };
        let added = world.try_add(&ana, add("a@example.org")).await.unwrap().into_inner().member.unwrap();
        assert_eq!(added.roles[0].name, "member");
        // An own role serves as well as the preset's.
        let reader = world.role(&ana, "Reader", &["documents.read"]).await;
        let ana = world.renewed(&ana).await;
        assert_eq!(world.configure(&ana, default_role(&reader.id)).await.default_role_id, reader.id);
        let added = world.try_add(&ana, add("b@example.org")).await.unwrap().into_inner().member.unwrap();
        assert_eq!(added.roles[0].name, "Reader");
        // The clerk manages members and holds nothing else: neither this nor the administrators' is theirs to give.
        let clerk = world.join(&ana, "clerk@example.org", "clerk").await;
        for role in [reader.id.as_str(), "admin"] {
            world.configure(&ana, default_role(role)).await;
            refused(world.try_add(&clerk, add("c@example.org")).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
        }
        world.configure(&ana, default_role("clerk")).await;
        world.try_add(&clerk, add("c@example.org")).await.unwrap();
        // Setting it is giving: a deployment may let others change the settings.
        refused(world.try_configure(&clerk, default_role("admin")).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        // The default isn't deleted: those who are added must get something.
        world.configure(&ana, default_role(&reader.id)).await;
        world.clear(&ana).await;
        refused(world.delete_role(&ana, &reader.id).await, Code::FailedPrecondition, "REASON_ROLE_IN_USE");
        world.configure(&ana, cleared("default_role_id")).await;
        world.delete_role(&ana, &reader.id).await.unwrap();
    }
}

each_engine! {
    async fn sessions_last_as_long_as_the_organisation_lets_them(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.configure(&ana, lasting(3_600)).await;
        let began = world.log_in("ana@example.org").await;
        world.clock.advance(TimeDelta::minutes(50));
        let renewed = world.renewed(&began).await;
        world.clock.advance(TimeDelta::minutes(11));
        refused(world.try_renew(&renewed).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        refused(world.try_get(&renewed, &ana.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        // A shorter life counts from the next renewal on, for sessions that began before.
        let ana = world.log_in("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        world.configure(&ana, lasting(600)).await;
        world.clock.advance(TimeDelta::minutes(10));
        refused(world.try_renew(&bob).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        // Elsewhere the same person stays as long as ever: it is the organisation's rule, not theirs.
        let own = world.sign_up("carla@example.org").await;
        world.clock.advance(TimeDelta::hours(3));
        world.renewed(&own).await;
    }
}

async fn change_password(world: &World, who: &Person, from: &str, to: &str) -> Result<(), tonic::Status> {
    let request = id::ChangePasswordRequest {
        current_password: from.into(),
        new_password: to.into(),
        ..Default::default()
    };
    world
        .identity()
        .change_password(with(&who.token, request))
        .await
        .map(drop)
}

each_engine! {
    async fn c10_passwords_chosen_by_members_are_as_long_as_the_organisation_asks(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        world.add(&ana, "eva@example.org", "member").await;
        world.configure(&ana, asking(50)).await;
        assert!(PASSWORD.len() < 50 && OTHER_PASSWORD.len() < 50);
        let long = format!("{OTHER_PASSWORD} when morning comes");
        // Of one's own choice.
        let refusal = change_password(&world, &bob, PASSWORD, OTHER_PASSWORD).await.unwrap_err();
        assert!(refusal.message().contains("at least 50 characters"), "{refusal:?}");
        change_password(&world, &bob, PASSWORD, &long).await.unwrap();
        // Of those who come in.
        let code = world.code("eva@example.org").await;
        refused(world.accept_new(&code).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        let typed = ms::TemporaryPasswordOnboarding { password: OTHER_PASSWORD.into(), ..Default::default() };
        let request = ms::AddMemberRequest {
            email: "gil@example.org".into(),
            onboarding: Some(ms::add_member_request::Onboarding::TemporaryPassword(typed)),
            ..Default::default()
        };
        let refusal = refused(world.try_add(&ana, request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields(), ["temporary_password.password"]);
        assert!(refusal.message.contains("at least 50 characters"), "{}", refusal.message);
        let made = ms::TemporaryPasswordOnboarding { return_password: true, ..Default::default() };
        let request = ms::AddMemberRequest {
            email: "gil@example.org".into(),
            onboarding: Some(ms::add_member_request::Onboarding::TemporaryPassword(made)),
            ..Default::default()
        };
        let made = world.try_add(&ana, request).await.unwrap().into_inner().temporary_password;
        assert!(made.chars().count() >= 50, "a made one is long enough too");
        // Asked by a member, the judge and the maker know; asked by anybody, they know the deployment's.
        let check = id::CheckPasswordRequest { password: OTHER_PASSWORD.into(), ..Default::default() };
        let known = world.identity().check_password(with(&bob.token, check.clone())).await.unwrap().into_inner();
        assert_eq!((known.acceptable, known.min_length), (false, 50));
        let anybody = world.identity().check_password(check).await.unwrap().into_inner();
        assert_eq!((anybody.acceptable, anybody.min_length), (true, 15));
        // r8: whoever leaves takes no rule along, and nobody elsewhere is touched.
        world.remove(&ana, &bob.member, &bob.email).await;
        let bob = {
            let request = id::LogInRequest { email: bob.email.clone(), password: long.clone(), ..Default::default() };
            let answer = world.identity().log_in(request).await.unwrap().into_inner();
            let Some(id::log_in_response::Outcome::Tokens(tokens)) = answer.outcome else { panic!("{answer:?}") };
            Person::of("bob@example.org", tokens)
        };
        change_password(&world, &bob, &long, PASSWORD).await.unwrap();
    }
}
