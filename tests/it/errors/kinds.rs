//! Each kind of refusal: its code, its reason, its facts, and its details.

use super::wire;
use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{Engine, Person, World, each_engine, with};
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as org;
use tonic::{Code, Request};
use tonic_types::pb;

const NOBODY: &str = "mbr_01jd0000000000000000000000";

async fn get(
    world: &World,
    by: &Person,
    member: &str,
) -> Result<tonic::Response<ms::GetMemberResponse>, tonic::Status> {
    let request = ms::GetMemberRequest {
        member_id: member.to_owned(),
        ..Default::default()
    };
    world.membership().get_member(with(&by.token, request)).await
}

async fn add(world: &World, by: &Person, email: &str) -> Result<tonic::Response<ms::AddMemberResponse>, tonic::Status> {
    let request = ms::AddMemberRequest {
        email: email.to_owned(),
        ..Default::default()
    };
    world.membership().add_member(with(&by.token, request)).await
}

each_engine! {
    async fn not_found_names_the_resource(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let refusal = wire(get(&world, &ana, NOBODY).await, Code::NotFound, "REASON_NOT_FOUND");
        let resource: pb::ResourceInfo = refusal.detail("ResourceInfo");
        assert_eq!((resource.resource_type.as_str(), resource.resource_name.as_str()), ("member", NOBODY));
        assert_eq!(refusal.kinds(), ["ResourceInfo"]);
        refusal.metadata_is(&[("id", NOBODY), ("kind", "member")]);
    }
}

