//! Every error has a reason that the contract documents, the code that its comment promises, and words in every language;
//! and the contract documents no reason that nothing can give.

use crate::contract::{Contract, comment};
use crate::sources::hold;
use roster::domain::Locale;
use roster::error::{Denied, Error, Exhausted, Exists, FileFault, Refused, Violation};
use roster::rpc::status;
use roster::words::Words;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Reasons that no [`Error`] has, because the call never gets to one: who gives them instead.
const FROM_ELSEWHERE: &[(&str, &str)] = &[("REASON_UNSPECIFIED", "nobody: the zero of the enum")];

/// One of each.
fn errors() -> Vec<Error> {
    let (member, retry) = (String::from("mbr_x"), Duration::from_secs(3));
    let mut all: Vec<Error> = vec![
        Error::Unauthenticated,
        Error::missing("member", "mbr_x"),
        Error::Invalid(vec![Violation {
            field: "email".into(),
            reason: "is empty".into(),
        }]),
        Error::Stale,
        Error::Conflict,
        Error::UnknownMethod {
            method: "/a.B/C".into(),
        },
        Error::Deadline,
        Error::Unavailable,
        Error::Internal("CANARY".into()),
    ];
    let denied = [
        Denied::Permission {
            permission: "members.add".into(),
            roles: vec!["admin".into()],
        },
        Denied::RightsExceedYours(vec!["members.add".into()]),
        Denied::TargetOutranksYou(vec!["members.add".into()]),
        Denied::AnotherAddress,
        Denied::FreshLogin,
        Denied::OwnerOnly,
    ];
    let refused = [
        Refused::NoOrganization,
        Refused::StateForbids {
            member: member.clone(),
            state: "revoked",
            event: "suspend",
        },
        Refused::OwnerProtected {
            member: member.clone(),
            already: false,
        },
        Refused::ApiUserProtected { member: member.clone() },
        Refused::NotAnAdministrator { member },
        Refused::TransferEnded { state: "expired" },
        Refused::OrganizationNotDeleted,
        Refused::SecondFactorsUnavailable,
        Refused::RoleInUse {
            role: "rol_x".into(),
            holders: vec!["mbr_x".into()],
            groups: vec!["grp_x".into()],
            by_default: false,
        },
        Refused::SystemRole { role: "admin".into() },
        Refused::ModuleTaken {
            module: "reports".into(),
            owner: "billing".into(),
        },
        Refused::OwnerRoleMovesByTransfer,
        Refused::ActingOnYourself,
        Refused::SignUpClosed,
        Refused::EmailUnverified,
        Refused::PasswordWrong,
        Refused::TemporaryPasswordExpired,
        Refused::TemporaryPasswordNotAllowed,
        Refused::OnboardingNotAllowed {
            onboarding: "list_only",
            allowed: "invitation".into(),
        },
        Refused::NotGrantable {
            permission: "organization.delete".into(),
        },
        Refused::InvitationEnded { state: "declined" },
        Refused::InviterLostRights,
        Refused::SignInToAccept,
        Refused::CodeInvalid { attempts_left: 2 },
        Refused::UserDisabled,
    ];
    let exists = [
        Exists::Member {
            email: "a@example.org".into(),
        },
        Exists::Name {
            kind: "group",
            name: "Support".into(),
        },
        Exists::Slug { slug: "acme".into() },
        Exists::Email {
            email: "a@example.org".into(),
        },
        Exists::RequestId {
            request_id: "0197".into(),
        },
    ];
    let exhausted = [
        Exhausted::Limit {
            kind: "group",
            limit: 1000,
        },
        Exhausted::Seats { limit: 5, used: 5 },
        Exhausted::Attempts { retry },
        Exhausted::Busy { retry },
        Exhausted::TooLarge { limit: 4096 },
    ];
    let name = |name: &str| name.to_owned();
    let files = [
        FileFault::Unreadable {
            line: 3,
            problem: "unclosed_quote",
            detail: name("2"),
        },
        FileFault::TooLarge {
            line: 3,
            what: "columns",
            limit: 100,
        },
        FileFault::Cell { problem: "name_empty" },
        FileFault::Unknown {
            kind: "role",
            name: name("amdin"),
            known: name("admin, owner"),
        },
        FileFault::Repeated { line: 3 },
    ];
    all.extend(files.into_iter().map(Error::from));
    all.extend(denied.into_iter().map(Error::from));
    all.extend(refused.into_iter().map(Error::from));
    all.extend(exists.into_iter().map(Error::from));
    all.extend(exhausted.into_iter().map(Error::from));
    all
}

/// The number of variants of [`Error`]'s enums by the source, so that one added there is missed here.
fn variants() -> usize {
    let files = ["src/error.rs", "src/error/refused.rs", "src/error/file_fault.rs"];
    let text: String = files.map(crate::sources::read).concat();
    let reasons: BTreeSet<&str> = text
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|t| t.starts_with("REASON_"))
        .collect();
    reasons.len()
}

