//! Keys that are refused, and seals that don't open.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
use super::*;
use crate::random::SystemRandom;

fn sealer() -> Sealer {
    Sealer::new(&MasterKey::generate(&SystemRandom))
}

#[test]
fn reads_a_key_in_every_usual_encoding() {
    let key = MasterKey::generate(&SystemRandom);
    let hex = data_encoding::HEXLOWER.encode(&key.0);
    let forms = [
        hex.to_uppercase(),
        hex,
        data_encoding::BASE64.encode(&key.0),
        data_encoding::BASE64URL.encode(&key.0),
        format!(" {}\n", BASE64URL_NOPAD.encode(&key.0)),
    ];
    for form in forms {
        assert_eq!(MasterKey::parse(&form).unwrap().0, key.0);
    }
}

#[test]
fn test_r02_refuses_default_master_keys() {
    let b64 = |bytes: &[u8]| data_encoding::BASE64.encode(bytes);
    assert_eq!(MasterKey::parse(" \n").unwrap_err(), MasterKeyError::Empty);
    assert_eq!(MasterKey::parse("change me!").unwrap_err(), MasterKeyError::Encoding);
    for bytes in [0, 1, 16, 31, 33, 64] {
        let text = b64(&vec![7; bytes]);
        if !text.is_empty() {
            assert_eq!(MasterKey::parse(&text).unwrap_err(), MasterKeyError::Length { bytes });
        }
    }
    let counting: Vec<u8> = (0..32).collect();
    let downwards: Vec<u8> = (0..32).rev().collect();
    assert_eq!(MasterKey::from_bytes([3; 32]).unwrap_err(), MasterKeyError::NotRandom);
    let samples: [&[u8]; 6] = [
        &[0; 32],
        &[255; 32],
        &counting,
        &downwards,
        &[0xde, 0xad, 0xbe, 0xef].repeat(8),
        b"change-me-change-it-before-use!!",
    ];
    for sample in samples {
        assert_eq!(
            MasterKey::parse(&b64(sample)).unwrap_err(),
            MasterKeyError::NotRandom,
            "{sample:?}"
        );
    }
    assert_eq!(
        MasterKey::parse(&"00".repeat(32)).unwrap_err(),
        MasterKeyError::NotRandom
    );
}

#[test]
fn random_keys_are_never_taken_for_samples() {
    for _ in 0..10_000 {
        assert!(!looks_made_up(&MasterKey::generate(&SystemRandom).0));
    }
}

#[test]
fn opens_only_the_same_purpose_aad_and_key() {
    let (sealer, other) = (sealer(), sealer());
    for sealed_for in Purpose::ALL {
        let sealed = sealer.seal(sealed_for, b"row 1", b"plain");
        for purpose in Purpose::ALL {
            let opened = sealer.open(purpose, b"row 1", &sealed);
            assert_eq!(opened.is_some(), purpose == sealed_for);
        }
        assert_eq!(sealer.open(sealed_for, b"row 1", &sealed).unwrap(), b"plain");
        assert_eq!(sealer.open(sealed_for, b"row 2", &sealed), None);
        assert_eq!(other.open(sealed_for, b"row 1", &sealed), None);
    }
}

#[test]
fn every_changed_bit_and_every_cut_is_noticed() {
    let sealer = sealer();
    let sealed = sealer.seal(Purpose::Mail, b"", b"plain");
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(sealer.open(Purpose::Mail, b"", &changed), None, "bit {bit}");
    }
    for len in 0..sealed.len() {
        assert_eq!(sealer.open(Purpose::Mail, b"", &sealed[..len]), None, "cut at {len}");
    }
}

#[test]
fn the_same_plain_text_never_looks_the_same() {
    let sealer = sealer();
    assert_ne!(
        sealer.seal(Purpose::Mail, b"", b"x"),
        sealer.seal(Purpose::Mail, b"", b"x")
    );
    assert_ne!(wrap_with(b"secret", b"x"), wrap_with(b"secret", b"x"));
}

#[test]
fn keys_outlive_the_process() {
    // The tag is fixed: a changed derivation would make every sealed row unreadable.
    let sealer = Sealer::new(&MasterKey([9; 32]));
    let again = Sealer::new(&MasterKey([9; 32]));
    let sealed = sealer.seal(Purpose::Answers, b"a", b"plain");
    assert_eq!(again.open(Purpose::Answers, b"a", &sealed).unwrap(), b"plain");
    let tag = data_encoding::HEXLOWER.encode(&sealer.mac(Purpose::PageTokens, b"page"));
    assert_eq!(tag, "eb7ca1db73bc182f2771878b1eefaae8b3554bf6b9acf046937aaa3f109f32b6");
}

#[test]
fn a_mac_holds_for_its_purpose_and_bytes_alone() {
    let sealer = sealer();
    let tag = sealer.mac(Purpose::PageTokens, b"page 2");
    assert!(sealer.verify(Purpose::PageTokens, b"page 2", &tag));
    assert!(!sealer.verify(Purpose::PageTokens, b"page 3", &tag));
    assert!(!sealer.verify(Purpose::Mail, b"page 2", &tag));
    assert!(!sealer.verify(Purpose::PageTokens, b"page 2", &tag[..16]));
    assert!(!sealer.verify(Purpose::PageTokens, b"page 2", b""));
}

#[test]
fn only_the_holder_of_the_secret_unwraps() {
    let wrapped = wrap_with(b"old refresh token", b"new refresh token");
    assert_eq!(
        unwrap_with(b"old refresh token", &wrapped).unwrap(),
        b"new refresh token"
    );
    assert_eq!(unwrap_with(b"another token", &wrapped), None);
    assert_eq!(unwrap_with(b"old refresh token", &wrapped[1..]), None);
}

#[test]
fn debug_output_hides_the_keys() {
    let key = MasterKey([77; 32]);
    assert_eq!(format!("{key:?} {:?}", Sealer::new(&key)), "MasterKey(…) Sealer(…)");
}

#[test]
fn the_digest_is_sha_256() {
    // The example "abc" of FIPS 180-4.
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(data_encoding::HEXLOWER.encode(&sha256(b"abc")), expected);
}
