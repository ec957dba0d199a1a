//! What may they do? The catalogue of permissions, an organisation's own roles, roles for a while, and the decisions that
//! other services ask for. What may be given at all is decided in `app/rights.rs`, here as everywhere.

mod binding;
mod catalog;
mod cause;
mod caveat;
mod check;
mod explain;
mod preview;
mod role;

pub use binding::{
    BindingShown, CreateBinding, DeleteBinding, ListBindings, create_binding, delete_binding, list_bindings,
};
pub use catalog::{Applied, Apply, ModuleShown, apply, list_permissions};
pub use cause::Cause;
pub use caveat::Caveat;
pub use check::{Batch, Check, Question, Subject, batch, check};
pub use explain::{Explain, Explained, Source, explain};
pub use preview::{Preview, Previewed, Proposal, RightsChange, preview};
pub use role::{
    CreateRole, DeleteRole, GetRole, ListRoles, Own, RoleShown, UpdateRole, create_role, delete_role, get_role,
    list_roles, update_role,
};
