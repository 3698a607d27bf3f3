//! Host, Origin, verbs and media types.

use super::*;

fn request(headers: &[(&str, &str)]) -> Request<Bytes> {
    let mut request = Request::post("/mcp").body(Bytes::from_static(b"{}")).unwrap();
    let defaults = [("host", "localhost:3000"), ("content-type", "application/json")];
    for (name, value) in
        defaults.iter().filter(|(name, _)| headers.iter().all(|(given, _)| given != name)).chain(headers)
    {
        if !value.is_empty() {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
        }
    }
    request
}

fn settings() -> Settings {
    Settings {
        public_url: Some(Url::parse("https://mcp.example.com/base").unwrap()),
        allowed_hosts: vec!["inner.example".to_owned()],
        allowed_origins: vec!["https://app.example.com".to_owned()],
        max_body_bytes: 16,
        ..Settings::default()
    }
}

fn message(purpose: Purpose) -> Accepts {
    match purpose {
        Purpose::Message(accepts) => accepts,
        Purpose::Stream | Purpose::End => panic!("a stream"),
    }
}

fn status(headers: &[(&str, &str)]) -> u16 {
    match check(&request(headers), &settings(), false) {
        Ok(_) => 200,
        Err(response) => response.status().as_u16(),
    }
}

#[test]
fn only_known_hosts_are_served() {
    for host in [
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1:3000",
        "[::1]:3000",
        "[::1]",
        "mcp.example.com",
        "inner.example:80",
    ] {
        assert_eq!(status(&[("host", host)]), 200, "{host}");
    }
    for host in [
        "",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:3000",
        "[::2]",
        "[::1",
        "example.com",
    ] {
        assert_eq!(status(&[("host", host)]), 403, "{host}");
    }
    assert_eq!(status(&[("host", "localhost"), ("host", "localhost")]), 403);
}

#[test]
fn only_known_origins_are_served() {
    for origin in [
        "",
        "http://localhost:8080",
        "http://127.0.0.1",
        "https://mcp.example.com",
        "https://app.example.com",
    ] {
        assert_eq!(status(&[("origin", origin)]), 200, "{origin}");
    }
    for origin in [
        "null",
        "https://evil.example",
        "http://mcp.example.com",
        "https://mcp.example.com:444",
        "file://localhost",
        "x",
    ] {
        assert_eq!(status(&[("origin", origin)]), 403, "{origin}");
    }
}

#[test]
fn only_json_bodies_are_read() {
    for media in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""]
    {
        assert_eq!(status(&[("content-type", media)]), 200, "{media}");
    }
    for media in [
        "",
        "text/plain",
        "application/json-patch",
        "application/json; charset=latin1",
        "multipart/form-data",
    ] {
        assert_eq!(status(&[("content-type", media)]), 415, "{media}");
    }
}

#[test]
fn streams_are_only_sent_to_who_names_them() {
    let table = [
        ("", Some((true, false))),
        ("*/*", Some((true, false))),
        ("application/json", Some((true, false))),
        ("text/event-stream", Some((false, true))),
        ("application/json, text/event-stream", Some((true, true))),
        ("application/json;q=0, text/event-stream;q=0.5", Some((false, true))),
        ("text/html", None),
        ("application/json;q=0", None),
    ];
    for (accept, wanted) in table {
        let found = check(&request(&[("accept", accept)]), &settings(), false);
        let found = found.map(message).map(|accepts| (accepts.json, accepts.events));
        let found = found.map_err(|response| response.status());
        assert_eq!(found, wanted.ok_or(StatusCode::NOT_ACCEPTABLE), "{accept}");
    }
}

#[test]
fn other_verbs_are_refused_with_those_that_work() {
    for verb in [Method::HEAD, Method::DELETE, Method::PUT, Method::OPTIONS] {
        for (version, allowed) in [("", "GET, POST"), ("2025-06-18", "GET, POST"), ("2026-07-28", "POST")] {
            let mut request = request(&[("mcp-protocol-version", version), ("accept", "text/event-stream")]);
            *request.method_mut() = verb.clone();
            let response = check(&request, &settings(), false).expect_err("refused");
            assert_eq!(response.status(), 405, "{verb} {version}");
            assert_eq!(response.headers()[ALLOW], allowed, "{verb} {version}");
        }
    }
}

#[test]
fn a_session_is_ended_in_a_version_that_has_sessions_only() {
    for (version, status) in [("", 200), ("2025-11-25", 200), ("2026-07-28", 405), ("nonsense", 400)] {
        let mut request = request(&[("mcp-protocol-version", version)]);
        *request.method_mut() = Method::DELETE;
        let found = check(&request, &settings(), true);
        let found = found.map_or_else(
            |refusal| refusal.status().as_u16(),
            |purpose| {
                assert_eq!(purpose, Purpose::End);
                200
            },
        );
        assert_eq!(found, status, "{version}");
    }
}

#[test]
fn a_stream_is_opened_by_get_in_the_old_era_only() {
    let get = |headers: &[(&str, &str)]| {
        let mut request = request(headers);
        *request.method_mut() = Method::GET;
        check(&request, &settings(), false).map_err(|response| (response.status().as_u16(), response))
    };
    let events = ("accept", "application/json;q=0.1, Text/Event-Stream");
    let version = |text| [events, ("mcp-protocol-version", text)];
    for headers in [&[events][..], &version("2025-03-26"), &version("2025-11-25"), &version("2024-11-05")] {
        assert_eq!(get(headers).unwrap(), Purpose::Stream, "{headers:?}");
    }
    let table = [
        (vec![("host", "evil.example"), events], 403),
        (vec![("origin", "https://evil.example"), events], 403),
        (version("2026-07-28").to_vec(), 405),
        (version("nonsense").to_vec(), 400),
        (vec![events, ("mcp-protocol-version", "2025-06-18"), ("mcp-protocol-version", "2025-06-18")], 400),
        (vec![events, ("mcp-session-id", "1")], 404),
        (vec![("accept", "application/json")], 406),
        (vec![("accept", "*/*")], 406),
        (vec![], 406),
    ];
    for (headers, status) in table {
        let (found, response) = get(&headers).unwrap_err();
        assert_eq!(found, status, "{headers:?}");
        assert_eq!(response.headers().get(ALLOW).is_some_and(|verbs| verbs == "POST"), status == 405);
    }
}

#[test]
fn a_body_beyond_the_limit_is_refused() {
    let mut request = request(&[]);
    *request.body_mut() = Bytes::from_static(&[b' '; 17]);
    assert_eq!(check(&request, &settings(), false).expect_err("refused").status(), 413);
}
