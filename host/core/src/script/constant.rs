//! Works out which names a computed key can have when the text alone decides it. Bounded in steps, depth and
//! length; what it cannot work out it leaves to the engine. Never runs anything.

use std::collections::HashMap;

use oxc_ast::ast::{
    Argument, ArrayExpressionElement, ArrowFunctionBody, BinaryOperator, CallExpression, Expression,
    FunctionBody, ObjectExpression, ObjectPropertyKind, Statement, UnaryOperator,
};
use oxc_semantic::Scoping;
use oxc_syntax::symbol::SymbolId;

use super::text_functions as functions;

/// Most computed keys looked at in one script.
pub(super) const MAX_PENDING: usize = 4_096;
/// Most evaluation steps spent on one script.
const MAX_STEPS: u32 = 20_000;
/// Deepest expression followed.
const MAX_DEPTH: u32 = 24;
/// Longest text built, in bytes, and longest list.
const MAX_LENGTH: usize = 1_024;
/// Most alternatives followed for one expression.
const MAX_ALTERNATIVES: usize = 8;

/// A value the text decides.
#[derive(Clone)]
pub(super) enum Constant<'a> {
    Undefined,
    Null,
    Boolean(bool),
    Number(f64),
    Text(String),
    List(Vec<Constant<'a>>),
    Object(&'a ObjectExpression<'a>),
    Function(&'a Expression<'a>),
}

/// The constants of one script.
pub(super) struct Constants<'a> {
    scoping: &'a Scoping,
    bound: HashMap<SymbolId, &'a Expression<'a>>,
    steps: u32,
}

impl<'a> Constants<'a> {
    pub(super) fn new(scoping: &'a Scoping) -> Self {
        Self { scoping, bound: HashMap::new(), steps: 0 }
    }

    /// Remembers what a variable starts with.
    pub(super) fn bind(&mut self, symbol: SymbolId, value: &'a Expression<'a>) {
        self.bound.insert(symbol, value);
    }

    /// The property names a key expression may have, as far as the text decides.
    pub(super) fn names(&mut self, key: &'a Expression<'a>) -> Vec<String> {
        self.values(key, 0).into_iter().filter_map(|value| self.property_key(value, 0)).collect()
    }

    fn property_key(&mut self, value: Constant<'a>, depth: u32) -> Option<String> {
        match value {
            Constant::Undefined => Some("undefined".to_owned()),
            Constant::Null => Some("null".to_owned()),
            Constant::Boolean(value) => Some(value.to_string()),
            Constant::Number(value) => Some(functions::number_text(value)),
            Constant::Text(text) => Some(text),
            Constant::List(items) => self.joined(items, ",", depth + 1),
            Constant::Object(object) => self.object_text(object, depth + 1),
            Constant::Function(_) => None,
        }
    }

