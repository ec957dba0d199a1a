//! What stands in the way of a permission besides the permission: a log-in that isn't fresh, and seats that are taken.

use super::cause::Cause;
use crate::app::View;
use crate::auth::rules::{FRESH_LOGIN, Who, all_rules};
use crate::domain::member::Member;
use crate::domain::{Action, Permission};
use crate::error::Error;

/// Something that may keep a call from being done that the permission allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caveat {
    /// A method that goes by this permission wants a recent log-in.
    FreshLogin,
    /// It takes a seat, and none is free.
    NoSeat,
}

impl Caveat {
    /// The id of its words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Caveat::FreshLogin => "access-but-fresh-login",
            Caveat::NoSeat => "access-but-no-seat",
        }
    }
}

impl View<'_> {
    /// What stands in the way of a member's using a permission all the same; or, where their state does, of giving them
    /// access again.
    pub(super) async fn caveats(
        &self,
        member: &Member,
        permission: &Permission,
        cause: Cause,
    ) -> Result<Vec<Caveat>, Error> {
        let mut caveats = vec![];
        if cause.allows() && self.wants_fresh_login(member, permission)? {
            caveats.push(Caveat::FreshLogin);
        }
        let keep = self.app.suspension_keeps_seat();
        let takes = match cause {
            Cause::State(state) => !state.holds_seat(keep),
            _ => {
                let may_take = |action: &Action| action.may_take_seat(keep) && action.permission() == *permission;
                cause.allows() && Action::ALL.iter().any(may_take)
            }
        };
        if takes {
            let organization = self.rows.organizations().get(member.organization).await?;
            let rule = self.seat_rule(&organization).await?;
            if rule.seats.free() == Some(0) {
                caveats.push(Caveat::NoSeat);
            }
        }
        Ok(caveats)
    }

    /// Of callers it is known how they logged in; of others only that they would have to do it anew.
    fn wants_fresh_login(&self, member: &Member, permission: &Permission) -> Result<bool, Error> {
        let wants = |who: Who| matches!(who, Who::Holding(needed) if needed == permission.as_str());
        if !all_rules().iter().any(|rule| rule.fresh_login && wants(rule.who)) {
            return Ok(false);
        }
        let caller = self.call.caller()?;
        let itself = caller.place().is_some_and(|place| place.member == member.id);
        Ok(!itself || self.now - caller.authenticated_at > FRESH_LOGIN)
    }
}
