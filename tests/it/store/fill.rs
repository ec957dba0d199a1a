//! Fills an organisation with members by statements over numbers: names as they are, few common and many rare, and states,
//! roles, tags and groups for some. Others stand beside it, with the same names.

use super::{Shelf, organization, put};
use crate::support::Engine;
use roster::clock::Time;
use roster::domain::fold::fold;
use roster::domain::member::{Member, MemberFilter};
use roster::domain::{GroupId, OrganizationId, RoleId, TagId};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use std::time::Duration;
use uuid::Uuid;

const FIRST: &str = "maria jose ana joao antonio francisco carlos paulo pedro lucas luiz marcos luis gabriel rafael francisca \
    daniel marcelo bruno eduardo felipe raimundo rodrigo antonia adriana juliana marcia fernanda patricia aline sandra \
    camila amanda bruna jessica leticia julia luciana vanessa mariana gabriela vera vitoria larissa claudia beatriz luana \
    rita sonia renata eliane josefa simone natalia cristiane carla debora rosangela jaqueline rosa daniela aparecida \
    marlene terezinha raimunda andreia fabiana lucia raquel angela rafaela joana luzia elaine daiane wellington ubirajara \
    quiteria ximena yasmin noemi olga hilda ivone kelly zilda";
const LAST: &str = "silva santos oliveira souza rodrigues ferreira alves pereira lima gomes costa ribeiro martins carvalho \
    almeida lopes soares fernandes vieira barbosa rocha dias nascimento andrade moreira nunes marques machado mendes freitas \
    cardoso ramos goncalves santana teixeira araujo pinto correia batista campos azevedo cavalcanti dantas esteves \
    figueiredo guimaraes holanda jardim klein leal macedo neves otero pacheco queiroz rezende sampaio tavares uchoa valente \
    xavier zanetti";
/// The first is drawn most often.
const PICKS: usize = 1_000;

/// What was put there.
pub struct Filled {
    pub organization: OrganizationId,
    pub members: i64,
    pub address: String,
    pub wide_role: RoleId,
    pub narrow_role: RoleId,
    pub group_role: RoleId,
    pub bound_role: RoleId,
    pub wide_tag: TagId,
    pub narrow_tag: TagId,
    pub wide_group: GroupId,
    pub narrow_group: GroupId,
    tags: Vec<(TagId, i64, i64)>,
    groups: Vec<(GroupId, i64, i64)>,
    roles: Vec<(RoleId, i64, i64)>,
}

/// Which have what: those whose number leaves this when divided by that.
fn every(number: i64, by: i64, rest: i64) -> bool {
    number >= 0 && number % by == rest
}

impl Filled {
    /// Whether a filter lets a member through, by the numbers and by the texts themselves.
    pub fn meets(&self, member: &Member, filter: &MemberFilter, now: Time) -> bool {
        let text = fold(&format!("{} {}", member.display_name.as_str(), member.email.as_str()));
        // Those that were put there by hand have ids of another make, and nothing else.
        let number = i64::from_str_radix(&member.id.uuid().simple().to_string()[8..], 16).unwrap_or(-1);
        let has = |(_, by, rest): &&(_, i64, i64)| every(number, *by, *rest);
        let has_tag = |id: &TagId| {
            self.tags
                .iter()
                .filter(|tag| tag.0 == *id)
                .any(|(_, by, rest)| every(number, *by, *rest))
        };
        let in_group = |id: &GroupId| {
            self.groups
                .iter()
                .filter(|g| g.0 == *id)
                .any(|(_, by, rest)| every(number, *by, *rest))
        };
        let has_role = |id: &RoleId| self.roles.iter().filter(|role| role.0 == *id).any(|role| has(&role));
        text.contains(&filter.search)
            && (filter.states.is_empty() || filter.states.contains(&member.state_at(now)))
            && (filter.tags.is_empty() || filter.tags.iter().any(has_tag))
            && (filter.groups.is_empty() || filter.groups.iter().any(in_group))
            && (filter.roles.is_empty() || filter.roles.iter().any(has_role))
    }
}

