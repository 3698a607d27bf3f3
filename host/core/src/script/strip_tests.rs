//! What stripping leaves, line by line and column by column.

use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::SourceType;

use crate::script::check::{Refusal, ScopeNames, check};

fn stripped(source: &str) -> String {
    match check(source, &ScopeNames::default(), 100_000) {
        Ok(checked) => checked.code,
        Err(refusal) => panic!("refused: {source}\n{refusal:#?}"),
    }
}

fn parses(code: &str) -> bool {
    let allocator = Allocator::default();
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, code, SourceType::mjs()).with_options(options).parse();
    !parsed.diagnostics.has_errors()
}

/// Types go, everything else stays where it is: the same lines, and the same columns.
#[track_caller]
fn blanks(source: &str, expected: &str) {
    let code = stripped(source);
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed(&code), squeezed(expected), "of {source}\ngave {code}");
    assert_eq!(code.lines().count(), source.lines().count(), "lines of {code}");
    assert_eq!(code.chars().count(), source.chars().count(), "length of {code}");
    for (position, (left, right)) in code.chars().zip(source.chars()).enumerate() {
        assert!(
            left == right || left == ' ' || matches!(left, ';' | '(' | ')'),
            "{position}: {left} for {right}"
        );
    }
    assert!(parses(&code), "{code}");
}

/// Lines stay, columns may move.
#[track_caller]
fn rewrites(source: &str, expected: &str) {
    let code = stripped(source);
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed(&code), squeezed(expected), "of {source}");
    assert_eq!(code.lines().count(), source.lines().count(), "lines of {code}");
    assert!(parses(&code), "{code}");
}

#[test]
fn annotations() {
    blanks(
        "let x: number = 1, y: Map<string, number[]> = new Map<string, number[]>();",
        "let x = 1, y = new Map ();",
    );
    blanks("function f(a: string, b?: number, ...c: any[]): void {}", "function f(a , b , ...c ) {}");
    blanks(
        "const f = async <T,>(a: T, { b }: { b: T } = { b: a }): Promise<T> => a;",
        "const f = async (a , { b } = { b: a }) => a;",
    );
    blanks("function f(this: Date, a: number) { return this }", "function f( a ) { return this }");
    blanks("function f(this: Date) { return this }", "function f( ) { return this }");
    blanks("function f(a?, b ? ) {} let q: number", "function f(a , b ) {} let q");
    blanks(
        "try { f } catch (e: unknown) {} function f(): asserts x is string {} let x",
        "try { f } catch (e ) {} function f() {} let x",
    );
    blanks("let x!: number; x = 1", "let x ; x = 1");
    blanks(
        "for (const [k, v] of [] as [string, number][]) {} const ы: 'ж' = 'ж'",
        "for (const [k, v] of [] ) {} const ы = 'ж'",
    );
}

#[test]
fn expressions() {
    blanks(
        "const a = {} as any as string; const b = a!; const c = a!.d!.e!;",
        "const a = {} ; const b = a ; const c = a .d .e ;",
    );
    blanks(
        "const a = { x: 1 } satisfies Record<string, number>; const b = <any>a;",
        "const a = { x: 1 } ; const b = a;",
    );
    blanks(
        "function id<T>(x: T) { return x } const g = id<string>; id<number>(1); id<string>`x`;",
        "function id (x ) { return x } const g = id ; id (1); id `x`;",
    );
    blanks(
        "let a: any; (a as any) = 1; a! = 2; (<any>a).b = 3; [a as any] = [1]",
        "let a ; (a ) = 1; a = 2; ( a).b = 3; [a ] = [1]",
    );
    blanks("let a: any = [1, 2] as const; a?.b!.c; a!?.[0]!();", "let a = [1, 2] ; a?.b .c; a ?.[0] ();");
}

#[test]
fn whole_statements() {
    blanks("interface A { a: string; b(): void }\nreturn 1", "; return 1");
    blanks("type A<T> = T extends string ? 1 : 2\nreturn 1", "; return 1");
    blanks(
        "function f(a: string): void;\nfunction f(a: number): void;\nfunction f(a: any) {}\nf",
        "; ; function f(a ) {} f",
    );
    blanks("declare const callTool: any;\nreturn callTool", "; return callTool");
    blanks("declare function getTool(x: string): any\nreturn getTool", "; return getTool");
    blanks("declare class Map<K> { x: K }\ndeclare enum Set { A }\nreturn 1", "; ; return 1");
    blanks("declare namespace JSON { let x: number }\nreturn 1", "; return 1");
}

