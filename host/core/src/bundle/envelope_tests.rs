//! Envelopes: what is signed comes back, and everything else is refused with its reason.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use ed25519_dalek::{Signer as _, SigningKey};
use rsa::pkcs8::{DecodePrivateKey as _, EncodePublicKey as _};
use serde_json::{Value, json};

use super::*;
use crate::bundle::canonical;

fn header() -> Header {
    Header {
        algorithm: Algorithm::EdDsa,
        kid: "release-2026".to_owned(),
        iat: 1_790_000_000,
        jti: "0123456789abcdef".to_owned(),
        seq: 7,
        rollback: false,
        exp: None,
    }
}

fn signer() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn key() -> PublicKey {
    PublicKey::from_ed25519(signer().verifying_key().as_bytes()).unwrap()
}

fn envelope(header: &Header, payload: &[u8]) -> Vec<u8> {
    let input = signing_input(header, payload);
    assemble(&input, &signer().sign(input.as_bytes()).to_bytes())
}

fn members() -> Value {
    serde_json::from_slice(&envelope(&header(), b"{}")).unwrap()
}

/// An envelope with this text as its protected header; its signature is wrong, which parsing does not see.
fn with_header(text: &str) -> Result<Unverified, Malformed> {
    let mut members = members();
    members["protected"] = BASE64URL.encode(text).into();
    parse(members.to_string().as_bytes())
}

fn header_json() -> Value {
    serde_json::to_value(header()).unwrap()
}

