//! Bounds how deeply a text can nest before any recursive parser sees it. Reads tokens from left to right with a
//! stack of its own, never recurses, and never accepts a text that it cannot bound.
//!
//! The parser, the analysis and the walks recurse once per open bracket, prefix operator, arrow, `else if`, and
//! once per link of a left-leaning chain (`a.b.c`, `a + b + c`). `weight` is an upper bound on that recursion:
//! each open bracket counts, and within it every operator since the last place where a statement or an item
//! certainly ended. A slash whose meaning only a parser knows is read both ways.

mod literals;

use literals::Escapes as _;

use super::check::Problem;
use super::findings::{Findings, Offence};
use super::words;

/// Largest weight accepted. Measured: see `bombs_are_refused_on_a_small_stack`.
const MAX_WEIGHT: u32 = 400;
/// What an open bracket weighs.
const BRACKET: u32 = 4;
/// What a nested statement or function head weighs.
const HEAD: u32 = 2;
/// Most slashes read both ways.
const MAX_UNCERTAIN: usize = 6;
/// Most groups and classes in one regular expression.
const MAX_GROUPS: u32 = 200;

/// Refuses texts that nest too deeply, brackets that do not match, text that does not end, and HTML comments.
pub(super) fn bound(source: &str, findings: &mut Findings<'_>) -> Result<(), Problem> {
    let mut readings: Vec<Vec<bool>> = vec![Vec::new()];
    let mut first_error = None;
    let mut passed = false;
    while let Some(choices) = readings.pop() {
        let mut reader = Reader::new(source, &choices, findings);
        match reader.read() {
            Ok(()) => passed = true,
            Err(Stop::Uncertain(offset)) if choices.len() >= MAX_UNCERTAIN => {
                let message = "too many slashes that may be divisions or regular expressions: \
                               end statements with semicolons, or put regular expressions in parentheses";
                return Err(Problem { offset, message: message.to_owned() });
            }
            Err(Stop::Uncertain(_)) => {
                for choice in [true, false] {
                    let mut next = choices.clone();
                    next.push(choice);
                    readings.push(next);
                }
            }
            Err(Stop::TooDeep(offset)) => {
                let message = "nested too deeply here: name intermediate values, flatten the nesting, \
                               or build long texts from a list with join";
                return Err(Problem { offset, message: message.to_owned() });
            }
            Err(Stop::Broken(problem)) => {
                first_error.get_or_insert(problem);
            }
        }
    }
    match first_error {
        Some(problem) if !passed => Err(problem),
        _ => Ok(()),
    }
}

enum Stop {
    Uncertain(usize),
    TooDeep(usize),
    Broken(Problem),
}

/// What the last token was, as far as it matters for what may follow.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    /// Something that an operand follows: an operator, an opening bracket, the start.
    Operator,
    /// A name, literal, or closing bracket: an operand ended.
    Operand,
    /// `)` of `if (…)`, `for (…)`, `while (…)`, `with (…)`.
    Head,
    /// `}`, which may end a block or an operand.
    Brace,
    /// A word that an operand always follows.
    Prefix,
    /// A word, or one of `++ -- ! >`, after which either may follow.
    Either,
    /// `.` or `?.`: the next word is a property name.
    Dot,
    /// `:`
    Colon,
}

/// One open bracket and what has been seen in it.
struct Level {
    open: u8,
    opened_at: usize,
    head: bool,
    /// Operators since the last item or statement ended.
    run: u32,
    /// Operators before a `<` and nested statement heads, since the last statement ended.
    held: u32,
    /// `else` in the current chain.
    elses: u32,
    /// `do`, never forgotten.
    dos: u32,
}

struct Reader<'s, 'c, 'f, 'g> {
    bytes: &'s [u8],
    at: usize,
    choices: &'c [bool],
    uncertain: usize,
    findings: &'f mut Findings<'g>,
    levels: Vec<Level>,
    weight: u32,
    last: Last,
    /// The word just read, if the last token was one.
    word: &'s [u8],
    newline: bool,
    statement_ended: bool,
    labels: u8,
}

