//! May this row be done? By the same checks as adding and updating one by one: [`Cx::may_give_all`], `may_edit`, the
//! preset's ways in, the seats under the organisation's lock.

use super::row::{Fault, Row};
use super::rows::Batch;
use super::{BATCH_ROWS, Existing};
use crate::app::Cx;
use crate::app::action::candidate;
use crate::app::member::add::is_allowed;
use crate::app::member::seats::taken;
use crate::app::member::update::{Touched, may_edit};
use crate::app::rights::lacking;
use crate::domain::csv::Column;
use crate::domain::member::Member;
use crate::domain::naming::{GroupRef, NamedId, Ref, TagRef, likeness};
use crate::domain::organization::Organization;
use crate::domain::{
    DisplayName, Given, GroupId, Locale, MemberId, MemberState, OnboardingKind, RoleId, Roles, Seats, TagId,
};
use crate::error::{Error, Exists, FileFault};
use std::collections::HashMap;

/// Names that the refusal of an unknown one lists, at most.
const KNOWN: usize = 12;

/// Whether roles and groups may be given, and if not, which column is at fault.
type Judged = Result<(), (Option<Column>, Error)>;

/// What is going to be done.
#[derive(Default)]
pub(super) struct Plan {
    /// New members.
    pub(super) adds: Vec<Member>,
    /// Members as they were and as they are to be.
    pub(super) changes: Vec<(Member, Member)>,
    pub(super) skipped: u64,
    pub(super) faults: Vec<Fault>,
    /// Seats that it takes.
    pub(super) seats: u64,
}

/// What is known of the rows at hand.
#[derive(Default)]
struct Found {
    members: HashMap<String, Member>,
    tags: HashMap<String, TagId>,
    groups: HashMap<String, GroupId>,
}

pub(super) struct Judge<'b> {
    batch: &'b Batch,
    organization: Organization,
    seats: Seats,
    roles: HashMap<String, RoleId>,
    /// Whether the caller may give these roles and groups: asked once for each combination.
    verdicts: HashMap<(Vec<RoleId>, Vec<GroupId>), Judged>,
    /// What there is of a kind, for the refusal of what there isn't.
    known: HashMap<&'static str, String>,
    pub(super) plan: Plan,
}

