//! Behaviour over a real channel: success, each refusal with code, reason and details, `validate_only`, `request_id`.

mod main_job;