impl<'s, 'c, 'f, 'g> Reader<'s, 'c, 'f, 'g> {
    fn new(source: &'s str, choices: &'c [bool], findings: &'f mut Findings<'g>) -> Self {
        let base = Level { open: 0, opened_at: 0, head: false, run: 0, held: 0, elses: 0, dos: 0 };
        Self {
            bytes: source.as_bytes(),
            at: 0,
            choices,
            uncertain: 0,
            findings,
            levels: vec![base],
            weight: 0,
            last: Last::Operator,
            word: &[],
            newline: true,
            statement_ended: false,
            labels: 0,
        }
    }

    fn read(&mut self) -> Result<(), Stop> {
        if self.bytes.starts_with(b"#!") {
            self.line_comment();
        }
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | 0x0B | 0x0C => self.at += 1,
                b'\n' | b'\r' => {
                    self.newline = true;
                    self.at += 1;
                }
                b'/' if self.peek(1) == b'/' => self.line_comment(),
                b'/' if self.peek(1) == b'*' => self.block_comment()?,
                _ => self.token(byte)?,
            }
        }
        Ok(())
    }

    fn token(&mut self, byte: u8) -> Result<(), Stop> {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | b'#' | b'\\' => self.read_word()?,
            0x80.. => return self.non_ascii(),
            b'0'..=b'9' => self.number(),
            b'.' if self.peek(1).is_ascii_digit() => self.number(),
            b'"' | b'\'' => self.string(byte)?,
            b'`' => self.open(b'`')?,
            b'(' | b'[' | b'{' => self.open(byte)?,
            b')' | b']' | b'}' => self.close(byte)?,
            b'/' => self.slash()?,
            _ => self.operator(byte)?,
        }
        self.newline = false;
        if self.levels.last().is_some_and(|level| level.open == b'`') {
            self.template()?;
        }
        Ok(())
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn level(&mut self) -> &mut Level {
        self.levels.last_mut().expect("the base level is never closed")
    }

    /// Notes that a statement ended at the current level, so that what was counted in it is no longer open.
    fn end_statement(&mut self) {
        let level = self.levels.last_mut().expect("the base level is never closed");
        self.weight -= level.run + level.held;
        level.run = 0;
        level.held = 0;
        self.statement_ended = true;
        self.labels = 0;
    }

    fn add(&mut self, weight: u32) -> Result<(), Stop> {
        self.level().run += weight;
        self.grow(weight)
    }

    fn hold(&mut self, weight: u32) -> Result<(), Stop> {
        self.level().held += weight;
        self.grow(weight)
    }

    fn grow(&mut self, weight: u32) -> Result<(), Stop> {
        self.weight += weight;
        if self.weight > MAX_WEIGHT { Err(Stop::TooDeep(self.at)) } else { Ok(()) }
    }
}