impl<'b> Judge<'b> {
    pub(super) async fn new(cx: &Cx<'_>, batch: &'b Batch) -> Result<Judge<'b>, Error> {
        let organization = cx.home()?;
        let mut seats = cx.seats(&organization).await?;
        seats.used += batch.seats_before;
        Ok(Judge {
            batch,
            seats,
            roles: by_name(&cx.roles),
            organization,
            verdicts: HashMap::new(),
            known: HashMap::new(),
            plan: Plan::default(),
        })
    }

    /// Judges some rows, at most 500, with one statement for each kind of thing that they name.
    pub(super) async fn judge(&mut self, cx: &Cx<'_>, rows: &[Row]) -> Result<(), Error> {
        let found = self.find(cx, rows).await?;
        for row in rows {
            if let Err(mut fault) = self.row(cx, &found, row) {
                let listed = found.members.get(row.email.key()).map(|member| member.id.to_string());
                fault.who = listed.unwrap_or_else(|| row.email.as_str().to_owned()).into();
                let fault = self.explained(cx, fault).await?;
                self.plan.faults.push(fault);
            }
        }
        Ok(())
    }

    async fn find(&self, cx: &Cx<'_>, rows: &[Row]) -> Result<Found, Error> {
        let here = self.organization.id;
        let keys: Vec<&str> = rows.iter().map(|row| row.email.key()).collect();
        let members = cx.tx.members().list_by_email(here, &keys).await?;
        let tags: Vec<TagRef> = meant(rows.iter().filter_map(|row| row.tags.as_deref()));
        let groups: Vec<GroupRef> = meant(rows.iter().filter_map(|row| row.groups.as_deref()));
        let mut found = Found::default();
        for some in tags.chunks(BATCH_ROWS) {
            for tag in cx.tx.tags().list_meant(here, some).await? {
                found.tags.insert(likeness(tag.name.as_str()), tag.id);
                found.tags.insert(tag.id.to_string(), tag.id);
            }
        }
        for some in groups.chunks(BATCH_ROWS) {
            for group in cx.tx.groups().list_meant(here, some).await? {
                found.groups.insert(likeness(group.name.as_str()), group.id);
                found.groups.insert(group.id.to_string(), group.id);
            }
        }
        found
            .members
            .extend(members.into_iter().map(|m| (m.email.key().to_owned(), m)));
        Ok(found)
    }

    fn row(&mut self, cx: &Cx<'_>, found: &Found, row: &Row) -> Result<(), Fault> {
        let roles = meant_ids(row.line, Column::Roles, "role", row.roles.as_deref(), &self.roles)?;
        let tags = meant_ids(row.line, Column::Tags, "tag", row.tags.as_deref(), &found.tags)?;
        let groups = meant_ids(row.line, Column::Groups, "group", row.groups.as_deref(), &found.groups)?;
        match found.members.get(row.email.key()) {
            None => self.add(cx, row, (roles, tags, groups)),
            Some(was) => self.meet(cx, was, row, (roles, tags, groups)),
        }
    }

    /// Somebody new.
    fn add(&mut self, cx: &Cx<'_>, row: &Row, given: GivenIds) -> Result<(), Fault> {
        let (roles, tags, groups) = given;
        let refused = |error| Fault::of(row.line, None, row.email.as_str(), error);
        if !cx.rights.contains_named("members.add") {
            return Err(refused(lacking(&cx.roles, "members.add")));
        }
        let rules = &cx.app.preset.onboarding;
        if let Some(fault) = Fault::missing(row.line, &rules.missing(row.name.is_some(), roles.is_some())) {
            return Err(fault);
        }
        let roles = roles.unwrap_or_else(|| vec![cx.default_role(&self.organization)]);
        let groups = groups.unwrap_or_default();
        let way = match self.batch.invite {
            true => OnboardingKind::Invitation,
            false => OnboardingKind::ListOnly,
        };
        // What a file can't do, its refusal doesn't suggest.
        let mut allowed = rules.allowed.clone();
        allowed.retain(|way| *way != OnboardingKind::TemporaryPassword);
        is_allowed(&allowed, way).map_err(refused)?;
        self.may_give(cx, row, &roles, &groups)?;
        let mut member = Member {
            id: MemberId::new(cx.uuid()),
            organization: self.organization.id,
            user: None,
            email: row.email.clone(),
            display_name: row.name.clone().unwrap_or_else(|| called(row.email.as_str())),
            stored_state: MemberState::Added,
            invitation_expires_at: None,
            roles,
            given: Given {
                groups,
                tags: tags.unwrap_or_default(),
                roles_version: self.organization.roles_version,
                ..Given::default()
            },
            added_by: Some(cx.user().map_err(refused)?),
            last_sign_in_at: None,
            rights_version: 1,
            version: 1,
            created_at: cx.now,
            updated_at: cx.now,
        };
        if self.batch.invite {
            self.seats = taken(self.seats).map_err(refused)?;
            self.plan.seats += 1;
            member.stored_state = MemberState::Invited;
            member.invitation_expires_at = Some(cx.now + self.organization.invitation_lifetime);
        }
        self.plan.adds.push(member);
        Ok(())
    }

    /// Somebody who is on the list.
    fn meet(&mut self, cx: &Cx<'_>, was: &Member, row: &Row, given: GivenIds) -> Result<(), Fault> {
        let refused = |error| Fault::of(row.line, None, row.email.as_str(), error);
        if self.batch.existing == Existing::Fail {
            let email = row.email.as_str().to_owned();
            return Err(Fault::of(
                row.line,
                Some(Column::Email),
                row.email.as_str(),
                Exists::Member { email },
            ));
        }
        let (roles, tags, groups) = given;
        let mut next = was.clone();
        next.roles = roles.unwrap_or(next.roles);
        next.given.tags = tags.unwrap_or(next.given.tags);
        next.given.groups = groups.unwrap_or(next.given.groups);
        let same = next.roles == was.roles && next.given == was.given;
        if self.batch.existing == Existing::Skip || same {
            self.plan.skipped += 1;
            return Ok(());
        }
        if !cx.rights.contains_named("members.update") {
            return Err(refused(lacking(&cx.roles, "members.update")));
        }
        let touched = Touched {
            rights: next.roles != was.roles,
            groups: next.given.groups != was.given.groups,
            tags: next.given.tags != was.given.tags,
        };
        let actor = cx.place().map_err(refused)?.member;
        // As if there were one owner: no file touches what an owner holds.
        let candidate = candidate(&cx.roles, was, actor, cx.now);
        may_edit(cx, was, touched, &candidate).map_err(refused)?;
        let roles = without(&next.roles, &was.roles);
        let groups = without(&next.given.groups, &was.given.groups);
        self.may_give(cx, row, &roles, &groups)?;
        self.plan.changes.push((was.clone(), next));
        Ok(())
    }

    /// Nobody gives what they don't hold, roles of groups included.
    fn may_give(&mut self, cx: &Cx<'_>, row: &Row, roles: &[RoleId], groups: &[GroupId]) -> Result<(), Fault> {
        let verdict = self
            .verdicts
            .entry((roles.to_vec(), groups.to_vec()))
            .or_insert_with(|| {
                // Each cell by itself first, so that the fault is told where it stands. No file makes an owner, whatever
                // the preset.
                cx.may_give_roles(roles).map_err(|error| (Some(Column::Roles), error))?;
                cx.may_give_together(&[], groups, &[])
                    .map_err(|error| (Some(Column::Groups), error))?;
                cx.may_give_together(roles, groups, &[]).map_err(|error| (None, error))
            });
        verdict.clone().map_err(|(column, error)| {
            let named = match column {
                Some(Column::Roles) => row.roles.as_ref(),
                Some(Column::Groups) => row.groups.as_ref(),
                _ => None,
            };
            // The default role stands in no cell.
            match (column, named) {
                (Some(column), Some(named)) => Fault::of(row.line, Some(column), &named.join("; "), error),
                _ => Fault::of(row.line, None, row.email.as_str(), error),
            }
        })
    }

    /// A fault about an unknown name, with the names that there are.
    async fn explained(&mut self, cx: &Cx<'_>, mut fault: Fault) -> Result<Fault, Error> {
        if let Error::File(FileFault::Unknown { kind, known, .. }) = &mut *fault.error {
            if !self.known.contains_key(kind) {
                let names = self.names(cx, kind).await?;
                self.known.insert(*kind, names);
            }
            known.clone_from(&self.known[kind]);
        }
        Ok(fault)
    }

    async fn names(&self, cx: &Cx<'_>, kind: &str) -> Result<String, Error> {
        let page = crate::store::naming::NamedPage {
            search: "",
            after: "",
            limit: KNOWN as u64 + 1,
        };
        let mut names: Vec<String> = match kind {
            "tag" => cx
                .tx
                .tags()
                .list(self.organization.id, &page)
                .await?
                .iter()
                .map(|tag| tag.name.to_string())
                .collect(),
            "group" => {
                let groups = cx.tx.groups().list(self.organization.id, &page).await?;
                groups.iter().map(|group| group.name.to_string()).collect()
            }
            _ => cx.roles.iter().map(|role| role.name.clone()).collect(),
        };
        if names.is_empty() {
            return Ok("–".to_owned());
        }
        if names.len() > KNOWN {
            names.truncate(KNOWN);
            names.push("…".to_owned());
        }
        Ok(names.join(", "))
    }
}

