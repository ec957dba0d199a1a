//! The schema's history: one file per step, the same for both engines, only ever added to. Start at `m0001_identity`.

mod m0001_identity;
mod m0002_organization;
mod m0003_operation;
mod m0004_rights;
mod m0005_organizations;
mod m0006_search;
mod m0008_life;
mod m0009_preset;
mod m0010_purge;
mod m0011_mail_rank;
mod m0012_plans;
mod m0013_trigrams;

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema;

/// All steps, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_identity::Migration),
            Box::new(m0002_organization::Migration),
            Box::new(m0003_operation::Migration),
            Box::new(m0004_rights::Migration),
            Box::new(m0005_organizations::Migration),
            Box::new(m0006_search::Migration),
            Box::new(m0008_life::Migration),
            Box::new(m0009_preset::Migration),
            Box::new(m0010_purge::Migration),
            Box::new(m0011_mail_rank::Migration),
            Box::new(m0012_plans::Migration),
            Box::new(m0013_trigrams::Migration),
        ]
    }
}

/// Text that is compared and ordered byte by byte, whatever the database's language, so that both engines agree.
fn key(name: &'static str, manager: &SchemaManager<'_>) -> ColumnDef {
    let mut column = schema::text(name);
    if manager.get_database_backend() == DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

/// Statements in plain SQL: most are indexes, of which both engines read the same text, and partial ones read best that way.
async fn run(manager: &SchemaManager<'_>, statements: &[impl AsRef<str>]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement.as_ref()).await?;
    }
    Ok(())
}

fn references(from: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_col(from)
        .to(table, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
