//! What an operator sets beyond the manifest: names, addresses, limits. Plain data; never read from anywhere here.

use crate::ports::ScriptLimits;

/// Everything a shell passes in besides ports and snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The path of the MCP endpoint.
    pub mcp_path: String,
    /// How tool names are listed. Calls accept every style.
    pub tool_names: ToolNameStyle,
    /// Where clients reach this server from outside, e.g. `https://mcp.example.com`; its host and origin are allowed.
    pub public_url: Option<url::Url>,
    /// Whether the platform delivers only what was sent to a host of this server, so that `Host` says nothing more.
    pub hosts_are_routed: bool,
    /// `Host` names accepted besides loopback and the public URL, without port, lower case.
    pub allowed_hosts: Vec<String>,
    /// `Origin` values accepted besides loopback and the public URL, e.g. `https://app.example.com`, lower case.
    pub allowed_origins: Vec<String>,
    /// Largest accepted request body, in bytes.
    pub max_body_bytes: usize,
    /// Notification streams open at once.
    pub max_streams: usize,
    /// Calls that run at once.
    pub calls: CallLimits,
    /// Sessions of the versions up to 2025-11-25.
    pub sessions: SessionSettings,
    /// Items on one page of a list.
    pub max_list_items: usize,
    /// Whether visible skills are served below `/.well-known/agent-skills/` too.
    pub agent_skills: bool,
    /// What one script may spend.
    pub script: ExecuteLimits,
    /// What one upstream call may spend, and where it may go.
    pub upstream: UpstreamSettings,
    /// How bundles are accepted.
    pub resync: ResyncSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mcp_path: "/mcp".to_owned(),
            tool_names: ToolNameStyle::default(),
            public_url: None,
            hosts_are_routed: false,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            max_body_bytes: 4 << 20,
            max_streams: 1024,
            calls: CallLimits::default(),
            sessions: SessionSettings::default(),
            max_list_items: 200,
            agent_skills: true,
            script: ExecuteLimits::default(),
            upstream: UpstreamSettings::default(),
            resync: ResyncSettings::default(),
        }
    }
}

/// How many calls of tools and reads of resources may run at once. More are refused, not queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// In total.
    pub total: usize,
    /// Of one principal. Callers without authentication are no one in particular.
    pub per_principal: usize,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self { total: 1024, per_principal: 128 }
    }
}

/// How many sessions there may be, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSettings {
    /// Sessions in total.
    pub max_sessions: u64,
    /// Sessions of one principal. Callers without authentication are no one in particular.
    pub max_per_principal: u64,
    /// Streams that one principal may read at once. Callers without authentication are no one in particular.
    pub max_streams_per_principal: usize,
    /// Resources that one session may subscribe to.
    pub max_subscriptions: usize,
    /// A session that was not used for so many milliseconds is over.
    pub idle_ms: u64,
    /// What was said on a stream can be read again for so many milliseconds.
    pub keep_events_ms: u64,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            max_sessions: 200_000,
            max_per_principal: 10_000,
            max_streams_per_principal: 256,
            max_subscriptions: 1_000,
            idle_ms: 24 * 3600 * 1000,
            keep_events_ms: 3600 * 1000,
        }
    }
}

/// Limits of pushed bundles, and whose are accepted beyond the manifest's trust roots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResyncSettings {
    /// Largest accepted body, as it is sent, in bytes.
    pub max_packed_bytes: usize,
    /// Largest accepted envelope, unpacked, in bytes.
    pub max_bytes: usize,
    /// Largest accepted artifact that travels beside a bundle, in bytes.
    pub max_blob_bytes: usize,
    /// Pushes that may wait for the one that is being applied.
    pub max_waiting: usize,
    /// Public keys the operator trusts whatever the manifest says: key id, and PEM or JWK.
    pub trust_roots: Vec<(String, String)>,
}

impl Default for ResyncSettings {
    fn default() -> Self {
        Self {
            max_packed_bytes: 16 << 20,
            max_bytes: 64 << 20,
            max_blob_bytes: 16 << 20,
            max_waiting: 8,
            trust_roots: Vec::new(),
        }
    }
}

/// The separator between `codecall` and a tool's own name in listings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ToolNameStyle {
    /// `codecall:execute`
    #[default]
    Colon,
    /// `codecall.execute`
    Dot,
    /// `codecall_execute`, for clients that only accept `[A-Za-z0-9_-]`.
    Underscore,
}

/// Limits of one `execute`. The same numbers are default and ceiling: a caller cannot raise them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExecuteLimits {
    /// Script source, in bytes.
    pub max_source_bytes: usize,
    /// Milliseconds from start to answer, waiting included.
    pub total_ms: u64,
    /// Upstream calls that run at once; more wait their turn.
    pub max_concurrent_calls: usize,
    /// What the engine itself enforces.
    pub engine: ScriptLimits,
}

impl Default for ExecuteLimits {
    fn default() -> Self {
        Self {
            max_source_bytes: 100 << 10,
            total_ms: 60_000,
            max_concurrent_calls: 16,
            engine: ScriptLimits {
                memory_bytes: 64 << 20,
                stack_bytes: 512 << 10,
                max_pending_calls: 100,
                max_calls: 100,
                // About five seconds of plain loops; heavier operations meet `compute_ms` first.
                max_steps: 100_000,
                max_result_bytes: 1 << 20,
                max_log_bytes: 64 << 10,
                compute_ms: 5_000,
            },
        }
    }
}

/// Limits of upstream calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamSettings {
    /// Milliseconds for one exchange, connection included.
    pub timeout_ms: u64,
    /// Largest accepted response body, in bytes.
    pub max_response_bytes: usize,
    /// `host` or `host:port` entries that may resolve to private and loopback addresses, lower case.
    pub allow_private: Vec<String>,
}

impl Default for UpstreamSettings {
    fn default() -> Self {
        Self { timeout_ms: 30_000, max_response_bytes: 10 << 20, allow_private: Vec::new() }
    }
}

impl UpstreamSettings {
    /// Whether private addresses are allowed for this host and port.
    pub fn allows_private(&self, host: &str, port: u16) -> bool {
        self.allow_private.iter().any(|entry| {
            entry.eq_ignore_ascii_case(host)
                || entry.rsplit_once(':').is_some_and(|(name, number)| {
                    name.eq_ignore_ascii_case(host) && number == port.to_string()
                })
        })
    }
}
