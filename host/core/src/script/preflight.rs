//! Walks a parsed script once and reports what it must not name or do. Never changes it, never runs it.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    BindingIdentifier, BindingPattern, CallExpression, Class, ClassBody, ClassElement, Expression, Function,
    IdentifierReference, MethodDefinitionKind, Program, PropertyKey, PropertyKind, TSEnumDeclaration,
    TSExternalModuleDeclaration, TSGlobalDeclaration, TSNamespaceDeclaration, VariableDeclaration,
    VariableDeclarationKind, VariableDeclarator,
};
use oxc_ast_visit::{VisitJs, walk_js};
use oxc_semantic::Scoping;
use oxc_span::{GetSpan, Span};
use oxc_syntax::scope::ScopeFlags;
use oxc_syntax::symbol::SymbolId;

use super::check::{Problem, ScopeNames};
use super::constant::{Constants, MAX_PENDING};
use super::findings::{Findings, Offence};
use super::globals::{self, Refused};
use super::scan;

/// What one walk found.
pub(super) struct Seen<'s> {
    /// Everything a script must not say.
    pub findings: Findings<'s>,
    /// The first construct that the engine does not know.
    pub unsupported: Option<Problem>,
    /// Whether there is anything to strip. The JavaScript parser lets some TypeScript pass.
    pub types: bool,
}

/// Walks the whole program. The caller has bounded its depth.
pub(super) fn inspect<'a, 's>(
    program: &'a Program<'a>,
    scoping: &'a Scoping,
    source: &'s str,
    scope: &'a ScopeNames,
) -> Seen<'s> {
    let mut walk = Walk {
        scoping,
        scope,
        findings: Findings::new(source),
        unsupported: None,
        types: false,
        functions: 0,
        constants: Constants::new(scoping),
        keys: Vec::new(),
        bodiless: Vec::new(),
        implemented: Vec::new(),
    };
    walk.visit_program(program);
    walk.finish();
    Seen { findings: walk.findings, unsupported: walk.unsupported, types: walk.types }
}

struct Walk<'a, 's> {
    scoping: &'a Scoping,
    scope: &'a ScopeNames,
    findings: Findings<'s>,
    unsupported: Option<Problem>,
    types: bool,
    /// Open constructs that have a `this` of their own.
    functions: u32,
    constants: Constants<'a>,
    /// Computed keys, looked at when every constant is known.
    keys: Vec<&'a Expression<'a>>,
    /// Functions declared without a body, which exist only for the type checker.
    bodiless: Vec<(&'a str, Span, Option<SymbolId>)>,
    implemented: Vec<SymbolId>,
}

impl<'a> VisitJs<'a> for Walk<'a, '_> {
    #[inline]
    fn enter_node(&mut self, kind: AstKind<'a>) {
        match kind {
            AstKind::IdentifierReference(it) => self.reference(it),
            AstKind::BindingIdentifier(it) => self.binding(it),
            AstKind::IdentifierName(it) => self.spelling(&it.name, it.span),
            AstKind::LabelIdentifier(it) => self.spelling(&it.name, it.span),
            AstKind::PrivateIdentifier(it) => self.spelling(&it.name, it.span),
            AstKind::StaticMemberExpression(it) => {
                self.member(&it.property.name, it.property.span);
                self.callee(&it.object, &it.property.name, it.property.span);
            }
            AstKind::ComputedMemberExpression(it) => {
                self.computed(&it.expression);
                if let Expression::StringLiteral(key) = &it.expression {
                    self.callee(&it.object, &key.value, key.span);
                }
            }
            AstKind::ObjectProperty(it) => {
                let plain = it.kind == PropertyKind::Init && !it.shorthand;
                self.defined_key(&it.key, it.computed, plain);
            }
            AstKind::BindingProperty(it) => self.taken_key(&it.key, it.computed),
            AstKind::AssignmentTargetPropertyProperty(it) => self.taken_key(&it.name, it.computed),
            AstKind::AssignmentTargetPropertyIdentifier(it) => self.member(&it.binding.name, it.binding.span),
            AstKind::CallExpression(it) => self.call(it),
            AstKind::ThisExpression(it) if self.functions == 0 => self.global_this(it.span),
            AstKind::ClassBody(it) => self.class(it),
            AstKind::Function(_) | AstKind::PropertyDefinition(_) | AstKind::StaticBlock(_) => {
                self.functions += 1;
            }
            AstKind::VariableDeclarator(it) => self.declarator(it),
            AstKind::FormalParameter(it) => {
                self.types |= it.accessibility.is_some() || it.readonly || it.r#override || it.optional;
            }
            _ => self.syntax(kind),
        }
    }

