//! One host, two shells: the same transcripts have the same answers from the server and from the Worker, byte for byte but
//! for times and random ids. The record in `tests/golden/transcripts/` is the server's; `BLESS=1` writes it anew.
//!
//! ```text
//! # what it shows
//! > METHOD path
//! > header: value          `read: N` stops reading a stream after N events
//! body
//! < status
//! < header: value
//! body
//! ```

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use frontmcp_tests::{Edge, Site, client, repository};

/// Headers of an answer that are ours; the others are the connection's.
const OURS: [&str; 8] = [
    "allow",
    "cache-control",
    "content-type",
    "mcp-session-id",
    "retry-after",
    "www-authenticate",
    "x-accel-buffering",
    "x-content-type-options",
];

struct Exchange {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// What earlier answers gave, for later requests.
#[derive(Default)]
struct Known {
    session: String,
    call: String,
}

fn files() -> Vec<PathBuf> {
    let folder = repository().join("tests/golden/transcripts");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn parse(text: &str) -> (String, Vec<Exchange>) {
    let (title, rest) = text.split_once('\n').unwrap();
    let mut exchanges: Vec<Exchange> = Vec::new();
    let mut answered = true;
    for line in rest.lines() {
        if let Some(head) = line.strip_prefix("> ") {
            if answered {
                let (method, path) = head.split_once(' ').unwrap();
                let (method, path) = (method.to_owned(), path.to_owned());
                exchanges.push(Exchange { method, path, headers: Vec::new(), body: String::new() });
                answered = false;
            } else {
                let (name, value) = head.split_once(": ").unwrap();
                exchanges.last_mut().unwrap().headers.push((name.to_owned(), value.to_owned()));
            }
        } else if line.starts_with("< ") || line.is_empty() {
            answered = true;
        } else if !answered {
            exchanges.last_mut().unwrap().body.push_str(line);
        }
    }
    (title.to_owned(), exchanges)
}

/// Plays a transcript; answers it with what came back.
async fn play(origin: &str, text: &str) -> String {
    let (title, exchanges) = parse(text);
    let mut record = format!("{title}\n");
    let mut known = Known::default();
    for exchange in &exchanges {
        let Exchange { method, path, headers, body } = exchange;
        writeln!(record, "\n> {method} {path}").unwrap();
        headers.iter().for_each(|(name, value)| writeln!(record, "> {name}: {value}").unwrap());
        if !body.is_empty() {
            writeln!(record, "{body}").unwrap();
        }
        record.push_str(&answer(origin, exchange, &mut known).await);
    }
    record
}

async fn answer(origin: &str, exchange: &Exchange, known: &mut Known) -> String {
    let own = |name: &str| exchange.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value);
    let method = exchange.method.parse().unwrap();
    let mut request =
        client().request(method, format!("{origin}{}", exchange.path)).timeout(Duration::from_secs(60));
    for (name, value) in
        [("accept", "application/json, text/event-stream"), ("content-type", "application/json")]
    {
        if own(name).is_none() {
            request = request.header(name, value);
        }
    }
    for (name, value) in exchange.headers.iter().filter(|(name, _)| name != "read") {
        request =
            request.header(name, value.replace("{session}", &known.session).replace("{call}", &known.call));
    }
    let mut response = request.body(exchange.body.clone()).send().await.unwrap();
    let mut record = format!("< {}\n", response.status().as_u16());
    for name in OURS {
        for value in response.headers().get_all(name) {
            let value = value.to_str().unwrap();
            if name == "mcp-session-id" {
                value.clone_into(&mut known.session);
            }
            writeln!(record, "< {name}: {value}").unwrap();
        }
    }
    let events: usize = own("read").map_or(usize::MAX, |count| count.parse().unwrap());
    let mut body = String::new();
    while body.matches("\n\n").count() < events
        && let Some(chunk) = response.chunk().await.unwrap()
    {
        body.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    if let Some(call) = body.lines().find_map(|line| line.strip_prefix("id: ")?.split('-').next()) {
        call.clone_into(&mut known.call);
    }
    // An empty line ends an answer in the record.
    let body = body.replace("\n\n", "\n \n");
    record.push_str(body.trim_end());
    record.push('\n');
    normal(&record, known)
}

/// Times, durations and random ids by what they are.
fn normal(text: &str, known: &Known) -> String {
    let mut text = text.to_owned();
    if !known.session.is_empty() {
        text = text.replace(&known.session, "{session}");
    }
    for (before, after) in
        [("wallMs\":", ','), ("wallMs\\\":", ','), ("computeMs\":", ','), ("computeMs\\\":", ',')]
    {
        text = replaced(&text, before, &|c| c == after || c == '}', "0");
    }
    text = replaced(&text, "(id ", &|c| c == ')', "{id}");
    text =
        replaced(&text, "sessionId=", &|c| !c.is_ascii_alphanumeric() && c != '-' && c != '_', "{session}");
    text = event_ids(&text);
    timestamps(&text)
}

/// Every stretch from `before` to the first character that ends it.
fn replaced(text: &str, before: &str, ends: &dyn Fn(char) -> bool, by: &str) -> String {
    let mut parts = text.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(ends).unwrap_or(part.len());
        out.push_str(before);
        out.push_str(by);
        out.push_str(&part[end..]);
    }
    out
}

/// Places in the log, which other clients write to as well: how far each lies behind the first that is told.
fn event_ids(text: &str) -> String {
    let mut first: Option<u64> = None;
    let line = |line: &str| {
        let Some((call, position)) = line.strip_prefix("id: ").and_then(|id| id.split_once('-')) else {
            return line.to_owned();
        };
        let position: u64 = position.parse().unwrap();
        let first = *first.get_or_insert(position);
        format!("id: {}-{}", if call == "0" { "own" } else { "call" }, position.wrapping_sub(first))
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// `2026-05-01T00:00:00Z` and the like.
fn timestamps(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("T") {
        let (before, after) = rest.split_at(at);
        let is_date = before.len() >= 10 && {
            let date = &before.as_bytes()[before.len() - 10..];
            date.iter()
                .enumerate()
                .all(|(n, c)| if n == 4 || n == 7 { *c == b'-' } else { c.is_ascii_digit() })
        };
        let length = after[1..].find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(0);
        if is_date && after[1 + length..].starts_with('Z') {
            out.push_str(&before[..before.len() - 10]);
            out.push_str("{time}");
            rest = &after[length + 2..];
        } else {
            out.push_str(before);
            out.push('T');
            rest = &after[1..];
        }
    }
    out + rest
}

#[tokio::test(flavor = "multi_thread")]
async fn both_shells_give_the_recorded_answers() {
    let site = Site::new();
    let data = tempfile::tempdir().unwrap();
    let server = site.serve(&["--data", data.path().to_str().unwrap()], &[]);
    let blesses = std::env::var_os("BLESS").is_some();
    let files = files();
    assert!(files.len() >= 60, "transcripts have gone");
    let mut differences = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let found = play(server.origin(), &text).await;
        if blesses {
            fs::write(file, &found).unwrap();
        } else if found != text {
            differences.push(format!("the server, {}:\n{}", file.display(), difference(&text, &found)));
        }
    }
    drop(server);
    let edge = Edge::start();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let found = play(edge.origin(), &text).await;
        if found != text {
            differences.push(format!("the Worker, {}:\n{}", file.display(), difference(&text, &found)));
        }
    }
    assert!(differences.is_empty(), "{} differ\n{}", differences.len(), differences.join("\n"));
}

/// The first line that differs.
fn difference(wanted: &str, found: &str) -> String {
    let clip = |line: Option<&str>| line.unwrap_or("(nothing)").chars().take(600).collect::<String>();
    let mut lines = wanted.lines();
    let mut others = found.lines();
    loop {
        match (lines.next(), others.next()) {
            (None, None) => return "line endings".to_owned(),
            (a, b) if a != b => return format!("- {}\n+ {}", clip(a), clip(b)),
            _ => {}
        }
    }
}
