//! Public keys: what is read, what is refused and why, and the RFCs' own signatures and thumbprints.

use base64::Engine as _;
use ed25519_dalek::{Signer as _, SigningKey};
use rsa::pkcs8::DecodePrivateKey as _;
use serde_json::{Value, json};
use sha2::Sha256;

use super::*;

/// RFC 8037 appendix A.2.
const ED25519_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
/// RFC 7638 §3.1.
const RSA_N: &str = concat!(
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiF",
    "V4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9",
    "c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1",
    "jF44-csFCur-kEgU8awapJzKnqDKgw"
);

fn okp() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": ED25519_X })
}

fn rsa() -> Value {
    json!({ "kty": "RSA", "n": RSA_N, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29" })
}

fn with(mut jwk: Value, name: &str, value: impl Into<Value>) -> Value {
    jwk[name] = value.into();
    jwk
}

fn read(jwk: &Value) -> Result<PublicKey, KeyError> {
    PublicKey::parse(&jwk.to_string())
}

fn refused(text: &str) -> String {
    match PublicKey::parse(text) {
        Ok(key) => panic!("{text} was read as {key:?}"),
        Err(error) => error.to_string(),
    }
}

/// 2^(bits-1) + 1 as base64url: nothing asks whether a modulus can be factored.
fn modulus(bits: usize) -> String {
    let mut bytes = vec![0; bits.div_ceil(8)];
    bytes[0] = 1 << ((bits - 1) % 8);
    *bytes.last_mut().unwrap() |= 1;
    BASE64URL.encode(bytes)
}

fn rsa_private() -> rsa::PrivateKey {
    let pem = include_str!("../../../../tests/golden/bundle/rs256-test-only.pem");
    rsa::PrivateKey::from_pkcs8_pem(pem).unwrap()
}

fn rsa_public() -> PublicKey {
    let der = rsa_private().to_public_key().to_public_key_der().unwrap();
    PublicKey::from_rsa_spki_der(der.as_bytes()).unwrap()
}

#[test]
fn thumbprints_are_those_of_the_rfcs() {
    assert_eq!(read(&okp()).unwrap().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(read(&rsa()).unwrap().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn the_signature_of_rfc_8037_verifies() {
    let key = read(&okp()).unwrap();
    let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = BASE64URL
        .decode("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
        .unwrap();
    assert!(key.verify(message, &signature));
    assert!(!key.verify(b"another message", &signature));
}

#[test]
fn a_key_comes_back_from_its_pem_its_jwk_and_its_der() {
    for key in [read(&okp()).unwrap(), read(&rsa()).unwrap(), rsa_public()] {
        let pem = key.to_pem();
        assert!(
            pem.starts_with("-----BEGIN PUBLIC KEY-----\n") && pem.ends_with("-----END PUBLIC KEY-----\n")
        );
        assert!(pem.lines().all(|line| line.len() <= 64));
        for text in [pem, key.to_jwk().to_string()] {
            let again = PublicKey::parse(&text).unwrap();
            assert_eq!(again.thumbprint(), key.thumbprint());
            assert_eq!(again.to_jwk(), key.to_jwk());
        }
    }
    assert_eq!(read(&rsa()).unwrap().to_jwk()["n"], RSA_N);
    assert_eq!(read(&okp()).unwrap().to_jwk(), with(with(okp(), "alg", "EdDSA"), "use", "sig"));
}

#[test]
fn pem_is_read_as_environments_carry_it() {
    let pem = rsa_public().to_pem();
    let forms = [
        pem.replace('\n', "\\n"),
        pem.replace('\n', "\\r\\n"),
        pem.replace('\n', "\r\n"),
        pem.replace('\n', " "),
        format!("\n\t{}\n\n", pem.replace('\n', "\n    ")),
        pem.trim_end().to_owned(),
    ];
    for form in forms {
        assert_eq!(PublicKey::parse(&form).unwrap().thumbprint(), rsa_public().thumbprint(), "{form:?}");
    }
    assert!(PublicKey::parse(&format!("  {}\n", okp())).is_ok());
}

#[test]
fn a_signature_of_either_kind_is_verified_and_nothing_near_it() {
    let signing = SigningKey::from_bytes(&[7; 32]);
    let ed25519 = PublicKey::from_ed25519(signing.verifying_key().as_bytes()).unwrap();
    let message = b"what was signed";
    let signatures = [
        (ed25519, signing.sign(message).to_bytes().to_vec()),
        (rsa_public(), rsa_private().pkcs1v15_sign::<Sha256>(message).unwrap()),
    ];
    for (key, signature) in signatures {
        assert!(key.verify(message, &signature), "{key:?}");
        assert!(!key.verify(b"what was signeD", &signature));
        assert!(!key.verify(message, &signature[1..]));
        assert!(!key.verify(message, &[&signature[..], &[0]].concat()));
        assert!(!key.verify(message, &[&[0], &signature[..]].concat()));
        assert!(!key.verify(message, &[]));
        for bit in 0..signature.len() * 8 {
            let mut changed = signature.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!key.verify(message, &changed), "bit {bit} of {key:?}");
        }
    }
}

#[test]
fn private_and_symmetric_keys_are_refused_without_repeating_them() {
    let pem = include_str!("../../../../tests/golden/bundle/rs256-test-only.pem");
    let texts = [
        pem.to_owned(),
        pem.replace('\n', "\\n"),
        pem.replace("PRIVATE KEY", "RSA PRIVATE KEY"),
        pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
        format!("{}{pem}", rsa_public().to_pem()),
        with(okp(), "d", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").to_string(),
        with(rsa(), "dp", "AQAB").to_string(),
        json!({ "kty": "oct", "k": "c2VjcmV0LXNlY3JldA" }).to_string(),
    ];
    for text in texts {
        assert_eq!(PublicKey::parse(&text).unwrap_err(), KeyError::Private);
    }
}

#[test]
fn errors_never_repeat_what_they_are_about() {
    let texts = [
        "MARK",
        "{\"MARK\":\"MARK\"",
        "-----BEGIN PUBLIC KEY-----\nMARK!\n-----END PUBLIC KEY-----",
        "-----BEGIN MARK-----\nMARK\n-----END MARK-----",
        "{\"kty\":\"MARK\"}",
        "{\"kty\":\"OKP\",\"crv\":\"MARK\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"MARK\"}",
        "{\"MARK\":1,\"MARK\":2}",
    ];
    for text in texts {
        assert!(!refused(text).contains("MARK"), "{text}");
    }
    let shown = format!("{:?}", read(&okp()).unwrap());
    assert_eq!(shown, "PublicKey(EdDSA kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k)");
}

#[test]
fn rsa_keys_outside_2048_to_4096_bits_are_refused() {
    for bits in [2048, 2049, 3072, 4095, 4096] {
        assert!(read(&with(rsa(), "n", modulus(bits))).is_ok(), "{bits}");
    }
    for (bits, wanted) in
        [(2047, "shorter"), (1024, "shorter"), (4097, "longer"), (8192, "longer"), (65_536, "longer")]
    {
        let error = read(&with(rsa(), "n", modulus(bits))).unwrap_err().to_string();
        assert!(error.contains(wanted), "{bits}: {error}");
    }
    let mut even = BASE64URL.decode(modulus(2048)).unwrap();
    *even.last_mut().unwrap() = 2;
    assert!(read(&with(rsa(), "n", BASE64URL.encode(even))).is_err());
}

#[test]
fn rsa_exponents_are_odd_and_between_65537_and_32_bits() {
    let exponent = |number: u64| {
        let bytes = number.to_be_bytes();
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(7);
        with(rsa(), "e", BASE64URL.encode(&bytes[start..]))
    };
    for number in [65_537, 65_539, 0xFFFF_FFFF] {
        assert!(read(&exponent(number)).is_ok(), "{number}");
    }
    for number in [1, 2, 3, 17, 65_535, 65_536, 65_538, 0x1_0000_0001, u64::MAX] {
        assert!(matches!(read(&exponent(number)), Err(KeyError::Weak(_))), "{number}");
    }
    assert!(read(&with(rsa(), "e", modulus(2048))).is_err());
    assert!(read(&exponent(0)).is_err());
}

#[test]
fn jwk_numbers_have_no_leading_zeros_and_strict_base64url() {
    for e in ["AAEAAQ", "AQAB=", "AQAB\n", "AQA+", "AQA/", "AQA", "", "AQABA"] {
        assert!(read(&with(rsa(), "e", e)).is_err(), "{e}");
    }
    // Bits behind the last byte that are not zero.
    assert!(read(&with(okp(), "x", ED25519_X.replace("HURo", "HURp"))).is_err());
    assert!(read(&with(okp(), "x", BASE64URL.encode([1; 31]))).is_err());
    assert!(read(&with(okp(), "x", 1)).is_err());
}

#[test]
fn a_jwk_that_is_for_something_else_is_refused() {
    for (name, value) in [
        ("alg", json!("RS256")),
        ("alg", json!("ES256")),
        ("alg", json!("none")),
        ("alg", json!(null)),
        ("use", json!("enc")),
        ("use", json!(["sig"])),
        ("key_ops", json!(["sign"])),
        ("key_ops", json!([])),
        ("key_ops", json!("verify")),
    ] {
        assert!(
            matches!(read(&with(okp(), name, value.clone())), Err(KeyError::Unsupported(_))),
            "{name} {value}"
        );
    }
    assert!(read(&with(rsa(), "alg", "RS512")).is_err());
    assert!(read(&with(rsa(), "alg", "PS256")).is_err());
    assert!(read(&with(rsa(), "alg", "EdDSA")).is_err());
    for (name, value) in [
        ("alg", json!("EdDSA")),
        ("alg", json!("Ed25519")),
        ("use", json!("sig")),
        ("key_ops", json!(["verify"])),
        ("kid", json!("release-2026")),
        ("x5t", json!("AAAA")),
    ] {
        assert!(read(&with(okp(), name, value.clone())).is_ok(), "{name} {value}");
    }
}

#[test]
fn other_kinds_of_key_are_refused_by_name() {
    let p256 = "-----BEGIN PUBLIC KEY-----\n\
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2xIcj9K4368kshfZBqEBgjobVcZj\n\
        7FMKUyzN3KKpHOgcsSQu41X+NIRlnxdNH+rdZG2lSrdRfQnT1inAfbK3iQ==\n\
        -----END PUBLIC KEY-----";
    let x25519 = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VuAyEAhOlmTjXfsj/TWXPrR/tM+EBJf4206thYZXZoDuw12Cg=\n\
        -----END PUBLIC KEY-----";
    for text in [p256, x25519] {
        assert_eq!(refused(text), "not a supported public key: the key is neither Ed25519 nor RSA");
    }
    assert!(refused(&p256.replace("PUBLIC KEY", "RSA PUBLIC KEY")).contains("SubjectPublicKeyInfo"));
    assert!(refused(&p256.replace("PUBLIC KEY", "CERTIFICATE")).contains("SubjectPublicKeyInfo"));
    assert!(refused(&json!({ "kty": "EC", "crv": "P-256" }).to_string()).contains("neither OKP nor RSA"));
    assert!(refused(&with(okp(), "crv", "Ed448").to_string()).contains("Ed25519"));
    assert!(refused(&with(okp(), "crv", "X25519").to_string()).contains("Ed25519"));
    assert!(refused(&json!({ "keys": [okp()] }).to_string()).contains("kty"));
    assert!(refused("").contains("neither PEM"));
}

#[test]
fn a_pem_block_stands_alone_and_whole() {
    let pem = rsa_public().to_pem();
    assert!(refused(&format!("{pem}{pem}")).contains("one key"));
    assert!(refused(&format!("{pem}x")).contains("one key"));
    assert!(refused(&format!("subject=/CN=x\n{pem}")).contains("neither PEM"));
    assert!(refused(&pem.replace("-----END PUBLIC KEY-----", "")).contains("does not end"));
    assert!(refused(&pem.replace("MII", "MI")).contains("not Base64"));
    let der = rsa_private().to_public_key().to_public_key_der().unwrap();
    for length in 0..der.as_bytes().len() {
        assert!(PublicKey::from_rsa_spki_der(&der.as_bytes()[..length]).is_err());
    }
    assert!(PublicKey::from_rsa_spki_der(&[der.as_bytes(), &[0]].concat()).is_err());
}

#[test]
fn rsa_keys_in_der_are_for_rs256_only() {
    let der = rsa_private().to_public_key().to_public_key_der().unwrap().as_bytes().to_vec();
    // The last byte of the object identifier 1.2.840.113549.1.1.1; 10 is RSASSA-PSS.
    let at = der.windows(2).position(|pair| pair == [0x01, 0x05]).unwrap();
    let mut pss = der.clone();
    pss[at] = 10;
    assert!(matches!(PublicKey::from_rsa_spki_der(&pss), Err(KeyError::Unsupported(_))));
    let ed25519 = read(&okp()).unwrap().to_pem();
    let ed25519: String = ed25519.lines().filter(|line| !line.starts_with('-')).collect();
    let ed25519 = base64::engine::general_purpose::STANDARD.decode(ed25519).unwrap();
    assert!(matches!(PublicKey::from_rsa_spki_der(&ed25519), Err(KeyError::Unsupported(_))));
}

#[test]
fn ed25519_points_are_canonical_and_of_prime_order() {
    let hex = |text: &str| -> [u8; 32] {
        let bytes: Vec<u8> =
            (0..32).map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap()).collect();
        bytes.try_into().unwrap()
    };
    // The eight points of small order, and their spellings that are not canonical.
    let small = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];
    for text in small {
        assert!(PublicKey::from_ed25519(&hex(text)).is_err(), "{text}");
    }
    // y = 2 is no point; y = p + 3 would be 3 if it were canonical.
    assert!(
        PublicKey::from_ed25519(&hex("0200000000000000000000000000000000000000000000000000000000000000"))
            .is_err()
    );
    assert!(
        PublicKey::from_ed25519(&hex("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"))
            .is_err()
    );
    // A good point plus the point of order 2.
    let signing = SigningKey::from_bytes(&[7; 32]);
    let good = signing.verifying_key();
    let torsion = VerifyingKey::from_bytes(&hex(small[1])).unwrap();
    let mixed = (good.to_edwards() + torsion.to_edwards()).compress().to_bytes();
    assert_eq!(
        PublicKey::from_ed25519(&mixed).unwrap_err(),
        KeyError::Weak("the Ed25519 key is not in the group of prime order")
    );
}
