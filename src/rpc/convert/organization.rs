//! Organisations.

use super::{Fields, etag, nothing_to_parse, only_a_page, timestamp};
use crate::app::organization::{Create, Update};
use crate::app::page::Page;
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::error::Error;
use crate::pb::roster::organization::v1 as pb;
use crate::rpc::fields::Mask;
use chrono::Duration;

nothing_to_parse!(pb::GetOrganizationRequest);
only_a_page!(pb::ListMyOrganizationsRequest);

impl From<Organization> for pb::Organization {
    fn from(o: Organization) -> pb::Organization {
        let lifetime = prost_types::Duration {
            seconds: o.invitation_lifetime.num_seconds(),
            nanos: 0,
        };
        pb::Organization {
            id: o.id.to_string(),
            slug: o.slug.as_str().to_owned(),
            display_name: o.display_name.as_str().to_owned(),
            locale: o.locale.as_str().to_owned(),
            time_zone: o.time_zone.as_str().to_owned(),
            invitation_lifetime: Some(lifetime),
            seat_limit: o.seat_limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX)),
            etag: etag(o.version),
            create_time: Some(timestamp(o.created_at)),
            update_time: Some(timestamp(o.updated_at)),
            ..Default::default()
        }
    }
}

impl TryFrom<pb::CreateOrganizationRequest> for Create {
    type Error = Error;
    fn try_from(r: pb::CreateOrganizationRequest) -> Result<Create, Error> {
        let mut f = Fields::default();
        let display_name = f.parse("display_name", &r.display_name);
        let slug = f.optional("slug", &r.slug);
        let locale = f.optional("locale", &r.locale);
        let time_zone = f.optional("time_zone", &r.time_zone);
        f.build(|| {
            Some(Create {
                display_name: display_name?,
                slug: slug?,
                locale: locale?,
                time_zone: time_zone?,
            })
        })
    }
}

impl From<(Organization, Member)> for pb::CreateOrganizationResponse {
    fn from((organization, member): (Organization, Member)) -> Self {
        Self {
            organization: Some(organization.into()),
            member_id: member.id.to_string(),
        }
    }
}

impl From<Organization> for pb::GetOrganizationResponse {
    fn from(organization: Organization) -> Self {
        Self {
            organization: Some(organization.into()),
        }
    }
}

impl From<Page<Organization>> for pb::ListMyOrganizationsResponse {
    fn from(page: Page<Organization>) -> Self {
        Self {
            organizations: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next,
        }
    }
}

impl TryFrom<pb::UpdateOrganizationRequest> for Update {
    type Error = Error;
    fn try_from(r: pb::UpdateOrganizationRequest) -> Result<Update, Error> {
        let mut f = Fields::default();
        let known = ["display_name", "slug", "locale", "time_zone", "invitation_lifetime"];
        let mask = Mask::new(r.update_mask.as_ref(), &known, &mut f);
        let display_name = mask.parse(&mut f, "display_name", &r.display_name);
        let slug = mask.parse(&mut f, "slug", &r.slug);
        let locale = mask.parse(&mut f, "locale", &r.locale);
        let time_zone = mask.parse(&mut f, "time_zone", &r.time_zone);
        let lifetime = if mask.means("invitation_lifetime", r.invitation_lifetime.is_some()) {
            f.take("invitation_lifetime", life(r.invitation_lifetime.as_ref()))
                .map(Some)
        } else {
            Some(None)
        };
        let etag = f.etag(&r.etag);
        f.build(|| {
            Some(Update {
                display_name: display_name?,
                slug: slug?,
                locale: locale?,
                time_zone: time_zone?,
                invitation_lifetime: lifetime?,
                etag: etag?,
            })
        })
    }
}

fn life(duration: Option<&prost_types::Duration>) -> Result<Duration, &'static str> {
    let seconds = duration.map_or(0, |d| if d.nanos == 0 { d.seconds } else { 0 });
    let within = (3_600..=30 * 86_400).contains(&seconds);
    within
        .then(|| Duration::seconds(seconds))
        .ok_or("is not whole seconds from one hour (3600s) to 30 days (2592000s)")
}

impl From<Organization> for pb::UpdateOrganizationResponse {
    fn from(organization: Organization) -> Self {
        Self {
            organization: Some(organization.into()),
        }
    }
}
