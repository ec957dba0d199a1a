//! Fills a migrated database by statements over numbers: 1,000 organisations, one of them large, whose members have names as
//! they are (few common, many rare), accounts, roles, and some of them tags and groups.

use crate::database::Database;
use crate::options::Engine;
use crate::people::{FEW_MEMBERS, LARGE, ORGANIZATIONS, SESSIONS, SMALL, SMALL_MEMBERS};
use roster::domain::preset::Role;
use uuid::Uuid;

const FIRST: &str = "maria jose ana joao antonio francisco carlos paulo pedro lucas luiz marcos luis gabriel rafael francisca \
    daniel marcelo bruno eduardo felipe raimundo rodrigo antonia adriana juliana marcia fernanda patricia aline sandra \
    camila amanda bruna jessica leticia julia luciana vanessa mariana gabriela vera vitoria larissa claudia beatriz luana \
    rita sonia renata eliane josefa simone natalia cristiane carla debora rosangela jaqueline rosa daniela aparecida \
    wellington ubirajara quiteria ximena yasmin noemi olga hilda ivone kelly zilda";
const LAST: &str = "silva santos oliveira souza rodrigues ferreira alves pereira lima gomes costa ribeiro martins carvalho \
    almeida lopes soares fernandes vieira barbosa rocha dias nascimento andrade moreira nunes marques machado mendes freitas \
    cardoso ramos goncalves santana teixeira araujo pinto correia batista campos azevedo cavalcanti dantas esteves \
    figueiredo guimaraes holanda jardim klein leal macedo neves otero pacheco queiroz rezende sampaio tavares uchoa valente \
    xavier zanetti";
/// The first is drawn most often.
const PICKS: usize = 1_000;
/// Members who are put there by one statement.
const AT_ONCE: u32 = 250_000;

/// The other spelling of a few words on SQLite.
struct Words {
    engine: Engine,
}

impl Words {
    fn sqlite(&self) -> bool {
        self.engine == Engine::Sqlite
    }

    /// As [`crate::people::Person::uuid`] computes it.
    fn id(&self, organization: &str, number: &str) -> String {
        if self.sqlite() {
            return format!("unhex(printf('0190%08x70008%015x', {organization}, {number}))");
        }
        format!("('0190' || lpad(to_hex({organization}), 8, '0') || '70008' || lpad(to_hex({number}), 15, '0'))::uuid")
    }

    fn uuid(&self, id: Uuid) -> String {
        if self.sqlite() {
            return format!("x'{}'", id.simple());
        }
        format!("'{id}'::uuid")
    }

    fn time(&self, seconds: &str) -> String {
        if self.sqlite() {
            return format!("strftime('%Y-%m-%dT%H:%M:%S+00:00', {seconds}, 'unixepoch')");
        }
        format!("to_timestamp({seconds})")
    }

    fn numbers(&self, from: u32, to: u32) -> String {
        let integer = if self.sqlite() { "" } else { "::bigint" };
        format!(
            "WITH RECURSIVE number(i) AS (SELECT {from}{integer} UNION ALL SELECT i + 1 FROM number WHERE i < {to})"
        )
    }
}

/// A UUID as the engine's SQL writes it.
pub fn literal(engine: Engine, id: Uuid) -> String {
    Words { engine }.uuid(id)
}

/// Fills it; the large organisation gets so many members.
pub async fn fill(database: &Database, large: u32) {
    let words = Words {
        engine: database.engine,
    };
    let mut all = vec![picks(), picked(), organizations(&words, large)];
    for organization in [LARGE, SMALL] {
        let members = if organization == LARGE { large } else { SMALL_MEMBERS };
        for from in (1..=members).step_by(AT_ONCE as usize) {
            let to = members.min(from + AT_ONCE - 1);
            let numbers = words.numbers(from, to);
            all.extend(people(
                &words,
                &format!("{numbers}, person(o, i) AS (SELECT {organization}, i FROM number)"),
            ));
        }
    }
    let few = format!(
        "{}, person(o, i) AS (SELECT i / {FEW_MEMBERS} + 2, i % {FEW_MEMBERS} + 1 FROM number)",
        words.numbers(0, (ORGANIZATIONS - 2) * FEW_MEMBERS - 1)
    );
    all.extend(people(&words, &few));
    all.extend(given(&words));
    all.push("DROP TABLE picks".to_owned());
    if database.engine == Engine::Postgres {
        // What its autovacuum does after a while. SQLite has nothing of the kind, and the server asks for none.
        all.push("VACUUM ANALYZE".to_owned());
    }
    database.run(&all).await;
}

fn picks() -> String {
    "CREATE TABLE picks (n integer PRIMARY KEY, first text NOT NULL, last text NOT NULL)".to_owned()
}

fn picked() -> String {
    let draw = |words: &str, n: usize| {
        let words: Vec<&str> = words.split_whitespace().collect();
        let at = (n as f64 / PICKS as f64).powf(2.2) * words.len() as f64;
        words[at as usize].to_owned()
    };
    let all: Vec<String> = (0..PICKS)
        .map(|n| format!("({n}, '{}', '{}')", draw(FIRST, n), draw(LAST, n)))
        .collect();
    format!("INSERT INTO picks VALUES {}", all.join(", "))
}