each_engine! {
    async fn permission_denied_names_the_permission_and_the_roles_that_grant_it(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let guest = world.join(&ana, "guest@example.org", "guest").await;
        let answer = add(&world, &guest, "x@example.org").await;
        let refusal = wire(answer, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        assert_eq!(refusal.metadata["permission"], "members.add");
        let mut roles: Vec<_> = refusal.metadata["roles"].split(", ").collect();
        roles.sort_unstable();
        assert_eq!(roles, ["admin", "owner"]);
        assert_eq!(refusal.kinds(), Vec::<&str>::new());
        assert!(refusal.message.contains("members.add"), "{}", refusal.message);
    }
}

each_engine! {
    async fn invalid_argument_names_all_fields_at_once(world: World) {
        let request = id::SignUpRequest {
            request_id: "not-a-uuid".into(),
            email: "nobody".into(),
            display_name: "\u{202e}evil".into(),
            password: "short".into(),
            organization_name: String::new(),
            organization_slug: "-Bad-".into(),
            locale: "tlh".into(),
            time_zone: "Mars/Olympus Mons".into(),
            ..Default::default()
        };
        let refusal = wire(world.identity().sign_up(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        let bad: pb::BadRequest = refusal.detail("BadRequest");
        let mut fields: Vec<_> = bad.field_violations.iter().map(|v| v.field.as_str()).collect();
        fields.sort_unstable();
        for field in ["request_id", "email", "display_name", "organization_name", "organization_slug", "time_zone"] {
            assert!(fields.contains(&field), "{field} is missing in {fields:?}");
        }
        let mut once = fields.clone();
        once.dedup();
        assert_eq!(once, fields, "each field once");
        assert!(bad.field_violations.iter().all(|v| !v.description.is_empty()));
        assert_eq!(refusal.kinds(), ["BadRequest"]);
    }
}

each_engine! {
    async fn failed_precondition_names_the_violated_rule(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let request = id::ChangePasswordRequest {
            current_password: OTHER_PASSWORD.into(),
            new_password: "another long and quiet sentence".into(),
            ..Default::default()
        };
        let answer = world.identity().change_password(with(&ana.token, request)).await;
        let refusal = wire(answer, Code::FailedPrecondition, "REASON_PASSWORD_WRONG");
        let failure: pb::PreconditionFailure = refusal.detail("PreconditionFailure");
        assert_eq!(failure.violations.len(), 1);
        assert_eq!(failure.violations[0].r#type, "REASON_PASSWORD_WRONG");
        assert_eq!(failure.violations[0].description, refusal.message);
        assert_eq!(refusal.kinds(), ["PreconditionFailure"]);
    }
}

each_engine! {
    async fn already_exists_names_the_resource(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        add(&world, &ana, "bob@example.org").await.unwrap();
        let answer = add(&world, &ana, "BOB@example.org").await;
        let refusal = wire(answer, Code::AlreadyExists, "REASON_ALREADY_MEMBER");
        let resource: pb::ResourceInfo = refusal.detail("ResourceInfo");
        assert_eq!(resource.resource_type, "member");
        assert_eq!(resource.resource_name.to_lowercase(), "bob@example.org");
        assert_eq!(refusal.kinds(), ["ResourceInfo"]);

        let request_id = "0190a0a0-0000-7000-8000-000000000001";
        let create = |name: &str| {
            let request = org::CreateOrganizationRequest {
                request_id: request_id.into(),
                display_name: name.into(),
                ..Default::default()
            };
            with(&ana.token, request)
        };
        world.organization().create_organization(create("One of these")).await.unwrap();
        let answer = world.organization().create_organization(create("Quite another")).await;
        let refusal = wire(answer, Code::AlreadyExists, "REASON_REQUEST_ID_REUSED");
        let resource: pb::ResourceInfo = refusal.detail("ResourceInfo");
        assert_eq!((resource.resource_type.as_str(), resource.resource_name.as_str()), ("request", request_id));
    }
}

each_engine! {
    async fn a_stale_etag_is_aborted_and_may_be_tried_again(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let me = world.identity().get_me(with(&ana.token, id::GetMeRequest::default())).await.unwrap().into_inner();
        let update = |name: &str| {
            let etag = me.user.as_ref().unwrap().etag.clone();
            with(&ana.token, id::UpdateMeRequest { display_name: name.into(), etag, ..Default::default() })
        };
        world.identity().update_me(update("Ana Two")).await.unwrap();
        let answer = world.identity().update_me(update("Ana Three")).await;
        let refusal = wire(answer, Code::Aborted, "REASON_ETAG_MISMATCH");
        let retry: pb::RetryInfo = refusal.detail("RetryInfo");
        assert!(retry.retry_delay.unwrap().seconds >= 1);
        assert_eq!(refusal.kinds(), ["RetryInfo"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exhausted_seats_name_the_quota_and_no_time_heals_them() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::configured(engine, |config| config.organizations.default_seat_limit = Some(2)).await;
        let ana = world.sign_up("ana@example.org").await;
        add(&world, &ana, "bob@example.org").await.unwrap();
        let answer = add(&world, &ana, "carla@example.org").await;
        let refusal = wire(answer, Code::ResourceExhausted, "REASON_SEATS_EXHAUSTED");
        let quota: pb::QuotaFailure = refusal.detail("QuotaFailure");
        assert_eq!(quota.violations.len(), 1);
        assert_eq!(refusal.kinds(), ["QuotaFailure"]);
        refusal.metadata_is(&[("limit", "2"), ("used", "2")]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exhausted_attempts_say_when_to_come_back() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::configured(engine, |config| config.log_in.attempts_per_account = 2).await;
        world.sign_up("ana@example.org").await;
        let mut last = None;
        for _ in 0..4 {
            let request = id::LogInRequest {
                email: "ana@example.org".into(),
                password: OTHER_PASSWORD.into(),
                ..Default::default()
            };
            last = Some(world.identity().log_in(request).await);
        }
        let refusal = wire(last.unwrap(), Code::ResourceExhausted, "REASON_TOO_MANY_ATTEMPTS");
        let retry: pb::RetryInfo = refusal.detail("RetryInfo");
        let seconds = retry.retry_delay.unwrap().seconds;
        assert!(seconds > 0, "{seconds}");
        assert_eq!(refusal.kinds(), ["QuotaFailure", "RetryInfo"]);
        assert_eq!(refusal.metadata["seconds"], seconds.to_string());
    }
}

each_engine! {
    async fn words_follow_accept_language_and_the_message_stays_english(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let mut told = vec![];
        let wanted = [
            ("en", "en"),
            ("pt-BR", "pt-BR"),
            ("pt", "pt-BR"),
            ("es", "es"),
            ("es-MX,es;q=0.9,en;q=0.1", "es"),
            ("de", "en"),
            ("de, pt;q=0.5", "pt-BR"),
            ("\t;;q=,,", "en"),
        ];
        for (header, locale) in wanted {
            let message = ms::GetMemberRequest { member_id: NOBODY.into(), ..Default::default() };
            let mut request = with(&ana.token, message);
            let Ok(value) = header.parse() else { continue };
            request.metadata_mut().insert("accept-language", value);
            let answer = world.membership().get_member(request).await;
            let refusal = wire(answer, Code::NotFound, "REASON_NOT_FOUND");
            let words: pb::LocalizedMessage = refusal.detail("LocalizedMessage");
            assert_eq!(words.locale, locale, "{header}");
            assert!(words.message.chars().count() > 5, "{words:?}");
            if locale == "en" {
                assert_eq!(words.message, refusal.message);
            }
            told.push((locale, refusal.message, words.message));
        }
        let by = |locale: &str| told.iter().find(|(l, ..)| *l == locale).unwrap().2.clone();
        assert_ne!(by("en"), by("pt-BR"));
        assert_ne!(by("pt-BR"), by("es"));
        assert!(told.iter().all(|(_, message, _)| *message == told[0].1), "the status message is always the same");
    }
}

each_engine! {
    /// A caller who isn't let in learns nothing: not which of the many reasons it was, nor in how many bytes.
    async fn e04_every_unauthenticated_is_the_same_to_the_byte(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let old = ana.token.clone();
        world.clock.advance(chrono::TimeDelta::minutes(30));
        let ana = world.log_in("ana@example.org").await;
        let out = world.log_in("ana@example.org").await;
        world.identity().log_out(with(&out.token, id::LogOutRequest::default())).await.unwrap();
        let mut cut = ana.token.clone();
        cut.pop();
        let headers = [
            None,
            Some(String::new()),
            Some("Bearer".to_owned()),
            Some("Bearer ".to_owned()),
            Some("Basic YW5hOmFuYQ==".to_owned()),
            Some(format!("Bearer {old}")),
            Some(format!("Bearer {}", out.token)),
            Some(format!("Bearer {cut}")),
            Some(format!("Bearer {}", ana.refresh)),
            Some(format!("Bearer  {}", ana.token)),
            Some(ana.token.clone()),
            Some(format!("Bearer {}", "x".repeat(5000))),
        ];
        let mut all = vec![];
        for header in &headers {
            let mut request = Request::new(ms::ListMembersRequest::default());
            if let Some(header) = header {
                request.metadata_mut().insert("authorization", header.parse().unwrap());
            }
            all.push(world.membership().list_members(request).await.unwrap_err());
        }
        // Two headers where one belongs, although both are good.
        let mut twice = with(&ana.token, ms::ListMembersRequest::default());
        twice.metadata_mut().append("authorization", format!("Bearer {}", ana.token).parse().unwrap());
        all.push(world.membership().list_members(twice).await.unwrap_err());
        // And the log-in itself: an address that nobody has, and a wrong password.
        for email in ["ana@example.org", "nobody@example.org"] {
            let request = id::LogInRequest {
                email: email.into(),
                password: OTHER_PASSWORD.into(),
                ..Default::default()
            };
            all.push(world.identity().log_in(request).await.unwrap_err());
        }
        assert_ne!(PASSWORD, OTHER_PASSWORD);
        let bytes = |status: &tonic::Status| {
            let mut headers: Vec<_> = status.metadata().clone().into_headers().into_iter().collect();
            headers.retain(|(name, _)| name.as_ref().is_none_or(|name| name != "date"));
            (status.code(), status.message().to_owned(), status.details().to_vec(), format!("{headers:?}"))
        };
        let first = bytes(&all[0]);
        assert_eq!(first.0, Code::Unauthenticated);
        wire(Err::<(), _>(all[0].clone()), Code::Unauthenticated, "REASON_CREDENTIAL_INVALID").metadata_is(&[]);
        for (place, status) in all.iter().enumerate() {
            assert_eq!(bytes(status), first, "number {place}");
        }
    }
}
