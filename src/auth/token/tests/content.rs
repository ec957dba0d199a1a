//! Claims, times and JSON that must not be believed.

use super::*;

#[test]
fn test_j04_mistyped_and_absent_claims_are_refused() {
    let good = claims();
    let optional = ["org", "mbr"];
    for name in good.as_object().unwrap().keys() {
        let without = with_claims(|claims| drop(claims.as_object_mut().unwrap().remove(name)));
        let may_lack = name == "mbr";
        assert_eq!(verify(&without).is_ok(), may_lack, "without {name}");
        for value in [
            json!(null),
            json!({}),
            json!(true),
            json!(-1),
            json!([null]),
            json!([["x"]]),
        ] {
            let token = with_claims(|claims| claims[name] = value.clone());
            assert_eq!(verify(&token), Err(InvalidToken), "{name} = {value}");
        }
    }
    for name in optional {
        assert_eq!(
            verify(&with_claims(|claims| claims[name] = "usr_x".into())),
            Err(InvalidToken)
        );
    }
    assert_eq!(
        verify(&with_claims(|claims| claims["act"] = json!(null))),
        Err(InvalidToken)
    );
    assert_eq!(
        verify(&with_claims(|claims| claims["act"] = json!({}))),
        Err(InvalidToken)
    );
    assert_eq!(
        verify(&with_claims(|claims| claims["jti"] = "".into())),
        Err(InvalidToken)
    );
    let key = keys().of(Algorithm::EdDSA);
    for name in ["exp", "nbf", "iat", "auth_time", "ver"] {
        for raw in [
            "\"1800000300\"",
            "1800000300.5",
            "1800000300.0",
            "1.8e9",
            "1e400",
            "-1e400",
            "NaN",
            "[1800000300]",
            "99999999999999999999",
        ] {
            let mut claims = good.clone();
            claims[name] = "MARK".into();
            let text = claims.to_string().replace("\"MARK\"", raw);
            assert_eq!(
                verify(&forge(key, &header(key).to_string(), &text)),
                Err(InvalidToken),
                "{name} = {raw}"
            );
        }
    }
    for name in ["exp", "nbf", "iat", "auth_time"] {
        for value in [0, i64::MIN, i64::MAX] {
            assert_eq!(
                verify(&with_claims(|claims| claims[name] = value.into())),
                Err(InvalidToken),
                "{name} = {value}"
            );
        }
    }
}

#[test]
fn test_j05_only_our_issuer_and_type_and_time_count() {
    for iss in [
        "",
        "https://roster.example/",
        "https://roster.example.evil",
        "HTTPS://ROSTER.EXAMPLE",
        "https://roster",
    ] {
        assert_eq!(
            verify(&with_claims(|claims| claims["iss"] = iss.into())),
            Err(InvalidToken),
            "{iss}"
        );
    }
    for typ in [
        "JWT",
        "jwt",
        "AT+JWT",
        "application/at+jwt",
        "at+jwt ",
        "",
        "logout+jwt",
        "id_token",
    ] {
        assert_eq!(
            verify(&with_header(|header| header["typ"] = typ.into())),
            Err(InvalidToken),
            "{typ}"
        );
    }
    assert_eq!(
        verify(&with_header(|header| drop(
            header.as_object_mut().unwrap().remove("typ")
        ))),
        Err(InvalidToken)
    );
    let (ring, token) = (keys().ring(), with_header(|_| {}));
    let at = |seconds| {
        issuer()
            .verify(&ring, &token, now() + TimeDelta::seconds(seconds))
            .is_ok()
    };
    assert_eq!(
        [-6, -5, 0, 599, 604, 605, 10_000].map(at),
        [false, true, true, true, true, false, false]
    );
    let backwards = with_claims(|claims| claims["exp"] = (now().timestamp() - 1).into());
    assert_eq!(verify(&backwards), Err(InvalidToken), "expires before it is issued");
}

#[test]
fn test_j06_the_audience_is_exactly_ours() {
    let ours = "https://api.example";
    for aud in [
        json!("https://other.example"),
        json!(["https://other.example", ours]),
        json!([ours]),
        json!("https://api"),
        json!("https://api.example/"),
        json!("https://api.example.evil"),
        json!(""),
        json!([]),
        json!({ours: true}),
    ] {
        assert_eq!(
            verify(&with_claims(|claims| claims["aud"] = aud.clone())),
            Err(InvalidToken),
            "{aud}"
        );
    }
}

#[test]
fn test_j12_doubled_deep_large_and_broken_json_is_refused_quickly() {
    let key = keys().of(Algorithm::EdDSA);
    let (head, body) = (header(key).to_string(), claims().to_string());
    let mut tokens = Vec::new();
    for (name, value) in claims().as_object().unwrap() {
        tokens.push(forge(
            key,
            &head,
            &body.replacen('{', &format!("{{\"{name}\":{value},"), 1),
        ));
        tokens.push(forge(
            key,
            &head,
            &format!("{},\"{name}\":{value}}}", &body[..body.len() - 1]),
        ));
    }
    for (name, value) in header(key).as_object().unwrap() {
        tokens.push(forge(
            key,
            &head.replacen('{', &format!("{{\"{name}\":{value},"), 1),
            &body,
        ));
    }
    // Small enough to be looked at, and deep.
    let deep = format!("{}{}", "[".repeat(2500), "]".repeat(2500));
    tokens.push(forge(
        key,
        &head,
        &body.replacen('{', &format!("{{\"deep\":{deep},"), 1),
    ));
    tokens.push(forge(
        key,
        &head.replacen('{', &format!("{{\"deep\":{deep},"), 1),
        &body,
    ));
    tokens.push(forge(
        key,
        &head,
        &format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)),
    ));
    tokens.push(forge(
        key,
        &head,
        &body.replacen('{', &format!("{{\"pad\":\"{}\",", "x".repeat(1 << 20)), 1),
    ));
    tokens.push("x".repeat(1 << 20));
    for broken in ["", "null", "[]", "\"x\"", "{", "{}{}", "{}"] {
        tokens.push(forge(key, &head, broken));
        tokens.push(forge(key, broken, &body));
    }
    let message = format!(
        "{}.{}",
        b64(&head),
        b64([b"{\"iss\":\"".as_slice(), &[0xff, 0xfe], b"\"}"].concat())
    );
    tokens.push(format!("{message}.{}", b64(sign(key, &message))));
    let ring = keys().ring();
    for token in tokens {
        let started = std::time::Instant::now();
        assert_eq!(issuer().verify(&ring, &token, now()), Err(InvalidToken));
        assert!(started.elapsed().as_millis() < 100);
    }
}

#[test]
fn every_changed_bit_is_noticed() {
    let (ring, good) = (keys().ring(), with_header(|_| {}));
    for at in 0..good.len() {
        for bit in [1, 2, 4, 32] {
            let mut changed = good.clone().into_bytes();
            changed[at] ^= bit;
            if let Ok(changed) = String::from_utf8(changed) {
                assert_eq!(issuer().verify(&ring, &changed, now()), Err(InvalidToken), "at {at}");
            }
        }
    }
}

#[test]
fn unknown_claims_are_refused() {
    assert_eq!(
        verify(&with_claims(|claims| claims["later"] = json!(1))),
        Err(InvalidToken)
    );
    let actor = json!({"sub": claims()["sub"], "later": 1});
    assert_eq!(
        verify(&with_claims(|claims| claims["act"] = actor.clone())),
        Err(InvalidToken)
    );
}
