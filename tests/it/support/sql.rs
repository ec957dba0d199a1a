//! Looks at the rows behind the server's back, to see that nothing changed, and changes what no method changes.

use super::engine::Engine;
use super::world::World;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, FromQueryResult, JsonValue, Statement};

/// Everything that a call could change, but for attempts, which are counted whatever comes of a call, and notes of
/// refused calls. Mails without the times at which they are tried.
const ROWS: &[(&str, &str)] = &[
    ("users", "SELECT * FROM users"),
    ("organizations", "SELECT * FROM organizations"),
    ("ownership_transfers", "SELECT * FROM ownership_transfers"),
    ("members", "SELECT * FROM members"),
    ("member_roles", "SELECT * FROM member_roles"),
    ("roles", "SELECT * FROM roles"),
    ("groups", "SELECT * FROM groups"),
    ("group_roles", "SELECT * FROM group_roles"),
    ("group_members", "SELECT * FROM group_members"),
    ("tags", "SELECT * FROM tags"),
    ("member_tags", "SELECT * FROM member_tags"),
    ("grants", "SELECT * FROM grants"),
    ("bindings", "SELECT * FROM bindings"),
    ("catalog_modules", "SELECT * FROM catalog_modules"),
    ("invitations", "SELECT * FROM invitations"),
    ("sessions", "SELECT * FROM sessions"),
    ("refresh_tokens", "SELECT * FROM refresh_tokens"),
    ("challenges", "SELECT * FROM challenges"),
    ("revocations", "SELECT * FROM revocations"),
    ("replies", "SELECT * FROM replies"),
    ("changes", "SELECT * FROM changes WHERE kind <> 'call_refused'"),
    ("mails", "SELECT id, recipient, kind FROM mails"),
];

impl World {
    async fn rows(&self) -> DatabaseConnection {
        Database::connect(self.database.settings.url.as_str()).await.unwrap()
    }

    /// Runs a statement that changes rows, and says how many.
    pub async fn sql(&self, statement: &str) -> u64 {
        let rows = self.rows().await;
        let done = rows.execute_unprepared(statement).await.unwrap().rows_affected();
        rows.close().await.unwrap();
        done
    }

    /// The number that a statement such as `SELECT count(*) FROM users` gives.
    pub async fn count(&self, statement: &str) -> i64 {
        let rows = self.rows().await;
        let statement = Statement::from_string(rows.get_database_backend(), statement);
        let row = rows.query_one_raw(statement).await.unwrap().unwrap();
        rows.close().await.unwrap();
        row.try_get_by_index(0).unwrap()
    }

    /// All rows of a statement, as JSON text, in no order of their own.
    pub async fn picture(&self, statement: &str) -> Vec<String> {
        let rows = self.rows().await;
        let statement = Statement::from_string(rows.get_database_backend(), statement);
        let found = JsonValue::find_by_statement(statement).all(&rows).await.unwrap();
        rows.close().await.unwrap();
        let mut found: Vec<String> = found.iter().map(ToString::to_string).collect();
        found.sort();
        found
    }

    /// The rows of a table, by whose they are: this organisation's, and everybody else's.
    pub async fn rows_of(&self, table: &str, organization: &str) -> (Vec<String>, Vec<String>) {
        let id: roster::domain::OrganizationId = organization.parse().unwrap();
        let id = match self.engine {
            Engine::Postgres => format!("'{}'", id.uuid()),
            Engine::Sqlite => format!("X'{}'", id.uuid().simple()),
        };
        let picture = async |is: &str| {
            self.picture(&format!("SELECT * FROM {table} WHERE organization_id {is} {id}"))
                .await
        };
        (picture("=").await, picture("<>").await)
    }

    /// All that a call could change, to be compared with the same from later.
    pub async fn state(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut state = vec![];
        for (table, statement) in ROWS {
            state.push((*table, self.picture(statement).await));
        }
        state
    }
}

/// What is an organisation's own, and goes with it.
pub const ITS: [&str; 13] = [
    "members",
    "member_roles",
    "invitations",
    "roles",
    "groups",
    "group_roles",
    "group_members",
    "tags",
    "member_tags",
    "grants",
    "bindings",
    "ownership_transfers",
    "catalog_modules",
];