/// Each reason with its comment.
fn documented() -> BTreeMap<String, String> {
    let reasons = Contract::load()
        .pool
        .get_enum_by_name("roster.error.v1.Reason")
        .unwrap();
    let file = reasons.parent_file_descriptor_proto();
    reasons
        .values()
        .map(|value| (value.name().to_owned(), comment(file, value.path())))
        .collect()
}

#[test]
fn the_list_of_errors_is_whole() {
    let reasons: BTreeSet<&str> = errors().iter().map(Error::reason).collect();
    assert_eq!(reasons.len(), errors().len(), "two errors share a reason");
    assert_eq!(
        reasons.len(),
        variants(),
        "src/error.rs knows a reason that errors() does not build"
    );
}

#[test]
fn every_reason_names_its_code_and_a_remedy() {
    const CODES: &[&str] = &[
        "UNAUTHENTICATED",
        "PERMISSION_DENIED",
        "NOT_FOUND",
        "INVALID_ARGUMENT",
        "FAILED_PRECONDITION",
        "ALREADY_EXISTS",
        "RESOURCE_EXHAUSTED",
        "ABORTED",
        "UNAVAILABLE",
        "DEADLINE_EXCEEDED",
        "INTERNAL",
        "UNIMPLEMENTED",
    ];
    let documented = documented();
    let mut faults = vec![];
    for (reason, said) in documented.iter().filter(|(reason, _)| *reason != "REASON_UNSPECIFIED") {
        if !said.split_once(". ").is_some_and(|(code, _)| CODES.contains(&code)) {
            faults.push(format!("{reason}: the comment doesn't begin with a gRPC code"));
        }
        if !said.contains("Remedy: ") {
            faults.push(format!("{reason}: no Remedy"));
        }
    }
    hold("reasons", documented.len(), &faults);
}

#[test]
fn every_reason_can_happen_and_everything_that_happens_has_one() {
    let documented = documented();
    let given: BTreeSet<&str> = errors()
        .iter()
        .map(Error::reason)
        .chain(FROM_ELSEWHERE.iter().map(|(reason, _)| *reason))
        .collect();
    let mut faults: Vec<String> = given
        .iter()
        .filter(|r| !documented.contains_key(**r))
        .map(|r| format!("{r} isn't in the contract"))
        .collect();
    faults.extend(
        documented
            .keys()
            .filter(|r| !given.contains(r.as_str()))
            .map(|r| format!("nothing gives {r}")),
    );
    hold("reasons", given.len(), &faults);
}

#[test]
fn the_metadata_that_a_reason_names_is_there() {
    let documented = documented();
    let mut faults = vec![];
    for error in errors() {
        let facts: BTreeSet<&str> = error.facts().into_iter().map(|(name, _)| name).collect();
        let said = &documented[error.reason()];
        let named = said.split('`').skip(1).step_by(2);
        faults.extend(
            named
                .filter(|n| !facts.contains(n))
                .map(|n| format!("{}: no fact {n}", error.reason())),
        );
    }
    hold("facts", errors().len(), &faults);
}

#[test]
fn every_error_has_words_in_every_language() {
    let words = Words::load().unwrap();
    let (mut said, mut faults) = (0, vec![]);
    for error in errors() {
        let (reason, mut facts) = (error.reason(), error.facts());
        if matches!(error, Error::Internal(_)) {
            // The one fact that comes from the call and not from the error.
            facts.push(("request_id", "0197".into()));
        }
        let args: Vec<(&str, &str)> = facts.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let id = roster::words::id_of(reason);
        let mut texts = BTreeSet::new();
        for locale in Locale::ALL {
            match words.say(locale, &id, &args) {
                Some(text) if text.contains("{$") || text.contains("{ $") || text.contains("CANARY") => {
                    faults.push(format!("{reason} in {locale:?}: {text}"));
                }
                Some(text) => {
                    said += 1;
                    texts.insert(text);
                }
                None => faults.push(format!("{reason}: no words in {locale:?}")),
            }
        }
        if texts.len() < Locale::ALL.len() {
            faults.push(format!("{reason}: two languages say the same"));
        }
    }
    hold("words", said, &faults);
}

#[test]
fn every_error_has_the_code_that_the_contract_promises() {
    let documented = documented();
    let mut faults = vec![];
    for error in errors() {
        // Debug of a code is its name in camel case: `FailedPrecondition`.
        let code = format!("{:?}", status::code(&error));
        let promised = documented[error.reason()]
            .split_once('.')
            .map(|(code, _)| code.replace('_', ""))
            .unwrap_or_default();
        if !code.eq_ignore_ascii_case(&promised) {
            faults.push(format!(
                "{}: {code} is sent, the comment promises {promised}",
                error.reason()
            ));
        }
    }
    hold("codes", errors().len(), &faults);
}

#[test]
fn no_caller_sees_an_internal_cause() {
    let error = Error::Internal("CANARY".into());
    assert!(error.facts().iter().all(|(_, value)| !value.contains("CANARY")));
}
