//! The security cases, by their ids: each a published failure of a system of this kind, turned into a rule for this one.

mod membership;