#[test]
fn statements_stay_apart() {
    blanks("let a = [1]\ntype B = 1\n[a[0]].map(x => x)", "let a = [1] ; [a[0]].map(x => x)");
    blanks("let f: any = Math\nlet x = f as any\n(1 as any)", "let f = Math let x = f ; (1 )");
    blanks("let f\nlet x: any\n[f] = [1]", "let f let x ; [f] = [1]");
    blanks("let f: any = 1 satisfies any\n`x`", "let f = 1 ; `x`");
    blanks("const f = (): {\n a: string\n} => ({ a: 'x' })", "const f = ( ) => ({ a: 'x' })");
    blanks("const f = async <\n T\n>(x: T) => x", "const f = async ( x ) => x");
    blanks("const f = () => {\n return <\n T,>(x: T) => x }", "const f = () => { return ( x ) => x }");
    rewrites("const f = () => {\n return <\n any>1 }", "const f = () => { return ( 1) }");
}

#[test]
fn classes() {
    blanks(
        "abstract class A<T> extends Map<string, T> implements B, C<T> { }\ninterface B {} interface C<T> {}",
        "class A extends Map { } ; ;",
    );
    blanks("class A implements B { }\ninterface B {}", "class A { } ;");
    blanks("const A = class<T> implements B { x: T }\ninterface B {}", "const A = class { x; } ;");
    blanks(
        "class A { private x: number = 1; public static readonly y = 2; protected z? = 3; w!: string; v?: any }",
        "class A { ; x = 1; ; static y = 2; ; z = 3; w; ; v; }",
    );
    blanks(
        "class A { declare a: string; [key: string]: any; b(): void; b() {} private c?(): void {} }",
        "class A { ; ; ; b() {} ; c () {} }",
    );
    blanks(
        "abstract class A { abstract a(): void; abstract b: string; abstract get c(): number; d = 1 }",
        "class A { ; ; ; d = 1 }",
    );
    blanks(
        "class A { x = 1\n readonly ['a'] = 2\n public *g() {} }",
        "class A { x = 1 ; ['a'] = 2 ; *g() {} }",
    );
    blanks("class A { get: string\n static: number\n foo() {} }", "class A { get; static; foo() {} }");
    blanks("class A { ['x']: string; ['y']?: any; #z?: number }", "class A { ['x']; ; ['y']; ; #z; }");
    blanks(
        "class A { constructor(); constructor(a?: any) {} override x = 1; static async m<T>(t: T): Promise<T> { return t } }",
        "class A { ; constructor(a ) {} ; x = 1; static async m (t ) { return t } }",
    );
    blanks("class A extends (class {} as any)<string> {}", "class A extends (class {} ) {}");
}

#[test]
fn parameter_properties() {
    rewrites(
        "class A { constructor(private x: number, public readonly y = 2, z?: any) { z; } }",
        "class A { constructor( x , y = 2, z ) { this.x = x; this.y = y; z; } }",
    );
    rewrites(
        "class B {} class A extends B { constructor(private x: number) { super(); x } }",
        "class B {} class A extends B { constructor( x ) { super();; this.x = x; x } }",
    );
    rewrites(
        "class B {} class A extends B { constructor(private x: number) { super()\n x } }",
        "class B {} class A extends B { constructor( x ) { super(); this.x = x; x } }",
    );
}

