//! TypeScript → JavaScript by blanking types in place, so that positions need no map. Never moves a line.
//!
//! Columns stay too, except on lines where an enum or a parameter property is written out.

use oxc_ast::ast::{
    ArrowFunctionExpression, CallExpression, CatchParameter, Class, ClassElement, Expression,
    FormalParameter, FormalParameterRest, Function, MethodDefinition, NewExpression, Program,
    PropertyDefinition, PropertyDefinitionType, PropertyKey, Statement, TSAsExpression,
    TSInstantiationExpression, TSNonNullExpression, TSSatisfiesExpression, TSThisParameter, TSTypeAnnotation,
    TSTypeAssertion, TSTypeParameterDeclaration, TSTypeParameterInstantiation, TaggedTemplateExpression,
    VariableDeclarator,
};
use oxc_ast_visit::{VisitJs, walk_js};
use oxc_semantic::Scoping;
use oxc_span::{GetSpan, Span};
use oxc_syntax::scope::ScopeFlags;

use super::check::Problem;
use super::edits::{Edits, is_line_end, skip_blanks};
use super::{enums, parameter_properties};

/// The program without its types. Only constructs that cannot be written in JavaScript in place are a problem.
pub(super) fn strip(program: &Program<'_>, scoping: &Scoping, source: &str) -> Result<String, Problem> {
    let mut strip = Strip { edits: Edits::new(source), scoping, problem: None, derived: Vec::new() };
    strip.visit_program(program);
    match strip.problem {
        Some(problem) => Err(problem),
        None => Ok(strip.edits.apply()),
    }
}

struct Strip<'s, 'p> {
    edits: Edits<'s>,
    scoping: &'p Scoping,
    problem: Option<Problem>,
    /// For each open class, whether it extends another.
    derived: Vec<bool>,
}

