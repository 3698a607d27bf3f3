//! The command line: flags, then `FRONTMCP_*`. Turns words into values; starts nothing.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, ValueEnum};
use frontmcp_core::Settings;
use frontmcp_core::bundle::keys::PublicKey;
use frontmcp_core::settings::{
    CallLimits, ExecuteLimits, ResyncSettings, SessionSettings, ToolNameStyle, UpstreamSettings,
};
use url::Url;

use crate::commands::audit::AuditCommand;
use crate::commands::check::CheckArgs;
use crate::commands::deploy::{self, DeployCommand};
use crate::commands::schema::SchemaArgs;
use crate::commands::worker::WorkerCommand;
use crate::config::Config;
use crate::server::Limits;
use crate::store::AUDIT_KEPT;

/// Serve OpenAPI operations and skills over MCP, with scripts in WebAssembly sandboxes.
#[derive(Debug, Parser)]
#[command(name = "frontmcp-host", version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How log lines on standard error look.
    #[arg(long, global = true, env = "FRONTMCP_LOG_FORMAT", value_enum, default_value_t)]
    pub log_format: LogFormat,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve a deployment over MCP.
    Serve(Box<Serve>),
    /// Report every error and warning of a deployment; exit 1 on errors.
    Check(CheckArgs),
    /// Build signed bundles and push them to running servers.
    #[command(subcommand)]
    Deploy(DeployCommand),
    /// Build a Cloudflare Worker that wrangler deploys.
    #[command(subcommand)]
    Worker(WorkerCommand),
    /// Verify, watch and export a server's audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Print the JSON Schema of frontmcp.deploy.yaml.
    Schema(SchemaArgs),
    /// Print a completion script for a shell.
    Completions {
        /// The shell to complete for.
        shell: clap_complete::Shell,
    },
}

/// Text for people, JSON for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    /// One readable line each.
    #[default]
    Text,
    /// One JSON object each.
    Json,
}

/// Which deployment, in which environment.
#[derive(Debug, Clone, Args)]
pub struct Source {
    /// The deployment's manifest.
    #[arg(long, env = "FRONTMCP_MANIFEST", default_value = "frontmcp.deploy.yaml", value_name = "FILE")]
    pub manifest: PathBuf,
    /// The environment whose overlay applies.
    #[arg(long, env = "FRONTMCP_ENV", value_name = "NAME")]
    pub env: Option<String>,
}

/// `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    source: Source,
    /// Where to listen; port 0 picks a free one.
    #[arg(long, env = "FRONTMCP_LISTEN", default_value = "127.0.0.1:3000", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where clients reach this server from outside; its host and origin are accepted.
    #[arg(long, env = "FRONTMCP_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    public_url: Option<Url>,
    /// Further Host names to accept.
    #[arg(long, env = "FRONTMCP_ALLOW_HOST", value_name = "NAME", value_delimiter = ',')]
    allow_host: Vec<String>,
    /// Further Origins to accept, e.g. https://app.example.com.
    #[arg(long, env = "FRONTMCP_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    allow_origin: Vec<String>,
    /// Read .dev.vars and allow upstreams on loopback. Only listens on loopback.
    #[arg(long, env = "FRONTMCP_DEV")]
    dev: bool,
    /// Speak MCP over standard input and output instead of HTTP.
    #[arg(long, conflicts_with_all = ["listen", "public_url"])]
    stdio: bool,
    /// Where accepted bundles are kept; without it no push is accepted.
    #[arg(long, env = "FRONTMCP_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Good bundles to keep.
    #[arg(long, env = "FRONTMCP_HISTORY", value_name = "COUNT", default_value_t = 5, value_parser = history)]
    history: usize,
    /// Records of the audit log to keep, at least; older ones are removed up to a signed checkpoint.
    #[arg(long, env = "FRONTMCP_AUDIT_RECORDS", value_name = "COUNT", default_value_t = AUDIT_KEPT, value_parser = clap::value_parser!(u64).range(1_000..))]
    audit_records: u64,
    /// A public key whose bundles are accepted whatever the manifest says, e.g. ops=/etc/frontmcp/ops.pem.
    #[arg(long, env = "FRONTMCP_TRUST_ROOT", value_name = "KID=FILE", value_delimiter = ',', value_parser = trust_root)]
    trust_root: Vec<(String, PathBuf)>,
    /// Where figures are served at /metrics, e.g. 127.0.0.1:9090; nowhere if left out.
    #[arg(long, env = "FRONTMCP_ADMIN_LISTEN", value_name = "ADDRESS")]
    admin_listen: Option<SocketAddr>,
    /// The separator in listed tool names; calls accept all three.
    #[arg(long, env = "FRONTMCP_TOOL_NAMES", value_enum, default_value_t)]
    tool_names: ToolNames,
    /// Do not serve visible skills below /.well-known/agent-skills/.
    #[arg(long, env = "FRONTMCP_NO_AGENT_SKILLS")]
    no_agent_skills: bool,
    /// Upstream hosts that may have private addresses.
    #[arg(long, env = "FRONTMCP_ALLOW_PRIVATE", value_name = "HOST[:PORT]", value_delimiter = ',')]
    allow_private: Vec<String>,
    /// A folder with one file per secret, as Docker and Kubernetes mount them.
    #[arg(long, env = "FRONTMCP_SECRETS_DIR", value_name = "DIR")]
    secrets_dir: Option<PathBuf>,
    /// The script sandbox component; found next to the program if left out.
    #[arg(long, env = "FRONTMCP_SANDBOX", value_name = "FILE")]
    sandbox: Option<PathBuf>,
    /// Where compiled components are kept; in the user's cache folder if left out.
    #[arg(long, env = "FRONTMCP_CACHE", value_name = "DIR")]
    cache: Option<PathBuf>,
    #[command(flatten)]
    limits: LimitFlags,
}