fn organizations(words: &Words, large: u32) -> String {
    let now = words.time("1780000000");
    format!(
        "{} INSERT INTO organizations (id, slug, display_name, locale, time_zone, invitation_seconds, active_members, \
         version, created_at, updated_at) SELECT {}, 'organization-' || i, 'Organization ' || i, 'en', 'Etc/UTC', 604800, \
         CASE i WHEN {LARGE} THEN {large} WHEN {SMALL} THEN {SMALL_MEMBERS} ELSE {FEW_MEMBERS} END, 1, {now}, {now} \
         FROM number",
        words.numbers(0, ORGANIZATIONS - 1),
        words.id("i", "0"),
    )
}

/// Accounts, memberships, roles and sessions of the people that a query names as `person(o, i)`.
fn people(words: &Words, persons: &str) -> [String; 4] {
    let (id, here) = (words.id("o", "i"), words.id("o", "0"));
    let now = chrono::Utc::now().timestamp();
    let made = words.time(&format!("{} + i", now - 2_000_000));
    // Squared, so that none of the three tells anything about the others: in life, too, any surname goes with any name.
    let drawn =
        |by: i64| format!("((i * {by} + o) % 4294967291) * ((i * {by} + o) % 65521 + 7) % 4294967291 % {PICKS}");
    let (owner, member) = (
        words.uuid(Role::id_of("owner").uuid()),
        words.uuid(Role::id_of("member").uuid()),
    );
    let named = format!(
        "{persons}, named(o, i, name) AS (SELECT o, i, a.first || CASE WHEN i % 10 < 3 THEN ' ' || b.first ELSE '' END \
         || ' ' || b.last || ' ' || c.last FROM person JOIN picks a ON a.n = {} JOIN picks b ON b.n = {} \
         JOIN picks c ON c.n = {}), mailed(o, i, name, mail) AS (SELECT o, i, name, \
         replace(name, ' ', '.') || i || '.' || o || '@example.org' FROM named)",
        drawn(2_654_435_761),
        drawn(1_597_334_677),
        drawn(3_812_015_801),
    );
    let users = format!(
        "{named} INSERT INTO users (id, email, email_key, display_name, locale, time_zone, password_temporary, \
         email_verified_at, version, created_at, updated_at) \
         SELECT {id}, mail, mail, name, 'en', 'Etc/UTC', false, {made}, 1, {made}, {made} FROM mailed"
    );
    let members = format!(
        "{named} INSERT INTO members (organization_id, id, user_id, email, email_key, display_name, name_key, search_key, \
         state, rights_version, version, created_at, updated_at) \
         SELECT {here}, {id}, {id}, mail, mail, name, name, name || ' ' || mail, 4, 1, 1, {made}, {made} FROM mailed"
    );
    let roles = format!(
        "{persons} INSERT INTO member_roles (organization_id, member_id, role_id) \
         SELECT {here}, {id}, CASE i WHEN 1 THEN {owner} ELSE {member} END FROM person"
    );
    let sessions = format!(
        "{persons} INSERT INTO sessions (id, user_id, organization_id, member_id, device, address, methods, \
         authenticated_at, created_at, last_used_at, expires_at) \
         SELECT {id}, {id}, {here}, {id}, 'bench', '127.0.0.1', 'pwd', {begun}, {begun}, {begun}, {end} \
         FROM person WHERE i = 1 OR (o = {LARGE} AND i <= {SESSIONS})",
        begun = words.time(&now.to_string()),
        end = words.time(&(now + 864_000).to_string()),
    );
    [users, members, roles, sessions]
}

/// Tags and groups for some of the large organisation.
fn given(words: &Words) -> Vec<String> {
    let here = words.id(&LARGE.to_string(), "0");
    let now = words.time("1780000000");
    let mut all = vec![];
    for (table, columns, pairs, each) in [
        ("tags", ("member_id", "tag_id"), "member_tags", [(5, 1), (997, 3)]),
        (
            "groups",
            ("member_id", "group_id"),
            "group_members",
            [(4, 2), (2_003, 1)],
        ),
    ] {
        let (column, color) = if table == "tags" {
            (", color", ", 'gray'")
        } else {
            ("", "")
        };
        for (nth, (by, rest)) in each.into_iter().enumerate() {
            let id = words.id(&LARGE.to_string(), &nth.to_string());
            all.push(format!(
                "INSERT INTO {table} (organization_id, id, name, name_key, description, version, created_at, updated_at{column}) \
                 VALUES ({here}, {id}, 'number {nth}', 'number {nth}', '', 1, {now}, {now}{color})"
            ));
            all.push(format!(
                "INSERT INTO {pairs} (organization_id, {}, {}) SELECT {here}, m.id, {id} FROM members m \
                 WHERE m.organization_id = {here} AND {NUMBER} % {by} = {rest}",
                columns.0, columns.1
            ));
        }
    }
    all
}

/// A member's number within the large organisation, which stands in the address.
const NUMBER: &str = "CAST(ltrim(replace(m.email, '.0@example.org', ''), 'abcdefghijklmnopqrstuvwxyz.') AS bigint)";