/// Words and brackets.
impl Reader<'_, '_, '_, '_> {
    fn read_word(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let mut escaped = false;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' | b'#' => self.at += 1,
                b'\\' => {
                    escaped = true;
                    self.at += if self.peek(1) == b'u' && self.peek(2) == b'{' { 3 } else { 2 };
                }
                b'}' if escaped && self.bytes[start..self.at].ends_with_open_escape() => self.at += 1,
                0x80.. if !self.is_space() => self.at += 1,
                _ => break,
            }
        }
        self.at = self.at.min(self.bytes.len());
        let word = &self.bytes[start..self.at];
        if escaped && self.last != Last::Dot && words::is_keyword(&words::unescaped(word)) {
            let message = "keywords cannot be written with escapes".to_owned();
            return Err(Stop::Broken(Problem { offset: start, message }));
        }
        self.after_word(word)
    }

    fn after_word(&mut self, word: &[u8]) -> Result<(), Stop> {
        let property = self.last == Last::Dot || word.first() == Some(&b'#');
        let keyword = !property && words::is_keyword(word);
        let clause = self.last == Last::Colon && matches!(word, b"case" | b"default");
        let broken = match self.last {
            Last::Brace => true,
            Last::Operand => self.newline,
            _ => clause,
        };
        if broken && !(keyword && words::continues(word)) {
            self.end_statement();
        }
        if self.statement_ended && word != b"else" {
            let level = self.level();
            let elses = std::mem::take(&mut level.elses);
            self.weight -= elses;
        }
        self.statement_ended = false;
        if !keyword {
            self.word = b"";
            self.last = Last::Operand;
            return Ok(());
        }
        match word {
            b"else" => {
                self.level().elses += HEAD;
                self.grow(HEAD)?;
            }
            b"do" => {
                self.level().dos += HEAD;
                self.grow(HEAD)?;
            }
            _ if words::heads(word) => self.hold(HEAD)?,
            _ if words::is_value(word) => {}
            _ => self.add(1)?,
        }
        self.remember(word)
    }

    fn remember(&mut self, word: &[u8]) -> Result<(), Stop> {
        let for_await = word == b"await" && self.word == b"for";
        if !for_await {
            self.word = words::heading(word);
        }
        self.last = if words::is_value(word) {
            Last::Operand
        } else if words::takes_operand(word) {
            Last::Prefix
        } else {
            Last::Either
        };
        Ok(())
    }

    fn open(&mut self, open: u8) -> Result<(), Stop> {
        let head = open == b'(' && !self.word.is_empty();
        self.statement_ended = false;
        self.grow(BRACKET)?;
        let level = Level { open, opened_at: self.at, head, run: 0, held: 0, elses: 0, dos: 0 };
        self.levels.push(level);
        self.at += 1;
        self.after(Last::Operator);
        Ok(())
    }

    fn close(&mut self, close: u8) -> Result<(), Stop> {
        let open = self.levels.last().map_or(0, |level| level.open);
        let fits = matches!((open, close), (b'(', b')') | (b'[', b']') | (b'{' | b'$', b'}'));
        if !fits {
            return Err(self.mismatch(open, close));
        }
        let Some(level) = self.levels.pop() else { return Ok(()) };
        self.weight -= BRACKET + level.run + level.held + level.elses + level.dos;
        self.at += 1;
        if open == b'$' {
            return Ok(());
        }
        // A closed bracket may be one link of a chain of calls.
        self.add(1)?;
        self.after(match (close, level.head) {
            (b')', true) => Last::Head,
            (b'}', _) => Last::Brace,
            _ => Last::Operand,
        });
        Ok(())
    }

    fn mismatch(&self, open: u8, close: u8) -> Stop {
        let close = close as char;
        let message = if open == 0 {
            format!("`{close}` closes nothing")
        } else {
            let opened = self.levels.last().map_or(0, |level| level.opened_at);
            let line = self.bytes[..opened].iter().filter(|byte| **byte == b'\n').count() + 1;
            format!("`{close}` does not close the `{}` of line {line}", open as char)
        };
        Stop::Broken(Problem { offset: self.at, message })
    }

    fn after(&mut self, last: Last) {
        self.last = last;
        self.word = b"";
    }
}

