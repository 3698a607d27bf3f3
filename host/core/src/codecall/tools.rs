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
             here, then describe the skill and execute a script. Example: {\"queries\": [\"refund an order\"]}",
        ),
        Tool::SearchKnowledge => (
            "Search knowledge",
            "Find skills that explain something: policies, procedures, background. They grant no operations. \
             Example: {\"queries\": [\"returns policy\"]}",
        ),
        Tool::Describe => (
            "Describe skills and operations",
            "Read skills and operations in full before writing a script: instructions, files, JSON Schemas and \
             TypeScript declarations. Name at least one skill or operation, at most 20 altogether. Example: \
             {\"skills\": [\"refund-order\"]}",
        ),
        Tool::Execute => (
            "Execute a script",
            "Run the body of an async function, in JavaScript or TypeScript, in a fresh sandbox. Operations of \
             the active skills are functions of their namespace, e.g. `return await acme.getOrder({ orderId })`; \
             `Promise.all` runs calls concurrently. Return only what is needed.",
        ),
        Tool::Invoke => (
            "Invoke one operation",
            "Call a single operation that a skill grants, without a script. Example: \
                 {\"tool\": \"acme.getOrder\", \"input\": {\"orderId\": \"ord_0001\"}}",
        ),
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
                "items": {"type": "string", "minLength": 1, "maxLength": 64},
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
            "skills": names("Skills to describe, with all their operations.", 20),
            "operations": names("Operations to describe, as `spec.operation`.", 20),
            "toolNames": names("The same as `operations`.", 20)
        },
        "additionalProperties": false
    })
}

fn names(description: &str, most: u32) -> Value {
    json!({
        "type": "array",
        "description": description,
        "items": {"type": "string", "minLength": 1, "maxLength": 256},
        "maxItems": most
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
            "skills": names("The skills whose operations the script may use; all of them if left out.", 1000),
            "allowedTools": names("Narrows the granted operations further, by name `spec.operation`.", 1000),
            "input": {
                "description": "Any JSON value; the script finds it as `ctx.input`."
            },
            "timeoutMs": {
                "type": "integer",
                "description": "Milliseconds until the script is stopped, waiting included; the server's limit if left out.",
                "minimum": 1
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
                "description": "The operation's name, `spec.operation`.",
                "minLength": 1,
                "maxLength": 256
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codecall::{describe, execute, invoke, search};
    use crate::registry::fixtures::shop;
    use crate::settings::ExecuteLimits;

    /// Whether the tool's own reader takes the arguments, names that nobody knows aside.
    fn reads(tool: Tool, arguments: &Value) -> bool {
        let shop = shop();
        let refused = match tool {
            Tool::SearchSkills => Some(search::skills(&shop, arguments).answer()),
            Tool::SearchKnowledge => Some(search::knowledge(&shop, arguments).answer()),
            Tool::Describe => Some(describe::describe(&shop, arguments)),
            Tool::Execute => execute::parse(&shop, arguments, &ExecuteLimits::default()).err(),
            Tool::Invoke => invoke::parse(&shop, arguments).err(),
        };
        refused.is_none_or(|answer| answer.structured["error"]["code"] != "invalid_arguments")
    }

    #[test]
    fn listed_schemas_and_readers_agree() {
        let search = [
            json!({"queries": ["ab"], "tags": ["t"], "excludeSkillNames": ["s"], "topK": 5, "minRelevanceScore": 0.5}),
            json!({"queries": []}),
            json!({"queries": ["a"]}),
            json!({"queries": vec!["ab"; 11]}),
            json!({"queries": ["ab"], "topK": 51}),
            json!({"queries": ["ab"], "topK": 1.5}),
            json!({"queries": ["ab"], "minRelevanceScore": -1}),
            json!({"queries": ["ab"], "tags": [""]}),
            json!({"queries": "ab"}),
            json!({"query": "ab"}),
        ];
        let describe = [
            json!({"skills": ["a"], "operations": ["a.b"], "toolNames": ["c.d"]}),
            json!({"skills": vec!["a"; 21]}),
            json!({"skills": [1]}),
            json!({"names": ["a"], "skills": ["a"]}),
        ];
        let execute = [
            json!({"script": "return 1", "skills": ["order-lookup"], "allowedTools": [], "input": [1], "timeoutMs": 5}),
            json!({"script": ""}),
            json!({"skills": []}),
            json!({"script": "x", "timeoutMs": 0}),
            json!({"script": "x", "code": "y"}),
        ];
        let invoke = [
            json!({"tool": "a.b", "input": {"x": 1}}),
            json!({"tool": "a.b", "input": []}),
            json!({"tool": ""}),
        ];
        let all: [(Tool, &[Value]); 5] = [
            (Tool::SearchSkills, &search),
            (Tool::SearchKnowledge, &search),
            (Tool::Describe, &describe),
            (Tool::Execute, &execute),
            (Tool::Invoke, &invoke),
        ];
        for (tool, cases) in all {
            let schema = jsonschema::validator_for(&input_schema(tool)).unwrap();
            for arguments in cases {
                assert_eq!(schema.is_valid(arguments), reads(tool, arguments), "{tool:?} {arguments}");
            }
        }
    }

    #[test]
    fn every_spelling_resolves_and_nothing_else() {
        for listed in [ToolNameStyle::Colon, ToolNameStyle::Dot, ToolNameStyle::Underscore] {
            for (tool, name) in
                TOOLS.iter().zip(list(listed)).map(|((tool, _), listing)| (tool, listing.name))
            {
                assert_eq!(resolve(&name), Some(*tool), "{name}");
            }
        }
        for unknown in
            ["codecall", "codecall:", "codecall:Execute", "codecall-execute", "execute", "xcodecall:execute"]
        {
            assert_eq!(resolve(unknown), None, "{unknown}");
        }
    }
}