impl<'a> VisitJs<'a> for Strip<'_, '_> {
    fn visit_statement(&mut self, it: &Statement<'a>) {
        let erased = match it {
            Statement::TSTypeAliasDeclaration(_)
            | Statement::TSInterfaceDeclaration(_)
            | Statement::TSNamespaceDeclaration(_)
            | Statement::TSExternalModuleDeclaration(_)
            | Statement::TSGlobalDeclaration(_) => true,
            Statement::TSEnumDeclaration(it) => it.declare,
            Statement::VariableDeclaration(it) => it.declare,
            Statement::ClassDeclaration(it) => it.declare,
            Statement::FunctionDeclaration(it) => it.body.is_none(),
            _ => false,
        };
        match it {
            _ if erased => self.erase(it.span()),
            Statement::TSEnumDeclaration(it) => {
                if let Err(problem) = enums::lower(it, self.scoping, &mut self.edits) {
                    self.problem.get_or_insert(problem);
                }
                walk_js::walk_ts_enum_declaration(self, it);
            }
            _ => walk_js::walk_statement(self, it),
        }
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if let Some(annotation) = &it.type_annotation {
            self.cut(end(it.id.span()), end(annotation.span));
        }
        walk_js::walk_variable_declarator(self, it);
    }

    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        self.type_parameters(it.type_parameters.as_deref());
        self.this_parameter(it.this_param.as_deref());
        if let Some(annotation) = &it.return_type {
            self.edits.blank(end(it.params.span), end(annotation.span));
        }
        walk_js::walk_function(self, it, flags);
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        self.arrow_head(it);
        walk_js::walk_arrow_function_expression(self, it);
    }

    fn visit_formal_parameter(&mut self, it: &FormalParameter<'a>) {
        self.parameter(end(it.pattern.span()), it.optional, it.type_annotation.as_deref());
        if it.accessibility.is_some() || it.readonly || it.r#override {
            self.edits.blank(start(it.span), start(it.pattern.span()));
        }
        walk_js::walk_formal_parameter(self, it);
    }

    fn visit_formal_parameter_rest(&mut self, it: &FormalParameterRest<'a>) {
        self.parameter(end(it.rest.span), false, it.type_annotation.as_deref());
        walk_js::walk_formal_parameter_rest(self, it);
    }

    fn visit_catch_parameter(&mut self, it: &CatchParameter<'a>) {
        self.parameter(end(it.pattern.span()), false, it.type_annotation.as_deref());
        walk_js::walk_catch_parameter(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        self.type_arguments(it.type_arguments.as_deref());
        walk_js::walk_call_expression(self, it);
    }

    fn visit_new_expression(&mut self, it: &NewExpression<'a>) {
        self.type_arguments(it.type_arguments.as_deref());
        walk_js::walk_new_expression(self, it);
    }

    fn visit_tagged_template_expression(&mut self, it: &TaggedTemplateExpression<'a>) {
        self.type_arguments(it.type_arguments.as_deref());
        walk_js::walk_tagged_template_expression(self, it);
    }

    fn visit_ts_instantiation_expression(&mut self, it: &TSInstantiationExpression<'a>) {
        self.cut(end(it.expression.span()), end(it.span));
        walk_js::walk_ts_instantiation_expression(self, it);
    }

    fn visit_ts_as_expression(&mut self, it: &TSAsExpression<'a>) {
        self.cut(end(it.expression.span()), end(it.span));
        walk_js::walk_ts_as_expression(self, it);
    }

    fn visit_ts_satisfies_expression(&mut self, it: &TSSatisfiesExpression<'a>) {
        self.cut(end(it.expression.span()), end(it.span));
        walk_js::walk_ts_satisfies_expression(self, it);
    }

    fn visit_ts_non_null_expression(&mut self, it: &TSNonNullExpression<'a>) {
        self.edits.blank(end(it.span) - 1, end(it.span));
        walk_js::walk_ts_non_null_expression(self, it);
    }

    fn visit_ts_type_assertion(&mut self, it: &TSTypeAssertion<'a>) {
        let (from, to) = (start(it.span), start(it.expression.span()));
        if self.spans_lines(from, to) {
            // A line end after `return` would end the statement.
            self.edits.blank_with(from, to, Some('('), None);
            self.edits.insert(end(it.span), ")".to_owned());
        } else {
            self.edits.blank(from, to);
        }
        walk_js::walk_ts_type_assertion(self, it);
    }

    fn visit_class(&mut self, it: &Class<'a>) {
        self.class_head(it);
        self.derived.push(it.heritage.is_some());
        walk_js::walk_class(self, it);
        self.derived.pop();
    }

    fn visit_class_element(&mut self, it: &ClassElement<'a>) {
        let erased = match it {
            ClassElement::TSIndexSignature(_) => true,
            ClassElement::MethodDefinition(it) => it.value.body.is_none(),
            ClassElement::PropertyDefinition(it) => {
                it.declare || it.r#type == PropertyDefinitionType::TSAbstractPropertyDefinition
            }
            ClassElement::StaticBlock(_) | ClassElement::AccessorProperty(_) => false,
        };
        if erased {
            self.erase(it.span());
        } else {
            walk_js::walk_class_element(self, it);
        }
    }

    fn visit_method_definition(&mut self, it: &MethodDefinition<'a>) {
        self.modifiers(it.span, it.key.span());
        if it.optional {
            let mark = self.after_key(&it.key);
            self.edits.blank(mark, mark + 1);
        }
        let derived = self.derived.last().copied().unwrap_or(false);
        if let Err(problem) = parameter_properties::lower(&it.value, derived, &mut self.edits) {
            self.problem.get_or_insert(problem);
        }
        walk_js::walk_method_definition(self, it);
    }

    fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
        self.modifiers(it.span, it.key.span());
        let mark = self.after_key(&it.key);
        // Without its type a field could swallow what follows: `get` or `static` before a method, for example.
        let stop = it.value.is_none().then_some(';');
        if let Some(annotation) = &it.type_annotation {
            self.edits.blank_with(mark, end(annotation.span), stop, None);
        } else if it.optional || it.definite {
            self.edits.blank_with(mark, mark + 1, stop, None);
        }
        walk_js::walk_property_definition(self, it);
    }
}

/// Pieces.
impl Strip<'_, '_> {
    /// Blanks a whole statement or class element; a semicolon keeps what stood apart apart.
    fn erase(&mut self, span: Span) {
        self.edits.blank_with(start(span), end(span), Some(';'), None);
    }

    /// Blanks a range that may end a statement. If a bracket begins the next line, only the type kept it from
    /// going on with what stands before, so a semicolon does now.
    fn cut(&mut self, from: usize, to: usize) {
        let source = self.edits.source();
        let next = skip_blanks(source, to);
        let apart = source[to..next].contains(is_line_end);
        let stop = (apart && source[next..].starts_with(['(', '[', '`'])).then_some(';');
        self.edits.blank_with(from, to, None, stop);
    }

