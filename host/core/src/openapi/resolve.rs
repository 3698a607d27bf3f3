//! Operation head → [`Operation`]: inputs, schemas, body, security. Only asked for granted operations.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde_json::{Map, Value, json};

use super::convert::Converter;
use super::description::Node;
use super::operation::{Input, Operation, OperationHead, Place, SchemeKind, SecurityUse, Spec, Style};
use super::parameters::{self, Parameter};
use super::request_body::{self, BodyInputs};
use super::schema::Checks;
use super::{naming, responses, security, servers};
use crate::findings::{Finding, has_errors};

/// See [`Spec::resolve`].
pub(super) fn resolve(spec: &Spec, reference: &str) -> (Option<Operation>, Vec<Finding>) {
    let Some(head) = spec.find(reference) else {
        return (None, vec![spec.unknown(reference)]);
    };
    let mut findings = Vec::new();
    let operation = derive(spec, head, &mut findings);
    let operation = operation.filter(|_| !has_errors(&findings));
    (operation, findings)
}

fn derive(spec: &Spec, head: &OperationHead, findings: &mut Vec<Finding>) -> Option<Operation> {
    let description = spec.description()?;
    let root = description.root();
    let (item, node) = (description.node(&head.item)?, description.node(&head.place)?);
    let base_url = or_finding(servers::base_url(description, &[&node, &item, &root]), findings)?;
    let security = or_finding(security::alternatives(&root, &node, &spec.security_schemes), findings)?;
    let mut parameters = parameters::collect(&head.path, &item, &node, findings);
    parameters.retain(|parameter| !supplied_by_credential(spec, &security, parameter));
    let mut converter = Converter::new();
    let body = body(head, &node, parameters.is_empty(), &mut converter, findings);
    let Flat { inputs, schema } = flatten(&parameters, body.as_ref(), &mut converter);
    // In a bundle's order, so that files and the bundle made of them read the same.
    let mut input_schema = converter.finish(schema, &root);
    input_schema.sort_all_objects();
    findings.append(&mut converter.findings);
    let mut converter = Converter::new();
    let output = responses::output_schema(&node, &mut converter);
    let mut output_schema = output.map(|schema| converter.finish(schema, &root));
    output_schema.iter_mut().for_each(Value::sort_all_objects);
    findings.append(&mut converter.findings);
    let checks = Checks::default();
    if let Err(reason) = checks.compile(&input_schema, output_schema.as_ref()) {
        let message = format!("the schemas of `{}` cannot be used: {reason}", head.id);
        findings.push(Finding::error("bad-schema", message).at(node.key_at()));
    }
    Some(Operation {
        spec: head.spec.clone(),
        id: head.id.clone(),
        name: head.name.clone(),
        method: head.method.clone(),
        path: head.path.clone(),
        base_url,
        summary: head.summary.clone(),
        description: node.text("description").unwrap_or_default().to_owned(),
        tags: head.tags.clone(),
        deprecated: head.deprecated,
        input_schema,
        output_schema,
        inputs,
        body: body.map(|body| body.body),
        security,
        classification: head.classification.clone(),
        checks,
        fingerprint: None,
    })
}

fn or_finding<T>(outcome: Result<T, Finding>, findings: &mut Vec<Finding>) -> Option<T> {
    outcome.map_err(|finding| findings.push(finding)).ok()
}

/// A parameter that an API key of this operation is sent as: the credential decides, not the script.
fn supplied_by_credential(spec: &Spec, security: &[Vec<SecurityUse>], parameter: &Parameter<'_>) -> bool {
    security.iter().flatten().any(|used| {
        match spec.security_schemes.get(&used.scheme).map(|scheme| &scheme.kind) {
            Some(SchemeKind::ApiKey { place: Place::Header, name }) => {
                parameter.place == Place::Header && parameter.name.eq_ignore_ascii_case(name)
            }
            Some(SchemeKind::ApiKey { place, name }) => parameter.place == *place && parameter.name == *name,
            _ => false,
        }
    })
}

fn body(
    head: &OperationHead,
    node: &Node<'_>,
    alone: bool,
    converter: &mut Converter,
    findings: &mut Vec<Finding>,
) -> Option<BodyInputs> {
    if matches!(head.method, Method::GET | Method::HEAD) {
        if let Some(body) = node.get("requestBody") {
            let message = format!("a {} request has no body; `requestBody` is ignored", head.method);
            findings.push(Finding::warning("body-not-sent", message).at(body.key_at()));
        }
        return None;
    }
    or_finding(request_body::derive(node, alone, converter), findings)?
}

struct Flat {
    inputs: Vec<Input>,
    schema: Value,
}

