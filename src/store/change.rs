//! The change log. Only `Tx::commit` adds to it, and nothing ever alters it.

use super::entity::change::{ActiveModel, Column, Entity, Model};
use super::{ReadWrite, Repository, from_db, insert_all};
use crate::clock::Time;
use crate::domain::event::Event;
use crate::domain::{OrganizationId, SessionId, UserId};
use crate::error::Error;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

/// The resource.
#[derive(Debug)]
pub enum Changes {}

/// Who did it, by which call: the same for all events of a transaction.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Who called; none for the service itself and for calls without a credential.
    pub user: Option<UserId>,
    /// With which session.
    pub session: Option<SessionId>,
    /// The RPC's path, or the name of the job.
    pub method: String,
    /// The id of the call in the log.
    pub correlation: String,
    /// The caller's network address.
    pub address: String,
}

/// Where a reader of the log has got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// The transaction, in an order in which none comes late.
    pub transaction: i64,
    /// The row.
    pub id: i64,
}

impl<M> Repository<'_, Changes, M> {
    /// What happened after a position, in order. It ends before the oldest transaction that is still running, so a row
    /// that commits late is never missed.
    pub async fn list(&self, after: Position, limit: u64) -> Result<Vec<(Position, Model)>, Error> {
        let row = Expr::tuple([Expr::col(Column::Transaction), Expr::col(Column::Id)]);
        let place = Expr::tuple([Expr::value(after.transaction), Expr::value(after.id)]);
        let mut query = Entity::find().filter(sea_orm::ExprTrait::gt(row, place));
        if self.conn.get_database_backend() == DbBackend::Postgres {
            query = query.filter(Expr::cust(
                "transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
            ));
        }
        let query = query
            .order_by_asc(Column::Transaction)
            .order_by_asc(Column::Id)
            .limit(limit);
        let rows = query.all(self.conn).await.map_err(from_db)?;
        Ok(rows
            .into_iter()
            .map(|row| {
                (
                    Position {
                        transaction: row.transaction,
                        id: row.id,
                    },
                    row,
                )
            })
            .collect())
    }

    /// What happened in an organisation, the newest first.
    pub async fn list_of(&self, organization: OrganizationId, limit: u64) -> Result<Vec<Model>, Error> {
        let query = Entity::find().filter(Column::OrganizationId.eq(organization.uuid()));
        query
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(self.conn)
            .await
            .map_err(from_db)
    }
}

impl Repository<'_, Changes, ReadWrite> {
    pub(super) async fn insert(
        &self,
        origin: &Origin,
        at: Time,
        events: &[(Option<OrganizationId>, Event)],
    ) -> Result<(), Error> {
        let rows = events
            .iter()
            .map(|(organization, event)| row(origin, at, *organization, event));
        insert_all(self.conn, rows.collect::<Result<_, _>>()?).await
    }
}

fn row(origin: &Origin, at: Time, organization: Option<OrganizationId>, event: &Event) -> Result<ActiveModel, Error> {
    let mut data = serde_json::to_value(event).map_err(|e| Error::Internal(e.to_string()))?;
    let kind = data.as_object_mut().and_then(|o| o.remove("kind"));
    let kind = kind.as_ref().and_then(|k| k.as_str()).unwrap_or_default().to_owned();
    Ok(ActiveModel {
        id: NotSet,
        transaction: NotSet,
        organization_id: Set(organization.map(OrganizationId::uuid)),
        actor_user_id: Set(origin.user.map(UserId::uuid)),
        actor_session_id: Set(origin.session.map(SessionId::uuid)),
        method: Set(origin.method.clone()),
        kind: Set(kind),
        subject: Set(event.subject()),
        data: Set(data),
        correlation: Set(origin.correlation.clone()),
        address: Set(origin.address.clone()),
        created_at: Set(at),
    })
}
