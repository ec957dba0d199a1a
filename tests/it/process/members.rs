//! `roster members`: import, export and list against a running server, with and without TLS.

use super::{Ended, Roster, Server, path, signed_up};
use crate::support::with;
use roster::pb::roster::membership::v1 as ms;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// A server in which Ana has an organisation, and her token.
async fn begun(folder: &TempDir) -> (Server, String) {
    let server = Roster::dev(folder)
        .with("ROSTER_SIGN_UP__MODE", "immediate")
        .start()
        .await;
    let token = signed_up(&mut server.identity().await, "ana").await.access_token;
    (server, token)
}

async fn members(server: &Server, token: &str, words: &[&str]) -> Ended {
    let url = format!("http://{}", server.grpc);
    let words: Vec<&str> = ["members"].iter().chain(words).copied().collect();
    Roster::new(&words)
        .with("ROSTER_SERVER", &url)
        .with("ROSTER_TOKEN", token)
        .run()
        .await
}

#[tokio::test]
async fn a_file_is_imported_listed_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let (server, token) = begun(&folder).await;
    let file = path(&folder, "people.csv");
    let text =
        "Nome;E-mail;Função;Sapato\nJoão Ávila;joao@example.org;admin;42\nBob;bob@example.org;guest;41\nnobody;x;;\n";
    std::fs::write(&file, text).unwrap();

    let dry = members(&server, &token, &["import", &file, "--mode", "dry-run"]).await;
    assert_eq!(dry.code, Some(1), "a row is bad: {dry:?}");
    assert_eq!(
        dry.out,
        "3 rows: 2 added, 0 updated, 0 skipped, 1 failed\nignored columns: Sapato\na dry run: nothing was changed\n"
    );
    let lines: Vec<&str> = dry.err.lines().collect();
    assert!(lines[0].starts_with("LINE  COLUMN  VALUE  REASON"), "{dry:?}");
    assert!(lines[1].starts_with("4     E-mail  x      cell-invalid"), "{dry:?}");
    assert!(lines[1].contains("it has no @"), "{dry:?}");

    let atomic = members(&server, &token, &["import", &file, "--mode", "atomic"]).await;
    assert_eq!(atomic.code, Some(1));
    assert!(atomic.out.contains("nothing was changed"), "{atomic:?}");

    std::fs::write(&file, text.replace("nobody;x;;\n", "")).unwrap();
    let done = members(
        &server,
        &token,
        &["import", &file, "--separator", ";", "--mode", "atomic"],
    )
    .await;
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.out.starts_with("2 rows: 2 added"), "{done:?}");
    // Its id is told at the start, so that it can be taken up however it ends.
    let id = done.err.trim_end().rsplit(' ').next().unwrap_or_default();
    assert!(uuid::Uuid::parse_str(id).is_ok(), "{done:?}");
    assert_eq!(
        done.err,
        format!("roster: should this import break off, send it again with --resume {id}\n")
    );

    let list = members(&server, &token, &["list"]).await;
    assert_eq!(list.code, Some(0), "{list:?}");
    let lines: Vec<&str> = list.out.lines().collect();
    assert_eq!(lines.len(), 4, "{list:?}");
    assert!(
        lines[0].starts_with("NAME        E-MAIL            STATE   NEXT"),
        "{}",
        list.out
    );
    assert!(
        lines[3].starts_with("João Ávila  joao@example.org  added   invite  admin"),
        "{}",
        list.out
    );
    let found = members(
        &server,
        &token,
        &["list", "--query", "avila", "--state", "added", "--role", "admin"],
    )
    .await;
    assert_eq!(found.out.lines().count(), 2, "{found:?}");
    let some = members(&server, &token, &["list", "--limit", "1"]).await;
    assert!(some.out.contains("… the first 1;"), "{some:?}");

    let out = path(&folder, "out.csv");
    let export = members(
        &server,
        &token,
        &["export", "-o", &out, "--separator", "tab", "--language", "pt-BR"],
    )
    .await;
    assert_eq!((export.code, export.out.as_str()), (Some(0), ""), "{export:?}");
    let written = std::fs::read_to_string(&out).unwrap();
    assert!(
        written.starts_with("E-mail\tNome\tFunções\tTags\tGrupos\tEstado\r\n"),
        "{written}"
    );
    assert!(
        written.contains("joao@example.org\tJoão Ávila\tadmin\t\t\tADDED\r\n"),
        "{written}"
    );
    let again = members(&server, &token, &["import", &out, "--existing", "update"]).await;
    assert!(
        again.out.starts_with("3 rows: 0 added, 0 updated, 3 skipped, 0 failed"),
        "{again:?}"
    );
    let shown = members(&server, &token, &["export", "--state", "active"]).await;
    assert_eq!(shown.out.lines().count(), 2, "{shown:?}");
}

/// Sends the same as `roster members import --existing fail --resume ID` would, but for its end, and is gone once a part of
/// it is done.
async fn break_off(server: &Server, token: &str, id: &str, file: &str) {
    let (sender, pieces) = mpsc::channel(1);
    let first = ms::ImportMembersRequest {
        request_id: id.into(),
        mode: ms::ImportMode::BestEffort.into(),
        existing: ms::ExistingMembers::Fail.into(),
        data: file.as_bytes()[..file.len() * 3 / 4].to_vec(),
        ..Default::default()
    };
    sender.send(first).await.unwrap();
    let request = with(token, ReceiverStream::new(pieces));
    let mut told = server
        .membership()
        .await
        .import_members(request)
        .await
        .unwrap()
        .into_inner();
    let added = loop {
        let event = told.message().await.unwrap().expect("it goes on").event;
        if let Some(ms::import_members_response::Event::Progress(progress)) = event
            && progress.counts.unwrap().added > 0
        {
            break progress.counts.unwrap().added;
        }
    };
    assert!(added < 1_200, "{added}");
    drop(told);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    drop(sender);
    let listed = members(server, token, &["list", "--limit", "2000"]).await;
    let listed = listed.out.lines().filter(|line| line.contains("@example.org")).count() as i64;
    assert!(
        (added..1_200).contains(&listed),
        "it broke off within: {listed} are listed"
    );
}

