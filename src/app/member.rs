//! Members: adding, finding, changing, removing.

use super::action::{candidate, refusal};
use super::page::{Page, PageRequest, Pager};
use super::sign_up::NewUser;
use super::user::fresh;
use super::{Cx, View};
use crate::auth::password::Password;
use crate::domain::action::obstacle;
use crate::domain::authority::may_give;
use crate::domain::event::{Event, Revocation, SessionEnd};
use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::member::{Member, MemberFilter, MemberOrder};
use crate::domain::organization::Organization;
use crate::domain::session::Place;
use crate::domain::user::{StoredPassword, User};
use crate::domain::{
    Action, Direction, DisplayName, Email, Guide, Locale, MemberId, MemberState, OrganizationId, RoleId, Seats,
};
use crate::error::{Denied, Error, Exhausted, Exists, Refused};
use crate::mail::message::MailTemplate;
use crate::secret::Secret;
use crate::store::member::{After, Paging};
use crate::store::session::Which;
use std::collections::HashMap;

/// A member as it is shown: with its invitation, by the clock of the call.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The membership.
    pub member: Member,
    /// Where it stands now.
    pub state: MemberState,
    /// The next thing to do.
    pub guide: Guide,
    /// The roles' names, in the order of the ids.
    pub roles: Vec<(RoleId, String)>,
    /// The invitation that is open or ran out.
    pub invitation: Option<Invitation>,
    /// What the roles permit, by module, if asked for.
    pub permissions: Vec<ModulePermissions>,
}

/// Permissions of one module.
#[derive(Debug, Clone)]
pub struct ModulePermissions {
    /// The module.
    pub module: String,
    /// Its title, in the language of the call.
    pub title: String,
    /// The permissions.
    pub permissions: Vec<String>,
}

/// A role, as people name it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub enum RoleRef {
    /// By id.
    Id(RoleId),
    /// By name.
    Name(String),
}

impl std::str::FromStr for RoleRef {
    type Err = String;

    fn from_str(text: &str) -> Result<RoleRef, String> {
        if text.starts_with("rol_") {
            return text.parse().map(RoleRef::Id).map_err(|e: crate::domain::IdError| e.to_string());
        }
        let named = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if named { Ok(RoleRef::Name(text.to_owned())) } else { Err("is neither a role id (rol_…) nor a role's name".into()) }
    }
}

