//! What people and machines give in secret appears nowhere: in no log line, metric, change-log row or byte of the database.

use super::{Roster, path, sign_up, signed_up, until};
use crate::support::with;
use roster::clock::{Clock, SystemClock};
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::random::{Random, SystemRandom};

/// Stands in every secret that a client makes up.
const CANARY: &str = "zebra7quartz9vexing";

#[tokio::test]
async fn o07_c13_g06_secrets_are_in_no_log_metric_change_or_database_byte() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Roster::dev(&folder)
        .with("ROSTER_SIGN_UP__MODE", "immediate")
        .with("ROSTER_TELEMETRY__LOG_FILTER", "trace")
        .start()
        .await;
    let mut secrets = walk(&server).await;
    // The mails hold the codes that only their readers may know.
    let mails = folder.path().join("data/mail");
    until("three mails", || {
        (std::fs::read_dir(&mails).ok()?.count() >= 3).then_some(())
    })
    .await;
    for mail in std::fs::read_dir(&mails).unwrap() {
        let text = std::fs::read_to_string(mail.unwrap().path())
            .unwrap()
            .replace("=\r\n", "")
            .replace("=3D", "=");
        let codes = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'));
        secrets.extend(codes.filter(|word| word.starts_with("rst_")).map(str::to_owned));
    }
    assert!(
        secrets.iter().any(|s| s.starts_with("rst_i_")),
        "an invitation code was mailed"
    );
    assert!(
        secrets.iter().any(|s| s.starts_with("rst_p_")),
        "a reset code was mailed"
    );
    secrets.sort();
    secrets.dedup();
    let metrics = server.get("/metrics").await.body;
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0));
    let log = server.err.text();
    assert!(
        log.contains("\"level\":\"TRACE\""),
        "the filter is as loud as it can be"
    );

    let mut places = vec![
        ("the log".to_owned(), log.into_bytes()),
        ("/metrics".to_owned(), metrics.into_bytes()),
    ];
    for file in std::fs::read_dir(path(&folder, "data"))
        .unwrap()
        .map(|f| f.unwrap().path())
    {
        if file.is_file() && file.file_name().is_some_and(|name| name != "master.key") {
            places.push((file.display().to_string(), std::fs::read(&file).unwrap()));
        }
    }
    assert!(
        places.iter().any(|(name, _)| name.contains(".db")),
        "the database was looked at"
    );
    let mut bytes = 0;
    for (place, content) in &places {
        bytes += content.len();
        for secret in &secrets {
            for form in forms(secret) {
                let at = content.windows(form.len()).position(|window| window == form);
                let around = at.map(|at| String::from_utf8_lossy(&content[at.saturating_sub(200)..at]).into_owned());
                assert_eq!(around, None, "{} in {place}", String::from_utf8_lossy(&form));
            }
        }
    }
    println!(
        "{} secrets, {} places, {bytes} bytes searched",
        secrets.len(),
        places.len()
    );
}

/// A secret as it is, and in the encodings that logs and databases use.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let hex = secret.bytes().map(|b| format!("{b:02x}")).collect::<String>();
    let list = secret.bytes().map(|b| b.to_string()).collect::<Vec<_>>().join(", ");
    // A token's last part alone is worth nothing less than the whole.
    let tail = secret.rsplit('.').next().unwrap_or(secret);
    vec![
        secret.into(),
        hex.clone().into_bytes(),
        hex.to_uppercase().into_bytes(),
        list.into_bytes(),
        tail.into(),
    ]
}

/// Calls that have one leave a kept answer in the database.
fn request_id() -> String {
    SystemRandom.uuid(SystemClock.now()).to_string()
}

