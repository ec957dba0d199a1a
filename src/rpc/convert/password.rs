//! Passwords.

use super::{Fields, nothing_to_say};
use crate::app::password::{Change, Check, Judgement, RequestReset, Reset};
use crate::auth::opaque::SecretKind;
use crate::auth::password::PasswordFault;
use crate::error::Error;
use crate::pb::roster::identity::v1 as pb;
use crate::secret::Secret;

nothing_to_say!(
    pb::ChangePasswordResponse,
    pb::RequestPasswordResetResponse,
    pb::ResetPasswordResponse
);

impl TryFrom<pb::ChangePasswordRequest> for Change {
    type Error = Error;
    fn try_from(r: pb::ChangePasswordRequest) -> Result<Change, Error> {
        let mut f = Fields::default();
        let current = f.password("current_password", &r.current_password);
        let new = f.password("new_password", &r.new_password);
        f.build(|| {
            Some(Change {
                current: current?,
                new: new?,
            })
        })
    }
}

impl TryFrom<pb::RequestPasswordResetRequest> for RequestReset {
    type Error = Error;
    fn try_from(r: pb::RequestPasswordResetRequest) -> Result<RequestReset, Error> {
        let mut f = Fields::default();
        let email = f.parse("email", &r.email);
        f.build(|| Some(RequestReset { email: email? }))
    }
}

impl TryFrom<pb::ResetPasswordRequest> for Reset {
    type Error = Error;
    fn try_from(r: pb::ResetPasswordRequest) -> Result<Reset, Error> {
        let mut f = Fields::default();
        let code = f.secret("code", SecretKind::PasswordReset, &r.code);
        let new = f.password("new_password", &r.new_password);
        f.build(|| Some(Reset { code: code?, new: new? }))
    }
}

impl From<Secret> for pb::GeneratePasswordResponse {
    fn from(password: Secret) -> Self {
        Self {
            password: password.expose().to_owned(),
        }
    }
}

impl TryFrom<pb::CheckPasswordRequest> for Check {
    type Error = Error;
    fn try_from(r: pb::CheckPasswordRequest) -> Result<Check, Error> {
        let mut f = Fields::default();
        let password = f.password("password", &r.password);
        if r.context.len() > 10 {
            f.refuse("context", "has more than 10 entries");
        }
        for (i, word) in r.context.iter().enumerate() {
            if word.chars().count() > 200 {
                f.refuse(format!("context[{i}]"), "is longer than 200 characters");
            }
        }
        f.build(|| {
            Some(Check {
                password: password?,
                words: r.context,
            })
        })
    }
}

impl From<Judgement> for pb::CheckPasswordResponse {
    fn from(judgement: Judgement) -> Self {
        let faults = judgement.report.faults.iter().map(|fault| {
            let fault = match fault {
                PasswordFault::TooShort { .. } => pb::PasswordFault::TooShort,
                PasswordFault::TooCommon => pb::PasswordFault::TooCommon,
                PasswordFault::ContainsContext => pb::PasswordFault::ContainsContext,
                PasswordFault::TooGuessable => pb::PasswordFault::TooGuessable,
            };
            fault.into()
        });
        Self {
            acceptable: judgement.report.accepted(),
            score: judgement.report.score.into(),
            faults: faults.collect(),
            min_length: i32::try_from(judgement.min_length).unwrap_or(i32::MAX),
        }
    }
}
