//! What somebody holds for a while isn't theirs to give for good; what they gave goes with them, however much it is.

use crate::support::selections::{Act, Selected};
use crate::support::{Engine, World, each_engine, invariants, refused, with};
use chrono::TimeDelta;
use roster::pb::roster::membership::v1 as ms;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use tonic::Code;

const EXCEEDS: (Code, &str) = (Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");

fn roles(member: &str, names: &[&str]) -> ms::UpdateMemberRequest {
    ms::UpdateMemberRequest {
        member_id: member.into(),
        role_ids: names.iter().map(ToString::to_string).collect(),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["role_ids".into()],
        }),
        ..Default::default()
    }
}

each_engine! {
    async fn what_is_held_for_a_while_cant_be_given_for_good(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let carla = world.put(&ana, "carla@example.org", "Carla", &["member"]).await;
        let dora = world.put(&ana, "dora@example.org", "Dora", &["admin"]).await;
        let acting = world.bind(&ana, &bob.member, "admin", 60).await;
        let bob = world.log_in("bob@example.org").await;
        world.unchanged(async {
            for member in [&bob.member, &carla.id] {
                let asked = with(&bob.token, roles(member, &["member", "admin"]));
                let refusal = refused(world.membership().update_member(asked).await, EXCEEDS.0, EXCEEDS.1);
                assert!(refusal.metadata["permissions"].contains("members.add"));
                refused(world.try_bind(&bob, member, "admin", 61).await, EXCEEDS.0, EXCEEDS.1);
            }
            let add = ms::AddMemberRequest { email: "eve@example.org".into(), role_ids: vec!["admin".into()], ..Default::default() };
            refused(world.try_add(&bob, add).await, EXCEEDS.0, EXCEEDS.1);
            refused(world.try_role(&bob, "Deputy", &["members.add"]).await, EXCEEDS.0, EXCEEDS.1);
        })
        .await;
        // For as long as he has it himself he may hand it on; and all that an administrator does with members is his to do.
        world.bind(&bob, &carla.id, "admin", 59).await;
        world.add(&bob, "fred@example.org", "member").await;
        world.done(&bob, Act::Invite, &dora.id).await;
        world.clock.advance(TimeDelta::minutes(61));
        let ana = world.log_in("ana@example.org").await;
        assert!(!world.may(&ana, &bob.member, "members.add").await);
        world.unbind(&ana, &acting.id).await.unwrap_err();
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn who_sent_very_many_invitations_can_be_stopped_all_the_same(world: World) {
        // It takes its time in a build without optimisation.
        let world = World::configured(world.engine, |config| config.server.deadline = std::time::Duration::from_secs(45)).await;
        // More than either engine takes values in one statement.
        let many = match world.engine {
            Engine::Sqlite => 33_000,
            Engine::Postgres => 66_000,
        };
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        world.add(&bob, "invited@example.org", "member").await;
        copy_the_invited(&world, many).await;
        let of_bob = "SELECT count(*) FROM invitations WHERE state = 1 AND ended_at IS NULL";
        assert_eq!(world.count(of_bob).await, many + 1);
        let request = ms::PreviewOffboardingRequest { member_ids: vec![bob.member.clone()], ..Default::default() };
        let told = world.membership().preview_offboarding(with(&ana.token, request)).await.unwrap().into_inner();
        assert_eq!(told.previews[0].ends.as_ref().unwrap().invitations_withdrawn, many as i32 + 1);
        let results = world.try_act(&ana, Act::Suspend, Selected::of(&[&bob.member])).await.unwrap().into_inner();
        assert!(results[0].error.is_none(), "{:?}", results[0].error);
        assert_eq!(world.count(of_bob).await, 0);
        assert_eq!(invariants::logged(&world, "invitation_withdrawn").await, many + 1);
    }
}

/// Puts many more there who wait for an answer to an invitation, as the last one does.
async fn copy_the_invited(world: &World, many: i64) {
    let rows = Database::connect(world.database.settings.url.as_str()).await.unwrap();
    let (id, digest) = match world.engine {
        Engine::Sqlite => ("unhex(printf('%032x', i))", "unhex(printf('%064x', i))"),
        Engine::Postgres => (
            "lpad(to_hex(i), 32, '0')::uuid",
            "decode(lpad(to_hex(i), 64, '0'), 'hex')",
        ),
    };
    let email = "'many' || i || '@example.net'";
    let members = [("id", id), ("email", email), ("email_key", email)];
    let invitations = [
        ("id", id),
        ("member_id", id),
        ("email_key", email),
        ("code_digest", digest),
    ];
    copy(
        world,
        &rows,
        "members",
        "email_key = 'invited@example.org'",
        &members,
        many,
    )
    .await;
    copy(
        world,
        &rows,
        "invitations",
        "email_key = 'invited@example.org'",
        &invitations,
        many,
    )
    .await;
    // As a database in use does by itself: without it PostgreSQL looks for each portion through all of them.
    rows.execute_unprepared("ANALYZE").await.unwrap();
    rows.close().await.unwrap();
}

async fn copy(world: &World, rows: &DatabaseConnection, table: &str, which: &str, other: &[(&str, &str)], many: i64) {
    let columns = match world.engine {
        Engine::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
        Engine::Postgres => format!(
            "SELECT column_name::text FROM information_schema.columns WHERE table_name = '{table}' AND is_generated = 'NEVER'"
        ),
    };
    let found = rows
        .query_all_raw(Statement::from_string(rows.get_database_backend(), columns))
        .await
        .unwrap();
    let names: Vec<String> = found.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    let value = |name: &String| {
        let other = other.iter().find(|(column, _)| column == name);
        other.map_or(format!("t.{name}"), |(_, value)| (*value).to_owned())
    };
    let values: Vec<String> = names.iter().map(value).collect();
    let statement = format!(
        "INSERT INTO {table} ({}) WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < {many}) \
         SELECT {} FROM number CROSS JOIN (SELECT * FROM {table} WHERE {which}) AS t",
        names.join(", "),
        values.join(", ")
    );
    rows.execute_unprepared(&statement).await.unwrap();
}