impl super::App {
    /// The roles that are meant, each once, in the order of their ids.
    pub(super) fn roles(&self, named: &[RoleRef]) -> Result<Vec<RoleId>, Error> {
        let mut roles = named
            .iter()
            .map(|role| match role {
                RoleRef::Id(id) => self.preset.role(*id).map(|r| r.id).ok_or_else(|| Error::missing("role", id)),
                RoleRef::Name(name) => {
                    self.preset.role_named(name).map(|r| r.id).ok_or_else(|| Error::missing("role", name))
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        roles.sort_unstable();
        roles.dedup();
        Ok(roles)
    }

    pub(super) fn role_names(&self, roles: &[RoleId]) -> Vec<String> {
        roles.iter().filter_map(|id| self.preset.role(*id)).map(|role| role.name.clone()).collect()
    }

    /// A member as it is shown.
    pub(super) fn show(&self, member: Member, invitation: Option<Invitation>, now: crate::clock::Time) -> Shown {
        let state = member.state_at(now);
        let roles = member.roles.iter().filter_map(|id| self.preset.role(*id)).map(|r| (r.id, r.name.clone())).collect();
        Shown { state, guide: state.guide(), roles, invitation, permissions: vec![], member }
    }

    fn by_module(&self, roles: &[RoleId], locale: Locale) -> Vec<ModulePermissions> {
        let held = self.preset.permissions_of(roles);
        let modules = self.preset.modules.iter().map(|module| ModulePermissions {
            module: module.name.clone(),
            title: module.titles.get(locale).to_owned(),
            permissions: module.permissions.iter().map(|p| &p.name).filter(|p| held.contains(p)).map(ToString::to_string).collect(),
        });
        modules.filter(|module| !module.permissions.is_empty()).collect()
    }
}

/// Somebody to be added.
#[derive(Debug)]
pub struct Add {
    /// Their address.
    pub email: Email,
    /// What to call them for now.
    pub display_name: DisplayName,
    /// What they may do; empty means the default role.
    pub roles: Vec<RoleRef>,
    /// How they get in.
    pub onboarding: Onboarding,
}

/// How somebody gets in.
#[derive(Debug)]
pub enum Onboarding {
    /// Not yet.
    ListOnly,
    /// By an invitation, mailed at once.
    Invitation,
    /// By a temporary password.
    TemporaryPassword {
        /// The one that was typed, if any.
        typed: Option<Password>,
        /// Give it back instead of mailing it.
        give_back: bool,
    },
}

/// An addition whose slow work is done.
#[derive(Debug)]
pub struct AddReady {
    email: Email,
    display_name: DisplayName,
    roles: Vec<RoleRef>,
    onboarding: ReadyOnboarding,
}

#[derive(Debug)]
enum ReadyOnboarding {
    ListOnly,
    Invitation,
    TemporaryPassword { password: Secret, hash: Secret, give_back: bool },
}

/// What became of an addition.
#[derive(Debug)]
pub struct Added {
    /// The member.
    pub member: Shown,
    /// How they get in, which may be another way than was asked for.
    pub onboarding: AddedBy,
    /// The password to hand over, if it was asked for.
    pub temporary_password: Option<Secret>,
}

/// How a new member gets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddedBy {
    /// Not yet.
    ListOnly,
    /// An invitation was mailed.
    Invitation,
    /// With a temporary password.
    TemporaryPassword,
}

/// Makes or checks the temporary password, and hashes it.
pub async fn prepare_add(view: &View<'_>, input: Add) -> Result<AddReady, Error> {
    let onboarding = match input.onboarding {
        Onboarding::ListOnly => ReadyOnboarding::ListOnly,
        Onboarding::Invitation => ReadyOnboarding::Invitation,
        Onboarding::TemporaryPassword { typed, give_back } => {
            if typed.is_some() && !view.app.policy.typed_temporary {
                return Err(Refused::TemporaryPasswordNotAllowed.into());
            }
            let password = match typed {
                Some(password) => {
                    let words = [input.display_name.as_str(), input.email.as_str()];
                    view.acceptable_for("temporary_password.password", &password, &words)?;
                    password
                }
                None => {
                    let made = view.app.policy.password.generate(&*view.app.random);
                    Password::new(made.expose()).map_err(|e| Error::Internal(e.to_string()))?
                }
            };
            let hash = Secret::new(view.app.hasher.hash(password.clone()).await?);
            ReadyOnboarding::TemporaryPassword { password: Secret::new(password.expose()), hash, give_back }
        }
    };
    Ok(AddReady { email: input.email, display_name: input.display_name, roles: input.roles, onboarding })
}

/// Puts somebody on the list. An address that has an account gets an invitation, whatever was asked for: nobody gets a
/// say over an account that isn't theirs to give.
pub async fn add(cx: &mut Cx<'_>, input: &AddReady) -> Result<Added, Error> {
    let organization = cx.tx.organizations().lock(cx.place()?.organization).await?;
    let roles = if input.roles.is_empty() {
        vec![cx.app.preset.default_role().id]
    } else {
        cx.app.roles(&input.roles)?
    };
    cx.may_give(&roles)?;
    if cx.tx.members().find_by_email(organization.id, input.email.key()).await?.is_some() {
        return Err(Exists::Member { email: input.email.as_str().to_owned() }.into());
    }
    let known = cx.tx.users().find_by_email(input.email.key()).await?;
    let member = Member {
        id: MemberId::new(cx.uuid()),
        organization: organization.id,
        user: None,
        email: input.email.clone(),
        display_name: input.display_name.clone(),
        stored_state: MemberState::Added,
        invitation_expires_at: None,
        roles,
        added_by: Some(cx.user()?),
        last_sign_in_at: None,
        rights_version: 1,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    let mut give = None;
    let (member, invitation, onboarding) = match (&input.onboarding, &known) {
        (ReadyOnboarding::ListOnly, _) => {
            cx.insert_member(&member).await?;
            (member, None, AddedBy::ListOnly)
        }
        (ReadyOnboarding::TemporaryPassword { password, hash, give_back }, None) => {
            give = give_back.then(|| password.clone());
            let member = cx.admit(&organization, member, hash, password, *give_back).await?;
            (member, None, AddedBy::TemporaryPassword)
        }
        (ReadyOnboarding::Invitation | ReadyOnboarding::TemporaryPassword { .. }, known) => {
            let (member, invitation) = cx.invite_new(&organization, member, known.as_ref()).await?;
            (member, Some(invitation), AddedBy::Invitation)
        }
    };
    Ok(Added { member: cx.app.show(member, invitation, cx.now), onboarding, temporary_password: give })
}

impl Cx<'_> {
    /// Refuses to hand out roles that the caller may not: the one check for every path that gives any.
    pub(super) fn may_give(&self, roles: &[RoleId]) -> Result<(), Error> {
        let given = self.app.preset.permissions_of(roles);
        may_give(&self.rights, &given).map_err(|lacks| {
            Denied::RightsExceedYours(lacks.permissions.iter().map(ToString::to_string).collect())
        })?;
        if roles.contains(&self.app.preset.owner_role().id) {
            return Err(Refused::OwnerRoleMovesByTransfer.into());
        }
        Ok(())
    }

    /// Takes a seat, under the organisation's lock, or refuses. Invitations past their time hold none.
    pub(super) async fn take_seat(&self, organization: &Organization) -> Result<(), Error> {
        if organization.seat_limit.is_none() {
            return Ok(());
        }
        let reserved = self.tx.invitations().count_open(organization.id, self.now).await?;
        let seats = Seats { limit: organization.seat_limit, used: organization.active_members + reserved };
        seats.take(1).map_err(|none| Exhausted::Seats { limit: none.limit, used: none.used })?;
        Ok(())
    }

    async fn insert_member(&mut self, member: &Member) -> Result<(), Error> {
        self.tx.members().insert(member).await?;
        self.emit(Event::MemberAdded {
            member: member.id,
            email: member.email.as_str().to_owned(),
            state: member.stored_state.as_str(),
            roles: self.app.role_names(&member.roles),
        });
        Ok(())
    }

    /// Lets somebody without an account in at once: account, membership and temporary password together.
    async fn admit(
        &mut self,
        organization: &Organization,
        member: Member,
        hash: &Secret,
        password: &Secret,
        give_back: bool,
    ) -> Result<Member, Error> {
        self.take_seat(organization).await?;
        let lifetime = self.app.policy.temporary_lifetime;
        let stored = StoredPassword {
            hash: hash.expose().to_owned(),
            temporary: true,
            expires_at: Some(self.now + lifetime),
        };
        let user = self
            .new_user(NewUser {
                email: member.email.clone(),
                display_name: member.display_name.clone(),
                locale: organization.locale,
                time_zone: organization.time_zone.clone(),
                password: stored,
                verified: false,
            })
            .await?;
        let member = Member { user: Some(user.id), stored_state: MemberState::Active, ..member };
        self.insert_member(&member).await?;
        self.emit(Event::MemberJoined { member: member.id, user: user.id });
        self.tx.organizations().set_active_members(organization.id, organization.active_members + 1).await?;
        if !give_back {
            let template = MailTemplate::TemporaryPassword {
                organization: organization.display_name.as_str().to_owned(),
                inviter: self.inviter_name().await?,
                password: password.clone(),
                days: u32::try_from(lifetime.num_days()).unwrap_or(u32::MAX),
            };
            self.mail(&user.email, user.display_name.as_str(), user.locale, &template)?;
        }
        Ok(member)
    }

    async fn invite_new(
        &mut self,
        organization: &Organization,
        member: Member,
        known: Option<&User>,
    ) -> Result<(Member, Invitation), Error> {
        self.take_seat(organization).await?;
        let expires_at = self.now + organization.invitation_lifetime;
        let member =
            Member { stored_state: MemberState::Invited, invitation_expires_at: Some(expires_at), ..member };
        self.insert_member(&member).await?;
        let invitation = self.send_invitation(organization, &member, expires_at, known).await?;
        Ok((member, invitation))
    }
}

/// A member to be looked at.
#[derive(Debug)]
pub struct Get {
    /// Which.
    pub which: WhichMember,
    /// Also tell what the roles permit.
    pub permissions: bool,
}

/// One member, by id or address.
#[derive(Debug)]
pub enum WhichMember {
    /// By id.
    Id(MemberId),
    /// By address.
    Email(Email),
}

/// One member.
pub async fn get(view: &View<'_>, input: &Get) -> Result<Shown, Error> {
    let organization = view.call.organization()?;
    let member = match &input.which {
        WhichMember::Id(id) => view.rows.members().get(organization, *id).await?,
        WhichMember::Email(email) => {
            let found = view.rows.members().find_by_email(organization, email.key()).await?;
            found.ok_or_else(|| Error::missing("member", email.as_str()))?
        }
    };
    let mut shown = view.show_all(organization, vec![member], input.permissions).await?;
    shown.pop().ok_or_else(|| Error::Internal("a member went missing while being shown".into()))
}

/// A list of members.
#[derive(Debug)]
pub struct List {
    /// Which.
    pub filter: Filter,
    /// In which order.
    pub order: MemberOrder,
    /// Which way.
    pub direction: Direction,
    /// Which page.
    pub page: PageRequest,
    /// Also count all that match.
    pub count: bool,
    /// Also tell what the roles permit.
    pub permissions: bool,
}

/// Which members, as people name them.
#[derive(Debug, Default)]
pub struct Filter {
    /// Part of the name or address.
    pub search: String,
    /// Any of these states.
    pub states: Vec<MemberState>,
    /// Any of these guides.
    pub guides: Vec<Guide>,
    /// Any of these roles.
    pub roles: Vec<RoleRef>,
}

/// A page of members, and how many there are if it was asked for.
#[derive(Debug)]
pub struct Listed {
    /// The page.
    pub page: Page<Shown>,
    /// How many match.
    pub total: Option<u64>,
}

/// The members, a page at a time.
pub async fn list(view: &View<'_>, input: &List) -> Result<Listed, Error> {
    let organization = view.call.organization()?;
    let Some(filter) = view.filter(&input.filter)? else {
        let page = Page { items: vec![], next: String::new() };
        return Ok(Listed { page, total: input.count.then_some(0) });
    };
    let states: Vec<_> = filter.states.iter().map(|state| state.as_str()).collect();
    let order = (input.order as u8, input.direction as u8);
    let pager = Pager::new(&view.app.sealer, view.call, &(&filter.search, states, &filter.roles, order))?;
    let after: Option<(Key, MemberId)> = pager.after(&input.page.token)?;
    let paging = Paging {
        order: input.order,
        direction: input.direction,
        after: after.map(|(key, id)| (key.into(), id)),
        limit: input.page.size.get() + 1,
    };
    let members = view.rows.members().list(organization, &filter, &paging, view.now).await?;
    let page = pager.page(members, input.page.size, |member| (Key::of(member, input.order), member.id))?;
    let items = view.show_all(organization, page.items, input.permissions).await?;
    let total = match input.count {
        true => Some(view.rows.members().count(organization, &filter, view.now).await?),
        false => None,
    };
    Ok(Listed { page: Page { items, next: page.next }, total })
}

/// What a page token remembers of the last row.
#[derive(serde::Serialize, serde::Deserialize)]
enum Key {
    Text(String),
    Micros(i64),
}

impl Key {
    fn of(member: &Member, order: MemberOrder) -> Key {
        match order {
            MemberOrder::Name => Key::Text(crate::domain::fold::fold(member.display_name.as_str())),
            MemberOrder::Email => Key::Text(member.email.key().to_owned()),
            MemberOrder::Added => Key::Micros(member.created_at.timestamp_micros()),
        }
    }
}

impl From<Key> for After {
    fn from(key: Key) -> After {
        match key {
            Key::Text(text) => After::Text(text),
            Key::Micros(micros) => After::Time(crate::clock::Time::from_timestamp_micros(micros).unwrap_or_default()),
        }
    }
}

impl View<'_> {
    /// The filter in the database's terms, or none if nothing can match. Guides are states by another name.
    fn filter(&self, filter: &Filter) -> Result<Option<MemberFilter>, Error> {
        let fits = |state: &MemberState| {
            (filter.states.is_empty() || filter.states.contains(state))
                && (filter.guides.is_empty() || filter.guides.contains(&state.guide()))
        };
        let restricted = !filter.states.is_empty() || !filter.guides.is_empty();
        let states: Vec<_> = MemberState::ALL.into_iter().filter(|s| restricted && fits(s)).collect();
        if restricted && states.is_empty() {
            return Ok(None);
        }
        let search = crate::domain::fold::fold(&filter.search);
        Ok(Some(MemberFilter { search, states, roles: self.app.roles(&filter.roles)? }))
    }

    /// Members as they are shown, with one statement for all their invitations, and none if nobody waits for one.
    async fn show_all(
        &self,
        organization: OrganizationId,
        members: Vec<Member>,
        permissions: bool,
    ) -> Result<Vec<Shown>, Error> {
        let waiting: Vec<MemberId> =
            members.iter().filter(|m| m.stored_state == MemberState::Invited).map(|m| m.id).collect();
        let mut invitations: HashMap<MemberId, Invitation> = HashMap::new();
        if !waiting.is_empty() {
            let found = self.rows.invitations().list_of(organization, &waiting).await?;
            invitations.extend(found.into_iter().map(|invitation| (invitation.member, invitation)));
        }
        Ok(members
            .into_iter()
            .map(|member| {
                let invitation = invitations.remove(&member.id);
                let mut shown = self.app.show(member, invitation, self.now);
                if permissions {
                    shown.permissions = self.app.by_module(&shown.member.roles, self.call.locale);
                }
                shown
            })
            .collect())
    }
}

/// Other roles for a member.
#[derive(Debug)]
pub struct Update {
    /// Whose.
    pub member: MemberId,
    /// All of them from now on; none means no change.
    pub roles: Option<Vec<RoleRef>>,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// Changes a member's roles. What shrinks is gone at once: older tokens are refused, and open invitations that gave more
/// than the member may now give are withdrawn.
pub async fn update(cx: &mut Cx<'_>, input: &Update) -> Result<Shown, Error> {
    let place = cx.place()?;
    cx.tx.organizations().lock(place.organization).await?;
    let was = cx.tx.members().get(place.organization, input.member).await?;
    fresh(input.etag, was.version)?;
    let candidate = candidate(cx.app, &was, place.member, cx.now);
    if let Some(reason) = obstacle(&cx.rights, Action::Edit, &candidate) {
        return Err(refusal(cx.app, &was, reason));
    }
    let Some(named) = &input.roles else { return cx.show_one(was).await };
    let roles = cx.app.roles(named)?;
    let added: Vec<RoleId> = roles.iter().filter(|role| !was.roles.contains(role)).copied().collect();
    cx.may_give(&added)?;
    if roles == was.roles {
        return cx.show_one(was).await;
    }
    cx.tx.members().set_roles(place.organization, was.id, &roles).await?;
    let next = Member { roles, rights_version: was.rights_version + 1, updated_at: cx.now, ..was.clone() };
    let next = cx.tx.members().update(&next).await?;
    let (before, after) = (cx.app.role_names(&was.roles), cx.app.role_names(&next.roles));
    cx.emit(Event::MemberUpdated { member: next.id, before, after });
    let left = cx.app.preset.permissions_of(&next.roles);
    if !left.is_superset(&cx.app.preset.permissions_of(&was.roles)) {
        let place = Place { organization: next.organization, member: next.id };
        cx.revoke(Revocation::Rights { place, min_version: next.rights_version });
        cx.withdraw_given(next.organization, &[(next.id, left)]).await?;
    }
    cx.show_one(next).await
}

impl Cx<'_> {
    pub(super) async fn show_one(&self, member: Member) -> Result<Shown, Error> {
        let invitations = self.tx.invitations().list_of(member.organization, &[member.id]).await?;
        Ok(self.app.show(member, invitations.into_iter().next(), self.now))
    }
}

/// Members to be removed.
#[derive(Debug)]
pub struct Remove {
    /// Which, each once.
    pub removals: Vec<Removal>,
    /// All or none.
    pub atomic: bool,
}

/// One of them.
#[derive(Debug)]
pub struct Removal {
    /// Which.
    pub member: MemberId,
    /// The address, typed again.
    pub confirm: Email,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// What became of each, in order.
pub type Removed = Vec<(MemberId, Result<Receipt, Error>)>;

/// What ended with a removal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Sessions of the person in this organisation.
    pub sessions: usize,
    /// Invitations that the person had open.
    pub invitations: usize,
}

/// Takes members off the list for good. All are judged first, then those that may go, go together: the number of
/// statements doesn't grow with the number of members.
pub async fn remove(cx: &mut Cx<'_>, input: &Remove) -> Result<Removed, Error> {
    let place = cx.place()?;
    let organization = cx.tx.organizations().lock(place.organization).await?;
    let ids: Vec<MemberId> = input.removals.iter().map(|removal| removal.member).collect();
    let found = cx.tx.members().list_by_id(organization.id, &ids).await?;
    let found: HashMap<MemberId, Member> = found.into_iter().map(|member| (member.id, member)).collect();
    let mut going: Vec<&Member> = Vec::new();
    let mut outcome: Removed = Vec::with_capacity(ids.len());
    for (index, removal) in input.removals.iter().enumerate() {
        match judge(cx, &found, removal, index, place.member) {
            Ok(member) => {
                going.push(member);
                outcome.push((removal.member, Ok(Receipt::default())));
            }
            Err(error) if input.atomic => return Err(error),
            Err(error) => outcome.push((removal.member, Err(error))),
        }
    }
    if going.is_empty() {
        return Ok(outcome);
    }
    let ended = cx.take_off(&organization, &going).await?;
    for (member, receipt) in &mut outcome {
        if let (Ok(receipt), Some(ended)) = (receipt, ended.get(member)) {
            *receipt = *ended;
        }
    }
    Ok(outcome)
}

fn judge<'m>(
    cx: &Cx<'_>,
    found: &'m HashMap<MemberId, Member>,
    removal: &Removal,
    index: usize,
    actor: MemberId,
) -> Result<&'m Member, Error> {
    let member = found.get(&removal.member).ok_or_else(|| Error::missing("member", removal.member))?;
    if let Some(reason) = obstacle(&cx.rights, Action::Remove, &candidate(cx.app, member, actor, cx.now)) {
        return Err(refusal(cx.app, member, reason));
    }
    if removal.confirm.key() != member.email.key() {
        let field = format!("removals[{index}].confirm");
        return Err(Error::field(field, "is not this member's e-mail address; type it to confirm the removal"));
    }
    fresh(removal.etag, member.version)?;
    Ok(member)
}

