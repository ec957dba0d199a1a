//! Behaviour over a real channel: success, each refusal with code, reason and details, `validate_only`, `request_id`.

mod access;
mod actions;
mod add_member;
mod invitation;
mod main_job;
mod members;
mod organization;
mod remove_members;
mod update_member;
