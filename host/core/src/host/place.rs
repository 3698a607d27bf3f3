//! Where a request belongs, for shells that are spread over many instances: those with a place of its own for each
//! session. Only looks; whether the request is in order is decided where it is served.

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use serde::Deserialize;

use crate::host::deploy::serves as deploys;
use crate::host::session::SessionName;
use crate::host::{Host, legacy, sse};
use crate::transport::headers::{self, Sent, single};

/// Where a request is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// By any instance: it says everything itself.
    Anywhere,
    /// Where all requests of this session are.
    Session(SessionName),
    /// Where a session can begin, or a stream stay open that belongs to none.
    Fresh,
    /// Wherever sessions are found not to be: the id is none that was ever given.
    NoSession,
    /// Where bundles are accepted, by one instance only.
    Bundles,
}

impl Place {
    /// Whether requests with this path are served where bundles are accepted: their bodies are not for others to read.
    pub fn accepts_bundles(path: &str) -> bool {
        deploys(path)
    }
}

/// As much of a message as its place depends on.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    method: std::borrow::Cow<'a, str>,
}

impl Host {
    /// Where a request belongs. Its body has been read in full.
    pub fn place(&self, request: &Request<Bytes>) -> Place {
        let path = request.uri().path();
        if deploys(path) {
            return Place::Bundles;
        }
        if path == sse::STREAM {
            return Place::Fresh;
        }
        if path == sse::MESSAGE {
            return sse::session_id(request.uri().query()).map_or(Place::NoSession, named);
        }
        if path != self.settings().mcp_path {
            return Place::Anywhere;
        }
        self.place_message(request)
    }

    fn place_message(&self, request: &Request<Bytes>) -> Place {
        if let Some(place) = of_session(request.headers()) {
            return place;
        }
        match *request.method() {
            Method::GET => Place::Fresh,
            Method::POST if request.body().len() <= self.settings().max_body_bytes => {
                match serde_json::from_slice::<Message<'_>>(request.body()) {
                    Ok(message) if stays(&message.method) => Place::Fresh,
                    _ => Place::Anywhere,
                }
            }
            _ => Place::Anywhere,
        }
    }
}

/// The session a request says it belongs to. Those of 2026-07-28 belong to none.
fn of_session(sent: &HeaderMap) -> Option<Place> {
    if headers::version(sent).is_modern() {
        return None;
    }
    match single(sent, legacy::SESSION_ID.as_str()) {
        Sent::Never => None,
        Sent::Once(id) => Some(named(id)),
        Sent::Unusable => Some(Place::NoSession),
    }
}

fn named(id: &str) -> Place {
    SessionName::parse(id).map_or(Place::NoSession, Place::Session)
}

/// Whether something stays open, or begins, with this method.
fn stays(method: &str) -> bool {
    matches!(method, "initialize" | "subscriptions/listen")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::tests::host;

    const ID: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

    fn place(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Place {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        host().place(&request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap())
    }

    #[test]
    fn what_belongs_to_a_session_is_served_where_the_session_is() {
        let session = Place::Session(SessionName::parse(ID).unwrap());
        let in_session = [("mcp-session-id", ID)];
        for method in ["GET", "POST", "DELETE"] {
            assert_eq!(place(method, "/mcp", &in_session, "{}"), session, "{method}");
        }
        assert_eq!(
            place("POST", "/message?a=b&sessionId=AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", &[], ""),
            session
        );
    }

    #[test]
    fn an_id_that_was_never_given_has_no_place_of_its_own() {
        for id in ["x", "AAECAwQFBgcICQoLDA0ODxAREhMUFRY", "../../etc/passwd", ""] {
            assert_eq!(place("GET", "/mcp", &[("mcp-session-id", id)], ""), Place::NoSession, "{id}");
        }
        assert_eq!(place("POST", "/message", &[], "{}"), Place::NoSession);
        let twice = [("mcp-session-id", ID), ("mcp-session-id", ID)];
        assert_eq!(place("GET", "/mcp", &twice, ""), Place::NoSession);
    }

    #[test]
    fn what_begins_or_stays_open_gets_a_place_and_the_rest_needs_none() {
        let table = [
            ("POST", "/mcp", r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#, Place::Fresh),
            ("POST", "/mcp", r#"{"id":1,"method":"subscriptions\/listen"}"#, Place::Fresh),
            ("GET", "/mcp", "", Place::Fresh),
            ("GET", "/sse", "", Place::Fresh),
            ("POST", "/mcp", r#"{"id":1,"method":"tools/call"}"#, Place::Anywhere),
            ("POST", "/mcp", "[]", Place::Anywhere),
            ("POST", "/mcp", "initialize", Place::Anywhere),
            ("PUT", "/mcp", "", Place::Anywhere),
            ("GET", "/healthz", "", Place::Anywhere),
            ("POST", "/_frontmcp/resync", "", Place::Bundles),
        ];
        for (method, path, body, expected) in table {
            assert_eq!(place(method, path, &[], body), expected, "{method} {path} {body}");
        }
    }

    #[test]
    fn a_request_of_2026_belongs_to_no_session_whatever_it_carries() {
        let sent = [("mcp-session-id", ID), ("mcp-protocol-version", "2026-07-28")];
        assert_eq!(place("POST", "/mcp", &sent, r#"{"method":"tools/list"}"#), Place::Anywhere);
    }
}