/// The other spelling of a few words on SQLite.
struct Words {
    engine: Engine,
}

impl Words {
    fn id(&self, organization: &str, number: &str) -> String {
        let spread = format!("(({number} * 2654435761 + {organization}) % 4294967296)");
        match self.engine {
            Engine::Sqlite => format!("unhex(printf('%08x%024x', {spread}, {number}))"),
            Engine::Postgres => {
                format!("(lpad(to_hex({spread}), 8, '0') || lpad(to_hex({number}), 24, '0'))::uuid")
            }
        }
    }

    fn uuid(&self, id: Uuid) -> String {
        match self.engine {
            Engine::Sqlite => format!("x'{}'", id.simple()),
            Engine::Postgres => format!("'{id}'::uuid"),
        }
    }

    fn time(&self, seconds: &str) -> String {
        match self.engine {
            Engine::Sqlite => format!("strftime('%Y-%m-%dT%H:%M:%S+00:00', {seconds}, 'unixepoch')"),
            Engine::Postgres => format!("to_timestamp({seconds})"),
        }
    }

    fn numbers(&self, most: i64) -> String {
        format!(
            "WITH RECURSIVE number(i) AS (SELECT {one} UNION ALL SELECT i + 1 FROM number WHERE i < {most})",
            one = match self.engine {
                Engine::Sqlite => "1",
                Engine::Postgres => "1::bigint",
            }
        )
    }
}

async fn run(rows: &DatabaseConnection, statement: &str) {
    rows.execute_unprepared(statement)
        .await
        .unwrap_or_else(|error| panic!("{error}: {statement}"));
}

async fn picks(rows: &DatabaseConnection) {
    let draw = |words: &str, n: usize| {
        let words: Vec<&str> = words.split_whitespace().collect();
        let at = (n as f64 / PICKS as f64).powf(2.2) * words.len() as f64;
        words[at as usize].to_owned()
    };
    run(
        rows,
        "CREATE TABLE picks (n integer PRIMARY KEY, first text NOT NULL, last text NOT NULL)",
    )
    .await;
    let all: Vec<String> = (0..PICKS)
        .map(|n| format!("({n}, '{}', '{}')", draw(FIRST, n), draw(LAST, n)))
        .collect();
    run(rows, &format!("INSERT INTO picks VALUES {}", all.join(", "))).await;
}

/// One organisation's members. Names are drawn by the number, so that both engines draw the same.
async fn people(rows: &DatabaseConnection, words: &Words, place: Uuid, nth: i64, members: i64) {
    let start = chrono::Utc::now().timestamp() - members - 1_000;
    let drawn = |by: i64| format!("(i * {by} + {nth}) % 4294967291 % {PICKS}");
    let (here, id) = (words.uuid(place), words.id(&nth.to_string(), "i"));
    let made = words.time(&format!("{start} + i"));
    // The youngest wait for an answer, some of them too long.
    let state =
        format!("CASE WHEN i > {members} * 96 / 100 THEN 2 WHEN i % 100 = 5 THEN 5 WHEN i % 211 = 6 THEN 3 ELSE 4 END");
    let expires = format!(
        "CASE WHEN i > {members} * 98 / 100 THEN {} WHEN i > {members} * 96 / 100 THEN {} END",
        words.time(&(start + members + 900_000).to_string()),
        words.time(&(start - 100).to_string())
    );
    run(
        rows,
        &format!(
            "{} INSERT INTO members (organization_id, id, email, email_key, display_name, name_key, search_key, state, \
             invitation_expires_at, rights_version, version, created_at, updated_at) \
             SELECT {here}, {id}, mail, mail, name, name, name || ' ' || mail, {state}, {expires}, 1, 1, {made}, {made} \
             FROM (SELECT i, name, replace(name, ' ', '.') || i || '@example.org' AS mail FROM (\
             SELECT i, a.first || CASE WHEN i % 10 < 3 THEN ' ' || b.first ELSE '' END || ' ' || b.last || ' ' || c.last AS name \
             FROM number JOIN picks a ON a.n = {} JOIN picks b ON b.n = {} JOIN picks c ON c.n = {}) named) mailed",
            words.numbers(members),
            drawn(2_654_435_761), drawn(1_597_334_677), drawn(3_812_015_801),
        ),
    )
    .await;
}

