//! Many at once: tasks that start together, then a recount of what they left.

mod identity;
