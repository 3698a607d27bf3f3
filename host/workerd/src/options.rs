//! What an operator sets in the Worker's `vars`. Unknown values are errors, unknown names are not ours.

use frontmcp_core::Settings;
use frontmcp_core::settings::ToolNameStyle;
use serde::Deserialize;
use wasm_bindgen::{JsError, JsValue};

/// Our variables, as they stand in the Worker's environment.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Vars {
    #[serde(rename = "FRONTMCP_PUBLIC_URL")]
    public_url: Option<String>,
    #[serde(rename = "FRONTMCP_TOOL_NAMES")]
    tool_names: Option<String>,
    #[serde(rename = "FRONTMCP_ALLOWED_ORIGINS")]
    allowed_origins: Option<String>,
    #[serde(rename = "FRONTMCP_ALLOW_PRIVATE")]
    allow_private: Option<String>,
    #[serde(rename = "FRONTMCP_SCRIPT_STEPS")]
    script_steps: Option<String>,
    #[serde(rename = "FRONTMCP_SCRIPT_MEMORY_MIB")]
    script_memory: Option<String>,
    #[serde(rename = "FRONTMCP_SESSION_IDLE_S")]
    session_idle: Option<String>,
    #[serde(rename = "FRONTMCP_KEEP_EVENTS_S")]
    keep_events: Option<String>,
}

/// The host's settings on this platform.
///
/// # Errors
/// A variable has a value that means nothing; names it.
pub(crate) fn settings(vars: JsValue) -> Result<Settings, JsError> {
    let vars: Vars = serde_wasm_bindgen::from_value(vars)?;
    let mut settings = Settings { hosts_are_routed: true, ..Settings::default() };
    if let Some(url) = vars.public_url {
        let url =
            url.parse().map_err(|error| wrong("FRONTMCP_PUBLIC_URL", &format!("is no URL: {error}")))?;
        settings.public_url = Some(url);
    }
    settings.tool_names = match vars.tool_names.as_deref() {
        None | Some("colon") => ToolNameStyle::Colon,
        Some("dot") => ToolNameStyle::Dot,
        Some("underscore") => ToolNameStyle::Underscore,
        Some(_) => return Err(wrong("FRONTMCP_TOOL_NAMES", "must be colon, dot or underscore")),
    };
    settings.allowed_origins = words(vars.allowed_origins.as_deref());
    settings.upstream.allow_private = words(vars.allow_private.as_deref());
    let engine = &mut settings.script.engine;
    engine.max_steps = number("FRONTMCP_SCRIPT_STEPS", vars.script_steps, engine.max_steps)?;
    let memory = number("FRONTMCP_SCRIPT_MEMORY_MIB", vars.script_memory, engine.memory_bytes >> 20)?;
    engine.memory_bytes = memory << 20;
    let sessions = &mut settings.sessions;
    let idle = number("FRONTMCP_SESSION_IDLE_S", vars.session_idle, sessions.idle_ms / 1000)?;
    let kept = number("FRONTMCP_KEEP_EVENTS_S", vars.keep_events, sessions.keep_events_ms / 1000)?;
    (sessions.idle_ms, sessions.keep_events_ms) = (idle * 1000, kept * 1000);
    Ok(settings)
}

/// A bound that an operator lowers; the default is the ceiling.
fn number(name: &str, text: Option<String>, ceiling: u64) -> Result<u64, JsError> {
    let Some(text) = text else { return Ok(ceiling) };
    let number = text.parse().ok().filter(|number| (1..=ceiling).contains(number));
    number.ok_or_else(|| wrong(name, &format!("must be a number from 1 to {ceiling}")))
}

fn wrong(name: &str, problem: &str) -> JsError {
    JsError::new(&format!("the variable {name} {problem}; mend it in `bindings.vars` of the manifest"))
}

fn words(list: Option<&str>) -> Vec<String> {
    let words = list.unwrap_or_default().split([',', ' ']).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect()
}
