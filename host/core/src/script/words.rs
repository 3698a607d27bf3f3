//! What the words of JavaScript and TypeScript mean for what may follow them. Tables only.

/// Whether a word is a keyword anywhere, contextual ones included: such a word never surely ends an operand.
pub(super) fn is_keyword(word: &[u8]) -> bool {
    is_value(word)
        || takes_operand(word)
        || continues(word)
        || heads(word)
        || matches!(
            word,
            b"abstract"
                | b"accessor"
                | b"any"
                | b"assert"
                | b"asserts"
                | b"async"
                | b"await"
                | b"break"
                | b"class"
                | b"const"
                | b"continue"
                | b"debugger"
                | b"declare"
                | b"default"
                | b"enum"
                | b"export"
                | b"function"
                | b"get"
                | b"global"
                | b"import"
                | b"infer"
                | b"interface"
                | b"keyof"
                | b"let"
                | b"module"
                | b"namespace"
                | b"out"
                | b"override"
                | b"private"
                | b"protected"
                | b"public"
                | b"readonly"
                | b"require"
                | b"set"
                | b"static"
                | b"switch"
                | b"type"
                | b"unique"
                | b"using"
                | b"var"
                | b"yield"
                | b"try"
        )
}

/// Words that are values.
pub(super) fn is_value(word: &[u8]) -> bool {
    matches!(word, b"this" | b"super" | b"null" | b"true" | b"false")
}

/// Reserved words after which a slash always starts a regular expression.
pub(super) fn takes_operand(word: &[u8]) -> bool {
    matches!(
        word,
        b"return"
            | b"typeof"
            | b"case"
            | b"delete"
            | b"void"
            | b"throw"
            | b"new"
            | b"do"
            | b"else"
            | b"in"
            | b"instanceof"
    )
}

/// Words that may go on with what stands before them, so that nothing ended there.
pub(super) fn continues(word: &[u8]) -> bool {
    matches!(
        word,
        b"in"
            | b"instanceof"
            | b"of"
            | b"as"
            | b"satisfies"
            | b"is"
            | b"extends"
            | b"implements"
            | b"from"
            | b"else"
            | b"while"
            | b"catch"
            | b"finally"
            | b"with"
            | b"assert"
    )
}

/// Words whose parentheses are followed by a statement.
pub(super) fn heads(word: &[u8]) -> bool {
    matches!(word, b"if" | b"for" | b"while" | b"with")
}

/// The word itself if its parentheses are followed by a statement, else nothing.
pub(super) fn heading(word: &[u8]) -> &'static [u8] {
    match word {
        b"if" => b"if",
        b"for" => b"for",
        b"while" => b"while",
        b"with" => b"with",
        _ => b"",
    }
}

/// A word with its `\uXXXX` and `\u{X}` escapes resolved; malformed escapes stay as they are.
pub(super) fn unescaped(word: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((&first, after)) = rest.split_first() {
        match (first == b'\\').then(|| escape(after)).flatten() {
            Some((character, length)) => {
                let mut buffer = [0; 4];
                out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
                rest = &after[length..];
            }
            None => {
                out.push(first);
                rest = after;
            }
        }
    }
    out
}

fn escape(after: &[u8]) -> Option<(char, usize)> {
    let digits = after.strip_prefix(b"u")?;
    let (digits, length) = match digits.strip_prefix(b"{") {
        Some(braced) => {
            let end = braced.iter().position(|byte| *byte == b'}')?;
            (&braced[..end], end + 3)
        }
        None => (digits.get(..4)?, 5),
    };
    let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    Some((char::from_u32(code)?, length))
}