    fn joined(&mut self, items: Vec<Constant<'a>>, separator: &str, depth: u32) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut out = String::new();
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                out.push_str(separator);
            }
            if !matches!(item, Constant::Undefined | Constant::Null) {
                out.push_str(&self.property_key(item, depth)?);
            }
            if out.len() > MAX_LENGTH {
                return None;
            }
        }
        Some(out)
    }

    /// `{ toString() { return … } }`, `valueOf` and `[Symbol.toPrimitive]`.
    fn object_text(&mut self, object: &'a ObjectExpression<'a>, depth: u32) -> Option<String> {
        for property in &object.properties {
            let ObjectPropertyKind::ObjectProperty(property) = property else { continue };
            let name = property.key.static_name();
            let converts = property.computed || matches!(name.as_deref(), Some("toString" | "valueOf"));
            if !converts {
                continue;
            }
            for value in self.returned(&property.value, depth + 1) {
                if let Some(text) = self.property_key(value, depth + 1) {
                    return Some(text);
                }
            }
        }
        None
    }

    /// Every value the expression may have; empty if the text does not decide.
    fn values(&mut self, expression: &'a Expression<'a>, depth: u32) -> Vec<Constant<'a>> {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return Vec::new();
        }
        let depth = depth + 1;
        let mut values = match expression.get_inner_expression() {
            Expression::StringLiteral(it) => vec![Constant::Text(it.value.as_str().to_owned())],
            Expression::NumericLiteral(it) => vec![Constant::Number(it.value)],
            Expression::BooleanLiteral(it) => vec![Constant::Boolean(it.value)],
            Expression::NullLiteral(_) => vec![Constant::Null],
            Expression::TemplateLiteral(it) => self.template(it, depth),
            Expression::Identifier(it) => self.variable(it, depth),
            Expression::ArrayExpression(it) => self.list(&it.elements, depth).into_iter().collect(),
            Expression::ObjectExpression(it) => vec![Constant::Object(it)],
            inner @ (Expression::ArrowFunctionExpression(_) | Expression::FunctionExpression(_)) => {
                vec![Constant::Function(inner)]
            }
            Expression::ConditionalExpression(it) => {
                let mut values = self.values(&it.consequent, depth);
                values.extend(self.values(&it.alternate, depth));
                values
            }
            Expression::LogicalExpression(it) => {
                let mut values = self.values(&it.left, depth);
                values.extend(self.values(&it.right, depth));
                values
            }
            Expression::SequenceExpression(it) => {
                it.expressions.last().map_or_else(Vec::new, |last| self.values(last, depth))
            }
            Expression::AssignmentExpression(it) => self.values(&it.right, depth),
            Expression::AwaitExpression(it) => self.values(&it.argument, depth),
            Expression::BinaryExpression(it) if it.operator == BinaryOperator::Addition => {
                self.sum(&it.left, &it.right, depth)
            }
            Expression::UnaryExpression(it) => self.unary(it.operator, &it.argument, depth),
            Expression::StaticMemberExpression(it) => {
                self.member(&it.object, it.property.name.as_str(), depth)
            }
            Expression::ComputedMemberExpression(it) => self.indexed(&it.object, &it.expression, depth),
            Expression::CallExpression(it) => self.call(it, depth),
            Expression::ChainExpression(it) => match &it.expression {
                oxc_ast::ast::ChainElement::CallExpression(call) => self.call(call, depth),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        values.truncate(MAX_ALTERNATIVES);
        values
    }

    fn variable(&mut self, it: &'a oxc_ast::ast::IdentifierReference<'a>, depth: u32) -> Vec<Constant<'a>> {
        let Some(symbol) = it.reference_id.get().and_then(|id| self.scoping.get_reference(id).symbol_id())
        else {
            return if it.name == "undefined" { vec![Constant::Undefined] } else { Vec::new() };
        };
        if self.scoping.symbol_is_mutated(symbol) {
            return Vec::new();
        }
        match self.bound.get(&symbol).copied() {
            Some(init) => self.values(init, depth),
            None => Vec::new(),
        }
    }

    fn template(&mut self, it: &'a oxc_ast::ast::TemplateLiteral<'a>, depth: u32) -> Vec<Constant<'a>> {
        let mut built = vec![String::new()];
        for (index, quasi) in it.quasis.iter().enumerate() {
            let Some(cooked) = &quasi.value.cooked else { return Vec::new() };
            built.iter_mut().for_each(|text| text.push_str(cooked));
            if let Some(expression) = it.expressions.get(index) {
                let parts = self.texts(expression, depth);
                built = product(&built, &parts);
            }
        }
        built.into_iter().map(Constant::Text).collect()
    }

    fn texts(&mut self, expression: &'a Expression<'a>, depth: u32) -> Vec<String> {
        self.values(expression, depth)
            .into_iter()
            .filter_map(|value| self.property_key(value, depth))
            .collect()
    }

    fn sum(&mut self, left: &'a Expression<'a>, right: &'a Expression<'a>, depth: u32) -> Vec<Constant<'a>> {
        let left = self.values(left, depth);
        if left.is_empty() {
            return Vec::new();
        }
        let right = self.values(right, depth);
        let mut out = Vec::new();
        for a in &left {
            for b in &right {
                if let (Constant::Number(a), Constant::Number(b)) = (a, b) {
                    out.push(Constant::Number(a + b));
                    continue;
                }
                let (a, b) = (self.property_key(a.clone(), depth), self.property_key(b.clone(), depth));
                if let (Some(a), Some(b)) = (a, b)
                    && a.len() + b.len() <= MAX_LENGTH
                    && out.len() < MAX_ALTERNATIVES
                {
                    out.push(Constant::Text(a + &b));
                }
            }
        }
        out
    }

    fn unary(
        &mut self,
        operator: UnaryOperator,
        operand: &'a Expression<'a>,
        depth: u32,
    ) -> Vec<Constant<'a>> {
        let values = self.values(operand, depth);
        values
            .into_iter()
            .filter_map(|value| match operator {
                UnaryOperator::LogicalNot => functions::truth(&value).map(|truth| Constant::Boolean(!truth)),
                UnaryOperator::UnaryNegation => {
                    functions::number(&value).map(|number| Constant::Number(-number))
                }
                UnaryOperator::UnaryPlus => functions::number(&value).map(Constant::Number),
                UnaryOperator::Void => Some(Constant::Undefined),
                _ => None,
            })
            .collect()
    }

    fn list(
        &mut self,
        elements: &'a oxc_allocator::Vec<'a, ArrayExpressionElement<'a>>,
        depth: u32,
    ) -> Option<Constant<'a>> {
        let mut items = Vec::new();
        for element in elements {
            match element {
                ArrayExpressionElement::Elision(_) => items.push(Constant::Undefined),
                ArrayExpressionElement::SpreadElement(spread) => {
                    match self.values(&spread.argument, depth).into_iter().next()? {
                        Constant::Text(text) => {
                            items.extend(text.chars().map(|c| Constant::Text(c.to_string())));
                        }
                        Constant::List(list) => items.extend(list),
                        _ => return None,
                    }
                }
                _ => items.push(self.values(element.as_expression()?, depth).into_iter().next()?),
            }
            if items.len() > MAX_LENGTH {
                return None;
            }
        }
        Some(Constant::List(items))
    }

    fn indexed(
        &mut self,
        object: &'a Expression<'a>,
        key: &'a Expression<'a>,
        depth: u32,
    ) -> Vec<Constant<'a>> {
        let keys = self.texts(key, depth);
        keys.iter().flat_map(|key| self.member(object, key, depth)).collect()
    }

    fn member(&mut self, object: &'a Expression<'a>, key: &str, depth: u32) -> Vec<Constant<'a>> {
        let mut out = Vec::new();
        for value in self.values(object, depth) {
            match value {
                Constant::Object(it) => out.extend(self.property(it, key, depth)),
                value => out.extend(functions::property(&value, key)),
            }
        }
        out
    }

    fn property(&mut self, object: &'a ObjectExpression<'a>, key: &str, depth: u32) -> Vec<Constant<'a>> {
        for property in object.properties.iter().rev() {
            let ObjectPropertyKind::ObjectProperty(property) = property else { continue };
            if property.key.static_name().as_deref() == Some(key) {
                return if property.kind == oxc_ast::ast::PropertyKind::Get {
                    self.returned(&property.value, depth)
                } else {
                    self.values(&property.value, depth)
                };
            }
        }
        Vec::new()
    }

    /// What calling a function with one `return` gives.
    fn returned(&mut self, function: &'a Expression<'a>, depth: u32) -> Vec<Constant<'a>> {
        let body: &FunctionBody<'a> = match function.get_inner_expression() {
            Expression::ArrowFunctionExpression(it) => match &it.body {
                ArrowFunctionBody::FunctionBody(body) => body,
                body => return body.as_expression().map_or_else(Vec::new, |value| self.values(value, depth)),
            },
            Expression::FunctionExpression(it) => match &it.body {
                Some(body) => body,
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        let last = body.statements.last();
        match last {
            Some(Statement::ReturnStatement(it)) => {
                it.argument.as_ref().map_or_else(Vec::new, |value| self.values(value, depth))
            }
            _ => Vec::new(),
        }
    }

    fn call(&mut self, it: &'a CallExpression<'a>, depth: u32) -> Vec<Constant<'a>> {
        let callee = it.callee.get_inner_expression();
        let Some(arguments) = self.arguments(it, depth) else { return Vec::new() };
        if let Expression::Identifier(id) = callee {
            if let Some(value) = functions::global(id.name.as_str(), &arguments) {
                return vec![value];
            }
            if id.name == "String" && arguments.len() == 1 {
                let text = arguments.into_iter().next().and_then(|value| self.property_key(value, depth));
                return text.map(Constant::Text).into_iter().collect();
            }
        }
        if let Some(member) = callee.as_member_expression() {
            let names = match member {
                oxc_ast::ast::MemberExpression::ComputedMemberExpression(it) => {
                    self.texts(&it.expression, depth)
                }
                _ => member.static_property_name().map(str::to_owned).into_iter().collect(),
            };
            let out = self.method(member.object(), &names, &arguments, depth);
            if !out.is_empty() {
                return out;
            }
        }
        let called = self.values(callee, depth);
        called
            .into_iter()
            .flat_map(|value| match value {
                Constant::Function(function) => self.returned(function, depth),
                _ => Vec::new(),
            })
            .collect()
    }

    fn method(
        &mut self,
        object: &'a Expression<'a>,
        names: &[String],
        arguments: &[Constant<'a>],
        depth: u32,
    ) -> Vec<Constant<'a>> {
        if let Expression::Identifier(id) = object.get_inner_expression()
            && let Some(value) = names.iter().find_map(|name| functions::of_class(&id.name, name, arguments))
        {
            return vec![value];
        }
        let mut out = Vec::new();
        for receiver in self.values(object, depth) {
            for name in names {
                out.extend(self.applied(&receiver, name, arguments, depth));
            }
        }
        out
    }

    fn applied(
        &mut self,
        receiver: &Constant<'a>,
        name: &str,
        arguments: &[Constant<'a>],
        depth: u32,
    ) -> Option<Constant<'a>> {
        match (receiver, name) {
            (Constant::List(items), "join") => {
                let separator = match arguments.first() {
                    None | Some(Constant::Undefined) => ",".to_owned(),
                    Some(value) => self.property_key(value.clone(), depth)?,
                };
                self.joined(items.clone(), &separator, depth).map(Constant::Text)
            }
            (_, "toString" | "valueOf") if arguments.is_empty() => {
                self.property_key(receiver.clone(), depth).map(Constant::Text)
            }
            _ => functions::method(receiver, name, arguments)
                .filter(|value| functions::size(value) <= MAX_LENGTH),
        }
    }

    fn arguments(&mut self, it: &'a CallExpression<'a>, depth: u32) -> Option<Vec<Constant<'a>>> {
        let mut out = Vec::new();
        for argument in &it.arguments {
            match argument {
                Argument::SpreadElement(spread) => {
                    match self.values(&spread.argument, depth).into_iter().next()? {
                        Constant::List(items) => out.extend(items),
                        _ => return None,
                    }
                }
                _ => out.push(self.values(argument.as_expression()?, depth).into_iter().next()?),
            }
            if out.len() > MAX_LENGTH {
                return None;
            }
        }
        Some(out)
    }
}

fn product(left: &[String], right: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for a in left {
        for b in right {
            if out.len() < MAX_ALTERNATIVES && a.len() + b.len() <= MAX_LENGTH {
                out.push(format!("{a}{b}"));
            }
        }
    }
    out
}
