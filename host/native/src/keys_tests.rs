//! Private keys: what is made, what is read, what is refused and in which words, and that nothing is ever shown.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64URL};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::pkcs8::der::Encode as _;
use rsa::pkcs8::der::asn1::OctetStringRef;
use rsa::pkcs8::spki::AlgorithmIdentifierRef;
use rsa::pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use serde_json::{Value, json};

use super::*;

const RSA_PEM: &str = include_str!("../../../tests/golden/bundle/rs256-test-only.pem");

/// RFC 8037 appendix A.1.
fn okp() -> Value {
    json!({
        "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    })
}

fn rsa_jwk() -> Value {
    let key = rsa::PrivateKey::from_pkcs8_pem(RSA_PEM).unwrap();
    let number = |number: &rsa::BoxedUint| BASE64URL.encode(number.to_be_bytes_trimmed_vartime());
    json!({
        "kty": "RSA", "n": number(key.n()), "e": number(key.e()), "d": number(key.d()),
        "p": number(&key.primes()[0]), "q": number(&key.primes()[1]), "alg": "RS256", "use": "sig",
        "key_ops": ["sign"], "kid": "a",
    })
}

fn with(mut jwk: Value, name: &str, value: impl Into<Value>) -> Value {
    jwk[name] = value.into();
    jwk
}

fn without(mut jwk: Value, name: &str) -> Value {
    jwk.as_object_mut().unwrap().remove(name);
    jwk
}

fn read(jwk: &Value) -> PrivateKey {
    PrivateKey::read(&jwk.to_string()).unwrap()
}

fn refused(text: &str) -> String {
    PrivateKey::read(text).unwrap_err().to_string()
}

fn refused_jwk(jwk: &Value) -> String {
    refused(&jwk.to_string())
}

fn pem(label: &str, body: &str) -> String {
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

/// A PKCS#8 block for another kind of key.
fn pkcs8(oid: &str) -> String {
    let algorithm = AlgorithmIdentifierRef { oid: ObjectIdentifier::new_unwrap(oid), parameters: None };
    let info = PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(b"secret").unwrap());
    pem("PRIVATE KEY", &STANDARD.encode(info.to_der().unwrap()))
}

#[test]
fn what_a_key_signs_its_public_half_verifies() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Rs256] {
        let key = PrivateKey::generate(algorithm);
        assert_eq!((key.algorithm(), key.public().algorithm()), (algorithm, algorithm));
        let signature = key.sign(b"message");
        assert!(key.public().verify(b"message", &signature), "{algorithm}");
        assert!(!key.public().verify(b"another", &signature), "{algorithm}");
        let again = PrivateKey::read(&key.to_pem()).unwrap();
        assert_eq!(again.public().thumbprint(), key.public().thumbprint());
        assert_eq!(again.to_pem(), key.to_pem());
    }
}

#[test]
fn every_new_key_is_another() {
    let thumbprint = || PrivateKey::generate(Algorithm::EdDsa).public().thumbprint();
    assert_ne!(thumbprint(), thumbprint());
}

