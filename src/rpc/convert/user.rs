//! People's own accounts.

use super::{Fields, etag, timestamp};
use crate::app::user::{Me, OwnMembership, UpdateMe};
use crate::domain::user::User;
use crate::error::Error;
use crate::pb::roster::identity::v1 as pb;
use crate::rpc::fields::Mask;

impl From<User> for pb::User {
    fn from(user: User) -> pb::User {
        pb::User {
            id: user.id.to_string(),
            email: user.email.as_str().to_owned(),
            email_verified: user.email_verified_at.is_some(),
            display_name: user.display_name.as_str().to_owned(),
            locale: user.locale.as_str().to_owned(),
            time_zone: user.time_zone.as_str().to_owned(),
            etag: etag(user.version),
            create_time: Some(timestamp(user.created_at)),
            update_time: Some(timestamp(user.updated_at)),
        }
    }
}

impl From<OwnMembership> for pb::OwnMembership {
    fn from(own: OwnMembership) -> pb::OwnMembership {
        pb::OwnMembership {
            member_id: own.member.id.to_string(),
            organization_id: own.organization.id.to_string(),
            organization_name: own.organization.display_name.as_str().to_owned(),
            organization_slug: own.organization.slug.as_str().to_owned(),
            roles: own.roles,
            permissions: own.permissions,
            current: own.current,
        }
    }
}

impl From<Me> for pb::GetMeResponse {
    fn from(me: Me) -> Self {
        Self {
            user: Some(me.user.into()),
            memberships: me.memberships.into_iter().map(Into::into).collect(),
            session_id: me.session.to_string(),
        }
    }
}

impl TryFrom<pb::UpdateMeRequest> for UpdateMe {
    type Error = Error;
    fn try_from(r: pb::UpdateMeRequest) -> Result<UpdateMe, Error> {
        let mut f = Fields::default();
        let mask = Mask::new(r.update_mask.as_ref(), &["display_name", "locale", "time_zone"], &mut f);
        let display_name = mask.parse(&mut f, "display_name", &r.display_name);
        let locale = mask.parse(&mut f, "locale", &r.locale);
        let time_zone = mask.parse(&mut f, "time_zone", &r.time_zone);
        let etag = f.etag(&r.etag);
        f.build(|| {
            Some(UpdateMe {
                display_name: display_name?,
                locale: locale?,
                time_zone: time_zone?,
                etag: etag?,
            })
        })
    }
}

impl From<User> for pb::UpdateMeResponse {
    fn from(user: User) -> Self {
        Self {
            user: Some(user.into()),
        }
    }
}