/// Separators between `codecall` and a tool's own name.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ToolNames {
    #[default]
    Colon,
    Dot,
    Underscore,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
struct LimitFlags {
    /// Largest request body, in bytes.
    #[arg(long, env = "FRONTMCP_MAX_BODY_BYTES", value_name = "BYTES")]
    max_body_bytes: Option<usize>,
    /// Open client connections; more wait.
    #[arg(long, env = "FRONTMCP_MAX_CONNECTIONS", value_name = "COUNT")]
    max_connections: Option<usize>,
    /// Largest pushed bundle, unpacked, in bytes.
    #[arg(long, env = "FRONTMCP_MAX_BUNDLE_BYTES", value_name = "BYTES")]
    max_bundle_bytes: Option<usize>,
    /// Notification streams open at once; more are refused.
    #[arg(long, env = "FRONTMCP_MAX_STREAMS", value_name = "COUNT")]
    max_streams: Option<usize>,
    /// Notification streams open at once of one principal; more are refused.
    #[arg(long, env = "FRONTMCP_MAX_STREAMS_PER_PRINCIPAL", value_name = "COUNT")]
    max_streams_per_principal: Option<usize>,
    /// Calls at once; more are refused.
    #[arg(long, env = "FRONTMCP_MAX_CALLS", value_name = "COUNT")]
    max_calls: Option<usize>,
    /// Calls at once of one principal; more are refused.
    #[arg(long, env = "FRONTMCP_MAX_CALLS_PER_PRINCIPAL", value_name = "COUNT")]
    max_calls_per_principal: Option<usize>,
    /// Sessions at once, of clients of the versions up to 2025-11-25; more are refused.
    #[arg(long, env = "FRONTMCP_MAX_SESSIONS", value_name = "COUNT")]
    max_sessions: Option<u64>,
    /// Sessions at once of one principal; more are refused.
    #[arg(long, env = "FRONTMCP_MAX_SESSIONS_PER_PRINCIPAL", value_name = "COUNT")]
    max_sessions_per_principal: Option<u64>,
    /// Time after which a session is over that nobody used.
    #[arg(long, env = "FRONTMCP_SESSION_IDLE_S", value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    session_idle_s: Option<u64>,
    /// Time for which what was said on a stream can be read again.
    #[arg(long, env = "FRONTMCP_KEEP_EVENTS_S", value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    keep_events_s: Option<u64>,
    /// Largest script, in bytes.
    #[arg(long, env = "FRONTMCP_SCRIPT_MAX_BYTES", value_name = "BYTES")]
    script_max_bytes: Option<usize>,
    /// Time of a script from start to answer, waiting included.
    #[arg(long, env = "FRONTMCP_SCRIPT_TOTAL_MS", value_name = "MS")]
    script_total_ms: Option<u64>,
    /// Compute time of a script, waiting not included.
    #[arg(long, env = "FRONTMCP_SCRIPT_COMPUTE_MS", value_name = "MS")]
    script_compute_ms: Option<u64>,
    /// Heap of a script, in MiB.
    #[arg(long, env = "FRONTMCP_SCRIPT_MEMORY_MIB", value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1024))]
    script_memory_mib: Option<u64>,
    /// Calls of a script.
    #[arg(long, env = "FRONTMCP_SCRIPT_MAX_CALLS", value_name = "COUNT")]
    script_max_calls: Option<u32>,
    /// Calls of a script that run at once.
    #[arg(long, env = "FRONTMCP_SCRIPT_CONCURRENT_CALLS", value_name = "COUNT")]
    script_concurrent_calls: Option<usize>,
    /// Largest result of a script, in bytes.
    #[arg(long, env = "FRONTMCP_SCRIPT_RESULT_BYTES", value_name = "BYTES")]
    script_result_bytes: Option<u32>,
    /// Largest log of a script, in bytes.
    #[arg(long, env = "FRONTMCP_SCRIPT_LOG_BYTES", value_name = "BYTES")]
    script_log_bytes: Option<u32>,
    /// Time of one upstream call.
    #[arg(long, env = "FRONTMCP_UPSTREAM_TIMEOUT_MS", value_name = "MS")]
    upstream_timeout_ms: Option<u64>,
    /// Largest upstream response, in bytes.
    #[arg(long, env = "FRONTMCP_UPSTREAM_MAX_BYTES", value_name = "BYTES")]
    upstream_max_bytes: Option<usize>,
}