#[test]
fn enums() {
    rewrites(
        "enum E {\n A,\n B = 5,\n C, // third\n D = 'd',\n}\nreturn E.C",
        "let E = ((E) => { const A = E[\"A\"] = 0; E[E[\"A\"]] = \"A\"; const B = E[\"B\"] = 5; E[E[\"B\"]] = \"B\"; \
         const C = E[\"C\"] = 6; E[E[\"C\"]] = \"C\"; // third const D = E[\"D\"] = 'd'; return E; })({}); return E.C",
    );
    rewrites(
        "const enum F { A = 1 << 0, 'b-c' = A | 2, new = 7 }",
        "let F = ((F) => { const A = F[\"A\"] = 1 << 0; F[F[\"A\"]] = \"A\"; F[\"b-c\"] = A | 2; F[F[\"b-c\"]] = \"b-c\"; \
         F[\"new\"] = 7; F[F[\"new\"]] = \"new\"; return F; })({});",
    );
}

#[test]
fn what_cannot_be_written_in_javascript_is_refused_with_its_place() {
    for (source, text, line, column) in [
        ("enum E { A }\nenum E { B = 1 }", "declared once", 1, 6),
        ("namespace N { export const x = 1 }", "namespaces are not supported", 1, 1),
        ("let x: any\n@x class A {}", "decorators are not supported", 2, 1),
        ("class A { accessor x: number = 1 }", "`accessor` fields", 1, 11),
        ("declare global { var x: any }", "global scope", 1, 1),
        ("enum E { eval = 1 }", "cannot have this name", 1, 10),
    ] {
        match check(source, &ScopeNames::default(), 1_000) {
            Err(Refusal::Syntax { message, location, .. }) => {
                assert!(message.contains(text), "{source}: {message}");
                assert_eq!((location.line, location.column), (line, column), "{source}");
            }
            other => panic!("{source}: {other:?}"),
        }
    }
}

/// One of everything that TypeScript adds.
const TYPED: &[&str] = &[
    "class A { readonly x = 2 }",
    "class A { private x = 1 }",
    "class A { declare x }",
    "class A { override x = 1 }",
    "abstract class A { }",
    "abstract class A { abstract x; abstract m(); }",
    "class A { m(); m() {} }",
    "class A { x?; }",
    "class A { m?() {} }",
    "class A { [key: string]: any }",
    "class A { x!: any }",
    "class A { x: any }",
    "class A implements Map { }",
    "class A<T> { }",
    "class A extends Map<string> { }",
    "declare class A { }",
    "function f(a?) {}",
    "function f(a: any) {}",
    "function f(): any {}",
    "function f<T>() {}",
    "function f(this: any) {}",
    "function f(); function f() {}",
    "declare function getTool()",
    "(function (this) {})",
    "((a?) => a)",
    "((a): any => a)",
    "(<T,>(a) => a)",
    "class A { constructor(private a) {} }",
    "class A { constructor(readonly a) {} }",
    "class A { constructor(public override a) {} }",
    "let x: any",
    "let x!: any",
    "declare let console",
    "const x = 1 as any",
    "const x = 1 satisfies any",
    "const x = Map!",
    "const x = <any>1",
    "const x = Map<string>",
    "new Map<string>()",
    "parseInt<string>``",
    "try {} catch (e: any) {}",
    "type A = 1",
    "interface A {}",
    "enum A {}",
    "const enum A {}",
    "declare enum Map {}",
    "declare namespace JSON {}",
    "let x; x! = 1",
    "let x; (x as any) = 1",
    "let x; [x as any] = [1]",
    "let x; for (x as any of []) {}",
    "Map?.<string>()",
    "class A { public *g() {} }",
    "class A { static readonly async = 1 }",
    "class A { get x(): any { return 1 } }",
    "class A { public constructor() {} }",
    "const f = async <T>(x) => x",
    "let o = { m<T>(x?: any): any {} }",
    "let o = { m(this: any) {} }",
    "function f(...a: any[]) {}",
    "const [a]: any = []",
    "const { a }: any = {}",
];

/// The JavaScript parser lets some of these pass; none may reach the engine.
#[test]
fn typescript_is_recognised_whatever_it_uses() {
    let mut missed = Vec::new();
    for &source in TYPED {
        match check(source, &ScopeNames::default(), 1_000) {
            Ok(checked) if checked.typescript => assert!(parses(&checked.code), "{}", checked.code),
            Ok(_) => missed.push(source),
            Err(refusal) => panic!("{source}: {refusal:#?}"),
        }
    }
    assert!(missed.is_empty(), "taken for JavaScript: {missed:#?}");
}
