//! Decisions: questions, answers, and the why.

use crate::app::access::{Batch, Cause, Caveat, Check, Explain, Explained, Question, Source, Subject};
use crate::domain::MemberId;
use crate::error::Error;
use crate::pb::roster::access::v1 as pb;
use crate::rpc::convert::timestamp;
use crate::rpc::fields::Fields;
use crate::rpc::status;
use crate::secret::Secret;

const MOST_QUESTIONS: usize = 1_000;

impl TryFrom<pb::CheckAccessRequest> for Check {
    type Error = Error;
    fn try_from(r: pb::CheckAccessRequest) -> Result<Check, Error> {
        use pb::check_access_request::Subject as Wire;
        let mut f = Fields::default();
        let permission = f.parse("permission", &r.permission);
        let subject = match r.subject {
            None => Some(Subject::Caller),
            Some(Wire::AccessToken(token)) => Some(Subject::Bearer(Secret::new(token))),
            Some(Wire::MemberId(id)) => f.parse("member_id", &id).map(Subject::Member),
        };
        f.build(|| {
            Some(Check {
                permission: permission?,
                subject: subject?,
            })
        })
    }
}

impl From<bool> for pb::CheckAccessResponse {
    fn from(allowed: bool) -> Self {
        Self { allowed }
    }
}

impl TryFrom<pb::BatchCheckAccessRequest> for Batch {
    type Error = Error;
    fn try_from(r: pb::BatchCheckAccessRequest) -> Result<Batch, Error> {
        let mut f = Fields::default();
        if r.questions.is_empty() || r.questions.len() > MOST_QUESTIONS {
            return Err(Error::field("questions", "has to have 1 to 1,000 entries"));
        }
        let mut questions = Vec::with_capacity(r.questions.len());
        for (index, question) in r.questions.iter().enumerate() {
            let permission = f.parse(&format!("questions[{index}].permission"), &question.permission);
            let member = f.optional::<MemberId>(&format!("questions[{index}].member_id"), &question.member_id);
            questions.extend(
                permission
                    .zip(member)
                    .map(|(permission, member)| Question { permission, member }),
            );
        }
        let bearer = (!r.access_token.is_empty()).then(|| Secret::new(r.access_token));
        f.build(|| Some(Batch { questions, bearer }))
    }
}

impl From<Vec<Result<bool, Error>>> for pb::BatchCheckAccessResponse {
    fn from(answers: Vec<Result<bool, Error>>) -> Self {
        let answers = answers.into_iter().map(|answer| pb::AccessAnswer {
            allowed: answer == Ok(true),
            error: answer.err().map(|error| status::item(&error)),
        });
        Self {
            answers: answers.collect(),
        }
    }
}

impl TryFrom<pb::ExplainAccessRequest> for Explain {
    type Error = Error;
    fn try_from(r: pb::ExplainAccessRequest) -> Result<Explain, Error> {
        let mut f = Fields::default();
        let permission = f.parse("permission", &r.permission);
        let member = f.optional("member_id", &r.member_id);
        f.build(|| {
            Some(Explain {
                permission: permission?,
                member: member?,
            })
        })
    }
}

impl From<Explained> for pb::ExplainAccessResponse {
    fn from(explained: Explained) -> Self {
        Self {
            allowed: explained.allowed,
            cause: cause(explained.cause).into(),
            granted_by_roles: explained.granted_by,
            roles_that_grant: explained.roles_that_grant,
            who_could_give: explained.who_could_give.iter().map(ToString::to_string).collect(),
            message: explained.message,
            sources: explained.sources.into_iter().map(Into::into).collect(),
            expire_time: explained.expires_at.map(timestamp),
            caveats: explained.caveats.iter().map(|it| caveat(*it).into()).collect(),
        }
    }
}

fn caveat(caveat: Caveat) -> pb::AccessCaveat {
    match caveat {
        Caveat::FreshLogin => pb::AccessCaveat::FreshLogin,
        Caveat::NoSeat => pb::AccessCaveat::NoSeat,
    }
}

fn cause(cause: Cause) -> pb::AccessCause {
    match cause {
        Cause::Role => pb::AccessCause::Role,
        Cause::Group => pb::AccessCause::Group,
        Cause::Grant => pb::AccessCause::Grant,
        Cause::Binding => pb::AccessCause::Binding,
        Cause::BindingEnded => pb::AccessCause::BindingEnded,
        Cause::NotGranted => pb::AccessCause::NotGranted,
        Cause::State(_) => pb::AccessCause::State,
        Cause::UnknownPermission => pb::AccessCause::UnknownPermission,
    }
}

impl From<Source> for pb::AccessSource {
    fn from(source: Source) -> Self {
        let mut shown = Self {
            cause: cause(source.cause()).into(),
            ..Default::default()
        };
        match source {
            Source::Role { role } => (shown.role_id, shown.role_name) = (role.0.to_string(), role.1),
            Source::Group { role, group } => {
                (shown.role_id, shown.role_name) = (role.0.to_string(), role.1);
                (shown.group_id, shown.group_name) = (group.0.to_string(), group.1);
            }
            Source::Grant => {}
            Source::Binding {
                role,
                binding,
                expires_at,
            } => {
                (shown.role_id, shown.role_name) = (role.0.to_string(), role.1);
                shown.binding_id = binding.to_string();
                shown.expire_time = Some(timestamp(expires_at));
            }
        }
        shown
    }
}