    #[inline]
    fn leave_node(&mut self, kind: AstKind<'a>) {
        match kind {
            AstKind::Function(_) | AstKind::PropertyDefinition(_) | AstKind::StaticBlock(_) => {
                self.functions -= 1;
            }
            _ => {}
        }
    }

    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        self.types |= it.body.is_none();
        let Some(id) = &it.id else { return walk_js::walk_function(self, it, flags) };
        if it.body.is_some() {
            self.implemented.extend(id.symbol_id.get());
            walk_js::walk_function(self, it, flags);
        } else if !it.declare {
            self.bodiless.push((id.name.as_str(), id.span, id.symbol_id.get()));
        }
    }

    // What is only declared does not exist: references to it are judged as references to globals.

    fn visit_class(&mut self, it: &Class<'a>) {
        self.types |=
            it.r#abstract || it.declare || !it.implements.is_empty() || it.type_parameters.is_some();
        if !it.declare {
            walk_js::walk_class(self, it);
        }
    }

    fn visit_variable_declaration(&mut self, it: &VariableDeclaration<'a>) {
        if matches!(it.kind, VariableDeclarationKind::Using | VariableDeclarationKind::AwaitUsing) {
            self.not_supported(it.span, "`using` declarations are not supported: use try and finally");
        }
        self.types |= it.declare;
        if !it.declare {
            walk_js::walk_variable_declaration(self, it);
        }
    }

    fn visit_ts_enum_declaration(&mut self, it: &TSEnumDeclaration<'a>) {
        self.types = true;
        if !it.declare {
            walk_js::walk_ts_enum_declaration(self, it);
        }
    }

    fn visit_ts_namespace_declaration(&mut self, it: &TSNamespaceDeclaration<'a>) {
        self.types = true;
        if !it.declare {
            self.not_supported(it.span, "namespaces are not supported: use an object literal");
        }
    }

    fn visit_ts_external_module_declaration(&mut self, it: &TSExternalModuleDeclaration<'a>) {
        self.not_supported(it.span, "a script cannot declare modules");
    }

    fn visit_ts_global_declaration(&mut self, it: &TSGlobalDeclaration<'a>) {
        self.not_supported(it.span, "a script cannot change the global scope");
    }
}

/// Names.
impl<'a> Walk<'a, '_> {
    fn reference(&mut self, it: &'a IdentifierReference<'a>) {
        self.spelling(&it.name, it.span);
        let Some(id) = it.reference_id.get() else { return self.global(it.name.as_str(), it.span) };
        let reference = self.scoping.get_reference(id);
        let real = reference.symbol_id().is_some_and(|symbol| {
            let flags = self.scoping.symbol_flags(symbol);
            flags.can_be_referenced_by_value() && !flags.is_ambient()
        });
        if real {
            return;
        }
        if !reference.is_value() && reference.is_type() {
            return;
        }
        let name = it.name.as_str();
        if reference.is_write() && self.is_allowed_global(name) {
            self.report("reserved-name", it.span, format!("`{name}` cannot be assigned"), "Use another name");
        } else {
            self.global(name, it.span);
        }
    }

    fn is_allowed_global(&self, name: &str) -> bool {
        globals::is_language_global(name)
            || self.is_granted(name)
            || (name == "arguments" && self.functions > 0)
    }

    fn is_granted(&self, name: &str) -> bool {
        globals::FIXED.contains(&name) || self.scope.namespaces.iter().any(|granted| granted == name)
    }

    fn global(&mut self, name: &str, span: Span) {
        if self.is_allowed_global(name) {
            return;
        }
        if let Some(refused) = globals::refused_global(name) {
            return self.refuse(&refused, name, span);
        }
        let hint = globals::missing_global_hint(name).map_or_else(|| self.unknown_hint(name), str::to_owned);
        let message = format!("`{name}` is not defined here");
        self.findings.add(span.start as usize, Offence { rule: "unknown-global", message, hint });
    }

    fn unknown_hint(&self, name: &str) -> String {
        let granted = globals::FIXED.iter().copied().chain(self.scope.namespaces.iter().map(String::as_str));
        let near = granted.map(|other| (distance(name, other), other)).min();
        let namespaces = if self.scope.namespaces.is_empty() {
            "the active skills grant no namespaces".to_owned()
        } else {
            let mut names = self.scope.namespaces.clone();
            names.truncate(20);
            format!("the active skills grant {}", names.join(", "))
        };
        match near {
            Some((far, other)) if far <= 1 + other.len() / 4 => format!("Did you mean `{other}`?"),
            _ => format!("Declare it with const or let; as a namespace it is not granted: {namespaces}"),
        }
    }

    fn binding(&mut self, it: &'a BindingIdentifier<'a>) {
        self.spelling(&it.name, it.span);
        let name = it.name.as_str();
        let prefix = globals::RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        if prefix || self.is_granted(name) {
            let message = format!("`{name}` is reserved and cannot be declared");
            self.report("reserved-name", it.span, message, "Use another name");
        } else if name == "__proto__" {
            self.member(name, it.span);
        }
    }

    #[inline]
    fn spelling(&mut self, name: &str, span: Span) {
        if name.is_ascii() {
            return;
        }
        if let Some(what) = scan::disguise(name) {
            let message = format!("the name `{name}` is written with {what}");
            self.report("no-look-alike-names", span, message, "Write names in one alphabet, best in ASCII");
        }
    }

    fn global_this(&mut self, span: Span) {
        let message = "`this` outside a function or class is the global object".to_owned();
        self.report("no-global-object", span, message, "Name the granted namespace or function directly");
    }
}