async fn pairs(
    rows: &DatabaseConnection,
    words: &Words,
    table: &str,
    columns: (&str, &str),
    here: Uuid,
    what: Uuid,
    each: (i64, i64),
) {
    let (here, what) = (words.uuid(here), words.uuid(what));
    run(
        rows,
        &format!(
            "INSERT INTO {table} (organization_id, {}, {}) SELECT {here}, m.id, {what} FROM members m \
             WHERE m.organization_id = {here} AND {NUMBER} % {} = {}",
            columns.0, columns.1, each.0, each.1
        ),
    )
    .await;
}

/// A member's number, which stands in the address.
const NUMBER: &str = "CAST(ltrim(replace(m.email, '@example.org', ''), 'abcdefghijklmnopqrstuvwxyz.') AS bigint)";

async fn named(rows: &DatabaseConnection, words: &Words, table: &str, here: Uuid, id: Uuid, name: &str) {
    let more = if table == "tags" {
        (", color", ", 'gray'")
    } else {
        ("", "")
    };
    let now = words.time("1780000000");
    run(
        rows,
        &format!(
            "INSERT INTO {table} (organization_id, id, name, name_key, description, version, created_at, updated_at{}) \
             VALUES ({}, {}, '{name}', '{name}', '', 1, {now}, {now}{})",
            more.0,
            words.uuid(here),
            words.uuid(id),
            more.1
        ),
    )
    .await;
}

pub async fn fill(shelf: &Shelf, members: i64) -> Filled {
    let rows = Database::connect(shelf.database.settings.url.as_str()).await.unwrap();
    let words = Words { engine: shelf.engine };
    let here = organization("large");
    let others: Vec<_> = (0..10).map(|n| organization(&format!("other-{n}"))).collect();
    put(&shelf.store, std::slice::from_ref(&here)).await;
    put(&shelf.store, &others).await;
    picks(&rows).await;
    let place = here.id.uuid();
    for (n, other) in others.iter().enumerate() {
        if n == 5 {
            people(&rows, &words, place, 0, members).await;
        }
        people(&rows, &words, other.id.uuid(), n as i64 + 1, members / 50).await;
    }
    let id = super::uuid;
    let filled = Filled {
        organization: here.id,
        members,
        address: format!("{}@example.org", members / 2),
        wide_role: RoleId::new(id()),
        narrow_role: RoleId::new(id()),
        group_role: RoleId::new(id()),
        bound_role: RoleId::new(id()),
        wide_tag: TagId::new(id()),
        narrow_tag: TagId::new(id()),
        wide_group: GroupId::new(id()),
        narrow_group: GroupId::new(id()),
        tags: vec![],
        groups: vec![],
        roles: vec![],
    };
    let filled = give(&rows, &words, place, filled).await;
    settle(rows, shelf.engine).await;
    filled
}

