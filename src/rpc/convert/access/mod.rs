//! Permissions, roles, bindings, decisions: one file each.

mod binding;
mod catalog;
mod check;
mod preview;
mod role;

use super::{nothing_to_say, only_a_page};
use crate::pb::roster::access::v1 as pb;

only_a_page!(pb::ListPermissionsRequest);
nothing_to_say!(pb::DeleteRoleResponse, pb::DeleteBindingResponse);
