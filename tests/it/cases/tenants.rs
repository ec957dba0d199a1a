//! People of several organisations: nobody reaches beyond the one that their token speaks for (A02, A03, A09, B13).

use crate::support::calls::refused_item;
use crate::support::log_ins::log_in;
use crate::support::selections::{Act, outcomes};
use crate::support::sql::ITS;
use crate::support::world::PASSWORD;
use crate::support::{Person, Refusal, World, each_engine, invariants, refused, with};
use chrono::TimeDelta;
use roster::domain::OrganizationId;
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use tonic::Code;
use uuid::Uuid;

/// All that is an organisation's own, and somebody's account with what hangs on it alone.
async fn picture(world: &World, organization: &str, email: &str) -> Vec<(String, Vec<String>)> {
    let mut seen = vec![];
    for table in ITS.iter().chain(&["sessions"]) {
        let (its, _) = world.rows_of(table, organization).await;
        seen.push((table.to_string(), its));
    }
    let user = format!("(SELECT id FROM users WHERE email = '{email}')");
    for (table, which) in [
        ("users", format!("email = '{email}'")),
        ("challenges", format!("user_id = {user}")),
    ] {
        let rows = world.picture(&format!("SELECT * FROM {table} WHERE {which}")).await;
        seen.push((table.to_owned(), rows));
    }
    seen
}

/// An addition with a password that an administrator would like to have.
fn with_a_password(email: &str) -> ms::AddMemberRequest {
    let wanted = ms::TemporaryPasswordOnboarding {
        return_password: true,
        ..Default::default()
    };
    ms::AddMemberRequest {
        email: email.into(),
        onboarding: Some(ms::add_member_request::Onboarding::TemporaryPassword(wanted)),
        ..Default::default()
    }
}