impl Serve {
    /// Whether to speak over standard input and output.
    pub fn stdio(&self) -> bool {
        self.stdio
    }

    /// What the words mean.
    ///
    /// # Errors
    /// A trust root's file cannot be read.
    pub fn into_config(self) -> anyhow::Result<Config> {
        let mut settings = self.settings();
        for (kid, file) in &self.trust_root {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("reading the trust root {kid} from {}", file.display()))?;
            PublicKey::parse(&text).with_context(|| format!("the trust root {kid} in {}", file.display()))?;
            settings.resync.trust_roots.push((kid.clone(), text));
        }
        let defaults = Limits::default();
        let max_connections = self.limits.max_connections.unwrap_or(defaults.max_connections);
        Ok(Config {
            manifest: self.source.manifest,
            env: self.source.env,
            listen: self.listen,
            dev: self.dev,
            data: self.data,
            history: self.history,
            audit_records: self.audit_records,
            admin_listen: self.admin_listen,
            secrets_dir: self.secrets_dir,
            sandbox: self.sandbox,
            cache: self.cache.or_else(user_cache),
            limits: Limits { max_connections, ..defaults },
            settings,
        })
    }

    fn settings(&self) -> Settings {
        let defaults = Settings::default();
        Settings {
            tool_names: match self.tool_names {
                ToolNames::Colon => ToolNameStyle::Colon,
                ToolNames::Dot => ToolNameStyle::Dot,
                ToolNames::Underscore => ToolNameStyle::Underscore,
            },
            public_url: self.public_url.clone(),
            allowed_hosts: self.allow_host.clone(),
            allowed_origins: self.allow_origin.clone(),
            agent_skills: !self.no_agent_skills,
            max_body_bytes: self.limits.max_body_bytes.unwrap_or(defaults.max_body_bytes),
            max_streams: self.limits.max_streams.unwrap_or(defaults.max_streams),
            calls: self.limits.calls(),
            sessions: self.limits.sessions(),
            script: self.limits.script(),
            upstream: self.upstream(),
            resync: ResyncSettings {
                max_bytes: self.limits.max_bundle_bytes.unwrap_or(defaults.resync.max_bytes),
                ..defaults.resync
            },
            ..defaults
        }
    }

    fn upstream(&self) -> UpstreamSettings {
        let defaults = UpstreamSettings::default();
        let mut allow_private = self.allow_private.clone();
        if self.dev {
            allow_private.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
        }
        UpstreamSettings {
            timeout_ms: self.limits.upstream_timeout_ms.unwrap_or(defaults.timeout_ms),
            max_response_bytes: self.limits.upstream_max_bytes.unwrap_or(defaults.max_response_bytes),
            allow_private,
        }
    }
}

