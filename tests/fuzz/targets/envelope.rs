//! Envelopes and keys: nothing panics, and a header or key that was read means the same when it is written and read
//! again.
#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ed25519_dalek::{Signer as _, SigningKey};
use frontmcp_core::bundle::envelope::{Header, assemble, parse, signing_input};
use frontmcp_core::bundle::keys::{Algorithm, PublicKey};
use frontmcp_core::bundle::{canonical, sha256_hex};
use libfuzzer_sys::fuzz_target;

static SIGNING: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_bytes(&[7; 32]));
static KEY: LazyLock<PublicKey> = LazyLock::new(|| {
    PublicKey::from_ed25519(SIGNING.verifying_key().as_bytes()).expect("a key of ours is good")
});

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for key in PublicKey::parse(&text).into_iter().chain(PublicKey::from_rsa_spki_der(bytes)) {
        let again = PublicKey::parse(&key.to_pem()).expect("a key that was read is read again");
        assert_eq!(again.thumbprint(), key.thumbprint());
        assert_eq!(again.to_jwk(), key.to_jwk());
    }
    judge(bytes);
    // The same bytes as a protected header, which mutations of base64url seldom reach.
    judge(&assemble(&[&BASE64URL.encode(bytes), ".e30"].concat(), &[0; 64]));
});

fn judge(bytes: &[u8]) {
    match parse(bytes) {
        Ok(unverified) => {
            let identity = unverified.sha256();
            again(unverified.header());
            if let Ok(envelope) = unverified.verify(&KEY) {
                assert_eq!(envelope.sha256, identity);
                assert_eq!(envelope.payload_sha256, sha256_hex(&envelope.payload));
                assert_eq!(envelope.header.algorithm, Algorithm::EdDsa);
            }
        }
        Err(error) => assert!(error.to_string().len() < 1_000, "{error}"),
    }
}

/// Signs a header that was read, and reads it again.
fn again(header: &Header) {
    let header = Header { algorithm: Algorithm::EdDsa, ..header.clone() };
    let input = signing_input(&header, b"{}");
    let bytes = assemble(&input, &SIGNING.sign(input.as_bytes()).to_bytes());
    canonical::parse(&bytes).expect("an envelope of ours is canonical");
    let envelope = parse(&bytes).expect("an envelope of ours is read").verify(&KEY).expect("and verified");
    assert_eq!(envelope.header, header);
    assert_eq!(canonical::to_vec(&header).ok(), serde_json::to_vec(&header).ok());
}
