//! Organisations.

use super::{Fields, etag, nothing_to_parse, timestamp};
use crate::app::organization::{Create, Delete, Deleted, ListMine, Restore, SetApiUser, Update};
use crate::app::page::Page;
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::error::Error;
use crate::pb::roster::organization::v1 as pb;
use crate::rpc::fields::Mask;
use chrono::Duration;

nothing_to_parse!(pb::GetOrganizationRequest);

impl From<Organization> for pb::Organization {
    fn from(o: Organization) -> pb::Organization {
        let state = match o.deleted_at {
            None => pb::OrganizationState::Active,
            Some(_) => pb::OrganizationState::Deleted,
        };
        let policy = o.password_min_length.map(|length| pb::PasswordPolicy {
            min_length: i32::try_from(length).unwrap_or(i32::MAX),
        });
        pb::Organization {
            id: o.id.to_string(),
            slug: o.slug.as_str().to_owned(),
            display_name: o.display_name.as_str().to_owned(),
            locale: o.locale.as_str().to_owned(),
            time_zone: o.time_zone.as_str().to_owned(),
            invitation_lifetime: Some(duration(o.invitation_lifetime)),
            seat_limit: o.seat_limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX)),
            etag: etag(o.version),
            create_time: Some(timestamp(o.created_at)),
            update_time: Some(timestamp(o.updated_at)),
            state: state.into(),
            delete_time: o.deleted_at.map(timestamp),
            purge_time: o.purge_at().map(timestamp),
            password_policy: policy,
            mfa_required: false,
            session_lifetime: o.session_lifetime.map(duration),
            default_role_id: o.default_role.map(|id| id.to_string()).unwrap_or_default(),
            api_user_member_id: o.api_user.map(|id| id.to_string()).unwrap_or_default(),
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

impl TryFrom<pb::ListMyOrganizationsRequest> for ListMine {
    type Error = Error;
    fn try_from(r: pb::ListMyOrganizationsRequest) -> Result<ListMine, Error> {
        let mut f = Fields::default();
        let page = f.page(r.page_size, r.page_token);
        f.build(|| {
            Some(ListMine {
                deleted: r.show_deleted,
                page: page?,
            })
        })
    }
}

/// What UpdateOrganization can change.
const KNOWN: [&str; 9] = [
    "display_name",
    "slug",
    "locale",
    "time_zone",
    "invitation_lifetime",
    "password_policy",
    "mfa_required",
    "session_lifetime",
    "default_role_id",
];

impl TryFrom<pb::UpdateOrganizationRequest> for Update {
    type Error = Error;
    fn try_from(r: pb::UpdateOrganizationRequest) -> Result<Update, Error> {
        let mut f = Fields::default();
        let mask = Mask::new(r.update_mask.as_ref(), &KNOWN, &mut f);
        let display_name = mask.parse(&mut f, "display_name", &r.display_name);
        let slug = mask.parse(&mut f, "slug", &r.slug);
        let locale = mask.parse(&mut f, "locale", &r.locale);
        let time_zone = mask.parse(&mut f, "time_zone", &r.time_zone);
        let invitation_lifetime = if mask.means("invitation_lifetime", r.invitation_lifetime.is_some()) {
            let lifetime = r.invitation_lifetime.as_ref().map(invited_for).transpose();
            f.take("invitation_lifetime", lifetime).map(Some)
        } else {
            Some(None)
        };
        let password_min_length = if mask.means("password_policy", r.password_policy.is_some()) {
            let length = r.password_policy.map(|policy| length(policy.min_length)).transpose();
            f.take("password_policy.min_length", length).map(Some)
        } else {
            Some(None)
        };
        let session_lifetime = if mask.means("session_lifetime", r.session_lifetime.is_some()) {
            let lifetime = r.session_lifetime.as_ref().map(logged_in_for).transpose();
            f.take("session_lifetime", lifetime).map(Some)
        } else {
            Some(None)
        };
        let default_role = if mask.means("default_role_id", !r.default_role_id.is_empty()) {
            f.optional("default_role_id", &r.default_role_id).map(Some)
        } else {
            Some(None)
        };
        let etag = f.etag(&r.etag);
        let mfa_required = mask.means("mfa_required", r.mfa_required) && r.mfa_required;
        f.build(|| {
            Some(Update {
                display_name: display_name?,
                slug: slug?,
                locale: locale?,
                time_zone: time_zone?,
                invitation_lifetime: invitation_lifetime?,
                password_min_length: password_min_length?,
                mfa_required,
                session_lifetime: session_lifetime?,
                default_role: default_role?,
                etag: etag?,
            })
        })
    }
}

fn duration(lifetime: Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: lifetime.num_seconds(),
        nanos: 0,
    }
}

