//! What nobody may see is not shown by accident: by a derived Debug, in a log line, in a panic.

use crate::sources::{below, hold};
use roster::auth::opaque::{NumericCode, OpaqueSecret, SecretKind};
use roster::auth::password::Password;
use roster::domain::user::StoredPassword;
use roster::random::{Random, SystemRandom};
use roster::seal::{MasterKey, Sealer};
use roster::secret::Secret;
use std::fmt::Debug;

/// Types that hold what nobody may see.
const SECRETS: &[&str] = &[
    "Secret",
    "Password",
    "OpaqueSecret",
    "NumericCode",
    "MasterKey",
    "Sealer",
    "StoredPassword",
    "GeneratedKey",
    "SigningKey",
    "Composed",
];

#[test]
fn no_secret_derives_a_way_to_be_seen() {
    const PLAIN: &[&str] = &["String", "Vec<u8>", "Arc<str>", "&str", "Box<str>"];
    let named = |name: &str| {
        [
            "password",
            "secret",
            "private",
            "code",
            "access_token",
            "refresh_token",
            "master_key",
            "hash",
            "rehashed",
        ]
        .contains(&name)
    };
    let (mut seen, mut structs, mut faults) = (vec![], 0, vec![]);
    for source in below("src") {
        for it in source.structs() {
            structs += 1;
            let derives = |name: &str| it.derives.iter().any(|d| d == name);
            let shown = derives("Debug") || derives("Serialize") || derives("Display");
            let holds = it.fields.iter().find(|(field, ty)| {
                named(field)
                    && (PLAIN.contains(&ty.trim_start_matches("Option<").trim_end_matches('>'))
                        || ty.contains("[u8")
                        || PLAIN.contains(&ty.as_str()))
            });
            if SECRETS.contains(&it.name.as_str()) {
                seen.push(it.name.clone());
                // One that is made of secrets alone shows what they show.
                let made_of = |ty: &str| SECRETS.iter().any(|secret| ty.contains(secret));
                if shown && (it.fields.is_empty() || !it.fields.iter().all(|(_, ty)| made_of(ty))) {
                    faults.push(format!(
                        "{}:{}: {} derives {:?}",
                        source.path, it.line, it.name, it.derives
                    ));
                }
            } else if let (true, Some((field, ty))) = (shown, holds) {
                faults.push(format!(
                    "{}:{}: {} shows its {field}: {ty}; make it a Secret",
                    source.path, it.line, it.name
                ));
            }
        }
    }
    faults.extend(
        SECRETS
            .iter()
            .filter(|s| !seen.iter().any(|n| n == *s))
            .map(|s| format!("{s} in SECRETS isn't there")),
    );
    hold("structs", structs, &faults);
}

/// Debug of a secret tells its type and nothing of its value: two values look the same.
#[test]
fn debug_of_a_secret_is_the_same_for_all_values() {
    fn alike<T: Debug>(make: impl Fn(&str) -> T) {
        let plain = |word: &str| (format!("{:?}", make(word)), format!("{:#?}", make(word)));
        let (one, other) = (plain("canary-one"), plain("canary-two"));
        assert_eq!(one, other);
        assert!(!one.0.contains("canary"), "{one:?}");
    }
    let random = SystemRandom;
    let bytes = || {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        bytes
    };
    alike(|word| Secret::new(word));
    alike(|word| Password::new(word).unwrap());
    alike(|_| OpaqueSecret::generate(SecretKind::Invitation, &random));
    alike(|_| NumericCode::generate(&random));
    alike(|_| MasterKey::from_bytes(bytes()).unwrap());
    alike(|_| Sealer::new(&MasterKey::generate(&random)));
    alike(|word| StoredPassword {
        hash: word.to_owned(),
        temporary: true,
        expires_at: None,
    });
    let key = roster::auth::keyring::generate(roster::auth::keyring::Algorithm::EdDSA).unwrap();
    let shown = format!("{key:?}");
    assert!(
        !shown.contains(&format!("{:?}", &key.private[..8]).trim_matches(['[', ']']).to_owned()),
        "{shown}"
    );
}
