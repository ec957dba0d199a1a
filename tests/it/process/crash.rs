//! What was acknowledged survives `kill -9`, and nothing is half-done: a client writes and keeps its own log, the server is
//! killed at a random moment and started again on the same database, and the two are compared.

use super::crash_work::{What, Work};
use super::{Roster, Server, until};
use crate::support::Engine;
use crate::support::engine::Database;
use roster::random::{Random, SystemRandom};
use sea_orm::sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection, query};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_changes_survive_kill_9_on_sqlite() {
    rounds(Engine::Sqlite, 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_changes_survive_kill_9_on_postgres() {
    rounds(Engine::Postgres, 5).await;
}

async fn rounds(engine: Engine, rounds: u32) {
    let database = engine.database().await;
    // Not --dev: a commit waits for the disk.
    let program = Roster::production(&database.settings.url);
    let mut server = program.start().await;
    let mut work = Work::begin(&server).await;
    let (mut acknowledged, mut open, mut replayed) = (0, 0, 0);
    for round in 0..rounds {
        let tasks = work.run(&server, round).await;
        // A random moment, but not before something was acknowledged, however slow the machine is.
        let enough = usize::try_from(SystemRandom.below(20)).unwrap() + 3;
        until("the client writes", || (work.written() >= enough).then_some(())).await;
        tokio::time::sleep(Duration::from_millis(SystemRandom.below(20))).await;
        server.child.start_kill().unwrap();
        server.child.wait().await.unwrap();
        let mut begun = vec![];
        for task in tasks {
            let (done, unanswered) = task.await.unwrap();
            acknowledged += done.len();
            open += unanswered.len();
            begun.extend(unanswered);
            work.acknowledged.extend(done);
        }
        server = program.start().await;
        // What was on its way when the server died is sent again with the same request ids: it acts once in all.
        replayed += work.again(&server, begun).await;
        work.agrees(&server).await;
        recount(engine, &database, &work).await;
    }
    println!(
        "{engine:?}: {rounds} kills, {acknowledged} acknowledged changes, {open} on their way, {replayed} of them \
         repeated with success, {} accounts and {} members in the end",
        work.count(|what| matches!(what, What::SignUp { .. })),
        work.members().len()
    );
    finish(server).await;
}

async fn finish(mut server: Server) {
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0), "{}", server.err.text());
}

/// Rows that would be half of something. Each of these counts must be 0.
const HALVES: &[(&str, &str)] = &[
    (
        "organisations without exactly one owner",
        "SELECT count(*) FROM organizations o WHERE 1 <> (SELECT count(*) FROM member_roles r JOIN members m ON m.organization_id = r.organization_id AND m.id = r.member_id WHERE r.organization_id = o.id AND r.role_id = (SELECT role_id FROM member_roles f JOIN members g ON g.organization_id = f.organization_id AND g.id = f.member_id WHERE g.added_by IS NULL LIMIT 1) AND m.removed_at IS NULL)",
    ),
    (
        "seats that differ from a recount",
        "SELECT count(*) FROM organizations o WHERE o.active_members <> (SELECT count(*) FROM members m WHERE m.organization_id = o.id AND m.user_id IS NOT NULL AND m.removed_at IS NULL)",
    ),
    (
        "members without a role",
        "SELECT count(*) FROM members m WHERE m.removed_at IS NULL AND NOT EXISTS (SELECT 1 FROM member_roles r WHERE r.organization_id = m.organization_id AND r.member_id = m.id)",
    ),
    (
        "roles of nobody",
        "SELECT count(*) FROM member_roles r WHERE NOT EXISTS (SELECT 1 FROM members m WHERE m.organization_id = r.organization_id AND m.id = r.member_id)",
    ),
    (
        "addresses twice in one organisation",
        "SELECT count(*) FROM (SELECT 1 FROM members WHERE removed_at IS NULL GROUP BY organization_id, email_key HAVING count(*) > 1) t",
    ),
    (
        "open invitations of nobody",
        "SELECT count(*) FROM invitations i WHERE i.state = 1 AND NOT EXISTS (SELECT 1 FROM members m WHERE m.organization_id = i.organization_id AND m.id = i.member_id AND m.removed_at IS NULL)",
    ),
    (
        "live sessions of removed members",
        "SELECT count(*) FROM sessions s JOIN members m ON m.organization_id = s.organization_id AND m.id = s.member_id WHERE s.ended_at IS NULL AND m.removed_at IS NOT NULL",
    ),
];

/// Looks into the database itself: no half-done change, one audit row for each change, a sound file.
async fn recount(engine: Engine, database: &Database, work: &Work) {
    for (what, statement) in HALVES {
        assert_eq!(number(engine, database, statement).await, 0, "{what}");
    }
    let events = [
        ("organization_created", "SELECT count(*) FROM organizations"),
        ("user_created", "SELECT count(*) FROM users"),
        (
            "member_removed",
            "SELECT count(*) FROM members WHERE removed_at IS NOT NULL",
        ),
    ];
    for (kind, rows) in events {
        let told = number(
            engine,
            database,
            &format!("SELECT count(*) FROM changes WHERE kind = '{kind}'"),
        )
        .await;
        assert_eq!(
            told,
            number(engine, database, rows).await,
            "changes of kind {kind} and rows"
        );
    }
    let members = number(
        engine,
        database,
        "SELECT count(*) FROM members WHERE added_by IS NOT NULL",
    )
    .await;
    let told = number(
        engine,
        database,
        "SELECT count(*) FROM changes WHERE kind = 'member_added'",
    )
    .await;
    let founders = number(engine, database, "SELECT count(*) FROM members WHERE added_by IS NULL").await;
    assert!(
        told == members || told == members + founders,
        "{told} added in the change log, {members} + {founders} rows"
    );
    // The state of every key is known, so a repetition that acted twice would show as one address too many.
    let listed = number(
        engine,
        database,
        "SELECT count(*) FROM members WHERE added_by IS NOT NULL AND removed_at IS NULL",
    )
    .await;
    assert_eq!(usize::try_from(listed).unwrap(), work.members().len());
    if engine == Engine::Sqlite {
        let mut connection = SqliteConnection::connect(&database.settings.url).await.unwrap();
        let row = query("PRAGMA integrity_check")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(row.get::<String, _>(0), "ok");
        let broken = query("PRAGMA foreign_key_check")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert!(broken.is_empty());
        connection.close().await.unwrap();
    }
}

async fn number(engine: Engine, database: &Database, statement: &str) -> i64 {
    let statement = AssertSqlSafe(statement.to_owned());
    let url = &database.settings.url;
    match engine {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            let row = query(statement).fetch_one(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            row.get(0)
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            query(statement).fetch_one(&mut connection).await.unwrap().get(0)
        }
    }
}