fn whole_seconds(duration: &prost_types::Duration, from: i64, to: i64) -> Option<Duration> {
    let within = duration.nanos == 0 && (from..=to).contains(&duration.seconds);
    within.then(|| Duration::seconds(duration.seconds))
}

fn invited_for(duration: &prost_types::Duration) -> Result<Duration, &'static str> {
    let lifetime = whole_seconds(duration, 3_600, 30 * 86_400);
    lifetime.ok_or("is not whole seconds from one hour (3600s) to 30 days (2592000s)")
}

/// What the deployment allows at most is for the operation to say; no deployment allows ten years.
fn logged_in_for(duration: &prost_types::Duration) -> Result<Duration, &'static str> {
    let lifetime = whole_seconds(duration, 600, 3_650 * 86_400);
    lifetime.ok_or("is not whole seconds from ten minutes (600s) to what the deployment allows")
}

fn length(length: i32) -> Result<u32, &'static str> {
    let within = (1..=64).contains(&length);
    let length = u32::try_from(length).ok().filter(|_| within);
    length.ok_or("is not from what the deployment asks to 64")
}

impl From<Organization> for pb::UpdateOrganizationResponse {
    fn from(organization: Organization) -> Self {
        Self {
            organization: Some(organization.into()),
        }
    }
}

impl TryFrom<pb::DeleteOrganizationRequest> for Delete {
    type Error = Error;
    fn try_from(r: pb::DeleteOrganizationRequest) -> Result<Delete, Error> {
        let mut f = Fields::default();
        if r.confirm.is_empty() {
            f.refuse(
                "confirm",
                "is empty; type the organization's slug to confirm the deletion",
            );
        }
        let etag = f.etag(&r.etag);
        f.build(|| {
            Some(Delete {
                confirm: r.confirm,
                etag: etag?,
            })
        })
    }
}

impl From<Deleted> for pb::DeleteOrganizationResponse {
    fn from(deleted: Deleted) -> Self {
        Self {
            organization: Some(deleted.organization.into()),
            sessions_ended: i32::try_from(deleted.sessions).unwrap_or(i32::MAX),
            invitations_withdrawn: i32::try_from(deleted.invitations).unwrap_or(i32::MAX),
        }
    }
}

impl TryFrom<pb::RestoreOrganizationRequest> for Restore {
    type Error = Error;
    fn try_from(r: pb::RestoreOrganizationRequest) -> Result<Restore, Error> {
        let mut f = Fields::default();
        let organization = f.parse("organization", &r.organization);
        f.build(|| {
            Some(Restore {
                organization: organization?,
            })
        })
    }
}

impl From<Organization> for pb::RestoreOrganizationResponse {
    fn from(organization: Organization) -> Self {
        Self {
            organization: Some(organization.into()),
        }
    }
}

impl TryFrom<pb::SetApiUserRequest> for SetApiUser {
    type Error = Error;
    fn try_from(r: pb::SetApiUserRequest) -> Result<SetApiUser, Error> {
        let mut f = Fields::default();
        let member = f.optional("member_id", &r.member_id);
        let etag = f.etag(&r.etag);
        f.build(|| {
            Some(SetApiUser {
                member: member?,
                etag: etag?,
            })
        })
    }
}

impl From<Organization> for pb::SetApiUserResponse {
    fn from(organization: Organization) -> Self {
        Self {
            organization: Some(organization.into()),
        }
    }
}
