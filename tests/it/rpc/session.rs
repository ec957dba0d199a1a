//! RefreshSession, SwitchOrganization, LogOut, ListSessions, RevokeSession, Introspect and GetSigningKeys.

use crate::support::log_ins::{call, log_in, once, reason, request_id};
use crate::support::world::PASSWORD;
use crate::support::{Person, World, each_engine, refused, with};
use chrono::Duration;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::organization::v1 as org;
use tonic::Code;

fn refresh(token: &str) -> id::RefreshSessionRequest {
    id::RefreshSessionRequest {
        refresh_token: token.into(),
        ..Default::default()
    }
}

async fn renew(world: &World, token: &str) -> id::Tokens {
    world
        .identity()
        .refresh_session(refresh(token))
        .await
        .unwrap()
        .into_inner()
        .tokens
        .unwrap()
}

async fn knows(world: &World, token: &str) -> bool {
    let result = world.identity().get_me(with(token, id::GetMeRequest {})).await;
    if result.is_err() {
        refused(result, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        return false;
    }
    true
}

async fn dead(world: &World, token: &str) {
    refused(
        world.identity().refresh_session(refresh(token)).await,
        Code::Unauthenticated,
        "REASON_CREDENTIAL_INVALID",
    );
}

async fn found(world: &World, by: &Person, slug: &str) -> String {
    let request = org::CreateOrganizationRequest {
        display_name: slug.into(),
        slug: slug.into(),
        ..Default::default()
    };
    let made = world
        .organization()
        .create_organization(with(&by.token, request))
        .await
        .unwrap()
        .into_inner();
    made.organization.unwrap().id
}

each_engine! {
    async fn a_refresh_renews_both_tokens_within_the_session(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.clock.advance(Duration::minutes(9));
        let tokens = renew(&world, &ana.refresh).await;
        assert_eq!((&tokens.session_id, &tokens.member_id), (&ana.session, &ana.member));
        assert_ne!(tokens.refresh_token, ana.refresh);
        assert_ne!(tokens.access_token, ana.token);
        assert!(knows(&world, &tokens.access_token).await);
        // The old access token runs out by itself, with a little leeway for clocks that differ.
        world.clock.advance(Duration::minutes(3));
        assert!(!knows(&world, &ana.token).await);
        assert!(knows(&world, &tokens.access_token).await);
        dead(&world, "rst_r_nothing").await;
        dead(&world, "").await;
    }
}

each_engine! {
    async fn i06_a_lost_answer_is_given_again_for_ten_seconds_and_then_a_spent_token_ends_the_session(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let first = renew(&world, &ana.refresh).await;
        world.clock.advance(Duration::milliseconds(9_999));
        assert_eq!(renew(&world, &ana.refresh).await.refresh_token, first.refresh_token, "the same successor");
        world.clock.advance(Duration::milliseconds(1));
        assert!(knows(&world, &first.access_token).await);
        dead(&world, &ana.refresh).await;
        dead(&world, &first.refresh_token).await;
        for token in [&ana.token, &first.access_token] {
            assert!(!knows(&world, token).await, "the session goes with its family");
        }

        // Once the successor is spent too, the answer wasn't lost: the old token is in other hands, however soon.
        let bob = world.sign_up("bob@example.org").await;
        let first = renew(&world, &bob.refresh).await;
        let second = renew(&world, &first.refresh_token).await;
        dead(&world, &bob.refresh).await;
        dead(&world, &second.refresh_token).await;
        assert!(!knows(&world, &second.access_token).await);
    }
}

each_engine! {
    async fn a_session_ends_when_it_lies_idle_or_is_a_month_old(world: World) {
        let idle = world.sign_up("ana@example.org").await;
        world.clock.advance(Duration::days(14));
        dead(&world, &idle.refresh).await;

        let mut tokens = renew(&world, &world.log_in("ana@example.org").await.refresh).await;
        for _ in 0..2 {
            world.clock.advance(Duration::days(13));
            tokens = renew(&world, &tokens.refresh_token).await;
        }
        let left = tokens.refresh_expire_time.unwrap().seconds - roster::clock::Clock::now(&world.clock).timestamp();
        assert_eq!(left, 4 * 86_400, "never beyond the thirty days");
        world.clock.advance(Duration::days(4));
        dead(&world, &tokens.refresh_token).await;
    }
}

each_engine! {
    async fn validate_only_leaves_sessions_as_they_are(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let other = world.log_in("ana@example.org").await;
        found(&world, &ana, "other-place").await;
        let before = world.state().await;
        let mut identity = world.identity();
        identity.refresh_session(id::RefreshSessionRequest { validate_only: true, ..refresh(&ana.refresh) }).await.unwrap();
        let switch = id::SwitchOrganizationRequest {
            validate_only: true,
            organization: "other-place".into(),
            ..Default::default()
        };
        identity.switch_organization(with(&ana.token, switch)).await.unwrap();
        let out = id::LogOutRequest { validate_only: true, ..Default::default() };
        identity.log_out(with(&ana.token, out)).await.unwrap();
        let end =
            id::RevokeSessionRequest { validate_only: true, session_id: other.session.clone(), ..Default::default() };
        identity.revoke_session(with(&ana.token, end)).await.unwrap();
        assert_eq!(world.state().await, before);
        assert!(knows(&world, &ana.token).await && knows(&world, &other.token).await);
        renew(&world, &ana.refresh).await;
    }
}

each_engine! {
    async fn repeated_calls_about_sessions_act_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let (one, two) = (world.log_in("ana@example.org").await, world.log_in("ana@example.org").await);
        let request = id::RefreshSessionRequest { request_id: request_id(1), ..refresh(&one.refresh) };
        let other = id::RefreshSessionRequest { refresh_token: two.refresh.clone(), ..request.clone() };
        let tokens = once(call!(world, identity, refresh_session), request.clone(), other).await.tokens.unwrap();
        assert_eq!(world.count("SELECT count(*) FROM refresh_tokens").await, 4, "one for each session and one more");
        // The kept answer is given even after the grace, and is no second use of the token.
        world.clock.advance(Duration::minutes(1));
        let again = world.identity().refresh_session(request).await.unwrap().into_inner().tokens.unwrap();
        assert_eq!(again, tokens);
        assert!(knows(&world, &tokens.access_token).await);

        let request = id::RevokeSessionRequest { request_id: request_id(2), session_id: one.session, ..Default::default() };
        let other = id::RevokeSessionRequest { session_id: two.session, ..request.clone() };
        once(call!(world, identity, revoke_session, ana.token), request, other).await;
        assert_eq!(world.count("SELECT count(*) FROM revocations").await, 1);
        assert!(knows(&world, &two.token).await);
    }
}

