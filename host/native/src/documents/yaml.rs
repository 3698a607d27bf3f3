//! YAML 1.2 (core schema) → [`Document`]. Refuses what would surprise: tags, merge keys, several documents,
//! keys given twice, aliases that multiply. `no`, `017`, `1_000` and dates are text. Never recurses over the
//! input's depth.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use frontmcp_core::findings::{Document, Finding, Mark, Marks, pointer};
use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span, options};
use serde_json::{Map, Value};

use super::{MAX_DEPTH, check_size, location, position};

/// How many values anchors and aliases together may copy; ordinary descriptions copy a few hundred.
const MAX_COPIED: usize = 250_000;

/// Problems listed before the reader gives up on a file.
const MAX_PROBLEMS: usize = 100;

/// Reads one YAML document. Columns count characters.
///
/// # Errors
/// Every problem that does not hide the next one; a syntax error ends the list.
pub fn read(file: &str, text: &str) -> Result<Document, Vec<Finding>> {
    check_size(file, text)?;
    let mut composer = Composer::new(None);
    composer.run(text);
    if !composer.problems.is_empty() {
        return Err(composer.into_findings(file, text));
    }
    let source: Arc<str> = text.into();
    Ok(Document {
        file: file.to_owned(),
        value: composer.root.unwrap_or(Value::Null),
        marks: Marks::lazy(move || marks(&source)),
    })
}

fn marks(text: &str) -> BTreeMap<String, Mark> {
    let mut composer = Composer::new(Some(BTreeMap::new()));
    composer.run(text);
    composer.marks.unwrap_or_default()
}

type Place = (u32, u32);

struct Problem {
    code: &'static str,
    message: String,
    hint: Option<String>,
    place: Place,
    /// The pointer of a key given twice, to say where it was given first.
    twin: Option<String>,
}

/// Builds the tree from parser events with its own stack.
struct Composer {
    /// `None` when only the values are wanted.
    marks: Option<BTreeMap<String, Mark>>,
    stack: Vec<Frame>,
    root: Option<Value>,
    anchors: HashMap<usize, Anchored>,
    copied: usize,
    documents: usize,
    problems: Vec<Problem>,
    /// Aliases have used up their budget: what follows would only be noise.
    exhausted: bool,
}

/// A list or mapping that is still open.
struct Frame {
    content: Content,
    pointer: String,
    start: Place,
    anchor: usize,
    size: Size,
}

enum Content {
    List(Vec<Value>),
    Map(Map<String, Value>, Option<Key>),
}

struct Key {
    text: String,
    place: Place,
    /// False for a key that was refused: its value is read and dropped.
    keep: bool,
}

/// Extent of a subtree: values in it, and levels of nesting.
#[derive(Clone, Copy, Default)]
struct Size {
    values: usize,
    height: usize,
}

struct Anchored {
    value: Value,
    size: Size,
}

impl Composer {
    fn new(marks: Option<BTreeMap<String, Mark>>) -> Self {
        Self {
            marks,
            stack: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            copied: 0,
            documents: 0,
            problems: Vec::new(),
            exhausted: false,
        }
    }

    fn run(&mut self, text: &str) {
        for event in Parser::new_from_str_with_options(text, parser_options()) {
            match event {
                Ok((event, span)) => self.event(event, span),
                Err(error) => return self.problems.push(syntax_problem(&error)),
            }
            if self.problems.len() >= MAX_PROBLEMS || self.documents > 1 || self.exhausted {
                return;
            }
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) {
        let place = start(span);
        match event {
            Event::DocumentStart(..) => self.document(place),
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                self.scalar(&text, style, anchor, place);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                self.open(Content::List(Vec::new()), anchor, place);
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                self.open(Content::Map(Map::new(), None), anchor, place);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, place),
            _ => {}
        }
    }

    fn document(&mut self, place: Place) {
        self.documents += 1;
        if self.documents > 1 {
            self.problem("yaml-documents", "a second document starts here", place)
                .hint("keep one document per file and remove the `---` line");
        }
    }