/// Operators and slashes.
impl Reader<'_, '_, '_, '_> {
    fn operator(&mut self, byte: u8) -> Result<(), Stop> {
        self.html_comment(byte);
        let next = self.peek(1);
        self.labels = match byte {
            b':' if self.last == Last::Operand => self.labels.saturating_add(1),
            _ => 0,
        };
        let (length, last) = match (byte, next) {
            (b';', _) => return self.semicolon(),
            (b',', _) => return self.comma(),
            (b'.', b'.') => (3, Last::Operator),
            (b'.', _) => (1, Last::Dot),
            (b'?', b'.') if !self.peek(2).is_ascii_digit() => (2, Last::Dot),
            (b'+', b'+') | (b'-', b'-') => (2, Last::Either),
            (b'=', b'>') => (2, Last::Operator),
            (b'=' | b'!', b'=') => (if self.peek(2) == b'=' { 3 } else { 2 }, Last::Operator),
            (b'&', b'&') | (b'|', b'|') | (b'?', b'?') | (b'*', b'*') => {
                (if self.peek(2) == b'=' { 3 } else { 2 }, Last::Operator)
            }
            (b'+' | b'-' | b'*' | b'%' | b'&' | b'|' | b'^', b'=') => (2, Last::Operator),
            (b'!' | b'>', _) => (1, Last::Either),
            (b':', _) => (1, Last::Colon),
            _ => (1, Last::Operator),
        };
        if byte == b'<' {
            // May open type arguments, in which a comma ends nothing.
            let run = std::mem::take(&mut self.level().run);
            self.level().held += run;
            self.hold(2)?;
        } else if byte == b':' && self.labels > 1 {
            self.hold(2)?;
        } else {
            self.add(if byte == b'=' && next == b'>' { HEAD } else { 1 })?;
        }
        self.at = (self.at + length).min(self.bytes.len());
        let labels = self.labels;
        self.after(last);
        self.labels = labels;
        self.statement_ended = false;
        Ok(())
    }

    fn semicolon(&mut self) -> Result<(), Stop> {
        self.end_statement();
        self.at += 1;
        self.after(Last::Operator);
        Ok(())
    }

    fn comma(&mut self) -> Result<(), Stop> {
        let run = std::mem::take(&mut self.level().run);
        self.weight -= run;
        self.at += 1;
        self.after(Last::Operator);
        Ok(())
    }

    /// `<!--` and `-->` are comments to some engines and operators to others.
    fn html_comment(&mut self, byte: u8) {
        let rest = &self.bytes[self.at..];
        let closes = byte == b'-' && rest.starts_with(b"-->") && self.newline;
        if closes || (byte == b'<' && rest.starts_with(b"<!--")) {
            let offence = Offence {
                rule: "no-html-comments",
                message: "HTML comments hide code from some readers".to_owned(),
                hint: "Use // or /* */, and put spaces between operators".to_owned(),
            };
            self.findings.add(self.at, offence);
        }
    }

    fn slash(&mut self) -> Result<(), Stop> {
        let regular = match self.last {
            Last::Operator | Last::Prefix | Last::Head | Last::Colon => true,
            Last::Operand if !self.newline => false,
            Last::Dot => false,
            _ => self.either_slash()?,
        };
        if regular {
            self.regular_expression()
        } else {
            self.at += if self.peek(1) == b'=' { 2 } else { 1 };
            self.after(Last::Operator);
            self.add(1)
        }
    }

    fn either_slash(&mut self) -> Result<bool, Stop> {
        let line =
            self.bytes[self.at + 1..].split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        if !line.contains(&b'/') {
            return Ok(false);
        }
        let choice = self.choices.get(self.uncertain).copied().ok_or(Stop::Uncertain(self.at))?;
        self.uncertain += 1;
        Ok(choice)
    }

    fn regular_expression(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let mut class = false;
        let mut groups = 0;
        self.at += 1;
        loop {
            match self.peek(0) {
                b'/' if !class => break,
                b'[' | b'(' => groups += 1,
                _ => {}
            }
            match self.peek(0) {
                0 | b'\n' | b'\r' => return Err(Self::unfinished(start, "regular expression")),
                b'\\' => self.at += 1,
                b'[' => class = true,
                b']' => class = false,
                _ => {}
            }
            self.at += 1;
        }
        if groups > MAX_GROUPS {
            return Err(Stop::TooDeep(start));
        }
        self.at += 1;
        while self.peek(0).is_ascii_alphanumeric() {
            self.at += 1;
        }
        self.after(Last::Operand);
        Ok(())
    }

    fn unfinished(offset: usize, what: &str) -> Stop {
        Stop::Broken(Problem { offset, message: format!("this {what} does not end") })
    }
}
