//! Which keys are accepted, and that each holder is a principal of its own.

use super::*;

fn settings() -> ApiKey {
    ApiKey { header: "X-API-Key".to_owned(), allowlist_secret: "KEYS".to_owned() }
}

fn asked(list: Option<&str>, sent: &[&[u8]]) -> Result<Principal, &'static str> {
    let mut headers = HeaderMap::new();
    for key in sent {
        headers.append("x-api-key", HeaderValue::from_bytes(key).unwrap());
    }
    let secret = |name: &str| (name == "KEYS").then(|| list.map(str::to_owned)).flatten();
    authenticate(&settings(), &headers, &secret).map_err(|refused| refused.message)
}

#[test]
fn every_key_of_the_list_is_a_principal_of_its_own() {
    let list = "first-key\n\n  second-key \r\n";
    let first = asked(Some(list), &[b"first-key"]).unwrap();
    let second = asked(Some(list), &[b" second-key "]).unwrap();
    assert_ne!(first.key(), second.key());
    assert_eq!(first, asked(Some(list), &[b"first-key"]).unwrap());
    assert!(!first.key().contains("first"), "the key itself is nowhere");
}

#[test]
fn anything_else_is_refused() {
    let list = Some("first-key\nsecond-key\n\n");
    let long = vec![b'x'; 2000];
    for sent in
        [&b"first"[..], b"first-key2", b"FIRST-KEY", b"first-key\tsecond-key", b"", b" ", b"\xff\xfe", &long]
    {
        assert_eq!(asked(list, &[sent]), Err("this API key is not accepted"), "{sent:?}");
    }
    assert_eq!(asked(list, &[]), Err("an API key is required"));
    assert_eq!(asked(list, &[b"first-key", b"first-key"]), Err("this API key is not accepted"));
    for nothing in [None, Some(""), Some("\n \n")] {
        assert!(asked(nothing, &[b""]).is_err() && asked(nothing, &[b"first-key"]).is_err());
    }
}

#[test]
fn the_challenge_names_the_header() {
    let refused = authenticate(&settings(), &HeaderMap::new(), &|_| None).unwrap_err();
    assert_eq!(refused.challenge, "ApiKey realm=\"frontmcp\", header=\"X-API-Key\"");
}
