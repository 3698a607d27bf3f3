//! What the check accepts, what it refuses and how it says so; stack safety.

use super::*;

fn names(namespaces: &[&str]) -> ScopeNames {
    ScopeNames { namespaces: namespaces.iter().map(|name| (*name).to_owned()).collect() }
}

fn run(source: &str) -> Result<Checked, Refusal> {
    check(source, &names(&["acme", "billing"]), 100 * 1_024)
}

#[track_caller]
fn accepted(source: &str) -> Checked {
    match run(source) {
        Ok(checked) => checked,
        Err(refusal) => panic!("refused: {source:.300}\n{refusal:#?}"),
    }
}

fn rules(source: &str) -> Vec<String> {
    match run(source) {
        Ok(_) => vec![],
        Err(Refusal::TooLarge { .. }) => vec!["too-large".to_owned()],
        Err(Refusal::Syntax { message, .. }) => vec![format!("syntax: {message}")],
        Err(Refusal::Illegal { findings, .. }) => findings
            .iter()
            .map(|found| format!("{} {}:{}", found.rule, found.location.line, found.location.column))
            .collect(),
    }
}

#[test]
fn plain_javascript_passes_unchanged() {
    let source = "const r = await acme.getOrder({ id: 1 });\nfor (const x of [1, 2]) { console.log(x) }\nreturn r.total / 2";
    let checked = accepted(source);
    assert_eq!(checked.code, source);
    assert!(!checked.typescript);
}

#[test]
fn offences_come_in_source_order_with_their_places() {
    assert_eq!(
        rules("const a = eval('1');\nreturn process.env.X + [].constructor"),
        ["no-eval 1:11", "no-host-access 2:8", "no-prototype-access 2:27"]
    );
}

#[test]
fn columns_count_characters() {
    assert_eq!(rules("const ключ = 'ж😀'; eval(ключ)"), ["no-eval 1:20"]);
}

#[test]
fn what_is_only_declared_for_the_type_checker_hides_nothing() {
    for source in [
        "declare const Function: any;\nFunction('x')()",
        "declare let Function: any;\nFunction('x')()",
        "declare var Function: any;\nFunction('x')()",
        "declare function Function(x: any): any;\nFunction('x')()",
        "declare class Function { }\nnew Function('x')",
        "declare enum Function { A }\nFunction.A",
        "declare namespace Function { const x: any }\nFunction.x",
        "interface Function { }\nFunction('x')",
        "type Function = any;\nFunction('x')",
        "let a: any;\nclass A<Function> { x = Function }",
        "let a: any; const f = <Function,>(x: Function) => 1;\nFunction('x')",
    ] {
        assert_eq!(
            rules(source).iter().filter(|rule| rule.starts_with("no-eval 2:")).count(),
            1,
            "{source}: {:?}",
            rules(source)
        );
    }
    assert_eq!(rules("function Function(x: any): any;\nFunction('x')"), ["no-eval 1:10"]);
    assert_eq!(rules("enum E { Function = 1, B = Function }\nreturn E.B"), Vec::<String>::new());
}