/// One flat object over parameters and body; a name that occurs twice is prefixed with its place everywhere.
fn flatten(parameters: &[Parameter<'_>], body: Option<&BodyInputs>, converter: &mut Converter) -> Flat {
    let fields = body.map(|body| body.fields.as_slice()).unwrap_or_default();
    let names = parameters.iter().map(|each| (each.name.as_str(), each.place));
    let names: Vec<(&str, Place)> =
        names.chain(fields.iter().map(|each| (each.name.as_str(), each.place))).collect();
    let keys = keys(&names);
    let mut inputs = Vec::new();
    let mut properties = Map::new();
    for (parameter, key) in parameters.iter().zip(&keys) {
        properties.insert(key.clone(), parameter_schema(parameter, converter));
        inputs.push(from_parameter(parameter, key));
    }
    for (field, key) in fields.iter().zip(&keys[parameters.len()..]) {
        properties.insert(key.clone(), field.schema.clone());
        inputs.push(Input {
            key: key.clone(),
            name: field.name.clone(),
            place: field.place,
            required: field.required,
            style: Style::Form,
            explode: true,
            allow_reserved: false,
            content: None,
            binary: field.binary,
        });
    }
    let required: Vec<&str> =
        inputs.iter().filter(|each| each.required).map(|each| each.key.as_str()).collect();
    let mut schema =
        Map::from_iter([("type".to_owned(), json!("object")), ("properties".to_owned(), properties.into())]);
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    if let Some(body) = body {
        let renamed =
            fields.iter().zip(&keys[parameters.len()..]).map(|(field, key)| (field.name.as_str(), key));
        constrain(body, &renamed.collect(), &mut schema);
    }
    let further = body.and_then(|body| body.further.clone()).unwrap_or(Value::Bool(false));
    schema.insert("additionalProperties".to_owned(), further);
    Flat { inputs, schema: Value::Object(schema) }
}

/// What the body's schema says across properties: which an optional body needs once it is sent, and combinations.
fn constrain(body: &BodyInputs, keys: &BTreeMap<&str, &String>, schema: &mut Map<String, Value>) {
    let renamed =
        |names: &[String]| names.iter().map(|name| keys[name.as_str()].clone()).collect::<Vec<String>>();
    if !body.body.required && !body.needs.is_empty() {
        let needs = renamed(&body.needs);
        let dependent: Map<String, Value> = keys.values().map(|key| ((*key).clone(), json!(needs))).collect();
        schema.insert("dependentRequired".to_owned(), dependent.into());
    }
    if body.body.required {
        for (keyword, lists) in &body.combinations {
            let branches: Vec<Value> =
                lists.iter().map(|names| json!({ "required": renamed(names) })).collect();
            schema.insert(keyword.clone(), branches.into());
        }
    }
}

fn keys(names: &[(&str, Place)]) -> Vec<String> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    names.iter().for_each(|(name, _)| *times.entry(name).or_default() += 1);
    // Names that occur once keep theirs, whatever the others are renamed to.
    let mut taken: BTreeSet<String> =
        times.iter().filter(|(_, times)| **times == 1).map(|(name, _)| (*name).to_owned()).collect();
    let key = |(name, place): &(&str, Place)| match times[name] {
        1 => (*name).to_owned(),
        _ => naming::unique(&format!("{}{}", prefix(*place), naming::capitalised(name)), &mut taken),
    };
    names.iter().map(key).collect()
}

fn prefix(place: Place) -> &'static str {
    match place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
        Place::Cookie => "cookie",
        Place::BodyField | Place::BodyWhole => "body",
    }
}

fn from_parameter(parameter: &Parameter<'_>, key: &str) -> Input {
    Input {
        key: key.to_owned(),
        name: parameter.name.clone(),
        place: parameter.place,
        required: parameter.required,
        style: parameter.style,
        explode: parameter.explode,
        allow_reserved: parameter.allow_reserved,
        content: parameter.content.clone(),
        binary: false,
    }
}

/// The parameter's schema with the parameter's own description, which says more in its place.
fn parameter_schema(parameter: &Parameter<'_>, converter: &mut Converter) -> Value {
    let undescribed = || if parameter.node.is_none() { json!({ "type": "string" }) } else { json!({}) };
    let schema = parameter.schema.as_ref().map_or_else(undescribed, |schema| converter.convert(schema));
    let mut schema = match schema {
        Value::Object(schema) => schema,
        Value::Bool(true) => Map::new(),
        other => return other,
    };
    if let Some(node) = &parameter.node {
        if let Some(text) = node.text("description") {
            schema.insert("description".to_owned(), text.into());
        }
        if node.flag("deprecated") {
            schema.insert("deprecated".to_owned(), Value::Bool(true));
        }
        if let Some(example) = node.get("example") {
            schema.entry("examples").or_insert_with(|| json!([example.value]));
        }
    }
    Value::Object(schema)
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
