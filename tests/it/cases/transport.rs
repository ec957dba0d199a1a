//! What comes with a call: metadata that claims things, floods, calls that come twice.

use super::sessions::{REFUSED, found};
use crate::support::log_ins::{from, log_in, reason, request_id};
use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{World, each_engine, refused, with};
use chrono::Duration;
use futures_util::future::join_all;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use std::collections::BTreeSet;
use tonic::{Code, Request};

each_engine! {
    async fn p03_what_a_client_says_of_itself_counts_only_through_a_trusted_proxy(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@example.org").await;
        let forged = [
            ("x-user-id", eva.user.as_str()),
            ("x-org-id", &eva.organization),
            ("x-organization-id", &eva.organization),
            ("x-role", "owner"),
            ("x-forwarded-user", "eva@example.org"),
            ("x-forwarded-for", "203.0.113.9"),
            ("x-real-ip", "203.0.113.9"),
            ("forwarded", "for=203.0.113.9"),
        ];
        let mut request = with(&ana.token, id::GetMeRequest {});
        let mut anonymous = Request::new(id::GetMeRequest {});
        for (key, value) in forged {
            request.metadata_mut().insert(key, value.parse().unwrap());
            anonymous.metadata_mut().insert(key, value.parse().unwrap());
        }
        let key = "authorization-bin";
        anonymous.metadata_mut().insert_bin(key, tonic::metadata::MetadataValue::from_bytes(ana.token.as_bytes()));
        let me = world.identity().get_me(request).await.unwrap().into_inner();
        assert_eq!(me.user.unwrap().id, ana.user);
        refused(world.identity().get_me(anonymous).await, Code::Unauthenticated, REFUSED);
        let mut both = with(&ana.token, id::GetMeRequest {});
        both.metadata_mut().append("authorization", format!("Bearer {}", eva.token).parse().unwrap());
        refused(world.identity().get_me(both).await, Code::Unauthenticated, REFUSED);

        let seen = |world: World, said: &'static str| async move {
            world.identity().log_in(from(said, log_in("bob@example.org", PASSWORD))).await.unwrap();
            world.clock.advance(Duration::seconds(1));
            world.picture("SELECT address FROM sessions ORDER BY created_at DESC LIMIT 1").await.remove(0)
        };
        for (trusted, said, expected) in [
            ("", "203.0.113.9", "127.0.0.1"),
            ("", "garbage", "127.0.0.1"),
            ("127.0.0.0/8", "203.0.113.9", "203.0.113.9"),
            ("127.0.0.0/8", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
            ("127.0.0.0/8", "garbage", "127.0.0.1"),
        ] {
            let other = world.other(|config| {
                config.server.trusted_proxies = (!trusted.is_empty()).then(|| trusted.parse().unwrap()).into_iter().collect();
            });
            let other = other.await;
            other.sign_up("bob@example.org").await;
            other.clock.advance(Duration::seconds(1));
            assert_eq!(seen(other, said).await, format!("{{\"address\":\"{expected}\"}}"), "{trusted} {said}");
        }
    }
}

each_engine! {
    async fn p11_hashing_takes_its_share_and_no_more(world: World) {
        let world = world.other(|config| {
            config.passwords.memory_kib = 19_456;
            config.passwords.hash_queue = 16;
            config.log_in.attempts_per_account = 100_000;
        });
        let world = world.await;
        let ana = world.sign_up("ana@example.org").await;
        let flood = join_all((0..500).map(|i| {
            let mut identity = world.identity();
            async move { identity.log_in(log_in(&format!("n{}@example.org", i % 50), OTHER_PASSWORD)).await }
        }));
        let meanwhile = join_all((0..50).map(|_| {
            let (mut identity, token) = (world.identity(), ana.token.clone());
            async move { identity.get_me(with(&token, id::GetMeRequest {})).await }
        }));
        let before = world.app.hasher.runs();
        let (flood, meanwhile) = tokio::join!(flood, meanwhile);
        assert!(meanwhile.iter().all(Result::is_ok), "who is in goes on working");
        let (mut evaluated, mut busy) = (0, 0);
        for result in flood {
            match reason(&result).as_str() {
                REFUSED => evaluated += 1,
                "REASON_TOO_BUSY" => {
                    let refusal = refused(result, Code::ResourceExhausted, "REASON_TOO_BUSY");
                    assert!(refusal.details.retry_info().unwrap().retry_delay.unwrap().as_secs() >= 1);
                    busy += 1;
                }
                other => panic!("{other}"),
            }
        }
        assert_eq!(world.app.hasher.runs() - before, evaluated, "whoever is refused costs no hash");
        assert!(busy > 0 && evaluated >= 17, "{busy} busy, {evaluated} evaluated");
        println!("p11: 500 log-ins, {evaluated} evaluated, {busy} sent away, on {:?}", world.engine);
        for unit in ["a", "\u{301}", "\u{fdfa}"] {
            let huge = unit.repeat((1 << 20) / unit.len());
            let before = world.app.hasher.runs();
            let refusal = refused(
                world.identity().log_in(log_in("ana@example.org", &huge)).await,
                Code::InvalidArgument,
                "REASON_INPUT_INVALID",
            );
            assert_eq!((refusal.fields(), world.app.hasher.runs()), (vec!["password".to_owned()], before));
        }
    }
}

each_engine! {
    async fn q04_a_request_id_is_one_effect_for_one_caller_in_one_organisation(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let other = found(&world, &ana, "other-place").await;
        let request =
            ms::AddMemberRequest { request_id: request_id(1), email: "bob@example.org".into(), ..Default::default() };
        let add = |token: &str| {
            let (mut membership, request) = (world.membership(), with(token, request.clone()));
            async move { membership.add_member(request).await }
        };
        let answers = join_all((0..64).map(|_| add(&ana.token))).await;
        let answers: BTreeSet<_> = answers.into_iter().map(|a| a.unwrap().into_inner().member.unwrap().id).collect();
        assert_eq!(answers.len(), 1, "64 equal calls, one member");
        assert_eq!(world.mails("bob@example.org").await.len(), 1);
        // The same person, in another organisation: another effect, and never the first organisation's answer.
        let switch = id::SwitchOrganizationRequest { organization: other.clone(), ..Default::default() };
        let there = world.identity().switch_organization(with(&ana.token, switch)).await.unwrap().into_inner();
        let added = add(&there.tokens.unwrap().access_token).await.unwrap().into_inner().member.unwrap();
        assert_eq!(added.organization_id, other);
        assert!(!answers.contains(&added.id));
        println!("q04: 64 contenders on {:?}", world.engine);
    }
}
