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
        Err(refusal) => panic!("refused: {source}\n{refusal:#?}"),
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
        let outcome = on_stack(1_024 * 1_024, move || check(&source, &names(&[]), 10_000_000).map(|_| ()));
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
            let _ = on_stack(1_024 * 1_024, move || check(&source, &names(&[]), 10_000_000).map(|_| ()));
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

#[expect(clippy::disallowed_methods, reason = "the test needs a stack of a known size")]
fn on_stack<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(bytes).spawn(work).expect("a thread").join().expect("no panic")
}