impl Cx<'_> {
    /// Everything that rested on these memberships ends with them: sessions, tokens, open invitations to and by them.
    async fn take_off(
        &mut self,
        organization: &Organization,
        going: &[&Member],
    ) -> Result<HashMap<MemberId, Receipt>, Error> {
        let ids: Vec<MemberId> = going.iter().map(|member| member.id).collect();
        let mut receipts: HashMap<MemberId, Receipt> = ids.iter().map(|id| (*id, Receipt::default())).collect();
        self.tx.invitations().withdraw_of(organization.id, &ids, self.now).await?;
        let gave: Vec<_> = ids.iter().map(|id| (*id, Default::default())).collect();
        for inviter in self.withdraw_given(organization.id, &gave).await? {
            receipts.entry(inviter).or_default().invitations += 1;
        }
        let users: HashMap<_, _> = going.iter().filter_map(|member| Some((member.user?, member.id))).collect();
        let which = Which::OfMembers { organization: organization.id, members: ids.clone() };
        let ended = self.tx.sessions().end(which, self.now).await?;
        for (session, user) in ended {
            self.emit(Event::SessionEnded { session, user, why: SessionEnd::MemberRemoved });
            self.revoke(Revocation::Session(session));
            if let Some(member) = users.get(&user) {
                receipts.entry(*member).or_default().sessions += 1;
            }
        }
        let active = going.iter().filter(|m| m.stored_state == MemberState::Active).count() as u64;
        self.tx.members().remove(organization.id, &ids, self.now).await?;
        if active > 0 {
            let left = organization.active_members.saturating_sub(active);
            self.tx.organizations().set_active_members(organization.id, left).await?;
        }
        for member in going {
            let place = Place { organization: organization.id, member: member.id };
            self.revoke(Revocation::Rights { place, min_version: i64::MAX });
            self.emit(Event::MemberRemoved {
                member: member.id,
                user: member.user,
                email: member.email.as_str().to_owned(),
                state: member.state_at(self.now).as_str(),
            });
        }
        Ok(receipts)
    }

    /// Withdraws the open invitations of inviters who, with what they have left, could no longer give them. Returns the
    /// inviter of each.
    pub(super) async fn withdraw_given(
        &mut self,
        organization: OrganizationId,
        left: &[(MemberId, crate::domain::PermissionSet)],
    ) -> Result<Vec<MemberId>, Error> {
        let inviters: Vec<MemberId> = left.iter().map(|(member, _)| *member).collect();
        let open = self.tx.invitations().list_by(organization, &inviters, self.now).await?;
        let waiting: Vec<MemberId> = open.iter().map(|invitation| invitation.member).collect();
        let invited = self.tx.members().list_by_id(organization, &waiting).await?;
        let left: HashMap<_, _> = left.iter().map(|(member, rights)| (*member, rights)).collect();
        let roles: HashMap<_, _> = invited.iter().map(|member| (member.id, &member.roles)).collect();
        let beyond = |invitation: &&Invitation| {
            let given = roles.get(&invitation.member).map(|roles| self.app.preset.permissions_of(roles));
            let rights = left.get(&invitation.invited_by);
            rights.zip(given).is_none_or(|(rights, given)| may_invite(rights, &given).is_err())
        };
        let dead: Vec<&Invitation> = open.iter().filter(beyond).collect();
        if dead.is_empty() {
            return Ok(vec![]);
        }
        let ids: Vec<_> = dead.iter().map(|invitation| invitation.id).collect();
        let members: Vec<_> = dead.iter().map(|invitation| invitation.member).collect();
        self.tx.invitations().end(organization, &ids, InvitationState::Withdrawn, self.now).await?;
        self.tx.members().uninvite(organization, &members, self.now).await?;
        for invitation in &dead {
            let (invitation, member) = (invitation.id, invitation.member);
            self.emit(Event::InvitationWithdrawn { invitation, member, why: "inviter_lost_rights" });
        }
        Ok(dead.iter().map(|invitation| invitation.invited_by).collect())
    }
}

/// Whether somebody with these rights may still stand behind an invitation that gives those.
pub(super) fn may_invite(
    rights: &crate::domain::PermissionSet,
    given: &crate::domain::PermissionSet,
) -> Result<(), Error> {
    if !rights.contains_named("members.add") && !rights.contains_named("members.invite") {
        return Err(Refused::InviterLostRights.into());
    }
    may_give(rights, given).map_err(|_| Refused::InviterLostRights.into())
}