/// Members and keys.
impl<'a> Walk<'a, '_> {
    #[inline]
    fn member(&mut self, name: &str, span: Span) {
        // Every refused member is longer than eight bytes, most members of a script are not.
        if name.len() > 8
            && let Some(refused) = globals::refused_member(name)
        {
            self.refuse(&refused, name, span);
        }
    }

    fn callee(&mut self, object: &Expression<'a>, name: &str, span: Span) {
        if name == "callee" && object.is_specific_id("arguments") {
            let message = "`arguments.callee` walks the call stack";
            self.report("no-arguments-callee", span, message, "Name the function and call it by name");
        }
    }

    #[inline]
    fn computed(&mut self, key: &'a Expression<'a>) {
        match key {
            Expression::NumericLiteral(_) => {}
            Expression::StringLiteral(it) => self.member(it.value.as_str(), it.span),
            _ if self.keys.len() < MAX_PENDING => self.keys.push(key),
            _ => {}
        }
    }

    /// A key that reads from an object: `{ key: local } = object`.
    fn taken_key(&mut self, key: &'a PropertyKey<'a>, computed: bool) {
        match key {
            PropertyKey::StaticIdentifier(it) => self.member(&it.name, it.span),
            PropertyKey::StringLiteral(it) => self.member(it.value.as_str(), it.span),
            _ if computed => {
                if let Some(expression) = key.as_expression() {
                    self.computed(expression);
                }
            }
            _ => {}
        }
    }

    /// A key that defines a property. Only `__proto__` and computed keys can do harm.
    fn defined_key(&mut self, key: &'a PropertyKey<'a>, computed: bool, plain: bool) {
        match key {
            PropertyKey::StaticIdentifier(it) if it.name == "__proto__" && plain => {
                self.member(&it.name, it.span);
            }
            PropertyKey::StringLiteral(it) if it.value == "__proto__" => self.member("__proto__", it.span),
            PropertyKey::StringLiteral(_) if !computed => {}
            _ if computed => self.taken_key(key, true),
            _ => {}
        }
    }

    fn call(&mut self, it: &'a CallExpression<'a>) {
        let Some(member) = it.callee.as_member_expression() else { return };
        let object = member.object().get_inner_expression();
        let is_object = matches!(object, Expression::Identifier(id) if id.name == "Object");
        if is_object && member.static_property_name() == Some("create") && it.arguments.len() > 1 {
            let message = "Object.create with property descriptors is out of reach".to_owned();
            let hint = "Write an object literal, or Object.create(null) and assign";
            self.report("no-meta-programming", it.arguments[1].span(), message, hint);
        }
    }

    fn finish(&mut self) {
        for key in std::mem::take(&mut self.keys) {
            let names = self.constants.names(key);
            if let Some(name) = names.iter().find(|name| globals::refused_member(name).is_some()) {
                self.member(name, key.span());
            }
        }
        for (name, span, symbol) in std::mem::take(&mut self.bodiless) {
            if !symbol.is_some_and(|symbol| self.implemented.contains(&symbol)) {
                self.global(name, span);
            }
        }
    }
}

