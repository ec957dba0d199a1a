//! Signing up and logging in.

use super::{Fields, timestamp};
use crate::app::log_in::{Continue, LogIn, NextStep, Outcome, StepAnswer, StepKind};
use crate::app::sign_up::{Resend, SignUp, Verified, VerifyEmail};
use crate::auth::opaque::{NumericCode, OpaqueSecret, SecretKind};
use crate::error::Error;
use crate::pb::roster::identity::v1 as pb;

impl TryFrom<pb::SignUpRequest> for SignUp {
    type Error = Error;
    fn try_from(r: pb::SignUpRequest) -> Result<SignUp, Error> {
        let mut f = Fields::default();
        let email = f.parse("email", &r.email);
        let display_name = f.parse("display_name", &r.display_name);
        let password = f.password("password", &r.password);
        let organization = f.parse("organization_name", &r.organization_name);
        let slug = f.optional("organization_slug", &r.organization_slug);
        let locale = f.optional("locale", &r.locale);
        let time_zone = f.optional("time_zone", &r.time_zone);
        f.build(|| {
            Some(SignUp {
                email: email?,
                display_name: display_name?,
                password: password?,
                organization: organization?,
                slug: slug?,
                locale: locale?,
                time_zone: time_zone?,
            })
        })
    }
}

impl TryFrom<pb::VerifyEmailRequest> for VerifyEmail {
    type Error = Error;
    fn try_from(r: pb::VerifyEmailRequest) -> Result<VerifyEmail, Error> {
        let mut f = Fields::default();
        let handle = f.secret("handle", SecretKind::SignUp, &r.handle);
        let code = f.take(
            "code",
            NumericCode::parse(&r.code).map_err(|_| "is not the eight digits from the mail"),
        );
        f.build(|| {
            Some(VerifyEmail {
                handle: handle?,
                code: code?,
            })
        })
    }
}

impl TryFrom<pb::ResendVerificationRequest> for Resend {
    type Error = Error;
    fn try_from(r: pb::ResendVerificationRequest) -> Result<Resend, Error> {
        if r.handle.is_empty() {
            return Ok(Resend { handle: None });
        }
        let mut f = Fields::default();
        let handle = f.secret("handle", SecretKind::SignUp, &r.handle);
        f.build(|| Some(Resend { handle: Some(handle?) }))
    }
}

impl TryFrom<pb::LogInRequest> for LogIn {
    type Error = Error;
    fn try_from(r: pb::LogInRequest) -> Result<LogIn, Error> {
        let mut f = Fields::default();
        let email = f.parse("email", &r.email);
        let password = f.password("password", &r.password);
        let organization = f.optional("organization", &r.organization);
        f.build(|| {
            Some(LogIn {
                email: email?,
                password: password?,
                organization: organization?,
            })
        })
    }
}

impl TryFrom<pb::ContinueLogInRequest> for Continue {
    type Error = Error;
    fn try_from(r: pb::ContinueLogInRequest) -> Result<Continue, Error> {
        use pb::continue_log_in_request::Step;
        let mut f = Fields::default();
        // Not a field to be mended: a handle of another form is a wrong credential.
        let handle = OpaqueSecret::parse(SecretKind::LogIn, &r.handle).map_err(|_| Error::Unauthenticated)?;
        let answer = match &r.step {
            Some(Step::NewPassword(password)) => f.password("new_password", password).map(StepAnswer::NewPassword),
            Some(Step::Organization(named)) => f.parse("organization", named).map(StepAnswer::Organization),
            None => {
                f.refuse(
                    "step",
                    "is missing: give new_password or organization, as next_step asked",
                );
                None
            }
        };
        f.build(|| {
            Some(Continue {
                handle,
                answer: answer?,
            })
        })
    }
}

impl From<NextStep> for pb::NextStep {
    fn from(step: NextStep) -> pb::NextStep {
        use pb::next_step::Kind;
        let kind = match step.kind {
            StepKind::VerifyEmail => Kind::VerifyEmail,
            StepKind::ChangePassword => Kind::ChangePassword,
            StepKind::ChooseOrganization => Kind::ChooseOrganization,
        };
        pb::NextStep {
            kind: kind.into(),
            handle: step.handle.expose().to_owned(),
            expire_time: Some(timestamp(step.expires_at)),
            organizations: step
                .organizations
                .into_iter()
                .map(|o| pb::OrganizationChoice {
                    organization_id: o.id.to_string(),
                    slug: o.slug.as_str().to_owned(),
                    display_name: o.display_name.as_str().to_owned(),
                })
                .collect(),
        }
    }
}

/// Three answers that say the same.
macro_rules! outcome {
    ($($response:ident in $module:ident),+) => {
        $(impl From<Outcome> for pb::$response {
            fn from(outcome: Outcome) -> Self {
                use pb::$module::Outcome as Wire;
                let outcome = match outcome {
                    Outcome::Tokens(tokens) => Wire::Tokens((*tokens).into()),
                    Outcome::Next(step) => Wire::NextStep(step.into()),
                };
                Self { outcome: Some(outcome) }
            }
        })+
    };
}
outcome!(
    SignUpResponse in sign_up_response,
    LogInResponse in log_in_response,
    ContinueLogInResponse in continue_log_in_response
);

impl From<Verified> for pb::VerifyEmailResponse {
    fn from(verified: Verified) -> Self {
        use pb::verify_email_response::Outcome as Wire;
        let outcome = verified.outcome.map(|outcome| match outcome {
            Outcome::Tokens(tokens) => Wire::Tokens((*tokens).into()),
            Outcome::Next(step) => Wire::NextStep(step.into()),
        });
        Self {
            outcome,
            user: Some(verified.user.into()),
        }
    }
}

impl From<NextStep> for pb::ResendVerificationResponse {
    fn from(step: NextStep) -> Self {
        Self {
            next_step: Some(step.into()),
        }
    }
}
