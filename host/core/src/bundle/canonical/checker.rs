//! Decides whether bytes are canonical JSON, in one pass and without building a value. Never says what they mean.

use std::cmp::Ordering;

use super::{MAX_DEPTH, NotCanonical, compare_keys, double};

/// Bytes that are UTF-8, and the place that was reached in them.
struct Checker<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// Refuses what is not one document in canonical form.
pub(super) fn check(bytes: &[u8]) -> Result<(), NotCanonical> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| refused(error.valid_up_to(), "bytes that are not UTF-8"))?;
    let mut checker = Checker { text, at: 0, depth: 0 };
    checker.value()?;
    if checker.at < bytes.len() {
        return Err(checker.unexpected("the end"));
    }
    Ok(())
}

impl Checker<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn value(&mut self) -> Result<(), NotCanonical> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{') => self.list(b'}', Self::members),
            Some(b'[') => self.list(b']', Self::items),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                let rest = &self.text[self.at..];
                let Some(word) = ["true", "false", "null"].into_iter().find(|word| rest.starts_with(word))
                else {
                    return Err(self.unexpected("a value"));
                };
                self.at += word.len();
                Ok(())
            }
        }
    }

    /// From the opening to the closing bracket.
    fn list(
        &mut self,
        close: u8,
        inside: fn(&mut Self) -> Result<(), NotCanonical>,
    ) -> Result<(), NotCanonical> {
        if self.depth == MAX_DEPTH {
            return Err(refused(self.at, "arrays and objects that nest deeper than 127 levels"));
        }
        self.depth += 1;
        self.at += 1;
        if !self.take(close) {
            inside(self)?;
            if !self.take(close) {
                return Err(self.unexpected(if close == b']' { "`,` or `]`" } else { "`,` or `}`" }));
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn items(&mut self) -> Result<(), NotCanonical> {
        self.value()?;
        while self.take(b',') {
            self.value()?;
        }
        Ok(())
    }

    /// RFC 8785 §3.2.3: every key stands above the one before.
    fn members(&mut self) -> Result<(), NotCanonical> {
        let bytes = self.text.as_bytes();
        let mut before: Option<&[u8]> = None;
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key"));
            }
            self.string()?;
            let key = &bytes[start..self.at];
            match before.map(|before| compare_keys(before, key)) {
                None | Some(Ordering::Less) => before = Some(key),
                Some(Ordering::Equal) => return Err(refused(start, "a key that stands twice in one object")),
                Some(Ordering::Greater) => return Err(refused(start, "a key out of order")),
            }
            if !self.take(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.value()?;
            if !self.take(b',') {
                return Ok(());
            }
        }
    }

    /// RFC 8785 §3.2.2.2: nothing is escaped that need not be, and each in one way.
    fn string(&mut self) -> Result<(), NotCanonical> {
        let bytes = self.text.as_bytes();
        self.at += 1;
        loop {
            let special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
            match bytes[self.at..].iter().position(special) {
                None => return Err(refused(bytes.len(), "a string that does not end")),
                Some(plain) => self.at += plain,
            }
            match bytes[self.at] {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => match escape(&bytes[self.at..]) {
                    Some(length) => self.at += length,
                    None => {
                        let what = "an escape that is not needed or has another canonical spelling";
                        return Err(refused(self.at, what));
                    }
                },
                _ => return Err(refused(self.at, "a control character that is not escaped")),
            }
        }
    }

    /// RFC 8785 §3.2.2.3: what ECMAScript writes for the double.
    fn number(&mut self) -> Result<(), NotCanonical> {
        /// Integers of as many digits are below 2^53.
        const EXACT: usize = 15;
        let start = self.at;
        let rest = &self.text[start..];
        let length = rest.bytes().position(|byte| !is_of_number(byte)).unwrap_or(rest.len());
        let number = &rest[..length];
        self.at += length;
        let digits = number.strip_prefix('-').unwrap_or(number);
        let plain = digits.len() <= EXACT && digits.bytes().all(|byte| byte.is_ascii_digit());
        let canonical = if plain {
            !digits.is_empty() && (!digits.starts_with('0') || number == "0")
        } else {
            number.parse().is_ok_and(|value: f64| value.is_finite() && double(value) == number)
        };
        if canonical {
            Ok(())
        } else {
            Err(refused(start, "a number that has another canonical spelling, or none"))
        }
    }

    fn unexpected(&self, wanted: &str) -> NotCanonical {
        match self.peek() {
            None => refused(self.at, format!("the document ends where {wanted} is expected")),
            Some(b' ' | b'\t' | b'\n' | b'\r') => refused(self.at, "white space between tokens"),
            Some(_) => refused(self.at, format!("something stands where {wanted} is expected")),
        }
    }
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// How long the escape is that `bytes` start with, if it is one that canonical JSON has.
fn escape(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => {
            let code = bytes.get(2..6)?;
            let low = match code[3] {
                // \b, \t, \n, \f and \r have a shorter escape.
                digit @ b'0'..=b'9' => digit - b'0',
                digit @ b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            let shorter = code[2] == b'0' && matches!(low, 8 | 9 | 10 | 12 | 13);
            (code.starts_with(b"00") && matches!(code[2], b'0' | b'1') && !shorter).then_some(6)
        }
        _ => None,
    }
}

fn refused(offset: usize, message: impl Into<String>) -> NotCanonical {
    NotCanonical { offset: Some(offset), message: message.into() }
}
