//! Properties that hold for every text: the check never panics, and what it accepts is JavaScript.
#![expect(clippy::disallowed_methods, reason = "the corpora are files")]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::SourceType;
use proptest::prelude::*;

use super::check::{Refusal, ScopeNames, check};

/// Pieces that mean something to a parser, to be put together at random.
const PIECES: [&str; 72] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "`",
    "${",
    "'",
    "\"",
    "/",
    "//",
    "/*",
    "*/",
    "\n",
    ";",
    ",",
    ".",
    "?.",
    "=>",
    "=",
    "==",
    "!",
    "~",
    "+",
    "++",
    "-",
    "--",
    "<",
    ">",
    "<!--",
    "-->",
    ":",
    "?",
    "??",
    "&&",
    "|",
    "...",
    "#x",
    "@",
    "\\",
    "\\u0061",
    "a",
    "b",
    "eval",
    "this",
    "if",
    "else",
    "for",
    "of",
    "in",
    "while",
    "do",
    "class",
    "extends",
    "function",
    "async",
    "await",
    "yield",
    "return",
    "typeof",
    "new",
    "import",
    "export",
    "enum",
    "interface",
    "type",
    "as any",
    "let x: T",
    "\u{202E}",
    "ж",
    "😀",
];

static CORPUS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    let mut folders = vec![root.join("accept"), root.join("hostile"), root.join("reject")];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                texts.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    texts.sort();
    texts
});

fn holds(source: &str) -> Result<(), TestCaseError> {
    match check(source, &ScopeNames { namespaces: vec!["acme".to_owned()] }, 1_000_000) {
        Ok(checked) => {
            prop_assert!(
                parses(&checked.code),
                "accepted, but no JavaScript: {:?}\nfrom {:?}",
                checked.code,
                source
            );
            let lines = |text: &str| text.matches('\n').count();
            prop_assert_eq!(lines(&checked.code), lines(source));
        }
        Err(Refusal::Illegal { findings, .. }) => {
            prop_assert!(!findings.is_empty() && findings.len() <= 50);
            prop_assert!(findings.is_sorted_by_key(|found| (found.location.line, found.location.column)));
        }
        Err(Refusal::Syntax { location, .. }) => {
            prop_assert!(location.line as usize <= source.split(['\n', '\r']).count());
        }
        Err(Refusal::TooLarge { .. }) => prop_assert!(false, "within the limit"),
    }
    Ok(())
}

fn parses(code: &str) -> bool {
    let allocator = Allocator::default();
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, code, SourceType::mjs()).with_options(options).parse();
    !parsed.diagnostics.has_errors()
}

/// A script of the corpus with one range replaced.
fn mutated(index: prop::sample::Index, from: prop::sample::Index, length: usize, piece: &str) -> String {
    let text = &CORPUS[index.index(CORPUS.len())];
    let characters: Vec<char> = text.chars().collect();
    let from = from.index(characters.len() + 1);
    let to = (from + length).min(characters.len());
    let before: String = characters[..from].iter().collect();
    let after: String = characters[to..].iter().collect();
    before + piece + &after
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn any_text_is_judged(source in any::<String>()) {
        holds(&source)?;
    }

    #[test]
    fn any_sequence_of_pieces_is_judged(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40)) {
        holds(&pieces.concat())?;
        holds(&pieces.join(" "))?;
    }

    #[test]
    fn any_mutation_of_the_corpus_is_judged(
        index: prop::sample::Index,
        from: prop::sample::Index,
        length in 0usize..12,
        piece in prop::sample::select(&PIECES[..]),
    ) {
        holds(&mutated(index, from, length, piece))?;
    }
}