#[tokio::test]
async fn an_import_is_taken_up_by_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let (server, token) = begun(&folder).await;
    let file = path(&folder, "people.csv");
    let rows: String = (0..1_200).map(|i| format!("p{i}@example.org\n")).collect();
    std::fs::write(&file, format!("email\n{rows}")).unwrap();
    let id = "0198c2a4-7b1e-7c33-9d52-3f6a1e8b4c70";
    break_off(&server, &token, id, &format!("email\n{rows}")).await;
    // Whoever was added before it broke off is one of its own, and no member that was there already.
    for _ in 0..2 {
        let done = members(
            &server,
            &token,
            &["import", &file, "--resume", id, "--existing", "fail"],
        )
        .await;
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(done.out.starts_with("1200 rows: 1200 added"), "{done:?}");
    }
    std::fs::write(&file, format!("email\nx@example.org\n{rows}")).unwrap();
    let other = members(
        &server,
        &token,
        &["import", &file, "--resume", id, "--existing", "fail"],
    )
    .await;
    assert_eq!(other.code, Some(1));
    assert!(
        other.err.contains("was already used") && !other.err.contains("--resume"),
        "{other:?}"
    );
}

#[tokio::test]
async fn what_goes_wrong_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (server, token) = begun(&folder).await;
    let file = path(&folder, "people.csv");
    std::fs::write(&file, "name\nBob\n").unwrap();
    for (words, code, said) in [
        (&["import", &file][..], 1, "no column is named email"),
        (
            &["import", &file, "--language", "es"],
            1,
            "ninguna columna se llama email",
        ),
        (
            &["import", &file, "--separator", "#"],
            1,
            "use a comma, a semicolon or a tab",
        ),
        (&["import", "/nowhere.csv"], 1, "/nowhere.csv: No such file"),
        (&["import", "-"], 1, "it is empty"),
        (
            &["import", &file, "--mode", "everything"],
            2,
            "possible values: dry-run, best-effort, atomic",
        ),
        (&["export", "-o", "/nowhere/out.csv"], 1, "/nowhere/out.csv"),
        (&["list", "--role", "chef"], 1, "chef"),
        (&["list", "--server", "http://127.0.0.1:1"], 1, "can't be reached"),
        (&["list", "--server", "ftp://x"], 1, "neither http:// nor https://"),
        (&["list", "--token-file", "/nowhere"], 1, "/nowhere: No such file"),
        (
            &["list", "--organization", "org_01jd0000000000000000000000"],
            1,
            "no organization org_",
        ),
    ] {
        let ended = members(&server, &token, words).await;
        assert_eq!(ended.code, Some(code), "{words:?}: {ended:?}");
        assert!(ended.err.contains(said), "{words:?}: {}", ended.err);
        assert!(
            !ended.err.contains(&token) && ended.out.is_empty(),
            "{words:?}: {ended:?}"
        );
    }
    let without = Roster::new(&["members", "list"]).run().await;
    assert_eq!(without.code, Some(1));
    assert!(
        without.err.contains("ROSTER_TOKEN") && without.err.contains("--token-file"),
        "{without:?}"
    );
    let wrong = members(&server, "nonsense", &["list"]).await;
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.err.contains("Log in again"), "{wrong:?}");
    let token_file = path(&folder, "token");
    std::fs::write(&token_file, format!("{token}\n")).unwrap();
    let by_file = members(&server, "nonsense", &["list", "--token-file", &token_file]).await;
    assert_eq!(by_file.code, Some(0), "the file comes first: {by_file:?}");
}

#[tokio::test]
async fn https_is_spoken_with_a_certificate_that_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    std::fs::write(path(&folder, "key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(path(&folder, "certificate.pem"), made.cert.pem()).unwrap();
    let server = Roster::dev(&folder)
        .with("ROSTER_SERVER__TLS_CERTIFICATE", &path(&folder, "certificate.pem"))
        .with("ROSTER_SERVER__TLS_PRIVATE_KEY", &path(&folder, "key.pem"))
        .start()
        .await;
    let port = server.grpc.rsplit_once(':').unwrap().1;
    let url = format!("https://localhost:{port}");
    let ca = path(&folder, "certificate.pem");
    let run = |words: &[&str]| {
        let roster = Roster::new(words).with("ROSTER_TOKEN", "nonsense");
        async move { roster.run().await }
    };
    // The token is no good, but it was asked for over TLS.
    let trusted = run(&["members", "list", "--server", &url, "--ca", &ca]).await;
    assert!(trusted.err.contains("Log in again"), "{trusted:?}");
    let strange = run(&["members", "list", "--server", &url]).await;
    assert_eq!(strange.code, Some(1));
    assert!(strange.err.contains("can't be reached"), "{strange:?}");
}

#[tokio::test]
async fn help_says_how() {
    for (words, said) in [
        (&["members", "--help"][..], "Add members from a CSV file"),
        (&["members", "import", "--help"], "--mode dry-run"),
        (&["members", "export", "--help"], "--state active"),
        (&["members", "list", "--help"], "--query bob"),
    ] {
        let help = Roster::new(words).run().await;
        assert_eq!(help.code, Some(0), "{help:?}");
        assert!(help.out.contains(said), "{}", help.out);
        assert!(help.out.lines().all(|line| line.chars().count() <= 140), "{}", help.out);
    }
}
