//! For tests of `deploy`: a small deployment, keys, and commands whose words and output are at hand.

use std::fs;
use std::path::PathBuf;

use clap::Parser as _;
use serde_json::Value;
use tempfile::TempDir;

pub(super) use crate::testing::names;

use super::{Console, DeployCommand, build, inspect, keygen};
use crate::boot::Refused;
use crate::cli::{Cli, Command};

const MANIFEST: &str = r#"version: 1
name: shop
runtime: { target: cloudflare-worker, compatibilityDate: "2026-05-01" }
server: { info: { name: shop, version: 1.0.0 } }
specs:
  - { id: acme, spec: ./api.yaml }
skills: { source: ./skills }
bindings: { kvNamespaces: [{ binding: NONCE, id: x }] }
signing:
  algorithm: ed25519
  trustRoots: [{ kid: shop-2026, publicKeySecret: SHOP_KEY }]
  replay: { nonceKv: NONCE }
auth: { provider: none }
secrets: [{ name: SHOP_KEY }]
environments:
  live:
    server: { info: { name: shop, version: 1.0.0, title: Live } }
"#;
const SPEC: &str = r#"openapi: 3.1.0
info: { title: Acme, version: "1" }
servers: [{ url: "https://api.example.com" }]
paths:
  /orders:
    get:
      operationId: listOrders
      responses: { "200": { description: ok } }
  /orders/{id}:
    get:
      operationId: getOrder
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { "200": { description: ok } }
"#;
const SKILL: &str = "---\nname: lookup\ndescription: Find orders\n---\nUse op://acme/listOrders.\n";

/// The deployment's files.
pub(super) const FILES: [(&str, &[u8]); 4] = [
    ("frontmcp.deploy.yaml", MANIFEST.as_bytes()),
    ("api.yaml", SPEC.as_bytes()),
    ("skills/lookup/SKILL.md", SKILL.as_bytes()),
    ("skills/lookup/rates.csv", b"a,b\n1,2\n"),
];

/// A folder with a deployment and the private key `key.pem`, trusted as `shop-2026`.
pub(super) struct Shop(TempDir);

impl Shop {
    pub(super) fn new() -> Self {
        let shop = Self(tempfile::tempdir().unwrap());
        FILES.iter().for_each(|(path, bytes)| shop.write(path, bytes));
        // RFC 8037 appendix A.1.
        let jwk = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
            "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        shop.write("key.pem", crate::keys::PrivateKey::read(jwk).unwrap().to_pem().as_bytes());
        shop
    }

    pub(super) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The same as a word of a command.
    pub(super) fn word(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// `deploy build` of this deployment into `out`, and more words.
    pub(super) fn build(&self, out: &str, more: &[&str]) -> Said {
        let (manifest, key, out) = (self.word("frontmcp.deploy.yaml"), self.word("key.pem"), self.word(out));
        let words = ["build", "--manifest", &manifest, "--key", &key, "--kid", "shop-2026", "-o", &out];
        said(&[&words, more].concat())
    }
}

/// What a command answered and wrote.
pub(super) struct Said {
    pub(super) ended: anyhow::Result<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl Said {
    /// Standard output of a command that did what was asked.
    pub(super) fn done(self) -> String {
        assert_eq!(self.ended.unwrap(), 0, "{}", self.err);
        self.out
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    /// Why nothing was done.
    pub(super) fn failed(self) -> String {
        assert_eq!(self.out, "");
        let error = self.ended.unwrap_err();
        if error.is::<Refused>() { self.err } else { format!("{error:#}") }
    }
}

/// The command of these words.
pub(super) fn parse(words: &[&str]) -> Result<DeployCommand, clap::Error> {
    let all = ["frontmcp-host", "deploy"].iter().chain(words);
    match Cli::try_parse_from(all)?.command {
        Command::Deploy(command) => Ok(command),
        _ => unreachable!("deploy was asked for"),
    }
}

/// Runs a command that opens no connection.
pub(super) fn said(words: &[&str]) -> Said {
    let command = parse(words).unwrap();
    heard(|console| match &command {
        DeployCommand::Keygen(args) => keygen::run(args, console),
        DeployCommand::Build(args) => build::run(args, console),
        DeployCommand::Inspect(args) => inspect::run(args, console),
        DeployCommand::Push(_) => panic!("a push needs a server"),
        DeployCommand::EmitWrangler(_) => panic!("the adapter is not built here"),
    })
}

/// Runs something and listens.
pub(super) fn heard(run: impl FnOnce(&mut Console<'_>) -> anyhow::Result<i32>) -> Said {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let ended = run(&mut Console { out: &mut out, err: &mut err, watched: false });
    Said { ended, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}
