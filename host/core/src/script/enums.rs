//! Writes out TypeScript enums as objects, each member on its own line. Never moves a line.

use oxc_ast::ast::{TSEnumDeclaration, TSEnumMember, TSEnumMemberName};
use oxc_semantic::Scoping;
use oxc_span::GetSpan;
use oxc_syntax::constant_value::ConstantValue;

use super::check::Problem;
use super::edits::{Edits, skip_blanks};
use super::text_functions::number_text;

/// `enum E { A, B = 5 }` becomes an arrow function, called at once, that fills and returns an object: members are
/// constants inside it, so that they can name each other, and numbers map back to names.
pub(super) fn lower(
    it: &TSEnumDeclaration<'_>,
    scoping: &Scoping,
    edits: &mut Edits<'_>,
) -> Result<(), Problem> {
    let name = it.id.name.as_str();
    let merged =
        it.id.symbol_id.get().is_some_and(|symbol| !scoping.symbol_redeclarations(symbol).is_empty());
    if merged {
        return Err(problem(
            it.id.span.start,
            "an enum is declared once: put all members into one declaration",
        ));
    }
    let brace = it.body.span.start as usize;
    edits.replace(it.span.start as usize, brace + 1, format!("let {name} = (({name}) => {{"));
    for member in &it.body.members {
        lower_member(name, member, it, scoping, edits)?;
        let comma = skip_blanks(edits.source(), member.span.end as usize);
        if edits.source()[comma..].starts_with(',') {
            edits.blank(comma, comma + 1);
        }
    }
    let close = it.body.span.end as usize - 1;
    edits.replace(close, close + 1, format!("return {name}; }})({{}});"));
    Ok(())
}

fn lower_member(
    name: &str,
    member: &TSEnumMember<'_>,
    it: &TSEnumDeclaration<'_>,
    scoping: &Scoping,
    edits: &mut Edits<'_>,
) -> Result<(), Problem> {
    let key = key(member)?;
    let quoted = serde_json::Value::from(key.as_str()).to_string();
    let value = it
        .body
        .scope_id
        .get()
        .and_then(|scope| scoping.get_bindings(scope).iter().find(|(bound, _)| bound.as_str() == key))
        .and_then(|(_, symbol)| scoping.get_enum_member_value(*symbol));
    let constant =
        if key != name && is_constant_name(&key) { format!("const {key} = ") } else { String::new() };
    let before = format!("{constant}{name}[{quoted}] = ");
    let after = match value {
        Some(ConstantValue::String(_)) => ";".to_owned(),
        _ => format!("; {name}[{name}[{quoted}]] = {quoted};"),
    };
    let (start, end) = (member.span.start as usize, member.span.end as usize);
    match (&member.initializer, value) {
        (Some(initializer), _) => {
            edits.replace(start, initializer.span().start as usize, before);
            edits.insert(end, after);
        }
        (None, Some(ConstantValue::Number(number))) => {
            edits.replace(start, end, format!("{before}{}{after}", number_text(*number)));
        }
        (None, _) => return Err(problem(member.span.start, "this enum member needs an initializer")),
    }
    Ok(())
}

fn key(member: &TSEnumMember<'_>) -> Result<String, Problem> {
    let key = match &member.id {
        TSEnumMemberName::Identifier(it) => it.name.as_str().to_owned(),
        TSEnumMemberName::String(it) | TSEnumMemberName::ComputedString(it) => it.value.as_str().to_owned(),
        TSEnumMemberName::ComputedTemplateString(_) => {
            return Err(problem(member.span.start, "write this enum member's name as plain text"));
        }
    };
    if matches!(key.as_str(), "eval" | "arguments" | "__proto__") {
        return Err(problem(member.span.start, "an enum member cannot have this name"));
    }
    Ok(key)
}

/// Whether a member can be a constant of that name. Reserved words cannot, and nothing can name them either.
fn is_constant_name(key: &str) -> bool {
    oxc_syntax::identifier::is_identifier_name(key)
        && !oxc_syntax::keyword::is_reserved_keyword(key)
        && !matches!(
            key,
            "let"
                | "static"
                | "implements"
                | "interface"
                | "package"
                | "private"
                | "protected"
                | "public"
                | "yield"
                | "await"
        )
}

fn problem(offset: u32, message: &str) -> Problem {
    Problem { offset: offset as usize, message: message.to_owned() }
}
