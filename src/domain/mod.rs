//! The rules of Roster: pure types and functions. Nothing here does I/O, waits, reads a clock or draws a random number;
//! the present moment and new ids come in as arguments. Nothing here knows the database or the wire.
//!
//! | to find | look in |
//! | --- | --- |
//! | ids, addresses, names, folding for search | [`id`], [`email`], [`name`], [`naming`], [`fold`](mod@fold), [`gram`] |
//! | what may be done: permissions, and the roles of a deployment | [`permission`], [`preset`] |
//! | who may give what, and act on whom | [`authority`] |
//! | a membership's life, the guide, the buttons of a selection | [`membership`], [`guide`], [`action`] |
//! | records: users, organisations, members, groups, tags, invitations, sessions, events | [`user`], [`organization`], [`member`], [`group`], [`tag`], [`invitation`], [`session`], [`event`] |
//! | roles for a while, own roles, and what services declare | [`binding`], [`own_role`], [`catalog`] |
//! | seats, pages, CSV files | [`seat`], [`page`], [`csv`] |
//!
//! Start at [`membership::next`], the one function that decides every move of a member.

pub mod action;
pub mod authority;
pub mod binding;
pub mod catalog;
pub mod csv;
pub mod email;
pub mod event;
pub mod fold;
pub mod gram;
pub mod group;
pub mod guide;
pub mod id;
pub mod invitation;
pub mod member;
pub mod membership;
pub mod name;
pub mod naming;
pub mod organization;
pub mod own_role;
pub mod page;
pub mod permission;
pub mod preset;
mod preset_check;
pub mod roles;
pub mod seat;
pub mod session;
pub mod tag;
pub mod user;

pub use action::{Action, Candidate, Verdict};
pub use email::Email;
pub use guide::Guide;
pub use id::{
    ApiKeyId, BindingId, GroupId, IdError, InvitationId, MemberId, OrganizationId, RoleId, ServiceAccountId, SessionId,
    TagId, UserId,
};
pub use membership::{Facts, LifeEvent, LifeRefusal, MemberState, Owners};
pub use name::{DisplayName, Locale, Slug, TimeZone};
pub use page::{Direction, OrderBy, PageSize};
pub use permission::{Permission, PermissionSet};
pub use preset::{OnboardingKind, Preset, Role};
pub use roles::{Given, Roles};
pub use seat::{NoSeat, Seats};
