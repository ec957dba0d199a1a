//! The seats of an organisation: how many there are, who holds them, and whether they suffice.

use crate::app::user::fresh;
use crate::app::{Cx, View};
use crate::domain::event::Event;
use crate::domain::organization::Organization;
use crate::domain::{MemberId, MemberState, Seats};
use crate::error::Error;
use std::collections::HashSet;

/// For whom there are to be seats.
#[derive(Debug)]
pub enum GuidanceFor {
    /// So many newcomers.
    Count(u64),
    /// These members, who are to be invited, each once.
    Members(Vec<MemberId>),
}

/// The seats, and who holds them.
#[derive(Debug)]
pub struct Usage {
    /// How many there are, and how many are held.
    pub seats: Seats,
    /// By members in which state.
    pub used_by: Vec<(MemberState, u64)>,
    /// Whether they suffice.
    pub guidance: Guidance,
}

/// Whether the seats suffice for some more.
#[derive(Debug)]
pub struct Guidance {
    /// How many it takes.
    pub needed: u64,
    /// How many are missing.
    pub missing: u64,
    /// The same in words.
    pub message: String,
}

/// The seats of the caller's organisation.
pub async fn seat_usage(view: &View<'_>, input: &GuidanceFor) -> Result<Usage, Error> {
    let organization = view.rows.organizations().get(view.call.organization()?).await?;
    let holders = view.seat_holders(&organization).await?;
    let mut used_by = vec![
        (MemberState::Active, holders.active),
        (MemberState::Invited, holders.invited),
    ];
    used_by.extend(holders.suspended.map(|suspended| (MemberState::Suspended, suspended)));
    let seats = holders.of(organization.seat_limit);
    let needed = match input {
        GuidanceFor::Count(count) => *count,
        GuidanceFor::Members(ids) => view.seats_needed(&organization, ids).await?,
    };
    Ok(Usage {
        seats,
        used_by,
        guidance: view.guidance(seats, needed),
    })
}

impl View<'_> {
    /// How many of these members hold no seat yet.
    async fn seats_needed(&self, organization: &Organization, ids: &[MemberId]) -> Result<u64, Error> {
        let members = self.rows.members().list_by_id(organization.id, ids).await?;
        let found: HashSet<MemberId> = members.iter().map(|member| member.id).collect();
        if let Some(id) = ids.iter().find(|id| !found.contains(id)) {
            return Err(Error::missing("member", id));
        }
        let without = members
            .iter()
            .filter(|member| !member.state_at(self.now).holds_seat(self.app.suspension_keeps_seat()));
        Ok(without.count() as u64)
    }

    fn guidance(&self, seats: Seats, needed: u64) -> Guidance {
        let free = seats.free();
        let missing = free.map_or(0, |free| needed.saturating_sub(free));
        let id = match (free, needed, missing) {
            (_, 0, _) => "seats-none-needed",
            (None, ..) => "seats-unlimited",
            (Some(_), _, 0) => "seats-enough",
            (Some(_), ..) => "seats-missing",
        };
        let facts = [
            ("needed", needed.to_string()),
            ("free", free.unwrap_or_default().to_string()),
            ("missing", missing.to_string()),
        ];
        let facts: Vec<(&str, &str)> = facts.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let message = self.app.words.say(self.call.locale, id, &facts);
        Guidance {
            needed,
            missing,
            message: message.unwrap_or_default(),
        }
    }
}

/// Another number of seats.
#[derive(Debug)]
pub struct SetSeats {
    /// How many; none means as many as you like.
    pub limit: Option<u64>,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// Sets how many seats the caller's organisation has. Below the use everybody stays, and nobody new gets in.
pub async fn set_seat_limit(cx: &mut Cx<'_>, input: &SetSeats) -> Result<Organization, Error> {
    let was = cx.home()?;
    fresh(input.etag, was.version)?;
    let before = was.seat_limit;
    let next = Organization {
        seat_limit: input.limit,
        updated_at: cx.now,
        ..was
    };
    let next = cx.tx.organizations().update(&next).await?;
    cx.emit(Event::SeatLimitChanged {
        organization: next.id,
        before,
        after: next.seat_limit,
    });
    Ok(next)
}