each_engine! {
    async fn a_switch_ends_the_session_it_is_called_from(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let strange = world.sign_up("eva@example.org").await.organization;
        let other = found(&world, &ana, "other-place").await;
        let switch = |token: &str, organization: &str| {
            with(token, id::SwitchOrganizationRequest { organization: organization.into(), ..Default::default() })
        };
        let before = world.state().await;
        for named in [strange.as_str(), "org_01h455vb4pex5vsknk084sn02q", "nowhere"] {
            let result = world.identity().switch_organization(switch(&ana.token, named)).await;
            let refusal = refused(result, Code::NotFound, "REASON_NOT_FOUND");
            assert_eq!(refusal.metadata["id"], named);
            assert_eq!(refusal.details.resource_info().unwrap().resource_name, named);
        }
        for named in ["", "usr_01h455vb4pex5vsknk084sn02q", "Not A Slug"] {
            let result = world.identity().switch_organization(switch(&ana.token, named)).await;
            assert_eq!(refused(result, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["organization"]);
        }
        assert_eq!(world.state().await, before);
        let result = world.identity().switch_organization(switch(&ana.token, "other-place")).await;
        let tokens = result.unwrap().into_inner().tokens.unwrap();
        assert_eq!((&tokens.organization_id, &tokens.user_id), (&other, &ana.user));
        assert_ne!(tokens.session_id, ana.session);
        assert!(!knows(&world, &ana.token).await);
        dead(&world, &ana.refresh).await;
        let back = switch(&tokens.access_token, &ana.organization);
        let back = world.identity().switch_organization(back).await.unwrap().into_inner().tokens.unwrap();
        assert_eq!(back.member_id, ana.member);
    }
}

each_engine! {
    async fn a_log_out_ends_the_session_and_no_other(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let other = world.log_in("ana@example.org").await;
        let request = id::LogOutRequest { request_id: request_id(1), ..Default::default() };
        world.identity().log_out(with(&ana.token, request.clone())).await.unwrap();
        for _ in 0..2 {
            refused(
                world.identity().log_out(with(&ana.token, request.clone())).await,
                Code::Unauthenticated,
                "REASON_CREDENTIAL_INVALID",
            );
        }
        assert!(!knows(&world, &ana.token).await);
        dead(&world, &ana.refresh).await;
        assert!(knows(&world, &other.token).await);
        assert_eq!(world.count("SELECT count(*) FROM revocations").await, 1);
    }
}

each_engine! {
    async fn the_caller_s_live_sessions_are_listed_newest_first_page_by_page(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@example.org").await;
        let mut expected = vec![ana.session.clone()];
        for i in 0..4 {
            world.clock.advance(Duration::seconds(1));
            let mut request = tonic::Request::new(log_in("ana@example.org", PASSWORD));
            let agent = if i == 0 { "x".repeat(300) } else { format!("device {i}") };
            request.metadata_mut().insert("user-agent", agent.parse().unwrap());
            let answer = world.identity().log_in(request).await.unwrap().into_inner();
            let Some(id::log_in_response::Outcome::Tokens(tokens)) = answer.outcome else { panic!("{answer:?}") };
            expected.insert(0, tokens.session_id);
        }
        let list = |token: &str, page_size: i32, page_token: &str| {
            with(token, id::ListSessionsRequest { page_size, page_token: page_token.into() })
        };
        let all = world.identity().list_sessions(list(&ana.token, 0, "")).await.unwrap().into_inner();
        assert_eq!(all.sessions.iter().map(|s| s.id.clone()).collect::<Vec<_>>(), expected);
        assert_eq!(all.next_page_token, "");
        let current: Vec<_> = all.sessions.iter().filter(|s| s.current).map(|s| s.id.clone()).collect();
        assert_eq!(current, std::slice::from_ref(&ana.session));
        assert!(all.sessions.iter().all(|s| s.organization_id == ana.organization && s.address == "127.0.0.1"));
        assert!(all.sessions.iter().all(|s| s.create_time.is_some() && s.last_use_time.is_some()));
        assert!(all.sessions[0].device.starts_with("device 3"), "{}", all.sessions[0].device);
        assert_eq!(all.sessions[3].device.chars().count(), 200);

        let (mut paged, mut token, mut pages) = (vec![], String::new(), 0);
        loop {
            let page = world.identity().list_sessions(list(&ana.token, 2, &token)).await.unwrap().into_inner();
            paged.extend(page.sessions.into_iter().map(|s| s.id));
            pages += 1;
            if page.next_page_token.is_empty() {
                break;
            }
            token = page.next_page_token;
        }
        assert_eq!((paged, pages), (expected, 3));
        for (caller, size, token, field) in [
            (&ana, -1, "", "page_size"),
            (&ana, 0, "nonsense", "page_token"),
            (&eva, 2, token.as_str(), "page_token"),
        ] {
            let result = world.identity().list_sessions(list(&caller.token, size, token)).await;
            assert_eq!(refused(result, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), [field]);
        }
    }
}

each_engine! {
    async fn m01_only_one_s_own_live_sessions_can_be_ended(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@example.org").await;
        let other = world.log_in("ana@example.org").await;
        let end = |token: &str, session: &str| {
            with(token, id::RevokeSessionRequest { session_id: session.into(), ..Default::default() })
        };
        let before = world.state().await;
        let random = "ses_01h455vb4pex5vsknk084sn02q";
        let strange = world.identity().revoke_session(end(&ana.token, &eva.session)).await.unwrap_err();
        let none = world.identity().revoke_session(end(&ana.token, random)).await.unwrap_err();
        assert_eq!(strange.message().replace(&eva.session, random), none.message());
        assert_eq!(strange.details().len(), none.details().len());
        for status in [strange, none] {
            refused::<()>(Err(status), Code::NotFound, "REASON_NOT_FOUND");
        }
        let result = world.identity().revoke_session(end(&ana.token, &ana.user)).await;
        let refusal = refused(result, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields(), ["session_id"]);
        assert!(refusal.message.contains("usr_") && refusal.message.contains("ses_"), "{}", refusal.message);
        assert_eq!(world.state().await, before);
        world.identity().revoke_session(end(&ana.token, &other.session)).await.unwrap();
        assert!(!knows(&world, &other.token).await && knows(&world, &ana.token).await);
        dead(&world, &other.refresh).await;
        let again = world.identity().revoke_session(end(&ana.token, &other.session)).await;
        refused(again, Code::NotFound, "REASON_NOT_FOUND");
    }
}

each_engine! {
    async fn introspection_tells_what_a_token_is_worth_now_and_nothing_of_any_other(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let ask = |token: &str| id::IntrospectRequest { token: token.into() };
        let told = world.identity().introspect(ask(&ana.token)).await.unwrap().into_inner();
        assert!(told.active && told.expire_time.is_some() && told.auth_time.is_some());
        assert_eq!((&told.user_id, &told.organization_id), (&ana.user, &ana.organization));
        assert_eq!((&told.member_id, &told.session_id), (&ana.member, &ana.session));
        assert_eq!(told.roles, ["owner"]);
        let own = world.identity().introspect(with(&ana.token, ask(""))).await.unwrap().into_inner();
        assert_eq!(own, told);
        world.identity().log_out(with(&ana.token, id::LogOutRequest::default())).await.unwrap();
        for token in [ana.token.as_str(), &ana.refresh, "eyJhbGciOiJub25lIn0.e30.", "x", ""] {
            let told = world.identity().introspect(ask(token)).await.unwrap().into_inner();
            assert_eq!(told, id::IntrospectResponse::default(), "{token}");
        }
    }
}

each_engine! {
    async fn the_public_keys_have_public_members_only(world: World) {
        let keys = world.identity().get_signing_keys(id::GetSigningKeysRequest {}).await.unwrap().into_inner();
        let set: serde_json::Value = serde_json::from_str(&keys.jwks).unwrap();
        assert_eq!(set["keys"].as_array().unwrap().len(), keys.keys.len());
        assert!(!keys.keys.is_empty());
        for key in &keys.keys {
            let jwk: serde_json::Value = serde_json::from_str(&key.jwk).unwrap();
            assert_eq!((jwk["kid"].as_str(), key.algorithm.as_str()), (Some(key.kid.as_str()), "EdDSA"));
            for private in ["d", "p", "q", "k", "dp", "dq", "qi"] {
                assert!(jwk.get(private).is_none(), "{private}");
            }
        }
    }
}

each_engine! {
    async fn i03_refresh_follows_what_became_of_the_person(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        assert_eq!(world.sql("UPDATE users SET disabled_at = created_at").await, 1);
        dead(&world, &ana.refresh).await;
        assert_eq!(world.sql("UPDATE users SET disabled_at = NULL").await, 1);
        let result = world.identity().refresh_session(refresh(&ana.refresh)).await;
        assert_eq!(reason(&result), "", "a refusal spends nothing");
    }
}
