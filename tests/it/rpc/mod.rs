//! Behaviour over a real channel: success, each refusal with code, reason and details, `validate_only`, `request_id`.

mod log_in;
mod main_job;
mod password;
mod profile;
mod session;
mod sign_up;
