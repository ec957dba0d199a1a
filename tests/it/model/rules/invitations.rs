//! Invitations in the model: on whose rights they rest, and how they are answered.

use super::{Answer, Model, Rights, Row, State};

impl Model {
    /// Open invitations that somebody with these rights left can't stand behind are withdrawn.
    pub(super) fn withdraw_of(&mut self, inviter: usize, left: &Rights) {
        let stands = |row: &Row| self.covers(left, row);
        let dead: Vec<usize> = self
            .rows
            .iter()
            .filter(|(person, row)| {
                let open = self.state(**person) == Some(State::Invited);
                open && row.invitation.is_some_and(|(_, by)| by == inviter) && !stands(row)
            })
            .map(|(person, _)| *person)
            .collect();
        for person in dead {
            let row = self.rows.get_mut(&person).expect("is on the list");
            (row.state, row.invitation) = (State::Added, None);
        }
    }

    /// Whether these rights are enough to stand behind what somebody was invited to.
    fn covers(&self, rights: &Rights, row: &Row) -> bool {
        let invites = rights.contains("members.add") || rights.contains("members.invite");
        invites && self.rights_of(row).is_subset(rights)
    }

    /// After rights changed: invitations that came to more than their inviters hold rest on whoever changed that, or end.
    pub(super) fn rest_anew(&mut self, actor: usize) {
        let people: Vec<usize> = self.rows.keys().copied().collect();
        for person in people {
            if self.state(person) != Some(State::Invited) {
                continue;
            }
            let row = &self.rows[&person];
            let (end, inviter) = row.invitation.expect("is invited");
            if self.covers(&self.rights(inviter), row) {
                continue;
            }
            let taken_on = self.covers(&self.rights(actor), row);
            let row = self.rows.get_mut(&person).expect("is on the list");
            row.invitation = taken_on.then_some((end, actor));
            if !taken_on {
                row.state = State::Added;
            }
        }
    }

    /// The invited person says yes, by the code of their last mail.
    pub fn accept(&mut self, person: usize) -> Answer {
        if self.state(person) != Some(State::Invited) {
            return Err("REASON_INVITATION_ENDED");
        }
        let row = &self.rows[&person];
        let (_, inviter) = row.invitation.expect("is invited");
        // Nothing here ends by the clock but invitations: whatever took from the inviter or gave to the invited has seen to it.
        assert!(
            self.covers(&self.rights(inviter), row),
            "an open invitation that nobody stands behind"
        );
        let active = self.rows.values().filter(|row| row.state == State::Active).count() as u64;
        if self.seats.is_some_and(|seats| active >= seats) {
            return Err("REASON_SEATS_EXHAUSTED");
        }
        let row = self.rows.get_mut(&person).expect("is invited");
        (row.state, row.invitation) = (State::Active, None);
        Ok(())
    }

    /// The invited person says no.
    pub fn decline(&mut self, person: usize) -> Answer {
        if self.state(person) != Some(State::Invited) {
            return Err("REASON_INVITATION_ENDED");
        }
        let row = self.rows.get_mut(&person).expect("is invited");
        (row.state, row.invitation) = (State::Declined, None);
        Ok(())
    }
}