/// Roles, tags and groups that a row names; none where it says nothing about them.
type GivenIds = (Option<Vec<RoleId>>, Option<Vec<TagId>>, Option<Vec<GroupId>>);

/// Roles by what people call them: names before titles, in any language, without regard to case and accents.
fn by_name(roles: &Roles) -> HashMap<String, RoleId> {
    let mut named: HashMap<String, RoleId> = HashMap::new();
    for role in roles.iter() {
        named.insert(role.id.to_string(), role.id);
        named.insert(likeness(&role.name), role.id);
    }
    for role in roles.iter() {
        for locale in Locale::ALL {
            named.entry(likeness(role.titles.get(locale))).or_insert(role.id);
        }
    }
    named
}

/// What to call somebody who has no name yet.
fn called(email: &str) -> DisplayName {
    DisplayName::stored(email.chars().take(DisplayName::MAX).collect())
}

/// What the rows name of one kind, each once.
fn meant<'r, Id: NamedId>(cells: impl Iterator<Item = &'r [String]>) -> Vec<Ref<Id>> {
    let mut names: Vec<&str> = cells.flatten().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().filter_map(|name| name.parse().ok()).collect()
}

/// The ids of what a cell names, each once, in order.
fn meant_ids<Id: Copy + Ord>(
    line: u64,
    column: Column,
    kind: &'static str,
    names: Option<&[String]>,
    known: &HashMap<String, Id>,
) -> Result<Option<Vec<Id>>, Fault> {
    let Some(names) = names else { return Ok(None) };
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        match known.get(name).or_else(|| known.get(&likeness(name))) {
            Some(id) => ids.push(*id),
            None => {
                let unknown = FileFault::Unknown {
                    kind,
                    name: name.chars().take(100).collect(),
                    known: String::new(),
                };
                return Err(Fault::of(line, Some(column), name, unknown));
            }
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(Some(ids))
}

fn without<Id: Copy + PartialEq>(all: &[Id], those: &[Id]) -> Vec<Id> {
    all.iter().filter(|id| !those.contains(id)).copied().collect()
}