    fn refuse_tag(&mut self, tagged: bool, span: Span) {
        if tagged {
            let place = span.tag_start().map_or_else(|| start(span), |marker| place_of(&marker));
            self.problem("yaml-tag", "YAML tags are not supported", place)
                .hint("remove the `!...`, and quote the value if it is text");
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, place: Place) {
        if self.wants_key() {
            self.key(text, style, place);
            self.save(anchor, &Value::String(text.to_owned()), Size { values: 1, height: 0 });
            return;
        }
        let value = if style == ScalarStyle::Plain { plain(text) } else { Ok(text.into()) };
        let value = value.unwrap_or_else(|message| {
            self.problem("yaml-number", message, place).hint("quote it if it is text");
            Value::Null
        });
        let size = Size { values: 1, height: 0 };
        self.save(anchor, &value, size);
        self.put(value, size, place);
    }

    fn wants_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { content: Content::Map(_, None), .. }))
    }

    fn key(&mut self, text: &str, style: ScalarStyle, place: Place) {
        if style == ScalarStyle::Plain && text == "<<" {
            self.problem("yaml-merge-key", "merge keys (`<<`) are not part of YAML 1.2", place)
                .hint("write the merged fields out");
            return self.set_key(text, place, false);
        }
        if style == ScalarStyle::Plain && text.is_empty() {
            self.problem("yaml-key", "the key is empty", place).hint("write the key before the `:`");
            return self.set_key(text, place, false);
        }
        let twin = match self.stack.last() {
            Some(Frame { content: Content::Map(map, _), pointer: at, .. }) if map.contains_key(text) => {
                Some(pointer(at, text))
            }
            _ => None,
        };
        let keep = twin.is_none();
        if twin.is_some() {
            self.problem("duplicate-key", format!("the key `{text}` is given twice"), place).twin = twin;
        }
        self.set_key(text, place, keep);
    }

    fn set_key(&mut self, text: &str, place: Place, keep: bool) {
        if let Some(Frame { content: Content::Map(_, key), .. }) = self.stack.last_mut() {
            *key = Some(Key { text: text.to_owned(), place, keep });
        }
    }

    fn open(&mut self, content: Content, anchor: usize, start: Place) {
        let pointer = self.child_pointer();
        self.stack.push(Frame { content, pointer, start, anchor, size: Size { values: 1, height: 1 } });
    }

    fn close(&mut self) {
        let Some(frame) = self.stack.pop() else { return };
        let value = match frame.content {
            Content::List(items) => Value::Array(items),
            Content::Map(map, _) => Value::Object(map),
        };
        self.save(frame.anchor, &value, frame.size);
        if self.wants_key() {
            self.problem("yaml-key", "a key must be text, not a list or mapping", frame.start)
                .hint("quote the value if it starts with `{` or `[`");
            return self.set_key("", frame.start, false);
        }
        self.put(value, frame.size, frame.start);
    }

    fn alias(&mut self, anchor: usize, place: Place) {
        let found = self.anchors.get(&anchor).map(|anchored| (anchored.value.clone(), anchored.size));
        let (value, size) = match found {
            None => {
                self.problem("yaml-alias", "the alias refers to a value that contains it", place);
                (Value::Null, Size { values: 1, height: 0 })
            }
            Some((_, size)) if self.over_budget(size, place) => (Value::Null, Size { values: 1, height: 0 }),
            Some(found) => found,
        };
        match (&value, self.wants_key()) {
            (Value::String(text), true) => self.key(text, ScalarStyle::DoubleQuoted, place),
            (_, true) => {
                self.problem("yaml-key", "a key must be text", place);
                self.set_key("", place, false);
            }
            (_, false) => self.put(value, size, place),
        }
    }

    /// Copies cost memory and depth that the text does not show.
    fn over_budget(&mut self, size: Size, place: Place) -> bool {
        self.copied += size.values;
        let deep = self.stack.len() + size.height > MAX_DEPTH;
        if self.copied > MAX_COPIED || deep {
            self.exhausted = true;
            let what = if deep { "nest too deep" } else { "multiply beyond reason" };
            self.problem("yaml-alias", format!("aliases {what}"), place).hint("write the values out");
            return true;
        }
        false
    }

    fn save(&mut self, anchor: usize, value: &Value, size: Size) {
        if anchor != 0 && self.copied <= MAX_COPIED {
            self.copied += size.values;
            self.anchors.insert(anchor, Anchored { value: value.clone(), size });
        }
    }

    fn put(&mut self, value: Value, size: Size, place: Place) {
        self.mark(place);
        let Some(frame) = self.stack.last_mut() else {
            self.root.get_or_insert(value);
            return;
        };
        frame.size.values += size.values;
        frame.size.height = frame.size.height.max(size.height + 1);
        match &mut frame.content {
            Content::List(items) => items.push(value),
            Content::Map(map, key) => {
                if let Some(Key { text, keep: true, .. }) = key.take() {
                    map.insert(text, value);
                }
            }
        }
    }

    fn mark(&mut self, value: Place) {
        let pointer = self.child_pointer();
        let (key, keep) = match self.stack.last() {
            Some(Frame { content: Content::Map(_, Some(key)), .. }) => (Some(key.place), key.keep),
            _ => (None, true),
        };
        if let Some(marks) = self.marks.as_mut().filter(|_| keep) {
            marks.insert(pointer, Mark { value, key });
        }
    }

    /// The pointer of the value that comes next.
    fn child_pointer(&self) -> String {
        match self.stack.last() {
            Some(Frame { content: Content::List(items), pointer, .. }) => {
                format!("{pointer}/{}", items.len())
            }
            Some(Frame { content: Content::Map(_, Some(key)), pointer: at, .. }) => pointer(at, &key.text),
            _ => String::new(),
        }
    }

    fn problem(&mut self, code: &'static str, message: impl Into<String>, place: Place) -> &mut Problem {
        self.problems.push(Problem { code, message: message.into(), hint: None, place, twin: None });
        self.problems.last_mut().expect("a problem was pushed just now")
    }

    fn into_findings(self, file: &str, text: &str) -> Vec<Finding> {
        let twins = self.problems.iter().any(|problem| problem.twin.is_some());
        let marks = if twins { marks(text) } else { BTreeMap::new() };
        let finding = |problem: Problem| {
            let mut finding = Finding::error(problem.code, problem.message).at(location(file, problem.place));
            finding.hint = problem.hint;
            if let Some((line, _)) = problem.twin.and_then(|twin| marks.get(&twin)?.key) {
                finding.hint = Some(format!("it is first given on line {line}; keep one of them"));
            }
            finding
        };
        self.problems.into_iter().map(finding).collect()
    }
}

