//! Paths that look like methods and aren't, and the services that have no rule of ours: health and reflection.

use crate::support::raw::{self, Outcome, frames};
use crate::support::{Engine, World, each_engine};
use tonic::{Code, Request};

const KEYS: &str = "/roster.identity.v1.IdentityService/GetSigningKeys";
const LIST: &str = "/roster.membership.v1.MembershipService/ListMembers";
const REFLECTION: [&str; 2] = [
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];
/// `list_services: "*"`.
const LIST_SERVICES: &[u8] = &[58, 1, b'*'];

/// Near misses of a path: they must find no rule, and so no service.
fn near_misses(path: &str) -> Vec<String> {
    let bare = path.trim_start_matches('/');
    let (service, method) = bare.split_once('/').unwrap();
    vec![
        bare.to_owned(),
        format!("/{path}"),
        format!("/{service}//{method}"),
        format!("{path}/"),
        format!("{path}//"),
        format!("/./{bare}"),
        format!("/x/../{bare}"),
        format!("/{service}/./{method}"),
        format!("/{service}/x/../{method}"),
        format!("/{service}%2F{method}"),
        format!("/{service}/%{:02X}{}", method.as_bytes()[0], &method[1..]),
        path.to_uppercase(),
        path.to_lowercase(),
        format!("/{service}/{}{}", method[..1].to_lowercase(), &method[1..]),
        format!("{path}%00"),
        format!("{path}%20"),
        format!("{path};x"),
        format!("{path}.json"),
        format!("/{service}"),
        format!("/{service}/"),
        format!("/{method}"),
        format!("/{service}2/{method}"),
        format!("/grpc.health.v1.Health/../{bare}"),
        format!("/grpc.reflection.v1/../{bare}"),
        format!("/grpc.reflection.v1x/{method}"),
        "/".to_owned(),
        "*".to_owned(),
        String::new(),
    ]
}

each_engine! {
    async fn p01_a_path_that_is_no_methods_exactly_is_never_served(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for (path, token) in [(KEYS, None), (LIST, Some(ana.token.as_str()))] {
            assert_eq!(frames(&world.address, path, token).await, Outcome::Served, "the path itself works");
            for miss in near_misses(path) {
                assert_eq!(frames(&world.address, &miss, token).await, Outcome::Refused, "{miss:?}");
            }
        }
        assert_eq!(frames(&world.address, LIST, None).await, Outcome::Refused);
        assert_eq!(frames(&world.address, LIST, Some("garbage")).await, Outcome::Refused);
    }
}

each_engine! {
    async fn p01_an_unknown_method_is_unimplemented_and_named(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let unknown = ["/roster.identity.v1.IdentityService/DropTables", "/grpc.health.v2.Health/Check", "/x/y"];
        for (path, token) in unknown.iter().flat_map(|path| [(path, None), (path, Some(&ana.token))]) {
            let mut request = Request::new(vec![]);
            if let Some(token) = token {
                request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
            }
            let answer = raw::call(&world.channel, path, request).await;
            let refusal = crate::support::refused(answer, Code::Unimplemented, "REASON_METHOD_UNKNOWN");
            assert_eq!(refusal.metadata["method"], *path);
        }
    }
}

each_engine! {
    async fn p12_health_tells_whether_it_serves_and_nothing_else(world: World) {
        let health = "/grpc.health.v1.Health/Check";
        let answer = crate::support::until(async || raw::call(&world.channel, health, Request::new(vec![])).await.ok()).await;
        assert_eq!(answer.get_ref(), &[8, 1], "`status: SERVING` and not a byte more");
        let names: Vec<_> = answer.metadata().keys().map(|key| format!("{key:?}")).collect();
        for name in names {
            assert!(!name.contains("server") && !name.contains("version"), "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p12_reflection_is_there_only_where_it_is_switched_on() {
    for on in [true, false] {
        let world = World::configured(Engine::Sqlite, |config| config.server.reflection = on).await;
        for path in REFLECTION {
            let answer = raw::call(&world.channel, path, Request::new(LIST_SERVICES.to_vec())).await;
            match (on, answer) {
                (true, Ok(answer)) => {
                    let text = String::from_utf8_lossy(answer.get_ref()).into_owned();
                    assert!(text.contains("roster.identity.v1.IdentityService"), "{text}");
                }
                (false, Err(status)) => {
                    assert_eq!(status.code(), Code::Unimplemented);
                    assert!(!format!("{status:?}").contains("IdentityService"), "{status:?}");
                }
                (on, answer) => panic!("reflection {on}: {answer:?}"),
            }
        }
        assert_eq!(frames(&world.address, KEYS, None).await, Outcome::Served);
    }
}
