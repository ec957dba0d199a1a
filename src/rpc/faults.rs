//! How much is told of what is wrong with a request: as much as fits into the headers of the answer, where it stands twice.
//! Clients take 8 KiB of headers (gRPC's own default), and break the connection at more.

use crate::error::{Violation, shortened};
use std::fmt::Write;

/// Octets of all fields and reasons in the details.
const TOLD: usize = 1_200;
/// Octets of one reason.
const REASON: usize = 300;
/// Octets of the list in the message.
const LISTED: usize = 400;

/// Faults as they are told: at least one, and the first of the others.
pub struct Faults {
    told: Vec<Violation>,
    more: usize,
}

impl Faults {
    /// Of all that is wrong.
    pub fn of(violations: &[Violation]) -> Faults {
        let mut told: Vec<Violation> = vec![];
        let mut octets = 0;
        for violation in violations {
            let fault = Violation {
                field: shortened(&violation.field, REASON),
                reason: shortened(&violation.reason, REASON),
            };
            octets += fault.field.len() + fault.reason.len();
            if octets > TOLD && !told.is_empty() {
                break;
            }
            told.push(fault);
        }
        let more = violations.len() - told.len();
        Faults { told, more }
    }

    /// Those in the details.
    pub fn told(&self) -> &[Violation] {
        &self.told
    }

    /// For a developer who sees the message alone.
    pub fn listed(&self) -> String {
        let mut text = String::new();
        let mut left = self.told.len() + self.more;
        for fault in &self.told {
            let one = format!("{} {}", fault.field, fault.reason);
            if !text.is_empty() && text.len() + one.len() > LISTED {
                break;
            }
            if !text.is_empty() {
                text.push_str("; ");
            }
            text.push_str(&one);
            left -= 1;
        }
        if left > 0 {
            // Writing to a string doesn't fail.
            let _ = write!(text, "; and {left} more");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Locale;
    use crate::error::{Denied, Error, Exists};
    use crate::rpc::status;
    use crate::words::Words;

    fn faults(n: usize, reason: &str) -> Vec<Violation> {
        let fault = |i| Violation {
            field: format!("member_ids[{i}]"),
            reason: reason.to_owned(),
        };
        (0..n).map(fault).collect()
    }

    #[test]
    fn few_are_told_whole() {
        let few = Faults::of(&faults(2, "is no id"));
        assert_eq!(few.told(), faults(2, "is no id"));
        assert_eq!(few.listed(), "member_ids[0] is no id; member_ids[1] is no id");
    }

    #[test]
    fn of_many_the_first_and_how_many_more() {
        let many = Faults::of(&faults(1_000, &"x".repeat(88)));
        assert_eq!(many.told().len(), 11);
        let listed = many.listed();
        assert!(
            listed.starts_with("member_ids[0] xxx") && listed.ends_with("x; and 997 more"),
            "{listed}"
        );
        assert!(listed.len() < 420, "{}", listed.len());
    }

    /// As HTTP/2 counts them (RFC 9113 section 6.5.2).
    fn headers_of(error: &Error, locale: Locale) -> usize {
        let words = Words::load().unwrap();
        let answer = status::of(error, &words, locale, &"c".repeat(36)).into_http::<()>();
        let lengths = answer
            .headers()
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 32);
        lengths.sum()
    }

    #[test]
    fn the_headers_of_a_refusal_stay_below_8_kib() {
        let names = |n: usize| (0..n).map(|i| format!("m{i}.{}", "v".repeat(58))).collect::<Vec<_>>();
        let wide = "\u{1f600}".repeat(200);
        let errors: Vec<Error> = vec![
            Error::Invalid(faults(1_000, &"is no id: twenty-six letters behind mbr_ ".repeat(2))),
            Error::Invalid(faults(30, &wide)),
            Error::field("permissions", names(200).join(", ")),
            Denied::RightsExceedYours(names(200)).into(),
            Denied::TargetOutranksYou(names(200)).into(),
            Denied::Permission {
                permission: names(1).join(""),
                roles: vec![wide.clone(); 50],
            }
            .into(),
            Exists::Name {
                kind: "group",
                name: wide.clone(),
            }
            .into(),
            Error::missing("member", &wide),
        ];
        for error in errors {
            for locale in [Locale::En, Locale::PtBr, Locale::Es] {
                let octets = headers_of(&error, locale);
                assert!(octets < 7_600, "{octets} in {locale:?}: {error}");
            }
        }
    }

    #[test]
    fn a_long_one_is_told_in_part() {
        let long = Faults::of(&faults(3, &"東".repeat(4_000)));
        assert_eq!(long.told().len(), 3);
        assert!(
            long.told()
                .iter()
                .all(|fault| fault.reason.len() <= REASON && fault.reason.ends_with('…'))
        );
    }
}