each_engine! {
    async fn a02_an_administrator_gets_no_say_over_an_account_of_another_organisation(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let admin = world.join(&ana, "admin@example.org", "admin").await;
        let eva = world.sign_up("eva@elsewhere.example").await;
        let bob = world.join(&eva, "bob@elsewhere.example", "member").await;
        let before = picture(&world, &eva.organization, &bob.email).await;
        // By the id of the membership there: there is no such member.
        world.unchanged(async {
            refused(world.set_roles(&admin, &bob.member, &["guest"]).await, Code::NotFound, "REASON_NOT_FOUND");
            for act in Act::ALL {
                assert_eq!(outcomes(&world.act(&admin, act, &[&bob.member]).await), ["REASON_NOT_FOUND"], "{act:?}");
            }
            let removal = world.try_remove(&admin, &[(&bob.member, &bob.email)]).await.unwrap().into_inner();
            assert_eq!(Refusal::of(&refused_item(&removal.results[0])).reason, "REASON_NOT_FOUND");
        })
        .await;
        // By the address: whoever has an account is invited, whatever was asked for, and no secret is made.
        let added = world.try_add(&admin, with_a_password(&bob.email)).await.unwrap().into_inner();
        assert_eq!(added.onboarding(), ms::OnboardingKind::Invitation);
        assert_eq!(added.temporary_password, "");
        assert_eq!(added.member.unwrap().state(), ms::MemberState::Invited);
        assert_eq!(world.mail_kinds(&bob.email).await.iter().filter(|kind| kind.contains("password")).count(), 0);
        assert_eq!(picture(&world, &eva.organization, &bob.email).await, before);
        world.try_get(&bob, &bob.member).await.expect("their session goes on");
        assert!(world.opens(&bob.email, PASSWORD).await);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a03_an_administrator_touches_the_membership_here_and_nothing_else(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let admin = world.join(&ana, "admin@example.org", "admin").await;
        let eva = world.sign_up("eva@elsewhere.example").await;
        let there = world.join(&eva, "bob@elsewhere.example", "member").await;
        world.add(&ana, &there.email, "member").await;
        world.clock.advance(TimeDelta::milliseconds(1));
        world.accept_as(&there, &world.code(&there.email).await).await.unwrap();
        let here = {
            let again = roster::pb::roster::identity::v1::LogInRequest { organization: ana.organization.clone(), ..log_in(&there.email, PASSWORD) };
            let answer = world.identity().log_in(again).await.unwrap().into_inner();
            let Some(roster::pb::roster::identity::v1::log_in_response::Outcome::Tokens(tokens)) = answer.outcome else { panic!("{answer:?}") };
            Person::of(&there.email, tokens)
        };
        assert_eq!(here.organization, ana.organization);
        let before = picture(&world, &eva.organization, &there.email).await;
        let untouched = async |what: &str| {
            assert_eq!(picture(&world, &eva.organization, &there.email).await, before, "{what}");
            world.try_get(&there, &there.member).await.unwrap_or_else(|e| panic!("{what}: the session elsewhere ended: {e:?}"));
        };
        for act in [Act::Suspend, Act::Reactivate, Act::Revoke] {
            world.done(&admin, act, &here.member).await;
            untouched(&format!("{act:?}")).await;
        }
        refused(world.try_get(&here, &here.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        world.remove(&admin, &here.member, &here.email).await;
        untouched("removal").await;
        let added = world.try_add(&admin, with_a_password(&here.email)).await.unwrap().into_inner();
        assert_eq!((added.onboarding(), added.temporary_password.as_str()), (ms::OnboardingKind::Invitation, ""));
        untouched("addition with a password").await;
        assert!(world.opens(&there.email, PASSWORD).await);
        let me = world.identity().get_me(with(&there.token, Default::default())).await.unwrap().into_inner();
        assert_eq!(me.memberships.len(), 1, "the one elsewhere");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn b13_an_owner_removes_a_member_who_owns_elsewhere_and_only_the_membership_goes(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.sign_up("bob@elsewhere.example").await;
        let member = world.add(&ana, &bob.email, "admin").await.id;
        world.accept_as(&bob, &world.code(&bob.email).await).await.unwrap();
        let before = picture(&world, &bob.organization, &bob.email).await;
        world.remove(&ana, &member, &bob.email).await;
        assert_eq!(picture(&world, &bob.organization, &bob.email).await, before);
        world.try_get(&ana, &member).await.unwrap_err();
        assert_eq!(world.get(&bob, &bob.member).await.roles[0].name, "owner");
        let mine = world.mine(&bob, false).await;
        assert!(mine.len() == 1 && mine[0].id == bob.organization, "{mine:?}");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a09_a_token_for_one_organisation_shows_nothing_of_the_callers_other_one(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@elsewhere.example").await;
        // They own the other one: nothing but the token stands between.
        world.add(&eva, &ana.email, "admin").await;
        world.accept_as(&ana, &world.code(&ana.email).await).await.unwrap();
        let here = world.switch(&ana, &ana.organization).await;
        let made_up = OrganizationId::new(Uuid::now_v7()).to_string();
        macro_rules! lists {
            ($organization:expr, $($client:ident $method:ident $request:path),* $(,)?) => {
                vec![$({
                    let mut request = <$request>::default();
                    request.organization_id = $organization.clone();
                    (stringify!($method), world.$client().$method(with(&here.token, request)).await.err())
                }),*]
            };
        }
        let ask = async |organization: &String| {
            lists!(organization,
                organization get_organization og::GetOrganizationRequest,
                organization get_seat_usage og::GetSeatUsageRequest,
                organization get_ownership_transfer og::GetOwnershipTransferRequest,
                membership list_members ms::ListMembersRequest,
                membership batch_get_members ms::BatchGetMembersRequest,
                membership list_groups ms::ListGroupsRequest,
                membership list_tags ms::ListTagsRequest,
                membership export_members ms::ExportMembersRequest,
                access list_roles ac::ListRolesRequest,
                access list_permissions ac::ListPermissionsRequest,
                access list_bindings ac::ListBindingsRequest,
                access batch_check_access ac::BatchCheckAccessRequest,
            )
        };
        world.unchanged(async {
            for ((method, real), (_, random)) in ask(&eva.organization).await.into_iter().zip(ask(&made_up).await) {
                let (Some(real), Some(random)) = (real, random) else { panic!("{method} was answered") };
                let (code, words) = (random.code(), random.message().replace(&made_up, "#"));
                assert_eq!((real.code(), real.message().replace(&eva.organization, "#")), (code, words), "{method}");
                assert!(matches!(code, Code::NotFound | Code::InvalidArgument), "{method}: {real:?}");
            }
        })
        .await;
        // What they are a member of is told, since it is theirs; what is in there isn't.
        let members = world.list(&here, ms::ListMembersRequest::default()).await.members;
        assert!(members.iter().all(|m| m.organization_id == here.organization), "{members:?}");
    }
}