/// Every construct whose handling recurses, far beyond what anyone writes.
fn bombs() -> Vec<(&'static str, String)> {
    let n = 20_000;
    let wrap =
        |open: &str, middle: &str, close: &str| format!("{}{}{}", open.repeat(n), middle, close.repeat(n));
    let list = [
        ("parens", wrap("(", "1", ")")),
        ("brackets", wrap("[", "1", "]")),
        ("blocks", wrap("{", "", "}")),
        ("objects", format!("x = {}", wrap("{a:", "1", "}"))),
        ("templates", wrap("`${", "1", "}`")),
        ("not", wrap("!", "1", "")),
        ("minus", wrap("- ", "1", "")),
        ("typeof", wrap("typeof ", "1", "")),
        ("await", wrap("await ", "1", "")),
        ("new", wrap("new ", "A", "")),
        ("members", format!("a{}", ".b".repeat(n))),
        ("optional members", format!("a{}", "?.b".repeat(n))),
        ("indexes", format!("a{}", "[0]".repeat(n))),
        ("calls", format!("a{}", "()".repeat(n))),
        ("tags", format!("a{}", "``".repeat(n))),
        ("arrows", wrap("x=>", "1", "")),
        ("assignments", wrap("x=", "1", "")),
        ("conditionals", wrap("1?2:", "3", "")),
        ("conditional middles", wrap("1?", "2", ":3")),
        ("powers", wrap("1**", "2", "")),
        ("sums", wrap("1+", "2", "")),
        ("sums of objects", wrap("x={}+\n", "2", "")),
        ("logical", wrap("1&&", "2", "")),
        ("nullish", wrap("1??", "2", "")),
        ("ifs", wrap("if(1)", ";", "")),
        ("ifs on lines", wrap("if(1)\n", ";", "")),
        ("else ifs", wrap("if(1);else ", ";", "")),
        ("else blocks", wrap("if(1){}else ", "{}", "")),
        ("fors", wrap("for(;;)", ";", "")),
        ("whiles", wrap("while(1)", ";", "")),
        ("dos", wrap("do ", ";", "while(0);")),
        ("labels", (0..n).map(|i| format!("a{i}:")).collect::<String>() + ";"),
        ("classes", wrap("class A extends ", "B", "{}")),
        ("functions", wrap("(function(){", "", "})()")),
        ("regular expression groups", format!("/{}/", wrap("(", "a", ")"))),
        ("regular expression lookaheads", format!("/{}/", wrap("(?=", "a", ")"))),
        ("regular expression classes", format!("/{}/v", wrap("[", "a", "]"))),
        ("casts", format!("1{}", " as any".repeat(n))),
        ("non-null", format!("x{}", "!".repeat(n))),
        ("assertions", wrap("<any>", "1", "")),
        ("generics", format!("let x: {}", wrap("A<", "B", ">"))),
        ("generics after commas", format!("let x: {}", wrap("A<B,", "B", ">"))),
        ("keyof", format!("let x: {}", wrap("keyof ", "B", ""))),
        ("array types", format!("let x: A{}", "[]".repeat(n))),
        ("conditional types", format!("type X = {}", wrap("A extends B ? C : ", "B", ""))),
        ("function types", format!("let x: {}", wrap("() => ", "B", ""))),
        ("qualified types", format!("let x: a{}", ".b".repeat(n))),
        ("namespaces", format!("namespace a{} {{}}", ".b".repeat(n))),
        ("destructuring", format!("const {} = 1", wrap("[", "a", "]"))),
        ("spreads", wrap("[...", "[]", "]")),
        ("commas and arrows", wrap("x=>(1,", "1", ")")),
        ("yield", format!("function* g() {{ {} }}", wrap("yield ", "1", ""))),
        ("division or regex", "}/(".repeat(n)),
        ("escaped keyword", wrap("i\\u0066(1)", ";", "")),
    ];
    list.into_iter().collect()
}

