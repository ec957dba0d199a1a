//! What refusals say is true of every case in which they are sent, in every language.

use crate::support::calls::in_language;
use crate::support::{Person, Refusal, World, each_engine, refused, with};
use roster::domain::Locale;
use roster::pb::roster::organization::v1 as org;
use roster::words::Words;
use tonic::{Code, Status};

fn say(locale: Locale, id: &str, args: &[(&str, &str)]) -> String {
    Words::load().unwrap().say(locale, id, args).unwrap()
}

/// The words for people.
fn told(status: &Status) -> String {
    let details = Refusal::of(status).details;
    details.localized_message().unwrap().message.clone()
}

async fn transfer(world: &World, by: &Person, to: &str, language: &str) -> Status {
    let request = org::TransferOwnershipRequest {
        member_id: to.to_owned(),
        ..Default::default()
    };
    let call = in_language(with(&by.token, request), language);
    world.organization().transfer_ownership(call).await.unwrap_err()
}

#[test]
fn a_temporary_password_that_ran_out_is_mended_by_a_call_that_there_is() {
    for (locale, administrator) in [
        (Locale::En, "administrator"),
        (Locale::PtBr, "administrador"),
        (Locale::Es, "administrador"),
    ] {
        let said = say(locale, "temporary-password-expired", &[]);
        assert!(said.contains("RequestPasswordReset"), "{said}");
        assert!(!said.contains(administrator), "no call gives another: {said}");
    }
}

#[test]
fn rights_beyond_ones_own_are_neither_given_nor_taken() {
    for (locale, take) in [(Locale::En, "take"), (Locale::PtBr, "retirar"), (Locale::Es, "quitar")] {
        let said = say(locale, "rights-exceed-yours", &[("permissions", "members.add")]);
        assert!(said.contains(take), "{said}");
    }
}

#[test]
fn who_has_no_seat_may_not_be_who_can_free_one() {
    for (locale, administrator) in [
        (Locale::En, "administrator"),
        (Locale::PtBr, "administrador"),
        (Locale::Es, "administrador"),
    ] {
        let said = say(locale, "seats-exhausted", &[("used", "3"), ("limit", "3")]);
        assert!(said.contains(administrator), "it is told to the invited too: {said}");
    }
}

/// A seat has one name in each language, in what is said as in the titles of the presets.
#[test]
fn there_is_one_word_for_a_seat() {
    let presets = [
        include_str!("../../../presets/standard.toml"),
        include_str!("../../../presets/credits.toml"),
        include_str!("../../../presets/operations.toml"),
        include_str!("../../../presets/workspace.toml"),
        include_str!("../../../presets/documents.toml"),
    ];
    let portuguese = [
        include_str!("../../../src/words/pt-BR/errors.ftl"),
        include_str!("../../../src/words/pt-BR/mail.ftl"),
    ];
    let spanish = [
        include_str!("../../../src/words/es/errors.ftl"),
        include_str!("../../../src/words/es/mail.ftl"),
    ];
    let all: [(_, &str, &[&str]); 2] = [
        (portuguese, "assento", &["licença", "vagas"]),
        (spanish, "asiento", &["plazas", "puestos", "licencia"]),
    ];
    for (texts, word, others) in all {
        let said: Vec<String> = texts.into_iter().chain(presets).map(str::to_lowercase).collect();
        assert!(said[0].contains(word), "{word}");
        for other in others {
            assert!(said.iter().all(|text| !text.contains(other)), "{other} for {word}");
        }
    }
}

#[test]
fn a_list_that_is_empty_leaves_no_gap() {
    let lists = [
        ("permission-missing", &[("permission", "a.b"), ("roles", "")][..]),
        ("access-not-granted", &[("permission", "a.b"), ("roles", "")]),
        (
            "role-in-use",
            &[("role", "rol_1"), ("holders", "mbr_1"), ("groups", "")],
        ),
        (
            "role-in-use",
            &[("role", "rol_1"), ("holders", ""), ("groups", "grp_1")],
        ),
        (
            "role-in-use",
            &[
                ("role", "rol_1"),
                ("holders", "org_1"),
                ("groups", ""),
                ("use", "default_role"),
            ],
        ),
        (
            "onboarding-not-allowed",
            &[("onboarding", "list_only"), ("allowed", "")],
        ),
    ];
    for locale in [Locale::En, Locale::PtBr, Locale::Es] {
        for (id, args) in &lists {
            let said = say(locale, id, args);
            for gap in ["()", ": .", ": ,", "org_1", "{"] {
                assert!(!said.contains(gap), "{id} in {locale:?}: {said}");
            }
        }
    }
}

each_engine! {
    async fn the_default_role_in_use_is_called_so(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let reader = world.role(&ana, "Reader", &["members.read"]).await;
        let request = org::UpdateOrganizationRequest { default_role_id: reader.id.clone(), ..Default::default() };
        world.configure(&ana, request).await;
        let refusal = refused(world.delete_role(&ana, &reader.id).await, Code::FailedPrecondition, "REASON_ROLE_IN_USE");
        assert!(refusal.message.contains("default role") && !refusal.message.contains("org_"), "{refusal:?}");
        assert_eq!(refusal.metadata["holders"], ana.organization);
    }
}

each_engine! {
    async fn a_transfer_to_an_owner_says_that_they_own_it(world: World) {
        let world = world.with_preset("documents").await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        for (language, said) in [("en", "owns the organization already"), ("pt-BR", "já é proprietário"), ("es", "ya es propietario")] {
            let refusal = transfer(&world, &ana, &bob.member, language).await;
            assert_eq!(Refusal::of(&refusal).reason, "REASON_OWNER_PROTECTED");
            assert!(told(&refusal).contains(said), "{}", told(&refusal));
        }
    }
}

each_engine! {
    async fn a_transfer_to_somebody_whose_invitation_ran_out_says_so(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let invited = world.add(&ana, "bob@example.org", "admin").await.id;
        world.clock.advance(chrono::TimeDelta::days(60));
        let ana = world.log_in("ana@example.org").await;
        let refusal = transfer(&world, &ana, &invited, "en").await;
        let read = Refusal::of(&refusal);
        assert_eq!((read.reason.as_str(), read.metadata["state"].as_str()), ("REASON_STATE_FORBIDS", "EXPIRED"));
        assert!(told(&refusal).contains("expired"), "{}", told(&refusal));
    }
}

each_engine! {
    async fn a_transfer_that_is_not_there_is_not_named_by_the_organization(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for (language, said) in [("en", "of the ownership of org_"), ("pt-BR", "da propriedade de org_"), ("es", "de la propiedad de org_")] {
            let call = in_language(with(&ana.token, org::CancelOwnershipTransferRequest::default()), language);
            let refusal = world.organization().cancel_ownership_transfer(call).await.unwrap_err();
            assert!(told(&refusal).contains(said), "{}", told(&refusal));
        }
    }
}

#[test]
fn mails_about_an_ownership_promise_nothing_that_a_preset_may_not_keep() {
    let args = [("owner", "Ana"), ("organization", "Acme")];
    for (locale, administrator, alone) in [
        (Locale::En, "administrator", "alone"),
        (Locale::PtBr, "administrador", "só você"),
        (Locale::Es, "administrador", "solo usted"),
    ] {
        let asked = say(locale, "ownership-asked-intro", &args);
        assert!(
            !asked.contains(administrator),
            "the preset says what they become: {asked}"
        );
        let received = say(locale, "ownership-received-intro", &args);
        assert!(!received.contains(alone), "there may be other owners: {received}");
    }
}
