//! Ownerships on offer, at most one per organisation. They are read and written under the organisation's lock; only showing
//! one does without.

use super::entity::ownership_transfer::{ActiveModel, Column, Entity, Model};
use super::{ReadWrite, Repository, from_db};
use crate::domain::organization::OwnershipTransfer;
use crate::domain::{MemberId, OrganizationId};
use crate::error::Error;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

/// The resource.
#[derive(Debug)]
pub enum OwnershipTransfers {}

impl<M> Repository<'_, OwnershipTransfers, M> {
    /// The one of an organisation, whether or not it can still be accepted.
    pub async fn find(&self, organization: OrganizationId) -> Result<Option<OwnershipTransfer>, Error> {
        let query = Entity::find_by_id(organization.uuid());
        Ok(query
            .one(self.conn)
            .await
            .map_err(from_db)?
            .map(OwnershipTransfer::from))
    }
}

impl Repository<'_, OwnershipTransfers, ReadWrite> {
    /// A new one. There must be none, or the call conflicts.
    pub async fn insert(&self, transfer: &OwnershipTransfer) -> Result<(), Error> {
        let row = ActiveModel {
            organization_id: Set(transfer.organization.uuid()),
            from_member_id: Set(transfer.from.uuid()),
            to_member_id: Set(transfer.to.uuid()),
            to_rights_version: Set(transfer.to_rights_version),
            created_at: Set(transfer.created_at),
            expires_at: Set(transfer.expires_at),
        };
        Entity::insert(row)
            .exec_without_returning(self.conn)
            .await
            .map_err(from_db)?;
        Ok(())
    }

    /// Lets the one of an organisation go on for the chosen with these rights.
    pub async fn follow(&self, organization: OrganizationId, rights_version: i64) -> Result<(), Error> {
        let query = Entity::update_many()
            .set(ActiveModel {
                to_rights_version: Set(rights_version),
                ..Default::default()
            })
            .filter(Column::OrganizationId.eq(organization.uuid()));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Forgets the one of an organisation, if there is one.
    pub async fn delete(&self, organization: OrganizationId) -> Result<(), Error> {
        let query = Entity::delete_many().filter(Column::OrganizationId.eq(organization.uuid()));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }
}

impl From<Model> for OwnershipTransfer {
    fn from(row: Model) -> OwnershipTransfer {
        OwnershipTransfer {
            organization: OrganizationId::new(row.organization_id),
            from: MemberId::new(row.from_member_id),
            to: MemberId::new(row.to_member_id),
            to_rights_version: row.to_rights_version,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}
