//! Which address a push goes to. Never keeps credentials: the signature is the only one.

use url::Url;

const RESYNC: &str = "/_frontmcp/resync";
const BLOBS: &str = "/_frontmcp/blobs/";

/// A server's addresses for pushes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    resync: Url,
    base: String,
}

impl Target {
    /// Where envelopes go.
    pub(super) fn resync(&self) -> &Url {
        &self.resync
    }

    /// Where the artifact of this digest goes.
    pub(super) fn blob(&self, sha256: &str) -> Url {
        let mut url = self.resync.clone();
        url.set_path(&format!("{}{BLOBS}{sha256}", self.base));
        url
    }
}

/// Reads the address of a server, of its MCP endpoint, or of its endpoint for pushes.
pub(super) fn parse(text: &str) -> Result<Target, String> {
    let mut url = Url::parse(text).map_err(|error| format!("{error}; e.g. https://mcp.example.com"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("an http or https URL, e.g. https://mcp.example.com".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("credentials in the URL would be of no use: the signature is the only one".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("the address of a server has no query and no fragment".to_owned());
    }
    let path = url.path().trim_end_matches('/');
    let base = path.strip_suffix(RESYNC).or_else(|| path.strip_suffix("/mcp")).unwrap_or(path).to_owned();
    url.set_path(&format!("{base}{RESYNC}"));
    Ok(Target { resync: url, base })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_server_leads_to_its_endpoints() {
        for (text, resync) in [
            ("https://a.example", "https://a.example/_frontmcp/resync"),
            ("https://a.example/", "https://a.example/_frontmcp/resync"),
            ("http://127.0.0.1:3000/mcp", "http://127.0.0.1:3000/_frontmcp/resync"),
            ("https://a.example/team/mcp/", "https://a.example/team/_frontmcp/resync"),
            ("https://a.example/team", "https://a.example/team/_frontmcp/resync"),
            ("https://a.example/team/_frontmcp/resync", "https://a.example/team/_frontmcp/resync"),
        ] {
            assert_eq!(parse(text).unwrap().resync().as_str(), resync, "{text}");
        }
        let blob = parse("https://a.example/team/mcp").unwrap().blob("abc");
        assert_eq!(blob.as_str(), "https://a.example/team/_frontmcp/blobs/abc");
    }

    #[test]
    fn addresses_that_are_no_server_are_refused() {
        for text in
            ["a.example", "ftp://a.example", "https://u:p@a.example", "https://a.example/?x", "https://a/#x"]
        {
            let refused = parse(text).unwrap_err();
            assert!(!refused.contains("u:p"), "{refused}");
        }
    }
}
