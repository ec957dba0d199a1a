//! Behaviour over a real channel: success, each refusal with code, reason and details, `validate_only`, `request_id`.

mod access;
mod actions;
mod add_member;
mod bindings;
mod catalog;
mod dry_runs;
mod group_members;
mod groups;
mod invitation;
mod invite_members;
mod leave_organization;
mod log_in;
mod main_job;
mod members;
mod organization;
mod password;
mod presets;
mod profile;
mod remove_members;
mod roles;
mod session;
mod sign_up;
mod tags;
mod suspend_members;
mod update_member;
