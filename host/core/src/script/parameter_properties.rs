//! Writes out `constructor(private x)` as an assignment on the line where the body begins. Never moves a line.

use oxc_ast::ast::{BindingPattern, Function, Statement};

use super::check::Problem;
use super::edits::Edits;
use super::strip::is_super_call;

/// Adds the assignments that a constructor's parameter properties stand for.
pub(super) fn lower(constructor: &Function<'_>, derived: bool, edits: &mut Edits<'_>) -> Result<(), Problem> {
    let mut assignments = String::new();
    for parameter in &constructor.params.items {
        if parameter.accessibility.is_none() && !parameter.readonly && !parameter.r#override {
            continue;
        }
        let BindingPattern::BindingIdentifier(name) = &parameter.pattern else {
            let message = "a parameter property takes a plain name".to_owned();
            return Err(Problem { offset: parameter.span.start as usize, message });
        };
        assignments.push_str(&format!(" this.{0} = {0};", name.name));
    }
    let Some(body) = constructor.body.as_ref().filter(|_| !assignments.is_empty()) else { return Ok(()) };
    if derived {
        let call = body.statements.iter().find(
            |statement| matches!(statement, Statement::ExpressionStatement(it) if is_super_call(&it.expression)),
        );
        let Some(call) = call else {
            let message =
                "call super(...) as a statement of its own before parameter properties are set".to_owned();
            return Err(Problem { offset: constructor.span.start as usize, message });
        };
        edits.insert(oxc_span::GetSpan::span(call).end as usize, format!(";{assignments}"));
    } else {
        let after =
            body.directives.last().map_or(body.span.start as usize + 1, |last| last.span.end as usize);
        let separator = if body.directives.is_empty() { "" } else { ";" };
        edits.insert(after, format!("{separator}{assignments}"));
    }
    Ok(())
}