impl Problem {
    fn hint(&mut self, hint: &str) {
        self.hint = Some(hint.to_owned());
    }
}

fn parser_options() -> Options {
    options! { emit_comments: false, flow_nesting_limit: MAX_DEPTH, block_nesting_limit: MAX_DEPTH }
}

fn start(span: Span) -> Place {
    place_of(&span.start)
}

fn place_of(marker: &granit_parser::Marker) -> Place {
    (position(marker.line()), position(marker.col() + 1))
}

/// What a plain scalar means: YAML 1.2.2 section 10.3.2, except that digits with a leading zero are text,
/// because authors mean an id and older readers see an octal number.
fn plain(text: &str) -> Result<Value, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return Err(format!("`{text}` is not a number JSON can hold"));
    }
    if let Some(value) = prefixed(text, "0x", 16).or_else(|| prefixed(text, "0o", 8)) {
        return value;
    }
    if is_decimal(unsigned) { decimal(text.strip_prefix('+').unwrap_or(text)) } else { Ok(text.into()) }
}

fn prefixed(text: &str, prefix: &str, radix: u32) -> Option<Result<Value, String>> {
    let digits = text.strip_prefix(prefix)?;
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    Some(u64::from_str_radix(digits, radix).map(Value::from).map_err(|_| format!("`{text}` is too large")))
}

/// `[0-9]+ ( . [0-9]* )? ( e [-+]? [0-9]+ )?` or `. [0-9]+ ...`, without a superfluous leading zero.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && !(whole.len() > 1 && whole.starts_with('0'))
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

fn decimal(text: &str) -> Result<Value, String> {
    if let Ok(value) = text.parse::<i64>() {
        return Ok(value.into());
    }
    if let Ok(value) = text.parse::<u64>() {
        return Ok(value.into());
    }
    let float = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
    float.map(Value::Number).ok_or_else(|| format!("`{text}` is not a number JSON can hold"))
}

fn syntax_problem(error: &ScanError) -> Problem {
    let hint = match error.kind() {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => Some("indent with spaces; YAML allows no tabs there"),
        ErrorKind::UnexpectedCharacter { .. } => Some("quote the value"),
        ErrorKind::MappingValueNotAllowed | ErrorKind::MappingKeyNotAllowed => {
            Some("check the indentation, and quote text that contains `: `")
        }
        ErrorKind::UnclosedQuotedScalar => Some("close the quote"),
        ErrorKind::InvalidTrailingDoubleQuotedScalar | ErrorKind::InvalidTrailingSingleQuotedScalar => {
            Some("a quote may be missing here or on an earlier line")
        }
        ErrorKind::InvalidColonPlacement => Some("a `]` or `}` may be missing above"),
        ErrorKind::UnknownAnchor => Some("define the anchor with `&` before `*` uses it"),
        ErrorKind::RecursionLimitExceeded => Some("at most 128 levels of lists and mappings are read"),
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::ExpectedFlowSequenceSeparator => {
            Some("close the `[`")
        }
        ErrorKind::UnexpectedEofFlowMapping | ErrorKind::ExpectedFlowMappingSeparator => {
            Some("close the `{`")
        }
        ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::SimpleKeyExpected => Some("check the indentation, and that each key ends with `:`"),
        _ => None,
    };
    Problem {
        code: "yaml-syntax",
        message: format!("not valid YAML: {}", error.kind()),
        hint: hint.map(str::to_owned),
        place: place_of(error.marker()),
        twin: None,
    }
}
