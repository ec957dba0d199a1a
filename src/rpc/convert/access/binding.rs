//! Roles given for a while.

use crate::app::access::{BindingShown, CreateBinding, DeleteBinding, ListBindings};
use crate::app::page::Page;
use crate::clock::Time;
use crate::error::Error;
use crate::pb::roster::access::v1 as pb;
use crate::rpc::convert::timestamp;
use crate::rpc::fields::Fields;
use prost_types::Timestamp;

impl From<BindingShown> for pb::Binding {
    fn from(shown: BindingShown) -> pb::Binding {
        let binding = shown.binding;
        pb::Binding {
            id: binding.id.to_string(),
            member_id: binding.member.to_string(),
            role_id: binding.role.to_string(),
            role_name: shown.role,
            expire_time: Some(timestamp(binding.expires_at)),
            created_by_user_id: binding.created_by.to_string(),
            create_time: Some(timestamp(binding.created_at)),
        }
    }
}

impl TryFrom<pb::CreateBindingRequest> for CreateBinding {
    type Error = Error;
    fn try_from(r: pb::CreateBindingRequest) -> Result<CreateBinding, Error> {
        let mut f = Fields::default();
        let member = f.parse("member_id", &r.member_id);
        let role = f.parse("role_id", &r.role_id);
        let expires_at = f.take("expire_time", time(r.expire_time));
        f.build(|| {
            Some(CreateBinding {
                member: member?,
                role: role?,
                expires_at: expires_at?,
            })
        })
    }
}

/// A moment, cut to the microseconds that the database keeps.
fn time(given: Option<Timestamp>) -> Result<Time, &'static str> {
    let given = given.ok_or("is missing: say when the role ends")?;
    let nanos = u32::try_from(given.nanos).ok().filter(|nanos| *nanos < 1_000_000_000);
    let time = nanos.and_then(|nanos| Time::from_timestamp(given.seconds, nanos / 1_000 * 1_000));
    time.ok_or("is no time")
}

impl From<BindingShown> for pb::CreateBindingResponse {
    fn from(shown: BindingShown) -> Self {
        Self {
            binding: Some(shown.into()),
        }
    }
}

impl TryFrom<pb::ListBindingsRequest> for ListBindings {
    type Error = Error;
    fn try_from(r: pb::ListBindingsRequest) -> Result<ListBindings, Error> {
        let mut f = Fields::default();
        let member = f.optional("member_id", &r.member_id);
        let role = f.optional("role_id", &r.role_id);
        let page = f.page(r.page_size, r.page_token);
        f.build(|| {
            Some(ListBindings {
                member: member?,
                role: role?,
                page: page?,
            })
        })
    }
}

impl From<Page<BindingShown>> for pb::ListBindingsResponse {
    fn from(page: Page<BindingShown>) -> Self {
        Self {
            bindings: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next,
        }
    }
}

impl TryFrom<pb::DeleteBindingRequest> for DeleteBinding {
    type Error = Error;
    fn try_from(r: pb::DeleteBindingRequest) -> Result<DeleteBinding, Error> {
        let mut f = Fields::default();
        let binding = f.parse("binding_id", &r.binding_id);
        f.build(|| Some(DeleteBinding { binding: binding? }))
    }
}
