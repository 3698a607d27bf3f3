//! The reference deployment as a Worker on workerd: built by the program, served by the platform's own runtime. Ends what
//! it started by its own process group.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use frontmcp_example_api::{DEVELOPMENT_BILLING_KEY, DEVELOPMENT_TOKEN};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::{Site, repository};

/// The trust root of the reference deployment.
const KID: &str = "acme-shop-2026";

/// A Worker and the API behind it.
pub struct Edge {
    /// The deployment and its upstream.
    pub site: Site,
    public_key: String,
    storage: TempDir,
    secrets: Map<String, Value>,
    running: Option<Workerd>,
}

impl Edge {
    /// The reference deployment, built and served.
    pub fn start() -> Self {
        let mut edge = Self::stopped(Site::new());
        edge.build(&[]);
        edge.serve();
        edge
    }

    /// A deployment that has a key, and nothing else yet.
    pub fn stopped(site: Site) -> Self {
        let words = ["deploy", "keygen", "--kid", KID, "--out", "key.pem", "--json"];
        let (code, out, err) = site.run(&words, &[], "");
        assert_eq!(code, 0, "{err}");
        let made: Value = serde_json::from_str(&out).expect("JSON");
        let public_key = made["publicKey"].as_str().expect("a public key").to_owned();
        let mut secrets = Map::new();
        for (name, value) in [
            ("ACME_API_TOKEN", DEVELOPMENT_TOKEN),
            ("BILLING_API_TOKEN", DEVELOPMENT_BILLING_KEY),
            ("BUNDLE_PUBLIC_KEY", &public_key),
            ("FRONTMCP_ALLOW_PRIVATE", &site.api.addr().to_string()),
        ] {
            secrets.insert(name.to_owned(), value.into());
        }
        let storage = tempfile::tempdir().expect("a folder");
        Self { site, public_key, storage, secrets, running: None }
    }

    /// Writes the Worker's folder, as the program does.
    ///
    /// # Panics
    /// If it is refused.
    pub fn build(&self, more: &[&str]) {
        let words = ["worker", "build", "--key", "key.pem", "--kid", KID, "--out", "dist"];
        let (code, _, err) = self.site.run(&[&words, more].concat(), &self.tools(), "");
        assert_eq!(code, 0, "{err}");
    }

    /// Where programs find what the Worker is made of.
    pub fn tools(&self) -> [(&'static str, &'static str); 2] {
        // Leaked: a few bytes for each test.
        let place = |path: &str| -> &'static str {
            let path = repository().join(path);
            assert!(path.exists(), "{} is missing\nBuild it first: cargo xtask worker", path.display());
            Box::leak(path.display().to_string().into_boxed_str())
        };
        [
            ("FRONTMCP_ADAPTER", place("target/guests/cloudflare.wasm")),
            ("FRONTMCP_WORKER", place("target/worker")),
        ]
    }

    /// Sets or removes what the Worker finds in its environment.
    pub fn bind(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.secrets.insert(name.to_owned(), json!(value)),
            None => self.secrets.remove(name),
        };
    }

    /// Serves the folder on a free port.
    pub fn serve(&mut self) {
        self.running = Some(Workerd::start(&self.folder(), self.storage.path(), &self.secrets));
    }

    /// Ends it as a power cut would, and serves it again from the same storage.
    pub fn restart(&mut self) {
        self.stop();
        self.serve();
    }

    /// Ends it as a power cut would.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// The Worker's folder.
    pub fn folder(&self) -> PathBuf {
        self.site.path().join("dist")
    }

    /// What the platform keeps for it.
    pub fn storage(&self) -> &Path {
        self.storage.path()
    }

    /// What it finds in its environment beside its bindings: secrets, and who may be called.
    pub fn secrets(&self) -> &Map<String, Value> {
        &self.secrets
    }

    /// What bundles are verified with, as PEM.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// Its MCP endpoint.
    ///
    /// # Panics
    /// If it is not served.
    pub fn url(&self) -> &str {
        &self.running.as_ref().expect("it is served").url
    }

    /// Its origin, for everything that is not MCP.
    pub fn origin(&self) -> &str {
        self.url().strip_suffix("/mcp").expect("the endpoint's path")
    }

    /// Pushes the deployment as it is now; answers the exit code and what was said.
    pub fn push(&self, more: &[&str]) -> (i32, String) {
        let words = ["deploy", "push", "--url", self.origin(), "--key", "key.pem", "--kid", KID, "--json"];
        let (code, out, err) = self.site.run(&[&words, more].concat(), &[], "");
        (code, out + &err)
    }
}

/// A script that runs the platform's own tools, which tell nobody of it.
pub fn platform(script: &Path, home: &Path) -> Command {
    let clients = repository().join("target/clients/node");
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let mut command = Command::new(clients.join(format!("node_modules/node-linux-{architecture}/bin/node")));
    let switches = ["WRANGLER_SEND_METRICS", "WRANGLER_SEND_ERROR_REPORTS", "CLOUDFLARE_CF_FETCH_ENABLED"];
    command.envs(switches.map(|name| (name, "false"))).env("CI", "1").env("HOME", home);
    command.arg(script).current_dir(&clients);
    command
}

/// The runtime, serving.
struct Workerd {
    child: Child,
    url: String,
}

impl Workerd {
    fn start(folder: &Path, storage: &Path, secrets: &Map<String, Value>) -> Self {
        let mut command = platform(&repository().join("tests/clients/serve-worker.mjs"), storage);
        command.arg(folder.join("wrangler.jsonc")).arg("").arg(storage).arg("0");
        command.arg(Value::Object(secrets.clone()).to_string());
        let log = fs::File::create(storage.join("log")).expect("a file");
        command.stdout(Stdio::piped()).stderr(log).process_group(0);
        let mut child = command.spawn().expect("node starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output is ours")).lines();
        let url = lines.find_map(|line| Some(line.ok()?.strip_prefix("listening on ")?.to_owned()));
        let log = || fs::read_to_string(storage.join("log")).unwrap_or_default();
        let url = url.unwrap_or_else(|| panic!("workerd did not start: {}", log()));
        // What it prints from now on is read, so that it never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }
}

impl Drop for Workerd {
    fn drop(&mut self) {
        // The runtime is a child of the child: the whole group goes.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.child.wait();
    }
}
