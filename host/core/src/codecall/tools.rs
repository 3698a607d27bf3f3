//! The five tools as they are listed: names, descriptions, argument schemas, hints. Never runs one.

use serde_json::{Value, json};

use crate::codecall::Tool;
use crate::mcp::surface::ToolListing;
use crate::settings::ToolNameStyle;

const TOOLS: [(Tool, &str); 5] = [
    (Tool::SearchSkills, "searchSkills"),
    (Tool::SearchKnowledge, "searchKnowledge"),
    (Tool::Describe, "describe"),
    (Tool::Execute, "execute"),
    (Tool::Invoke, "invoke"),
];

/// The tool a client means: `codecall` and the tool's own name, joined by a colon, a dot or an underscore,
/// whatever style is listed.
pub fn resolve(name: &str) -> Option<Tool> {
    let own = name.strip_prefix("codecall")?;
    let own = own.strip_prefix([':', '.', '_'])?;
    TOOLS.into_iter().find(|(_, known)| *known == own).map(|(tool, _)| tool)
}

/// All five, in the order an agent uses them.
pub fn list(style: ToolNameStyle) -> Vec<ToolListing> {
    let separator = match style {
        ToolNameStyle::Colon => ':',
        ToolNameStyle::Dot => '.',
        ToolNameStyle::Underscore => '_',
    };
    TOOLS.map(|(tool, own)| listing(tool, format!("codecall{separator}{own}"))).into()
}

fn listing(tool: Tool, name: String) -> ToolListing {
    let (title, description) = texts(tool);
    ToolListing { name, title, description, input_schema: input_schema(tool), annotations: annotations(tool) }
}

fn texts(tool: Tool) -> (&'static str, &'static str) {
    match tool {
        Tool::SearchSkills => (
            "Search skills",
            "Find skills that can do something: each comes with the API operations it grants to scripts. Start \
             here, then describe the skill and execute a script.",
        ),
        Tool::SearchKnowledge => (
            "Search knowledge",
            "Find skills that explain something: policies, procedures, background. They grant no operations.",
        ),
        Tool::Describe => (
            "Describe skills and operations",
            "Read skills and operations in full before writing a script: instructions, files, JSON Schemas and \
             TypeScript declarations. Name at least one skill or operation.",
        ),
        Tool::Execute => (
            "Execute a script",
            "Run the body of an async function, in JavaScript or TypeScript, in a fresh sandbox. Operations of \
             the active skills are functions of their namespace, e.g. `return await acme.getOrder({ orderId })`; \
             `Promise.all` runs calls concurrently. Return only what is needed.",
        ),
        Tool::Invoke => {
            ("Invoke one operation", "Call a single operation that a skill grants, without a script.")
        }
    }
}

fn input_schema(tool: Tool) -> Value {
    match tool {
        Tool::SearchSkills | Tool::SearchKnowledge => search_schema(),
        Tool::Describe => describe_schema(),
        Tool::Execute => execute_schema(),
        Tool::Invoke => invoke_schema(),
    }
}

fn search_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "queries": {
                "type": "array",
                "description": "What to look for, one aspect per query.",
                "items": {"type": "string", "minLength": 2, "maxLength": 256},
                "minItems": 1,
                "maxItems": 10
            },
            "tags": {
                "type": "array",
                "description": "Only skills with at least one of these tags.",
                "items": {"type": "string", "minLength": 1, "maxLength": 64},
                "maxItems": 16
            },
            "excludeSkillNames": {
                "type": "array",
                "description": "Skills to leave out, e.g. those already read.",
                "items": {"type": "string"},
                "maxItems": 50
            },
            "topK": {
                "type": "integer",
                "description": "Results at most.",
                "minimum": 1,
                "maximum": 50,
                "default": 5
            },
            "minRelevanceScore": {
                "type": "number",
                "description": "Leave out results below this score.",
                "minimum": 0,
                "maximum": 1,
                "default": 0.1
            }
        },
        "required": ["queries"],
        "additionalProperties": false
    })
}

fn describe_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "skills": {
                "type": "array",
                "description": "Names of skills.",
                "items": {"type": "string"}
            },
            "operations": {
                "type": "array",
                "description": "Names of operations, `spec.operation`.",
                "items": {"type": "string"}
            }
        },
        "additionalProperties": false
    })
}

fn execute_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "script": {
                "type": "string",
                "description": "The body of an async function; `return` gives the result.",
                "minLength": 1
            },
            "skills": {
                "type": "array",
                "description": "The skills whose operations the script may use; all of them if left out.",
                "items": {"type": "string"}
            },
            "allowedTools": {
                "type": "array",
                "description": "Narrows the granted operations further, by name `spec.operation`.",
                "items": {"type": "string"}
            },
            "input": {
                "description": "Any JSON value; the script finds it as `ctx.input`."
            }
        },
        "required": ["script"],
        "additionalProperties": false
    })
}

fn invoke_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "tool": {
                "type": "string",
                "description": "The operation's name, `spec.operation`."
            },
            "input": {
                "type": "object",
                "description": "The operation's arguments.",
                "additionalProperties": true
            }
        },
        "required": ["tool"],
        "additionalProperties": false
    })
}

fn annotations(tool: Tool) -> Value {
    match tool {
        Tool::SearchSkills | Tool::SearchKnowledge | Tool::Describe => {
            json!({"readOnlyHint": true, "openWorldHint": false})
        }
        Tool::Execute | Tool::Invoke => {
            json!({"readOnlyHint": false, "destructiveHint": true, "openWorldHint": true})
        }
    }
}