impl LimitFlags {
    fn sessions(&self) -> SessionSettings {
        let defaults = SessionSettings::default();
        let ms = |seconds: Option<u64>, otherwise| seconds.map_or(otherwise, |seconds| seconds * 1000);
        SessionSettings {
            max_sessions: self.max_sessions.unwrap_or(defaults.max_sessions),
            max_per_principal: self.max_sessions_per_principal.unwrap_or(defaults.max_per_principal),
            max_streams_per_principal: self
                .max_streams_per_principal
                .unwrap_or(defaults.max_streams_per_principal),
            idle_ms: ms(self.session_idle_s, defaults.idle_ms),
            keep_events_ms: ms(self.keep_events_s, defaults.keep_events_ms),
            ..defaults
        }
    }

    fn calls(&self) -> CallLimits {
        let defaults = CallLimits::default();
        CallLimits {
            total: self.max_calls.unwrap_or(defaults.total),
            per_principal: self.max_calls_per_principal.unwrap_or(defaults.per_principal),
        }
    }

    fn script(&self) -> ExecuteLimits {
        let defaults = ExecuteLimits::default();
        let mut engine = defaults.engine;
        engine.memory_bytes = self.script_memory_mib.map_or(engine.memory_bytes, |mib| mib << 20);
        engine.compute_ms = self.script_compute_ms.unwrap_or(engine.compute_ms);
        engine.max_calls = self.script_max_calls.unwrap_or(engine.max_calls);
        engine.max_pending_calls = engine.max_calls;
        engine.max_result_bytes = self.script_result_bytes.unwrap_or(engine.max_result_bytes);
        engine.max_log_bytes = self.script_log_bytes.unwrap_or(engine.max_log_bytes);
        ExecuteLimits {
            max_source_bytes: self.script_max_bytes.unwrap_or(defaults.max_source_bytes),
            total_ms: self.script_total_ms.unwrap_or(defaults.total_ms),
            max_concurrent_calls: self.script_concurrent_calls.unwrap_or(defaults.max_concurrent_calls),
            engine,
        }
    }
}

/// The user's cache folder, as the XDG Base Directory Specification names it; nowhere without a home.
pub(crate) fn user_cache() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")))?;
    Some(base.join("frontmcp-host"))
}

fn history(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=1000) => Ok(count),
        _ => Err("a number from 1 to 1000".to_owned()),
    }
}

fn trust_root(text: &str) -> Result<(String, PathBuf), String> {
    let (kid, file) = text.split_once('=').ok_or("a key id, `=`, and a file with the public key")?;
    let kid = deploy::kid(kid).map_err(|problem| format!("a key id has {problem}"))?;
    Ok((kid, PathBuf::from(file)))
}

fn public_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err("an http or https URL, e.g. https://mcp.example.com".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn serve(words: &[&str]) -> Config {
        let words = ["frontmcp-host", "serve"].iter().chain(words);
        match Cli::try_parse_from(words).unwrap().command {
            Command::Serve(serve) => serve.into_config().unwrap(),
            _ => unreachable!("serve was asked for"),
        }
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_become_settings() {
        let config =
            serve(&["--tool-names", "dot", "--script-memory-mib", "8", "--allow-private", "a:1,b", "--dev"]);
        assert_eq!(config.settings.max_streams, Settings::default().max_streams);
        assert_eq!(serve(&["--max-streams", "7"]).settings.max_streams, 7);
        let of_one = serve(&["--max-streams-per-principal", "3", "--max-sessions-per-principal", "4"]);
        let of_one = of_one.settings.sessions;
        assert_eq!((of_one.max_streams_per_principal, of_one.max_per_principal), (3, 4));
        assert_eq!(config.settings.tool_names, ToolNameStyle::Dot);
        assert!(config.settings.agent_skills && !serve(&["--no-agent-skills"]).settings.agent_skills);
        assert_eq!(config.settings.script.engine.memory_bytes, 8 << 20);
        assert!(
            config.settings.upstream.allows_private("a", 1)
                && config.settings.upstream.allows_private("b", 9)
        );
        assert!(config.settings.upstream.allows_private("127.0.0.1", 4000));
        assert!(!config.settings.upstream.allows_private("a", 2));
        assert!(config.dev);
    }

    #[test]
    fn nonsense_is_refused() {
        for words in [
            ["--listen", "nowhere"],
            ["--public-url", "ftp://x"],
            ["--tool-names", "dash"],
            ["--script-memory-mib", "0"],
        ] {
            let all = ["frontmcp-host", "serve"].iter().chain(&words);
            assert!(Cli::try_parse_from(all).is_err(), "{words:?}");
        }
    }
}
