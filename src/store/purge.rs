//! What goes with an organisation whose time to be restored is over: everything but the change log.

use super::among::among;
use super::entity::{group, invitation, member, role, session, tag};
use super::organization::Organizations;
use super::{ReadWrite, Repository, from_db};
use crate::domain::OrganizationId;
use crate::domain::organization::Purged;
use crate::error::Error;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

impl Repository<'_, Organizations, ReadWrite> {
    /// Forgets members of a deleted organisation, `limit` at most, with what is theirs; and with the last of them, the
    /// organisation. It must be locked.
    pub async fn purge(&self, id: OrganizationId, limit: u64) -> Result<Purged, Error> {
        let organization = id.uuid();
        let members: Vec<Uuid> = member::Entity::find()
            .select_only()
            .column(member::Column::Id)
            .filter(member::Column::OrganizationId.eq(organization))
            .order_by_asc(member::Column::Id)
            .limit(limit)
            .into_tuple()
            .all(self.conn)
            .await
            .map_err(from_db)?;
        let mut gone = Purged {
            members: members.len() as u64,
            whole: (members.len() as u64) < limit,
            ..Purged::default()
        };
        let sent = invitation::Entity::delete_many().filter(among(
            self.conn,
            (invitation::Column::OrganizationId, id),
            (invitation::Column::MemberId, members.iter().copied()),
        ));
        gone.invitations = sent.exec(self.conn).await.map_err(from_db)?.rows_affected;
        let begun = session::Entity::delete_many().filter(among(
            self.conn,
            (session::Column::OrganizationId, id),
            (session::Column::MemberId, members.iter().copied()),
        ));
        gone.sessions = begun.exec(self.conn).await.map_err(from_db)?.rows_affected;
        let listed = member::Entity::delete_many().filter(among(
            self.conn,
            (member::Column::OrganizationId, id),
            (member::Column::Id, members),
        ));
        listed.exec(self.conn).await.map_err(from_db)?;
        if gone.whole {
            let roles = role::Entity::delete_many().filter(role::Column::OrganizationId.eq(organization));
            gone.roles = roles.exec(self.conn).await.map_err(from_db)?.rows_affected;
            let groups = group::Entity::delete_many().filter(group::Column::OrganizationId.eq(organization));
            gone.groups = groups.exec(self.conn).await.map_err(from_db)?.rows_affected;
            let tags = tag::Entity::delete_many().filter(tag::Column::OrganizationId.eq(organization));
            gone.tags = tags.exec(self.conn).await.map_err(from_db)?.rows_affected;
            self.delete(id).await?;
        }
        Ok(gone)
    }
}
