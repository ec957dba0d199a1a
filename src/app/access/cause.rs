//! Why somebody may or may not.

use crate::domain::MemberState;

/// Why somebody may or may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A role gives it.
    Role,
    /// A role of a group gives it.
    Group,
    /// It was granted to them alone.
    Grant,
    /// A role for a while gives it.
    Binding,
    /// A role for a while gave it, and has run out.
    BindingEnded,
    /// Nothing they have gives it.
    NotGranted,
    /// They are not an active member.
    State(MemberState),
    /// No catalogue has it.
    UnknownPermission,
}

impl Cause {
    /// Whether it is one for which they may.
    pub(super) fn allows(self) -> bool {
        matches!(self, Cause::Role | Cause::Group | Cause::Grant | Cause::Binding)
    }
}
