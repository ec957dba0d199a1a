//! Roles given for a while. They end by the clock: the sum of a member's rights leaves out what is past its time, and no
//! access token outlives the first to end.

use super::role::one;
use crate::app::action::{candidate, refusal};
use crate::app::page::{Page, PageRequest, Pager};
use crate::app::{Cx, RoleRef, View};
use crate::clock::Time;
use crate::domain::action::obstacle;
use crate::domain::binding::{Binding, LONGEST, MOST};
use crate::domain::event::Event;
use crate::domain::member::Member;
use crate::domain::{Action, BindingId, MemberId, Roles};
use crate::error::{Error, Exhausted};
use crate::store::binding::BindingFilter;
use crate::store::right::Affected;

/// A binding as it is shown.
#[derive(Debug, Clone)]
pub struct BindingShown {
    /// The binding.
    pub binding: Binding,
    /// The role's name.
    pub role: String,
}

impl BindingShown {
    fn of(binding: Binding, roles: &Roles) -> BindingShown {
        let role = roles.find(binding.role).map(|role| role.name.clone());
        BindingShown {
            binding,
            role: role.unwrap_or_default(),
        }
    }
}

/// A role to be given for a while.
#[derive(Debug)]
pub struct CreateBinding {
    /// To whom.
    pub member: MemberId,
    /// Which.
    pub role: RoleRef,
    /// Until when.
    pub expires_at: Time,
}

/// Gives a member a role for a while.
pub async fn create_binding(cx: &mut Cx<'_>, input: &CreateBinding) -> Result<BindingShown, Error> {
    let organization = cx.home()?.id;
    cx.on(input.member);
    ends_soon_enough(input.expires_at, cx.now)?;
    let member = cx.tx.members().get(organization, input.member).await?;
    may_edit(cx, &member).await?;
    let role = one(&cx.roles, &input.role)?;
    cx.may_give_until(role, input.expires_at)?;
    if cx.tx.bindings().count(organization, member.id, cx.now).await? >= MOST {
        return Err(Exhausted::Limit {
            kind: "binding",
            limit: MOST,
        }
        .into());
    }
    let binding = Binding {
        id: BindingId::new(cx.uuid()),
        organization,
        member: member.id,
        role,
        expires_at: input.expires_at,
        created_by: cx.user()?,
        created_at: cx.now,
    };
    cx.tx.bindings().insert(&binding).await?;
    cx.tx.members().touch(organization, &[member.id], cx.now).await?;
    cx.emit(Event::BindingCreated {
        binding: binding.id,
        member: member.id,
        role,
        expires_at: binding.expires_at,
    });
    cx.rights_changed(&Affected::Members(vec![member.id]), false).await?;
    Ok(BindingShown::of(binding, &cx.roles))
}

fn ends_soon_enough(end: Time, now: Time) -> Result<(), Error> {
    if end <= now {
        return Err(Error::field("expire_time", "is not in the future"));
    }
    if end > now + LONGEST {
        return Err(Error::field(
            "expire_time",
            "is more than 366 days ahead; give the role itself to keep it",
        ));
    }
    Ok(())
}

async fn may_edit(cx: &Cx<'_>, member: &Member) -> Result<(), Error> {
    let owners = cx.owners_among(member.organization, std::iter::once(member)).await?;
    let candidate = candidate(&cx.roles, member, cx.place()?.member, cx.now).among(owners);
    match obstacle(&cx.rights, Action::Edit, &candidate) {
        Some(reason) => Err(refusal(&cx.roles, Some(member), reason)),
        None => Ok(()),
    }
}

/// A list of bindings.
#[derive(Debug)]
pub struct ListBindings {
    /// Only this member's.
    pub member: Option<MemberId>,
    /// Only this role's.
    pub role: Option<RoleRef>,
    /// Which page.
    pub page: PageRequest,
}

/// The roles given for a while that haven't run out.
pub async fn list_bindings(view: &View<'_>, input: &ListBindings) -> Result<Page<BindingShown>, Error> {
    let organization = view.call.organization()?;
    let roles = view.roles(organization).await?;
    if let Some(member) = input.member {
        view.rows.members().get(organization, member).await?;
    }
    let filter = BindingFilter {
        member: input.member,
        role: input.role.as_ref().map(|role| one(&roles, role)).transpose()?,
    };
    let pager = Pager::new(&view.app.sealer, view.call, &(filter.member, filter.role))?;
    let after: Option<BindingId> = pager.after(&input.page.token)?;
    let (limit, now) = (input.page.size.get() + 1, view.now);
    let found = view
        .rows
        .bindings()
        .list(organization, filter, now, after, limit)
        .await?;
    let page = pager.page(found, input.page.size, |binding| binding.id)?;
    Ok(Page {
        items: page.items.into_iter().map(|b| BindingShown::of(b, &roles)).collect(),
        next: page.next,
    })
}

/// A binding to be taken back.
#[derive(Debug)]
pub struct DeleteBinding {
    /// Which.
    pub binding: BindingId,
}

/// Takes a role given for a while back before its time.
pub async fn delete_binding(cx: &mut Cx<'_>, input: &DeleteBinding) -> Result<(), Error> {
    let organization = cx.home()?.id;
    let found = cx.tx.bindings().find(organization, input.binding, cx.now).await?;
    let missing = || Error::missing("binding", input.binding);
    let binding = found.ok_or_else(missing)?;
    // Bindings of those who were removed are as good as gone.
    let was = cx
        .tx
        .members()
        .find(organization, binding.member)
        .await?
        .ok_or_else(missing)?;
    cx.on(was.id);
    may_edit(cx, &was).await?;
    cx.tx.bindings().delete(organization, binding.id).await?;
    cx.tx.members().touch(organization, &[was.id], cx.now).await?;
    cx.emit(Event::BindingDeleted {
        binding: binding.id,
        member: was.id,
        role: binding.role,
        expires_at: binding.expires_at,
    });
    let mut left = was.clone();
    left.given.bindings.retain(|kept| kept.id != binding.id);
    let (had, has) = (cx.roles.rights_of(&was, cx.now), cx.roles.rights_of(&left, cx.now));
    cx.rights_changed(&Affected::Members(vec![was.id]), !has.is_superset(&had))
        .await
}
