//! Seats.

use super::Fields;
use super::member::{MOST_SELECTED, wire_state};
use crate::app::organization::{GuidanceFor, SetSeats, Usage};
use crate::domain::MemberId;
use crate::domain::organization::Organization;
use crate::error::Error;
use crate::pb::roster::organization::v1 as pb;
use std::collections::HashSet;

/// The most newcomers that a question may be about.
const MOST_NEWCOMERS: i64 = 1_000_000;
/// The most seats there may be.
const MOST_SEATS: i64 = 10_000_000;

impl TryFrom<pb::GetSeatUsageRequest> for GuidanceFor {
    type Error = Error;
    fn try_from(r: pb::GetSeatUsageRequest) -> Result<GuidanceFor, Error> {
        use pb::get_seat_usage_request::GuidanceFor as Wire;
        let mut f = Fields::default();
        let about = match r.guidance_for {
            None => Some(GuidanceFor::Count(1)),
            Some(Wire::Count(count)) => {
                let count = bounded(i64::from(count), 0, MOST_NEWCOMERS);
                f.take("count", count).map(GuidanceFor::Count)
            }
            Some(Wire::Members(selection)) => {
                if selection.member_ids.is_empty() {
                    f.refuse("members.member_ids", "is empty; select at least one member");
                }
                let ids = f.each::<MemberId>("members.member_ids", &selection.member_ids, MOST_SELECTED);
                let mut seen = HashSet::new();
                ids.map(|ids| GuidanceFor::Members(ids.into_iter().filter(|id| seen.insert(*id)).collect()))
            }
        };
        f.build(|| about)
    }
}

fn bounded(number: i64, from: i64, to: i64) -> Result<u64, String> {
    let within = (from..=to).contains(&number);
    let number = u64::try_from(number).ok().filter(|_| within);
    number.ok_or_else(|| format!("is not from {from} to {to}"))
}

fn to_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl From<Usage> for pb::GetSeatUsageResponse {
    fn from(usage: Usage) -> Self {
        let used_by = usage.used_by.into_iter().map(|(state, seats)| pb::SeatUse {
            state: wire_state(state).into(),
            seats: to_i64(seats),
        });
        let guidance = usage.guidance;
        Self {
            bought: usage.seats.limit.map(to_i64),
            used: to_i64(usage.seats.used),
            used_by: used_by.collect(),
            free: usage.seats.free().map(to_i64),
            guidance: Some(pb::SeatGuidance {
                needed: to_i64(guidance.needed),
                enough: guidance.missing == 0,
                missing: to_i64(guidance.missing),
                message: guidance.message,
            }),
        }
    }
}

impl TryFrom<pb::SetSeatLimitRequest> for SetSeats {
    type Error = Error;
    fn try_from(r: pb::SetSeatLimitRequest) -> Result<SetSeats, Error> {
        use pb::set_seat_limit_request::Limit;
        let mut f = Fields::default();
        let limit = match r.limit {
            Some(Limit::Seats(seats)) => f.take("seats", bounded(seats, 1, MOST_SEATS)).map(Some),
            Some(Limit::Unlimited(true)) => Some(None),
            Some(Limit::Unlimited(false)) => {
                f.refuse("unlimited", "is false; give the number of seats instead");
                None
            }
            None => {
                f.refuse("seats", "is missing; give a number, or say unlimited");
                None
            }
        };
        let etag = f.etag(&r.etag);
        f.build(|| {
            Some(SetSeats {
                limit: limit?,
                etag: etag?,
            })
        })
    }
}

impl From<Organization> for pb::SetSeatLimitResponse {
    fn from(organization: Organization) -> Self {
        Self {
            organization: Some(organization.into()),
        }
    }
}
