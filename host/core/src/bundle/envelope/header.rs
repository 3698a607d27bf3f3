//! The protected header as it is written and read. Never lets a member through that is not understood.

use std::borrow::Cow;

use serde::de::Deserializer;
use serde::{Deserialize, Serialize};

use super::{Header, MAX_NUMBER, Malformed, TYP, clip, object};
use crate::bundle::keys::Algorithm;

/// In the order of RFC 8785, so that writing it without white space is canonical.
#[derive(Serialize)]
pub(super) struct Written<'a> {
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
    iat: u64,
    jti: &'a str,
    kid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollback: Option<bool>,
    seq: u64,
    typ: &'static str,
}

impl<'a> From<&'a Header> for Written<'a> {
    fn from(header: &'a Header) -> Self {
        Self {
            alg: header.algorithm.as_str(),
            exp: header.exp,
            iat: header.iat,
            jti: &header.jti,
            kid: &header.kid,
            rollback: header.rollback.then_some(true),
            seq: header.seq,
            typ: TYP,
        }
    }
}

/// Unknown members are refused, so `crit`, `b64`, `jwk`, `jku`, `x5c` and the like cannot mean anything.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(default, deserialize_with = "present")]
    exp: Option<u64>,
    iat: u64,
    jti: String,
    kid: String,
    #[serde(default, deserialize_with = "present")]
    rollback: Option<bool>,
    seq: u64,
    #[serde(borrow)]
    typ: Cow<'a, str>,
}

/// A member that may be left out but not be null.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a protected header.
pub(super) fn read(bytes: &[u8]) -> Result<Header, Malformed> {
    let read: Read<'_> = object(bytes).map_err(|error| Malformed::Header(clip(&error.to_string())))?;
    if read.typ != TYP {
        return Err(Malformed::Typ);
    }
    let algorithm = Algorithm::parse(&read.alg).ok_or(Malformed::Algorithm)?;
    let header = Header {
        algorithm,
        kid: read.kid,
        iat: read.iat,
        jti: read.jti,
        seq: read.seq,
        rollback: read.rollback == Some(true),
        exp: read.exp,
    };
    if read.rollback == Some(false) {
        return Err(Malformed::Header("rollback is true or left out".to_owned()));
    }
    check(&header).map_err(|message| Malformed::Header(message.to_owned()))?;
    Ok(header)
}

fn check(header: &Header) -> Result<(), &'static str> {
    let nonce = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'_' || letter == b'-';
    if !(1..=128).contains(&header.kid.chars().count()) || header.kid.chars().any(char::is_control) {
        return Err("kid is 1 to 128 characters without control characters");
    }
    if !(16..=128).contains(&header.jti.len()) || !header.jti.bytes().all(nonce) {
        return Err("jti is 16 to 128 characters of A-Z, a-z, 0-9, _ and -");
    }
    if !(1..=MAX_NUMBER).contains(&header.seq) {
        return Err("seq is 1 to 2^53-1");
    }
    if header.iat > MAX_NUMBER {
        return Err("iat is at most 2^53-1");
    }
    if header.exp.is_some_and(|exp| exp <= header.iat || exp > MAX_NUMBER) {
        return Err("exp is above iat and at most 2^53-1");
    }
    Ok(())
}