/// Declarations.
impl<'a> Walk<'a, '_> {
    fn class(&mut self, it: &'a ClassBody<'a>) {
        for element in &it.body {
            let (key, computed) = match element {
                ClassElement::MethodDefinition(it)
                    if it.accessibility.is_some() || it.optional || it.r#override =>
                {
                    self.types = true;
                    (&it.key, it.computed)
                }
                ClassElement::PropertyDefinition(it)
                    if it.accessibility.is_some()
                        || it.readonly
                        || it.declare
                        || it.r#override
                        || it.optional
                        || it.definite =>
                {
                    self.types = true;
                    (&it.key, it.computed)
                }
                ClassElement::MethodDefinition(it) if it.kind == MethodDefinitionKind::Constructor => {
                    continue;
                }
                ClassElement::MethodDefinition(it) => (&it.key, it.computed),
                ClassElement::PropertyDefinition(it) => (&it.key, it.computed),
                ClassElement::AccessorProperty(it) => {
                    self.not_supported(
                        it.span,
                        "`accessor` fields are not supported: write a getter and a setter",
                    );
                    continue;
                }
                ClassElement::TSIndexSignature(_) => {
                    self.types = true;
                    continue;
                }
                ClassElement::StaticBlock(_) => continue,
            };
            self.defined_key(key, computed, true);
        }
    }

    fn declarator(&mut self, it: &'a VariableDeclarator<'a>) {
        let (BindingPattern::BindingIdentifier(id), Some(init)) = (&it.id, &it.init) else { return };
        if let Some(symbol) = id.symbol_id.get() {
            self.constants.bind(symbol, init);
        }
    }
}

/// Syntax that no script may use.
impl<'a> Walk<'a, '_> {
    #[inline]
    fn syntax(&mut self, kind: AstKind<'a>) {
        match kind {
            AstKind::WithStatement(it) => {
                self.report("no-with", it.span, "`with` hides where names come from", "Use destructuring");
            }
            AstKind::DebuggerStatement(it) => {
                self.report("no-debugger", it.span, "there is no debugger", "Log with console.log");
            }
            AstKind::ImportExpression(it) => {
                let hint = "Call an operation of a granted namespace instead";
                self.report("no-dynamic-import", it.span, "a script cannot import modules", hint);
            }
            AstKind::ImportMeta(it) => {
                self.report(
                    "no-modules",
                    it.span,
                    "a script is not a module",
                    "Use `ctx` for what the script may know",
                );
            }
            AstKind::ImportDeclaration(it) => self.import(it.span),
            AstKind::TSImportEqualsDeclaration(it) => self.import(it.span),
            AstKind::ExportDeclaration(it) => self.export(it.span),
            AstKind::ExportNamedDeclaration(it) => self.export(it.span),
            AstKind::ExportFromDeclaration(it) => self.export(it.span),
            AstKind::ExportDefaultDeclaration(it) => self.export(it.span),
            AstKind::ExportAllDeclaration(it) => self.export(it.span),
            AstKind::TSExportAssignment(it) => self.export(it.span),
            AstKind::TSNamespaceExportDeclaration(it) => self.export(it.span),
            AstKind::Decorator(it) => {
                self.not_supported(it.span, "decorators are not supported: call the function yourself");
            }
            AstKind::V8IntrinsicExpression(it) => {
                self.not_supported(it.span, "engine intrinsics are not supported");
            }
            _ => {}
        }
    }

    fn import(&mut self, span: Span) {
        let hint = "Granted namespaces and functions are already in scope";
        self.report("no-modules", span, "a script cannot import modules", hint);
    }

    fn export(&mut self, span: Span) {
        self.report("no-modules", span, "a script cannot export", "Return the result with `return`");
    }

    #[cold]
    fn not_supported(&mut self, span: Span, message: &str) {
        let offset = span.start as usize;
        if self.unsupported.as_ref().is_none_or(|known| known.offset > offset) {
            self.unsupported = Some(Problem { offset, message: message.to_owned() });
        }
    }

    #[cold]
    fn refuse(&mut self, refused: &Refused, name: &str, span: Span) {
        let message = format!("`{name}` is not allowed: {}", refused.what);
        self.report(refused.rule, span, message, refused.hint);
    }

    #[cold]
    fn report(&mut self, rule: &'static str, span: Span, message: impl Into<String>, hint: &str) {
        let offence = Offence { rule, message: message.into(), hint: hint.to_owned() };
        self.findings.add(span.start as usize, offence);
    }
}

/// Edit distance, ignoring case, for short names. Names beyond 64 bytes are far from everything.
fn distance(left: &str, right: &str) -> usize {
    if left.len() > 64 || right.len() > 64 {
        return usize::MAX;
    }
    let right: Vec<char> = right.chars().flat_map(char::to_lowercase).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().flat_map(char::to_lowercase).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