async fn give(rows: &DatabaseConnection, words: &Words, place: Uuid, filled: Filled) -> Filled {
    let (rare, often) = ((997, 3), (5, 1));
    for (tag, name, each) in [(filled.wide_tag, "wide", often), (filled.narrow_tag, "narrow", rare)] {
        named(rows, words, "tags", place, tag.uuid(), name).await;
        pairs(
            rows,
            words,
            "member_tags",
            ("member_id", "tag_id"),
            place,
            tag.uuid(),
            each,
        )
        .await;
    }
    let groups = [
        (filled.wide_group, "wide", (4, 2)),
        (filled.narrow_group, "narrow", (2_003, 1)),
    ];
    for (group, name, each) in groups {
        named(rows, words, "groups", place, group.uuid(), name).await;
        pairs(
            rows,
            words,
            "group_members",
            ("member_id", "group_id"),
            place,
            group.uuid(),
            each,
        )
        .await;
    }
    for (role, each) in [(filled.wide_role, (1, 0)), (filled.narrow_role, (3_001, 8))] {
        pairs(
            rows,
            words,
            "member_roles",
            ("member_id", "role_id"),
            place,
            role.uuid(),
            each,
        )
        .await;
    }
    let (here, group, role) = (words.uuid(place), filled.narrow_group.uuid(), filled.group_role.uuid());
    let (group, role) = (words.uuid(group), words.uuid(role));
    run(
        rows,
        &format!("INSERT INTO group_roles (organization_id, group_id, role_id) VALUES ({here}, {group}, {role})"),
    )
    .await;
    bind(rows, words, place, filled.bound_role.uuid()).await;
    Filled {
        tags: vec![(filled.wide_tag, 5, 1), (filled.narrow_tag, 997, 3)],
        groups: vec![(filled.wide_group, 4, 2), (filled.narrow_group, 2_003, 1)],
        roles: vec![
            (filled.wide_role, 1, 0),
            (filled.narrow_role, 3_001, 8),
            (filled.group_role, 2_003, 1),
            (filled.bound_role, 4_001, 9),
        ],
        ..filled
    }
}

/// A role for a while, and for twice as many one that is over.
async fn bind(rows: &DatabaseConnection, words: &Words, place: Uuid, role: Uuid) {
    let (here, role) = (words.uuid(place), words.uuid(role));
    let (later, before) = (words.time("4000000000"), words.time("1000000000"));
    for (rest, until) in [(9, &later), (10, &before), (11, &before)] {
        run(
            rows,
            &format!(
                "INSERT INTO bindings (organization_id, id, member_id, role_id, expires_at, created_by, created_at) \
                 SELECT {here}, m.id, m.id, {role}, {until}, m.id, {before} FROM members m \
                 WHERE m.organization_id = {here} AND {NUMBER} % 4001 = {rest}"
            ),
        )
        .await;
    }
}

/// What a server does by itself after a while, and the tests' server doesn't.
async fn settle(rows: DatabaseConnection, engine: Engine) {
    if engine == Engine::Postgres {
        run(&rows, "VACUUM ANALYZE").await;
    }
    rows.close().await.unwrap();
}

/// How often PostgreSQL read the table of members from end to end.
pub async fn sequential_scans(shelf: &Shelf) -> i64 {
    if shelf.engine == Engine::Sqlite {
        return 0;
    }
    // An idle connection tells its counts after ten seconds.
    tokio::time::sleep(Duration::from_secs(11)).await;
    let rows = Database::connect(shelf.database.settings.url.as_str()).await.unwrap();
    let asked = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'members'";
    let row = rows
        .query_one_raw(Statement::from_string(rows.get_database_backend(), asked))
        .await
        .unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

/// Takes the last step of the search's index once more, over the members that there are. (Those who come later are entered
/// one by one.)
pub async fn index_again(shelf: &Shelf) {
    let rows = Database::connect(shelf.database.settings.url.as_str()).await.unwrap();
    let undone: &[&str] = match shelf.engine {
        Engine::Sqlite => &[],
        Engine::Postgres => &[
            "DROP INDEX members_trigrams",
            "DROP FUNCTION member_grams(text, text, uuid)",
            "CREATE INDEX members_grams ON members (state)",
        ],
    };
    let forgotten = "DELETE FROM seaql_migrations WHERE version = 'm0013_trigrams'";
    for statement in undone.iter().chain([&forgotten]) {
        rows.execute_unprepared(statement).await.unwrap();
    }
    rows.close().await.unwrap();
    assert_eq!(shelf.store.migrate().await.unwrap(), ["m0013_trigrams"]);
}
