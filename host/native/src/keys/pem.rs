//! Private keys in PEM (RFC 7468 §10, RFC 5958). Tells what else it was given; never guesses at a damaged block.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use rsa::pkcs1::RsaPrivateKeyRef;
use rsa::pkcs8::der::Decode as _;
use rsa::pkcs8::der::zeroize::Zeroizing;
use rsa::pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};

use super::{KeyError, PrivateKey};

/// RFC 8410 §3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// `rsaEncryption`, RFC 3279 §2.3.1.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `id-ecPublicKey`, RFC 5480 §2.1.1.
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

const NO_EC: KeyError = KeyError(
    "this is an elliptic-curve key (ECDSA); bundles are signed with Ed25519 or RSA: make one with `frontmcp-host \
     deploy keygen`",
);
const PUBLIC: KeyError = KeyError("this is a public key; the private one signs");

/// Reads one `PRIVATE KEY` block; line breaks may be spelt `\n` and lines may be of any length.
pub(super) fn read(text: &str) -> Result<PrivateKey, KeyError> {
    let text = Zeroizing::new(text.replace("\\r", "\r").replace("\\n", "\n"));
    // Files of OpenSSL may say more before the block: parameters, or attributes in plain words.
    let Some((_, block)) = text.split_once("-----BEGIN ") else {
        return Err(KeyError("neither PEM (BEGIN PRIVATE KEY) nor a JWK"));
    };
    let Some((label, block)) = block.split_once("-----") else {
        return Err(KeyError("the PEM block does not begin properly"));
    };
    if label != "PRIVATE KEY" {
        return Err(other_block(label, block));
    }
    let Some((body, rest)) = block.split_once("-----END PRIVATE KEY-----") else {
        return Err(KeyError("the PEM block does not end"));
    };
    if !rest.trim().is_empty() {
        return Err(KeyError("something stands behind the PEM block; one key is wanted"));
    }
    let body: Zeroizing<String> = Zeroizing::new(body.split_ascii_whitespace().collect());
    let der = STANDARD.decode(body.as_str()).map_err(|_| KeyError("the PEM block is not Base64"))?;
    from_der(&Zeroizing::new(der))
}

/// What to do about a block that is not PKCS#8.
fn other_block(label: &str, block: &str) -> KeyError {
    const ENCRYPTED: KeyError = KeyError(
        "the key is encrypted with a passphrase; decrypt it first: openssl pkcs8 -in KEY.pem -out PLAIN.pem",
    );
    match label {
        "ENCRYPTED PRIVATE KEY" => ENCRYPTED,
        "RSA PRIVATE KEY" if block.contains("ENCRYPTED") => ENCRYPTED,
        "RSA PRIVATE KEY" => KeyError(
            "this is a PKCS#1 key (BEGIN RSA PRIVATE KEY); make it PKCS#8: openssl pkcs8 -topk8 -nocrypt -in KEY.pem \
             -out PKCS8.pem",
        ),
        "EC PRIVATE KEY" | "EC PARAMETERS" => NO_EC,
        "OPENSSH PRIVATE KEY" => KeyError(
            "OpenSSH's own format is not read; make a key for signing with `frontmcp-host deploy keygen`",
        ),
        "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" => PUBLIC,
        _ => KeyError("the PEM block is not a PRIVATE KEY (PKCS#8)"),
    }
}

fn from_der(der: &[u8]) -> Result<PrivateKey, KeyError> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| KeyError("the PEM block is not PKCS#8"))?;
    match info.algorithm.oid {
        ED25519 => SigningKey::try_from(info)
            .map_err(|_| KeyError("the PEM block holds no sound Ed25519 key"))
            .and_then(PrivateKey::ed25519),
        RSA => from_rsa(info),
        EC => Err(NO_EC),
        _ => Err(KeyError("the key is neither Ed25519 nor RSA")),
    }
}

fn from_rsa(info: PrivateKeyInfoRef<'_>) -> Result<PrivateKey, KeyError> {
    const UNSOUND: KeyError = KeyError("the PEM block holds no sound RSA key");
    let numbers = RsaPrivateKeyRef::try_from(info.private_key).map_err(|_| UNSOUND)?;
    PrivateKey::check_modulus(numbers.modulus.as_bytes())?;
    rsa::PrivateKey::try_from(info).map_err(|_| UNSOUND).and_then(PrivateKey::rsa)
}
