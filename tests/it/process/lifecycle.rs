//! From the first line to the last: what a start prints, what the HTTP port tells, how signals end it.

use super::{MASTER_KEY, Roster, Server, json, path, sign_up, signed_up, until};
use crate::support::{Engine, with};
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use std::time::{Duration, Instant};

#[tokio::test]
async fn dev_in_an_empty_folder_serves_prints_what_to_try_and_keeps_mails() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Roster::dev(&folder).start().await;
    let said = until("the lines to try", || {
        Some(server.out.text()).filter(|t| t.contains("ListMembers"))
    })
    .await;
    assert!(said.contains(&server.grpc) && said.contains(&server.http), "{said}");
    assert!(said.contains(&path(&folder, "data")), "where the data lies: {said}");
    for method in [
        "IdentityService/SignUp",
        "IdentityService/VerifyEmail",
        "AddMember",
        "ListMembers",
    ] {
        let line = said
            .lines()
            .find(|line| line.contains(method))
            .unwrap_or_else(|| panic!("{method}: {said}"));
        assert!(
            line.trim().starts_with("grpcurl -plaintext ") && line.contains(&server.grpc),
            "{line}"
        );
    }
    let answer = server
        .identity()
        .await
        .sign_up(sign_up("ana"))
        .await
        .unwrap()
        .into_inner();
    assert!(
        matches!(answer.outcome, Some(id::sign_up_response::Outcome::NextStep(_))),
        "a code is mailed"
    );
    let mails = folder.path().join("data/mail");
    let mail = until("the mail is a file", || {
        let mut files = std::fs::read_dir(&mails).ok()?.map(|file| file.unwrap().path());
        files.find(|file| file.extension().is_some_and(|e| e == "eml"))
    })
    .await;
    let text = std::fs::read_to_string(mail).unwrap();
    assert!(text.contains("ana@example.org") && text.contains("Subject:"), "{text}");
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0));

    // A second start finds everything again.
    let again = Roster::dev(&folder).start().await;
    assert_eq!(again.get("/readyz").await.code, 200);
}

#[tokio::test]
async fn sigterm_lets_calls_in_flight_finish_and_ends_with_zero() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = slow(&folder).start().await;
    let calls: Vec<_> = begun(&server, 4).await;
    server.signal("TERM");
    let mut done = 0;
    for call in calls {
        call.await.unwrap().expect("a call in flight is answered");
        done += 1;
    }
    assert_eq!(server.ended().await, Some(0), "{}", server.err.text());
    println!("{done} calls in flight at SIGTERM, all answered");
    let log = server.err.text();
    assert!(log.contains("stopped"), "{log}");
    assert!(tokio::net::TcpStream::connect(&server.grpc).await.is_err());
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = slow(&folder).start().await;
    let calls = begun(&server, 40).await;
    server.signal("TERM");
    until("the first signal is noticed", || {
        server.err.text().contains("SIGTERM").then_some(())
    })
    .await;
    let begun = Instant::now();
    server.signal("INT");
    assert_ne!(
        server.ended().await,
        Some(0),
        "calls were cut off: that is no clean end"
    );
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    drop(calls);
}

/// A server whose sign-ups take long: a hash costs hundreds of milliseconds, and one is made at a time.
fn slow(folder: &tempfile::TempDir) -> Roster {
    Roster::dev(folder)
        .with("ROSTER_SIGN_UP__MODE", "immediate")
        .with("ROSTER_PASSWORDS__MEMORY_KIB", "65536")
        .with("ROSTER_PASSWORDS__ITERATIONS", "6")
}

type Call = tokio::task::JoinHandle<Result<tonic::Response<id::SignUpResponse>, tonic::Status>>;

/// Calls that are under way: the first of them has been answered, so the others stand behind it in the queue.
async fn begun(server: &Server, count: usize) -> Vec<Call> {
    let client = server.identity().await;
    let first = tokio::spawn({
        let mut client = client.clone();
        async move { client.sign_up(sign_up("first")).await }
    });
    let calls = (0..count)
        .map(|i| {
            let mut client = client.clone();
            tokio::spawn(async move { client.sign_up(sign_up(&format!("late{i}"))).await })
        })
        .collect();
    first.await.unwrap().unwrap();
    calls
}

#[tokio::test]
async fn healthcheck_tells_a_server_that_serves_from_one_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Roster::dev(&folder).start().await;
    let ask = |url: String| async move { Roster::new(&["healthcheck", "--url", &url]).run().await };
    let grpc = format!("http://{}", server.grpc);
    let well = ask(grpc.clone()).await;
    assert_eq!((well.code, well.out.as_str()), (Some(0), "serving\n"), "{well:?}");
    assert_eq!(ask(format!("http://{}/readyz", server.http)).await.code, Some(0));
    assert_eq!(ask(format!("http://{}/nothing", server.http)).await.code, Some(1));
    server.signal("TERM");
    server.ended().await;
    let gone = ask(grpc).await;
    assert_eq!(gone.code, Some(1), "{gone:?}");
    assert!(gone.err.contains("nothing listens there"), "{gone:?}");
}