/// Uses every secret that the service takes or gives, rightly and wrongly; those that the server made.
async fn walk(server: &super::Server) -> Vec<String> {
    let mut identity = server.identity().await;
    let mut membership = server.membership().await;
    let secret = |what: &str| format!("{CANARY} {what} {CANARY}");
    let mut request = sign_up("ana");
    request.password = secret("ana's first");
    request.request_id = request_id();
    let answer = identity.sign_up(request).await.unwrap().into_inner();
    let Some(id::sign_up_response::Outcome::Tokens(ana)) = answer.outcome else {
        panic!("no tokens")
    };
    let mut secrets = vec![CANARY.to_owned(), ana.access_token.clone(), ana.refresh_token.clone()];
    let renewed = id::RefreshSessionRequest {
        refresh_token: ana.refresh_token.clone(),
        request_id: request_id(),
        ..Default::default()
    };
    let ana = identity
        .refresh_session(renewed)
        .await
        .unwrap()
        .into_inner()
        .tokens
        .unwrap();
    secrets.extend([ana.access_token.clone(), ana.refresh_token.clone()]);

    let change = id::ChangePasswordRequest {
        current_password: secret("ana's first"),
        new_password: secret("ana's second"),
        ..Default::default()
    };
    identity.change_password(with(&ana.access_token, change)).await.unwrap();
    let wrong = id::LogInRequest {
        email: "ana@example.org".into(),
        password: secret("wrong"),
        ..Default::default()
    };
    identity.log_in(wrong).await.unwrap_err();
    let check = id::CheckPasswordRequest {
        password: secret("checked"),
        context: vec![CANARY.into()],
    };
    identity.check_password(check).await.unwrap();
    let generated = identity
        .generate_password(id::GeneratePasswordRequest {})
        .await
        .unwrap();
    secrets.push(generated.into_inner().password);
    for token in [ana.access_token.clone(), format!("{CANARY}.{CANARY}.{CANARY}")] {
        identity.introspect(id::IntrospectRequest { token }).await.unwrap();
    }

    // Metadata: a credential that is none, and keys nobody asked for.
    let mut strange = with(
        &format!("eyJhbGciOiJub25lIn0.{CANARY}"),
        ms::ListMembersRequest::default(),
    );
    for name in [
        "x-api-key",
        "cookie",
        "x-request-id",
        "x-forwarded-for",
        "accept-language",
        "traceparent",
        "tracestate",
    ] {
        strange.metadata_mut().insert(name, CANARY.parse().unwrap());
    }
    // These two are for the log, and so may stand there.
    strange.metadata_mut().remove("x-request-id");
    membership.list_members(strange).await.unwrap_err();

    // A password for a new colleague: made and returned, then typed by the administrator.
    let onboarding = |password: String| {
        Some(ms::add_member_request::Onboarding::TemporaryPassword(
            ms::TemporaryPasswordOnboarding {
                return_password: password.is_empty(),
                password,
            },
        ))
    };
    for (email, password) in [
        ("bob@example.org", String::new()),
        ("carla@example.org", secret("carla's")),
    ] {
        let request = ms::AddMemberRequest {
            email: email.into(),
            onboarding: onboarding(password.clone()),
            request_id: request_id(),
            ..Default::default()
        };
        let added = membership
            .add_member(with(&ana.access_token, request))
            .await
            .unwrap()
            .into_inner();
        let password = if password.is_empty() {
            added.temporary_password
        } else {
            password
        };
        assert!(!password.is_empty());
        let request = id::LogInRequest {
            email: email.into(),
            password: password.clone(),
            request_id: request_id(),
            ..Default::default()
        };
        let answer = identity.log_in(request).await.unwrap().into_inner();
        let Some(id::log_in_response::Outcome::NextStep(step)) = answer.outcome else {
            panic!("no next step")
        };
        let request = id::ContinueLogInRequest {
            handle: step.handle.clone(),
            step: Some(id::continue_log_in_request::Step::NewPassword(secret(email))),
            ..Default::default()
        };
        identity.continue_log_in(request).await.unwrap();
        secrets.extend([password, step.handle]);
    }
    let invited = ms::AddMemberRequest {
        email: "dora@example.org".into(),
        ..Default::default()
    };
    membership.add_member(with(&ana.access_token, invited)).await.unwrap();
    let preview = ms::PreviewInvitationRequest {
        code: format!("rst_i_{CANARY}"),
    };
    membership.preview_invitation(preview).await.unwrap_err();
    let reset = id::RequestPasswordResetRequest {
        email: "ana@example.org".into(),
        ..Default::default()
    };
    identity.request_password_reset(reset).await.unwrap();
    let reset = id::ResetPasswordRequest {
        code: format!("rst_p_{CANARY}"),
        new_password: secret("reset"),
        ..Default::default()
    };
    identity.reset_password(reset).await.unwrap_err();
    signed_up(&mut identity, "eva").await;
    secrets
}
