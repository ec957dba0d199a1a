//! Many members at once, with as many statements for one as for 500.

use super::{Members, is_listed, row};
use crate::domain::OrganizationId;
use crate::domain::member::Member;
use crate::error::Error;
use crate::store::among::{among, among_texts};
use crate::store::entity::member::{Column, Entity};
use crate::store::entity::{group_member, member_role, member_tag};
use crate::store::{ROWS, ReadWrite, Repository, from_db, insert_all};
use sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter};

impl<M> Repository<'_, Members, M> {
    /// Those that are listed with one of these addresses, by canonical form, in no order.
    pub async fn list_by_email(&self, organization: OrganizationId, keys: &[&str]) -> Result<Vec<Member>, Error> {
        let mut found = vec![];
        for some in keys.chunks(ROWS) {
            let query = Entity::find()
                .filter(among_texts(
                    self.conn,
                    (Column::OrganizationId, organization),
                    (Column::EmailKey, some),
                ))
                .filter(is_listed());
            found.extend(self.with_given(query.all(self.conn).await.map_err(from_db)?).await?);
        }
        Ok(found)
    }
}

impl Repository<'_, Members, ReadWrite> {
    /// New ones, with their roles, tags and groups. No address may be listed there, or the call conflicts.
    pub async fn insert_all(&self, members: &[&Member]) -> Result<(), Error> {
        insert_all(self.conn, members.iter().map(|member| row(member)).collect()).await?;
        self.insert_given(members).await
    }

    /// Puts other roles, tags and groups in the place of those that members had.
    pub async fn rewrite_given(&self, organization: OrganizationId, changes: &[(Member, Member)]) -> Result<(), Error> {
        for some in changes.chunks(ROWS) {
            let ids: Vec<_> = some.iter().map(|(_, next)| next.id.uuid()).collect();
            let roles = member_role::Entity::delete_many().filter(among(
                self.conn,
                (member_role::Column::OrganizationId, organization),
                (member_role::Column::MemberId, ids.clone()),
            ));
            roles.exec(self.conn).await.map_err(from_db)?;
            let tags = member_tag::Entity::delete_many().filter(among(
                self.conn,
                (member_tag::Column::OrganizationId, organization),
                (member_tag::Column::MemberId, ids.clone()),
            ));
            tags.exec(self.conn).await.map_err(from_db)?;
            let groups = group_member::Entity::delete_many().filter(among(
                self.conn,
                (group_member::Column::OrganizationId, organization),
                (group_member::Column::MemberId, ids.clone()),
            ));
            groups.exec(self.conn).await.map_err(from_db)?;
        }
        let next: Vec<&Member> = changes.iter().map(|(_, next)| next).collect();
        self.insert_given(&next).await
    }

    async fn insert_given(&self, members: &[&Member]) -> Result<(), Error> {
        let (mut roles, mut tags, mut groups) = (vec![], vec![], vec![]);
        for member in members {
            let (organization_id, member_id) = (Set(member.organization.uuid()), Set(member.id.uuid()));
            roles.extend(member.roles.iter().map(|role| member_role::ActiveModel {
                organization_id: organization_id.clone(),
                member_id: member_id.clone(),
                role_id: Set(role.uuid()),
            }));
            tags.extend(member.given.tags.iter().map(|tag| member_tag::ActiveModel {
                organization_id: organization_id.clone(),
                member_id: member_id.clone(),
                tag_id: Set(tag.uuid()),
            }));
            groups.extend(member.given.groups.iter().map(|group| group_member::ActiveModel {
                organization_id: organization_id.clone(),
                group_id: Set(group.uuid()),
                member_id: member_id.clone(),
            }));
        }
        insert_all(self.conn, roles).await?;
        insert_all(self.conn, tags).await?;
        insert_all(self.conn, groups).await
    }
}
