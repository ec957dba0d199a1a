//! The gRPC code on the wire is the one that the comment of the reason promises.

use crate::reasons::{documented, errors};
use crate::sources::hold;
use roster::rpc::status;

#[test]
fn every_error_has_the_code_that_the_contract_promises() {
    let documented = documented();
    let mut faults = vec![];
    for error in errors() {
        // Debug of a code is its name in camel case: `FailedPrecondition`.
        let code = format!("{:?}", status::code(&error));
        let promised = documented[error.reason()].split_once('.').map(|(code, _)| code.replace('_', "")).unwrap_or_default();
        if !code.eq_ignore_ascii_case(&promised) {
            faults.push(format!("{}: {code} is sent, the comment promises {promised}", error.reason()));
        }
    }
    hold("codes", errors().len(), &faults);
}