#[test]
fn the_signature_of_rfc_8037_is_made() {
    let signature = read(&okp()).sign(b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
    assert_eq!(
        BASE64URL.encode(signature),
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    );
}

#[test]
fn both_forms_of_a_key_are_the_same_key() {
    let (from_pem, from_jwk) = (PrivateKey::read(RSA_PEM).unwrap(), read(&rsa_jwk()));
    assert_eq!(from_pem.public().thumbprint(), from_jwk.public().thumbprint());
    // PKCS1-v1_5 signatures have nothing random in them, whatever they are blinded with.
    assert_eq!(from_pem.sign(b"x"), from_jwk.sign(b"x"));
    let key = read(&okp());
    assert_eq!(PrivateKey::read(&key.to_pem()).unwrap().sign(b"x"), key.sign(b"x"));
    assert_eq!(key.public().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn keys_are_read_as_environments_carry_them() {
    let pem = read(&okp()).to_pem();
    let one_line = pem.replace('\n', "\\n");
    let windows = pem.replace('\n', "\r\n");
    let explained = format!("Bag Attributes\n  friendlyName: x\n{}", *pem);
    for text in [format!("\n  {}  \n", *pem), one_line, windows, explained] {
        assert_eq!(PrivateKey::read(&text).unwrap().to_pem(), pem, "{text}");
    }
}

/// OpenSSL before 3.0 does not read a block that carries the public half as well, but others write it.
#[test]
fn an_ed25519_block_is_written_without_its_public_half_and_read_with_it() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let long = key.to_pkcs8_pem(LineEnding::LF).unwrap();
    let short = PrivateKey::read(&long).unwrap().to_pem();
    assert!(short.len() < long.len());
    let body: String = short.lines().filter(|line| !line.starts_with('-')).collect();
    assert_eq!(STANDARD.decode(body).unwrap().len(), 48);
}

#[test]
fn other_blocks_are_refused_with_what_to_do() {
    for (label, body, wanted) in [
        ("ENCRYPTED PRIVATE KEY", "c2VjcmV0", "encrypted with a passphrase; decrypt it first: openssl pkcs8"),
        ("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\n\nc2VjcmV0", "encrypted"),
        ("RSA PRIVATE KEY", "c2VjcmV0", "openssl pkcs8 -topk8 -nocrypt"),
        ("EC PRIVATE KEY", "c2VjcmV0", "elliptic-curve"),
        ("OPENSSH PRIVATE KEY", "c2VjcmV0", "OpenSSH"),
        ("PUBLIC KEY", "c2VjcmV0", "this is a public key; the private one signs"),
        ("CERTIFICATE", "c2VjcmV0", "public"),
        ("DH PARAMETERS", "c2VjcmV0", "not a PRIVATE KEY"),
        ("PRIVATE KEY", "c2VjcmV0", "not PKCS#8"),
        ("PRIVATE KEY", "%%%", "not Base64"),
    ] {
        let found = refused(&pem(label, body));
        assert!(found.contains(wanted), "{label}: {found}");
        assert!(!found.contains("c2VjcmV0"), "{found}");
    }
    assert!(refused(&pkcs8("1.2.840.10045.2.1")).contains("elliptic-curve"));
    assert!(refused(&pkcs8("1.3.101.110")).contains("neither Ed25519 nor RSA"));
    assert!(refused(&pkcs8("1.3.101.112")).contains("no sound Ed25519 key"));
}

#[test]
fn damaged_blocks_are_refused() {
    let pem = read(&okp()).to_pem();
    for (text, wanted) in [
        ("", "nothing in it"),
        ("hunter2", "neither PEM"),
        ("-----BEGIN PRIVATE KEY", "does not begin properly"),
        (pem.split("-----END").next().unwrap(), "does not end"),
        (&format!("{}{}", *pem, *pem), "one key is wanted"),
    ] {
        assert!(refused(text).contains(wanted), "{text}: {}", refused(text));
    }
}

#[test]
fn jwks_that_cannot_sign_are_refused() {
    for (jwk, wanted) in [
        (without(okp(), "d"), "this is a public key"),
        (without(rsa_jwk(), "d"), "this is a public key"),
        (without(okp(), "x"), "missing"),
        (with(okp(), "d", "AAAA"), "32 bytes"),
        (with(okp(), "d", "!"), "base64url"),
        (with(okp(), "x", rsa_jwk()["p"].clone()), "not of one key"),
        (with(okp(), "crv", "X25519"), "must be Ed25519"),
        (with(okp(), "alg", "RS256"), "alg"),
        (with(okp(), "use", "enc"), "use"),
        (with(okp(), "key_ops", json!(["verify"])), "key_ops"),
        (with(okp(), "kty", "EC"), "elliptic-curve"),
        (with(okp(), "kty", "oct"), "symmetric"),
        (with(okp(), "kty", "AKP"), "kty"),
        (without(okp(), "kty"), "no kty"),
        (with(rsa_jwk(), "oth", json!([])), "two primes"),
        (without(rsa_jwk(), "p"), "missing"),
        (with(rsa_jwk(), "d", "AQAB"), "not of one RSA key"),
        (json!({ "keys": [okp()] }), "give one private JWK"),
    ] {
        let found = refused_jwk(&jwk);
        assert!(found.contains(wanted), "{jwk}: {found}");
    }
    assert!(refused("{").contains("not one JSON object"));
}

#[test]
fn a_short_rsa_key_is_refused_in_both_forms() {
    let pem = include_str!("../../../tests/golden/bundle/rsa-1024-test-only.pem");
    let jwk = with(rsa_jwk(), "n", BASE64URL.encode([0xff; 128])).to_string();
    for text in [pem, &jwk] {
        let found = refused(text);
        assert!(found.contains("2048 to 4096 bits"), "{found}");
    }
}

#[test]
fn a_key_is_never_shown() {
    assert_eq!(format!("{:?}", read(&okp())), "PrivateKey(…)");
    assert_eq!(format!("{:?}", PrivateKey::read(RSA_PEM).unwrap()), "PrivateKey(…)");
}