#[tokio::test]
async fn r03_the_key_set_shows_public_members_only() {
    let folder = tempfile::tempdir().unwrap();
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let server = Roster::dev(&folder)
            .with("ROSTER_DATA__FOLDER", &path(&folder, algorithm))
            .with("ROSTER_TOKENS__ALGORITHM", algorithm)
            .start()
            .await;
        let page = server.get("/.well-known/jwks.json").await;
        assert_eq!(page.code, 200);
        assert!(page.head.contains("content-type: application/json"), "{}", page.head);
        assert!(page.head.contains("cache-control: public, max-age="), "{}", page.head);
        let keys = json(&page.body).unwrap()["keys"].as_array().unwrap().clone();
        assert!(!keys.is_empty());
        for key in &keys {
            let members: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
            for member in &members {
                let public = ["kty", "kid", "alg", "use", "crv", "x", "y", "n", "e"];
                assert!(public.contains(member), "{algorithm} shows {member}");
            }
            assert!(members.contains(&"kid") && key["alg"] == algorithm, "{key}");
        }
        let signing = server
            .identity()
            .await
            .get_signing_keys(id::GetSigningKeysRequest {})
            .await
            .unwrap();
        assert_eq!(
            json(&signing.into_inner().jwks).unwrap()["keys"].as_array().unwrap(),
            &keys
        );
    }
}

#[tokio::test]
async fn readiness_follows_the_database() {
    let database = Engine::Postgres.database().await;
    let server = Roster::production(&database.settings.url).start().await;
    assert_eq!(server.get("/healthz").await.code, 200);
    let (root, name) = database.settings.url.rsplit_once('/').unwrap();
    let name = name.split('?').next().unwrap();
    let allow = |yes: bool| format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {yes}");
    let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    postgres(root, &[allow(false), end]).await;
    server.readiness(503).await;
    assert_eq!(server.get("/healthz").await.code, 200, "the process itself is well");
    let url = format!("http://{}", server.grpc);
    until_unhealthy(&url).await;
    let refused = server.identity().await.sign_up(sign_up("ana")).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unavailable, "{refused:?}");
    postgres(root, &[allow(true)]).await;
    server.readiness(200).await;
    signed_up(&mut server.identity().await, "bob").await;
}

async fn until_unhealthy(url: &str) {
    let deadline = Instant::now() + super::PATIENCE;
    while Roster::new(&["healthcheck", "--url", url]).run().await.code != Some(1) {
        assert!(Instant::now() < deadline, "healthcheck never noticed");
    }
}

async fn postgres(root: &str, statements: &[String]) {
    use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
    let mut connection = PgConnection::connect(&format!("{root}/postgres")).await.unwrap();
    for statement in statements {
        connection.execute(AssertSqlSafe(statement.clone())).await.unwrap();
    }
}

#[tokio::test]
async fn the_log_has_one_line_per_call_and_the_metrics_count_them() {
    let folder = tempfile::tempdir().unwrap();
    let server = Roster::dev(&folder)
        .with("ROSTER_SIGN_UP__MODE", "immediate")
        .start()
        .await;
    let tokens = signed_up(&mut server.identity().await, "ana").await;
    let mut membership = server.membership().await;
    let mut request = with(&tokens.access_token, ms::ListMembersRequest::default());
    request
        .metadata_mut()
        .insert("x-request-id", "my-own-id-1".parse().unwrap());
    membership.list_members(request).await.unwrap();
    membership
        .list_members(ms::ListMembersRequest::default())
        .await
        .unwrap_err();
    let lines = until("three lines", || {
        let lines: Vec<_> = server
            .err
            .text()
            .lines()
            .filter_map(json)
            .filter(|l| l["message"] == "call")
            .collect();
        (lines.len() >= 3).then_some(lines)
    })
    .await;
    assert_eq!(lines.len(), 3, "{lines:?}");
    let methods: Vec<_> = lines.iter().map(|l| l["method"].as_str().unwrap()).collect();
    let list = "/roster.membership.v1.MembershipService/ListMembers";
    assert_eq!(methods, ["/roster.identity.v1.IdentityService/SignUp", list, list]);
    for line in &lines {
        assert!(line["ms"].as_f64().unwrap() > 0.0, "{line}");
        assert!(!line["id"].as_str().unwrap().is_empty(), "{line}");
        assert_eq!(line["peer"], "127.0.0.1", "{line}");
        assert!(line["timestamp"].is_string() && line["level"] == "INFO", "{line}");
    }
    assert_eq!(lines[1]["id"], "my-own-id-1");
    assert_eq!(lines[1]["code"], "Ok");
    assert_eq!(lines[1]["user"], tokens.user_id.as_str());
    assert_eq!(lines[1]["organization"], tokens.organization_id.as_str());
    assert_eq!(lines[2]["code"], "Unauthenticated");
    let everything_is_json = server.err.text().lines().all(|line| json(line).is_some());
    assert!(everything_is_json, "{}", server.err.text());

    let page = server.get("/metrics").await;
    assert_eq!(page.code, 200);
    let count = |code: &str| format!("roster_calls_total{{method=\"{list}\",code=\"{code}\"}} 1");
    assert!(
        page.body.contains(&count("Ok")) && page.body.contains(&count("Unauthenticated")),
        "{}",
        page.body
    );
    assert!(page.body.contains("roster_call_seconds_bucket{"), "{}", page.body);
    assert!(!page.body.contains(MASTER_KEY));
}