    fn parameter(&mut self, pattern_end: usize, optional: bool, annotation: Option<&TSTypeAnnotation<'_>>) {
        if let Some(annotation) = annotation {
            self.edits.blank(pattern_end, end(annotation.span));
        } else if optional {
            let mark = skip_blanks(self.edits.source(), pattern_end);
            self.edits.blank(mark, mark + 1);
        }
    }

    fn this_parameter(&mut self, this: Option<&TSThisParameter<'_>>) {
        let Some(this) = this else { return };
        let source = self.edits.source();
        let next = skip_blanks(source, end(this.span));
        let to = if source[next..].starts_with(',') { next + 1 } else { end(this.span) };
        self.edits.blank(start(this.span), to);
    }

    fn type_parameters(&mut self, parameters: Option<&TSTypeParameterDeclaration<'_>>) {
        if let Some(parameters) = parameters {
            self.edits.blank(start(parameters.span), end(parameters.span));
        }
    }

    fn type_arguments(&mut self, arguments: Option<&TSTypeParameterInstantiation<'_>>) {
        if let Some(arguments) = arguments {
            self.edits.blank(start(arguments.span), end(arguments.span));
        }
    }

    /// The parentheses move out to keep line ends away from where JavaScript forbids them: before `=>`, and
    /// between `async` or `return` and the parameters.
    fn arrow_head(&mut self, it: &ArrowFunctionExpression<'_>) {
        if let Some(parameters) = &it.type_parameters {
            let (from, to) = (start(parameters.span), start(it.params.span));
            if self.spans_lines(from, to) {
                self.edits.blank_with(from, to + 1, Some('('), None);
            } else {
                self.edits.blank(from, to);
            }
        }
        if let Some(annotation) = &it.return_type {
            let (from, to) = (end(it.params.span), end(annotation.span));
            if self.spans_lines(from, to) {
                self.edits.blank_with(from - 1, to, None, Some(')'));
            } else {
                self.edits.blank(from, to);
            }
        }
    }

    fn class_head(&mut self, it: &Class<'_>) {
        if it.r#abstract {
            let from = start(it.span);
            if self.edits.source()[from..].starts_with("abstract") {
                self.edits.blank(from, from + "abstract".len());
            }
        }
        self.type_parameters(it.type_parameters.as_deref());
        let heritage = it.heritage.as_ref();
        let arguments = heritage.and_then(|heritage| heritage.type_arguments.as_deref());
        self.type_arguments(arguments);
        let (Some(first), Some(last)) = (it.implements.first(), it.implements.last()) else { return };
        let before = arguments
            .map(|arguments| arguments.span)
            .or(heritage.map(|heritage| heritage.expression.span()))
            .or(it.type_parameters.as_ref().map(|parameters| parameters.span))
            .or(it.id.as_ref().map(|id| id.span));
        let keyword = before.map_or_else(|| start(it.span) + "class".len(), end);
        let keyword = skip_blanks(self.edits.source(), keyword).min(start(first.span));
        self.edits.blank(keyword, end(last.span));
    }

    /// Blanks the TypeScript modifiers of a class element, before its key.
    fn modifiers(&mut self, element: Span, key: Span) {
        let source = self.edits.source();
        let mut at = start(element);
        let mut first = true;
        loop {
            at = skip_blanks(source, at);
            let rest = &source[at..];
            let word = &rest[..rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len())];
            if at >= start(key) || word.is_empty() {
                return;
            }
            match word {
                "public" | "private" | "protected" | "readonly" | "override" | "abstract" | "declare" => {
                    // A generator or computed key must not go on with the field before it.
                    self.edits.blank_with(at, at + word.len(), first.then_some(';'), None);
                }
                _ => {}
            }
            first = false;
            at += word.len();
        }
    }

    /// Where the text after a key begins, past the bracket of a computed one.
    fn after_key(&self, key: &PropertyKey<'_>) -> usize {
        let source = self.edits.source();
        let mut at = skip_blanks(source, end(key.span()));
        while source[at..].starts_with([']', ')']) {
            at = skip_blanks(source, at + 1);
        }
        at
    }

    fn spans_lines(&self, from: usize, to: usize) -> bool {
        self.edits.source()[from..to].contains(is_line_end)
    }
}

fn start(span: Span) -> usize {
    span.start as usize
}

fn end(span: Span) -> usize {
    span.end as usize
}

/// Whether an expression is `super(…)`.
pub(super) fn is_super_call(expression: &Expression<'_>) -> bool {
    matches!(expression, Expression::CallExpression(call) if matches!(call.callee, Expression::Super(_)))
}

#[cfg(test)]
#[path = "strip_tests.rs"]
mod tests;