fn header_refusal(text: &str) -> String {
    match with_header(text) {
        Err(Malformed::Header(message)) => message,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn what_was_signed_comes_back() {
    for header in [header(), Header { rollback: true, exp: Some(1_790_000_001), ..header() }] {
        let bytes = envelope(&header, b"the bundle");
        let unverified = parse(&bytes).unwrap();
        assert_eq!(unverified.header(), &header);
        let identity = unverified.sha256();
        let envelope = unverified.verify(&key()).unwrap();
        assert_eq!(envelope.header, header);
        assert_eq!(envelope.payload, b"the bundle");
        assert_eq!(envelope.sha256, identity);
        assert_eq!(envelope.payload_sha256, sha256_hex(b"the bundle"));
    }
}

#[test]
fn rs256_is_verified_as_well() {
    let pem = include_str!("../../../../tests/golden/bundle/rs256-test-only.pem");
    let private = rsa::PrivateKey::from_pkcs8_pem(pem).unwrap();
    let public = private.to_public_key().to_public_key_der().unwrap();
    let key = PublicKey::from_rsa_spki_der(public.as_bytes()).unwrap();
    let input = signing_input(&Header { algorithm: Algorithm::Rs256, ..header() }, b"the bundle");
    let signature = private.pkcs1v15_sign::<Sha256>(input.as_bytes()).unwrap();
    let verified = parse(&assemble(&input, &signature)).unwrap().verify(&key).unwrap();
    assert_eq!(verified.payload, b"the bundle");
}

#[test]
fn an_envelope_is_one_line_of_canonical_json() {
    let bytes = envelope(&Header { rollback: true, exp: Some(1_790_000_001), ..header() }, b"\xFF\xFE\xFD");
    let value = canonical::parse(&bytes).unwrap();
    let protected = BASE64URL.decode(value["protected"].as_str().unwrap()).unwrap();
    canonical::parse(&protected).unwrap();
    assert_eq!(value["payload"], "__79");
}

#[test]
fn the_identity_is_that_of_the_compact_form_whatever_white_space_surrounds_it() {
    let bytes = envelope(&header(), b"{}");
    let members = members();
    let part = |name: &str| members[name].as_str().unwrap();
    let compact = [part("protected"), part("payload"), part("signature")].join(".");
    let spaced = format!(
        "\n{{ \"signature\" : \"{}\",\r\n\t\"protected\":\"{}\", \"payload\":\"{}\"}} \n",
        part("signature"),
        part("protected"),
        part("payload")
    );
    for bytes in [bytes, spaced.into_bytes()] {
        assert_eq!(parse(&bytes).unwrap().sha256(), sha256_hex(compact.as_bytes()));
    }
    assert_ne!(parse(&envelope(&header(), b"{ }")).unwrap().sha256(), sha256_hex(compact.as_bytes()));
}

#[test]
fn what_was_changed_is_refused() {
    let good = members();
    let others = [
        ("protected", BASE64URL.encode(header_json().to_string().replace("\"seq\":7", "\"seq\":8"))),
        ("payload", BASE64URL.encode("{ }")),
        ("payload", String::new()),
        ("signature", BASE64URL.encode([0; 64])),
        ("signature", BASE64URL.encode([0; 63])),
        ("signature", String::new()),
    ];
    for (name, text) in others {
        let mut changed = good.clone();
        changed[name] = text.into();
        let unverified = parse(changed.to_string().as_bytes()).unwrap();
        assert_eq!(unverified.verify(&key()).unwrap_err(), Refused::Signature, "{name}");
    }
    let other = PublicKey::from_ed25519(SigningKey::from_bytes(&[8; 32]).verifying_key().as_bytes()).unwrap();
    assert_eq!(parse(good.to_string().as_bytes()).unwrap().verify(&other).unwrap_err(), Refused::Signature);
}

#[test]
fn a_key_for_another_algorithm_is_not_tried() {
    let bytes = envelope(&Header { algorithm: Algorithm::Rs256, ..header() }, b"{}");
    let refused = parse(&bytes).unwrap().verify(&key()).unwrap_err();
    assert_eq!(refused, Refused::Algorithm { header: Algorithm::Rs256, key: Algorithm::EdDsa });
    assert_eq!(refused.to_string(), "the envelope says RS256, but the key with this kid is for EdDSA");
}

#[test]
fn an_envelope_is_an_object_with_three_strings() {
    let good = members();
    let part = |name: &str| good[name].clone();
    for text in ["", "{", "not json", "\u{FEFF}{}", "{\"protected\":\"a\",}"] {
        assert!(matches!(parse(text.as_bytes()), Err(Malformed::NotJson(_))), "{text}");
    }
    let trailing = good.to_string() + "{}";
    assert!(matches!(parse(trailing.as_bytes()), Err(Malformed::NotJson(_))));
    let mut cases = vec![
        "[]".to_owned(),
        "null".to_owned(),
        "\"text\"".to_owned(),
        "{}".to_owned(),
        "{}x".to_owned(),
        json!([part("protected"), part("payload"), part("signature")]).to_string(),
        good.to_string().replace('}', ",\"payload\":\"e30\"}"),
        good.to_string().replace('}', ",\"pay\\u006coad\":\"e30\"}"),
    ];
    for name in ["protected", "payload", "signature"] {
        let mut missing = good.clone();
        missing.as_object_mut().unwrap().shift_remove(name);
        cases.push(missing.to_string());
        for wrong in [json!(null), json!(1), json!(["e30"]), json!({})] {
            let mut value = good.clone();
            value[name] = wrong;
            cases.push(value.to_string());
        }
    }
    for extra in ["header", "signatures", "Payload", ""] {
        let mut value = good.clone();
        value[extra] = json!({});
        cases.push(value.to_string());
    }
    for text in cases {
        assert!(
            matches!(parse(text.as_bytes()), Err(Malformed::Members(_))),
            "{text}: {:?}",
            parse(text.as_bytes())
        );
    }
}

#[test]
fn base64url_is_strict() {
    for name in ["protected", "payload", "signature"] {
        let good = members()[name].as_str().unwrap().to_owned();
        let bytes = BASE64URL.decode(&good).unwrap();
        let wrong = [
            URL_SAFE.encode([&bytes[..], b"x"].concat()),
            URL_SAFE.encode([&bytes[..], b"xy"].concat()),
            format!("{good}\n"),
            format!(" {good}"),
            format!("{good}="),
            "+/+/".to_owned(),
            "e31".to_owned(),
            "é".to_owned(),
            "A".to_owned(),
        ];
        for text in wrong.iter().filter(|text| text.contains('=') || BASE64URL.decode(text).is_err()) {
            let mut value = members();
            value[name] = text.as_str().into();
            assert_eq!(parse(value.to_string().as_bytes()).unwrap_err(), Malformed::Base64(name), "{text}");
        }
    }
    assert!(BASE64URL.decode("e31").is_err() && STANDARD.decode("+/+/").is_ok());
}

#[test]
fn a_header_has_all_its_members_and_no_other() {
    for name in ["alg", "iat", "jti", "kid", "seq", "typ"] {
        let mut value = header_json();
        value.as_object_mut().unwrap().shift_remove(name);
        assert!(header_refusal(&value.to_string()).contains(name));
        let mut value = header_json();
        value[name] = json!(null);
        header_refusal(&value.to_string());
    }
    for name in ["crit", "b64", "jwk", "jku", "x5c", "x5u", "x5t", "cty", "zip", "nbf", "Rollback", ""] {
        let mut value = header_json();
        value[name] = json!(true);
        assert!(header_refusal(&value.to_string()).contains("unknown field"), "{name}");
    }
    for twice in [",\"seq\":7}", ",\"kid\":\"release-2026\"}", ",\"\\u0061lg\":\"EdDSA\"}"] {
        assert!(
            header_refusal(&header_json().to_string().replace('}', twice)).contains("duplicate"),
            "{twice}"
        );
    }
    for text in ["", "{", "[]", "null", "\"\"", "{}", "{}{}"] {
        header_refusal(text);
    }
    header_refusal(&json!(["EdDSA", 2, 1, "0123456789abcdef", "kid", true, 1, TYP]).to_string());
}

#[test]
fn every_value_of_a_header_has_its_limits() {
    let long = "é".repeat(129);
    let nonce = "a".repeat(129);
    let wrong = [
        ("kid", json!("")),
        ("kid", json!(long)),
        ("kid", json!("a\nb")),
        ("kid", json!(1)),
        ("jti", json!("0123456789abcde")),
        ("jti", json!(nonce)),
        ("jti", json!("0123456789abcde ")),
        ("jti", json!("0123456789abcdeé")),
        ("seq", json!(0)),
        ("seq", json!(-1)),
        ("seq", json!(1.5)),
        ("seq", json!("7")),
        ("seq", json!(1_u64 << 53)),
        ("iat", json!(-1)),
        ("iat", json!(1.0)),
        ("iat", json!(1_u64 << 53)),
        ("exp", json!(1_790_000_000)),
        ("exp", json!(0)),
        ("exp", json!(null)),
        ("exp", json!(1_u64 << 53)),
        ("rollback", json!(false)),
        ("rollback", json!(null)),
        ("rollback", json!(1)),
        ("rollback", json!("true")),
    ];
    for (name, value) in wrong {
        let mut header = header_json();
        header[name] = value;
        header_refusal(&header.to_string());
    }
    for text in ["7.0", "7e0", "18446744073709551616", "-0"] {
        header_refusal(&header_json().to_string().replace("\"seq\":7", &format!("\"seq\":{text}")));
    }
    let right = [
        ("kid", json!("é".repeat(128))),
        ("jti", json!("a".repeat(128))),
        ("jti", json!("-_ABCxyz01234567")),
        ("seq", json!(MAX_NUMBER)),
        ("iat", json!(0)),
        ("exp", json!(1_790_000_001)),
        ("exp", json!(MAX_NUMBER)),
        ("rollback", json!(true)),
    ];
    for (name, value) in right {
        let mut header = header_json();
        header[name] = value;
        with_header(&header.to_string()).unwrap();
    }
}

#[test]
fn typ_and_alg_are_compared_to_the_letter() {
    for typ in ["JWT", "frontmcp-bundle+JWS", "application/frontmcp-bundle+jws", ""] {
        let mut value = header_json();
        value["typ"] = typ.into();
        assert_eq!(with_header(&value.to_string()).unwrap_err(), Malformed::Typ, "{typ}");
    }
    for alg in ["none", "None", "HS256", "ES256", "PS256", "RS384", "rs256", "eddsa", "Ed25519", ""] {
        let mut value = header_json();
        value["alg"] = alg.into();
        assert_eq!(with_header(&value.to_string()).unwrap_err(), Malformed::Algorithm, "{alg}");
    }
}

#[test]
fn messages_are_short_whatever_was_sent() {
    let mut value = members();
    value["x".repeat(1 << 20)] = json!(1);
    assert!(parse(value.to_string().as_bytes()).unwrap_err().to_string().len() < 400);
    let mut value = members();
    value["protected"] = "e".repeat(MAX_PROTECTED + 1).into();
    assert!(matches!(parse(value.to_string().as_bytes()), Err(Malformed::Header(_))));
}

#[test]
fn no_bit_of_an_envelope_can_be_changed() {
    let good = envelope(&header(), b"{}");
    for bit in 0..good.len() * 8 {
        let mut changed = good.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let accepted = parse(&changed).is_ok_and(|unverified| unverified.verify(&key()).is_ok());
        assert!(!accepted, "bit {bit}: {}", String::from_utf8_lossy(&changed));
    }
}

#[test]
fn an_envelope_that_is_cut_off_or_goes_on_is_refused() {
    let good = envelope(&header(), b"{}");
    for length in 0..good.len() {
        assert!(parse(&good[..length]).is_err());
    }
    for rest in [&b"x"[..], b"\0", b"{}", &good] {
        assert!(parse(&[&good, rest].concat()).is_err());
    }
}
