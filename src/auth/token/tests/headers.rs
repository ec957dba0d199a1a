//! Headers and serialisations that must not be believed.

use super::*;

#[test]
fn test_j01_the_key_decides_the_algorithm() {
    for alg in [
        "none", "None", "NONE", "nOnE", "", "HS256", "RS256", "ES256", "PS256", "eddsa", "Ed25519",
    ] {
        let token = with_header(|header| header["alg"] = alg.into());
        assert_eq!(verify(&token), Err(InvalidToken), "{alg}");
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        assert_eq!(verify(&unsigned), Err(InvalidToken), "{alg}, unsigned");
    }
    assert_eq!(
        verify(&with_header(|header| drop(
            header.as_object_mut().unwrap().remove("alg")
        ))),
        Err(InvalidToken)
    );
    // Every key of ours under every other algorithm's name, signed by either.
    for signs in ALL {
        for named in ALL {
            for key_of in ALL {
                let mut header = header(keys().of(key_of));
                header["alg"] = named.as_str().into();
                let token = forge(keys().of(signs), &header.to_string(), &claims().to_string());
                assert_eq!(
                    verify(&token).is_ok(),
                    signs == named && named == key_of,
                    "{signs} {named} {key_of}"
                );
            }
        }
    }
}

#[test]
fn test_j01_public_keys_are_no_hmac_secrets() {
    for algorithm in ALL {
        let key = keys().of(algorithm);
        let jwk = &key.public_jwk;
        let raw = |name: &str| {
            jwk[name]
                .as_str()
                .map(|text| BASE64URL_NOPAD.decode(text.as_bytes()).unwrap())
        };
        let mut secrets = vec![Vec::new(), jwk.to_string().into_bytes(), key.kid.clone().into_bytes()];
        secrets.extend(["x", "y", "n", "e"].into_iter().filter_map(raw));
        secrets.extend(
            ["x", "n"]
                .into_iter()
                .filter_map(|name| jwk[name].as_str())
                .map(|text| text.as_bytes().to_vec()),
        );
        for secret in secrets {
            for alg in ["HS256", algorithm.as_str()] {
                let mut header = header(key);
                header["alg"] = alg.into();
                let message = format!("{}.{}", b64(header.to_string()), b64(claims().to_string()));
                let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), message.as_bytes());
                assert_eq!(verify(&format!("{message}.{}", b64(tag.as_ref()))), Err(InvalidToken));
            }
        }
    }
    let key = keys().of(Algorithm::RS256);
    let message = format!("{}.{}", b64(header(key).to_string()), b64(claims().to_string()));
    let pss = rsa(key, &RSA_PSS_SHA256, message.as_bytes());
    assert_eq!(
        verify(&format!("{message}.{}", b64(pss))),
        Err(InvalidToken),
        "PS256 under the name of RS256"
    );
}

#[test]
fn test_j02_other_serialisations_and_critical_headers_are_refused() {
    let good = with_header(|_| {});
    let [head, body, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    let key = keys().of(Algorithm::EdDSA);
    let general = json!({"payload": body, "signatures": [{"protected": head, "signature": signature}]});
    let flattened = json!({"payload": body, "protected": head, "signature": signature});
    let unprotected = json!({"payload": body, "header": header(key), "signature": signature});
    for json in [general, flattened, unprotected] {
        assert_eq!(verify(&json.to_string()), Err(InvalidToken));
    }
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("cty", json!("JWT")),
        ("unknown", json!(1)),
    ] {
        assert_eq!(
            verify(&with_header(|header| header[name] = value.clone())),
            Err(InvalidToken),
            "{name}"
        );
    }
    let odd = [
        String::new(),
        "..".into(),
        ".".into(),
        good.replace('.', ""),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{signature}"),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{good}="),
        format!("{head}=.{body}.{signature}"),
        format!("{head}.{body}"),
        format!("{head}..{signature}"),
        format!("{head}.{body}."),
        format!("Bearer {good}"),
    ];
    for token in odd {
        assert_eq!(verify(&token), Err(InvalidToken), "{token}");
    }
}

#[test]
fn test_j03_nothing_in_the_header_leads_elsewhere() {
    let attacker = generate(Algorithm::EdDSA).unwrap();
    for (name, value) in [
        ("jku", json!("https://canary.example/jwks.json")),
        ("x5u", json!("https://canary.example/cert")),
        ("jwk", attacker.public_jwk.clone()),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("x")),
        ("x5t#S256", json!("x")),
    ] {
        let mut header = header(&attacker);
        header[name] = value;
        let by_attacker = forge(&attacker, &header.to_string(), &claims().to_string());
        header["kid"] = keys().of(Algorithm::EdDSA).kid.clone().into();
        let ours = forge(keys().of(Algorithm::EdDSA), &header.to_string(), &claims().to_string());
        assert_eq!(
            (verify(&by_attacker), verify(&ours)),
            (Err(InvalidToken), Err(InvalidToken)),
            "{name}"
        );
    }
    for kid in [
        "",
        "../../etc/passwd",
        "' OR 1=1 --",
        "https://canary.example",
        "\0",
        attacker.kid.as_str(),
    ] {
        assert_eq!(
            verify(&with_header(|header| header["kid"] = kid.into())),
            Err(InvalidToken),
            "{kid:?}"
        );
    }
    for kid in [json!(null), json!(1), json!([]), json!({})] {
        assert_eq!(
            verify(&with_header(|header| header["kid"] = kid.clone())),
            Err(InvalidToken),
            "{kid}"
        );
    }
    assert_eq!(
        verify(&with_header(|header| header["kid"] = "k".repeat(1 << 20).into())),
        Err(InvalidToken)
    );
    // Retired keys' tokens live on until the key is removed.
    let token = with_header(|_| {});
    let retired = keys().ring_with(|row| row.retires = Some(now()));
    assert!(issuer().verify(&retired, &token, now()).is_ok());
    let removed = keys().ring_with(|row| row.removed = Some(now()));
    assert_eq!(issuer().verify(&removed, &token, now()), Err(InvalidToken));
}