#[test]
fn bombs_are_refused_on_a_small_stack() {
    for (name, source) in bombs() {
        let outcome = on_stack(512 * 1_024, move || check(&source, &names(&[]), 10_000_000).map(|_| ()));
        match outcome {
            Err(Refusal::Syntax { message, location, frame }) => {
                assert!(!frame.is_empty() && location.line >= 1, "{name}: {message}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

/// The same constructs right at the accepted limit must not overflow either.
#[test]
fn the_deepest_accepted_nesting_fits_a_small_stack() {
    for (name, _) in bombs() {
        for depth in [20, 45, 60, 75, 95, 130, 190, 199, 390, 399] {
            let source = scaled(name, depth);
            let _ = on_stack(512 * 1_024, move || check(&source, &names(&[]), 10_000_000).map(|_| ()));
        }
    }
}

/// A bomb of the given size: the big one's pattern, repeated less often.
fn scaled(name: &str, depth: usize) -> String {
    let (_, big) = bombs().into_iter().find(|(other, _)| *other == name).expect("listed");
    shrink(&big, depth)
}

/// Keeps `depth` of the 20,000 repetitions by cutting the same share out of each repeated run.
fn shrink(big: &str, depth: usize) -> String {
    if big.starts_with('a') && big.contains("a1:") {
        return (0..depth).map(|i| format!("a{i}:")).collect::<String>() + ";";
    }
    let mut out = String::new();
    let mut rest = big;
    while !rest.is_empty() {
        let period = (1..=24).find(|p| {
            rest.len() > p * 1_000 && rest.is_char_boundary(*p) && rest.starts_with(&rest[..*p].repeat(1_000))
        });
        match period {
            Some(period) => {
                let unit = &rest[..period];
                let mut after = rest;
                while let Some(next) = after.strip_prefix(unit) {
                    after = next;
                }
                out.push_str(&unit.repeat(depth));
                rest = after;
            }
            None => {
                let first = rest.chars().next().expect("not empty");
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

fn on_stack<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(bytes).spawn(work).expect("a thread").join().expect("no panic")
}

#[test]
fn a_markdown_fence_is_named_as_what_it_is() {
    assert_eq!(rules("```js\nreturn 1;\n```"), ["syntax: this is Markdown: send the code without its fence"]);
}

#[test]
fn a_script_beyond_the_limit_is_refused_unread() {
    assert_eq!(check("return 1", &names(&[]), 7), Err(Refusal::TooLarge { bytes: 8, limit: 7 }));
}

#[test]
fn findings_are_bounded() {
    assert_eq!(rules(&"eval(1);".repeat(5_000)).len(), 50);
}

#[test]
fn hints_say_what_to_write_instead() {
    for (source, hint) in [
        ("return acmee.x()", "Did you mean `acme`?"),
        ("return calltool('x')", "Did you mean `callTool`?"),
        ("return stripe.x()", "the active skills grant acme, billing"),
        ("return new Intl.NumberFormat()", "toFixed"),
        ("return input.id", "ctx.input"),
        ("return fetch('x')", "granted namespace"),
    ] {
        match run(source) {
            Err(Refusal::Illegal { findings, .. }) => {
                assert!(findings[0].hint.contains(hint), "{source}: {}", findings[0].hint);
            }
            other => panic!("{source}: {other:?}"),
        }
    }
}

#[test]
fn the_kind_is_that_of_the_first_finding() {
    for (source, expected) in
        [("return x + eval('1')", "DisallowedGlobal"), ("return eval('1') + x", "IllegalBuiltinAccess")]
    {
        let Err(Refusal::Illegal { kind, .. }) = run(source) else { panic!("{source}") };
        assert_eq!(kind, expected);
    }
}

#[test]
fn syntax_errors_show_the_lines_around_them() {
    let Err(Refusal::Syntax { location, frame, .. }) = run("const a = 1;\nconst b = ;\nreturn a;") else {
        panic!()
    };
    assert_eq!((location.line, location.column), (2, 11));
    assert_eq!(frame, "  1 | const a = 1;\n> 2 | const b = ;\n    |           ^\n  3 | return a;");
}

#[test]
fn of_two_languages_the_error_that_got_further_is_reported() {
    let Err(Refusal::Syntax { location, .. }) = run("let a: number = 1;\nlet b: string = ;") else {
        panic!()
    };
    assert_eq!((location.line, location.column), (2, 17));
}

#[test]
fn ordinary_code_of_every_kind_passes() {
    for source in [
        "",
        "// nothing\n",
        "#!/usr/bin/env node\nreturn 1",
        "return `${1 + 1}/${2}` + 4 / 2 / 1",
        "const a = 4, g = 2; let i = 0; i++ / a / g; return i",
        "if (ctx) /a/.test('a'); else /b/.test('b')",
        "const rows = [1]\nfor (const r of rows) console.log(r)\nreturn rows.length",
        "const o = { process: 1, eval: 2, fetch() { return 3 } }; return o.process + o.eval + o.fetch()",
        "function build(module, exports) { const window = 1; return module + exports + window }\nreturn build(1, 2)",
        "class A { constructor(x) { this.x = x } static of(x) { return new A(x) } } return A.of(1).x",
        "const p = { prototype: 1, constructor: 2 }; return Object.keys(p)",
        "return Object.create(null)",
        "const k = 'na' + 'me'; return ctx[k]",
        "const key = ctx.input.key; return ({})[key]",
        "let n = 3; while (n --> 0) {}; return n",
        "return '👨‍👩‍👧 🏳️‍🌈 सन्‍देश می‌خواهم Привет'",
        "const сумма = 1, größe = 2, 名前 = 3; return сумма + größe + 名前",
        "async function f() { await null } await f(); for await (const x of [f()]) {} return arguments_ok(1); function arguments_ok() { return arguments.length }",
        "label: for (;;) { switch (1) { case 1: break label; default: continue label } }",
        "const { a = 1, ...rest } = {}, [b, , c = 2, ...d] = [1]; return { a, rest, b, c, d }",
        "const w = new WeakMap([[{}, 1]]); return new Set([1n, 2n ** 64n]).size + new Uint8Array(3).length",
        "return [1, 2, 3].map((x) => x * 2).filter(Boolean).reduce((a, b) => a + b, 0) ?? null",
        "return 'a-b'.replace(/-(\\w)/g, (_, c) => c.toUpperCase()).split(/[/]/)",
        "const x = 1;\nreturn x\n  ? { a: 1 }\n  : { b: 2 }",
    ] {
        accepted(source);
    }
}

#[test]
fn long_ordinary_scripts_are_not_taken_for_nested_ones() {
    let entries: String = (0..1_500)
        .map(|i| format!("  {{ id: {i}, name: 'n{i}', ok: {i} < 3, f: (x) => x + {i} }},\n"))
        .collect();
    accepted(&format!("const rows = [\n{entries}];\nreturn rows.length"));
    let lines: String = (0..1_000)
        .map(|i| format!("const v{i} = ctx.a.b.c(v => v.x + {i})\nif (v{i} > 1) console.log('x')\n"))
        .collect();
    accepted(&lines);
    let cases: String =
        (0..1_000).map(|i| format!("case 'k{i}':\n  console.log({i} + 1)\n  break\n")).collect();
    accepted(&format!("switch (ctx.x) {{\n{cases}}}"));
    let fallthrough: String = (0..1_000).map(|i| format!("case 'k{i}':\n")).collect();
    accepted(&format!("switch (ctx.x) {{\n{fallthrough} break\n}}"));
    let methods: String = (0..500).map(|i| format!("m{i}(a) {{ return a.b.c + {i} }}\n")).collect();
    accepted(&format!("class A {{\n{methods}}}\nreturn new A()"));
    let elses: String = (0..60).map(|i| format!(" else if (x === {i}) {{ y = {i} }}")).collect();
    accepted(&format!("let x = 1, y; if (x) {{ y = 1 }}{elses}\nreturn y"));
    let sum: String = (0..150).map(|i| format!(" + 'line {i}\\n'")).collect();
    accepted(&format!("return ''{sum}"));
    let chain: String = (0..60).map(|i| format!("\n  .then((x) => x + {i})")).collect();
    accepted(&format!("return Promise.resolve(1){chain}"));
    let types: String = (0..40).map(|i| format!("  f{i}: Map<string, Array<number>>\n")).collect();
    accepted(&format!("interface A {{\n{types}}}\nreturn 1"));
}
