//! Declarations parse as TypeScript, say what the schema says, and stay bounded.

use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;
use serde_json::json;

use super::*;
use crate::registry::fixtures::shop;

fn parses(text: &str) {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, SourceType::ts()).parse();
    assert!(parsed.diagnostics.is_empty(), "{:?}\n{text}", parsed.diagnostics);
}

fn declared(names: &[&str]) -> String {
    let shop = shop();
    let operations: Vec<&Operation> = names.iter().map(|name| &**shop.operation(name).unwrap()).collect();
    let text = declare(&shop, &operations);
    parses(&text);
    text
}

fn written(schema: &Value) -> String {
    let mut writer = Writer::default();
    let text = writer.root(schema, 0);
    let aliases = writer.aliases();
    parses(&format!("{aliases}\ntype Root = {text};"));
    format!("{aliases}{text}")
}

#[test]
fn operations_become_methods_of_their_namespace() {
    let text = declared(&["acme.getOrder", "acme.refundsCreate"]);
    let expected = r#"declare const acme: {
  /** Find an order (GET /orders/{orderId}) */
  getOrder(input: { orderId: string; expand?: ("items" | "customer")[] }): Promise<{
    id: string;
    /** In * / cents */
    total?: number;
  }>;
  /** Give money back (POST /orders/{orderId}/refunds) */
  refundsCreate(input: { orderId: string }): Promise<null>;
};
"#;
    assert_eq!(text, expected);
}

#[test]
fn cycles_become_named_types() {
    let text = declared(&["acme.getTree"]);
    assert!(text.contains("type Node = { children?: Node[]; id?: string };"), "{text}");
    assert!(text.contains("getTree(input?: {}): Promise<Node>"), "{text}");
}

#[test]
fn an_operation_without_namespace_is_called_by_name() {
    let mut shop = shop();
    shop.namespaces.clear();
    let operation = shop.operation("acme.getTree").unwrap().clone();
    let text = declare(&shop, &[&operation]);
    parses(&text);
    assert!(
        text.contains("declare function callTool(tool: \"acme.getTree\", input?: {}): Promise<Node>;"),
        "{text}"
    );
}

#[test]
fn keywords_map_to_types() {
    let cases = [
        (json!(true), "unknown"),
        (json!({}), "unknown"),
        (json!(false), "never"),
        (json!({"type": ["string", "null"]}), "string | null"),
        (json!({"const": "x"}), "\"x\""),
        (json!({"enum": [1, "a", null]}), "1 | \"a\" | null"),
        (json!({"type": "array", "items": {"type": ["string", "null"]}}), "(string | null)[]"),
        (json!({"prefixItems": [{"type": "string"}, {"type": "integer"}]}), "[string, number]"),
        (json!({"type": "object"}), "Record<string, unknown>"),
        (json!({"type": "object", "additionalProperties": {"type": "number"}}), "Record<string, number>"),
        (json!({"type": "object", "additionalProperties": false}), "{}"),
        (json!({"oneOf": [{"type": "string"}, {"type": "number"}]}), "string | number"),
        (
            json!({"properties": {"a-b": {"type": "string"}}, "additionalProperties": false}),
            "{ \"a-b\"?: string }",
        ),
        (
            json!({"allOf": [{"properties": {"a": {}}}, {"anyOf": [{"type": "null"}, {"type": "string"}]}]}),
            "{ a?: unknown } & (null | string)",
        ),
        (json!({"$ref": "#/nowhere"}), "unknown"),
        (json!({"$ref": "https://example.com/x"}), "unknown"),
    ];
    for (schema, expected) in cases {
        assert_eq!(written(&schema), expected, "{schema}");
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let wide: Map<String, Value> =
        (0..20_000).map(|n| (format!("property{n}"), json!({"type": "string"}))).collect();
    let text = written(&json!({"type": "object", "properties": wide}));
    assert!(text.len() < 4 * TYPE_ROOM, "{}", text.len());
    let mut deep = json!({"type": "string"});
    for _ in 0..100 {
        deep = json!({"type": "object", "properties": {"x": deep}});
    }
    assert!(written(&deep).contains("unknown"));
}

#[test]
fn definitions_of_one_name_and_different_text_get_different_types() {
    let schema = |kind: &str| json!({"$ref": "#/$defs/node", "$defs": {"node": {"type": kind}}});
    let mut writer = Writer::default();
    let (first, second) = (writer.root(&schema("string"), 0), writer.root(&schema("number"), 0));
    assert_eq!((first.as_str(), second.as_str()), ("Node", "Node2"));
    assert_eq!(writer.root(&schema("string"), 0), "Node");
    assert_eq!(writer.aliases(), "type Node = string;\ntype Node2 = number;\n");
}
