//! How the nesting bound reads literals, comments and blanks. Never looks at what they contain.

use super::{BRACKET, Last, Reader, Stop};

/// Literals, comments and blanks.
impl Reader<'_, '_, '_, '_> {
    pub(super) fn number(&mut self) {
        let start = self.at;
        let radix = self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X' | b'b' | b'B' | b'o' | b'O');
        let mut dot = radix;
        loop {
            match self.peek(0) {
                b'.' if !dot => dot = true,
                b'+' | b'-'
                    if !radix && self.at > start && matches!(self.bytes[self.at - 1], b'e' | b'E') => {}
                byte if byte.is_ascii_alphanumeric() || byte == b'_' => {}
                _ => break,
            }
            self.at += 1;
        }
        self.literal();
    }

    pub(super) fn string(&mut self, quote: u8) -> Result<(), Stop> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek(0) {
                byte if byte == quote => break,
                b'\\' if self.peek(1) == b'\r' && self.peek(2) == b'\n' => self.at += 3,
                b'\\' => self.at += 2,
                b'\n' | b'\r' => return Err(Self::unfinished(start, "string")),
                _ => self.at += 1,
            }
            if self.at >= self.bytes.len() {
                return Err(Self::unfinished(start, "string"));
            }
        }
        self.at += 1;
        self.literal();
        Ok(())
    }

    pub(super) fn literal(&mut self) {
        if self.newline && self.last == Last::Operand {
            self.statement_ended = false;
        }
        self.after(Last::Operand);
    }

    /// Reads the text of a template up to its end or the next `${`.
    pub(super) fn template(&mut self) -> Result<(), Stop> {
        loop {
            match self.peek(0) {
                b'`' => {
                    self.levels.pop();
                    self.weight -= BRACKET;
                    self.at += 1;
                    self.after(Last::Operand);
                    return self.add(1);
                }
                b'$' if self.peek(1) == b'{' => {
                    self.at += 1;
                    return self.open(b'$');
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
            if self.at >= self.bytes.len() {
                let opened = self.levels.last().map_or(0, |level| level.opened_at);
                return Err(Self::unfinished(opened, "template"));
            }
        }
    }

    pub(super) fn line_comment(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            if matches!(byte, b'\n' | b'\r') || self.is_line_separator() {
                break;
            }
            self.at += 1;
        }
    }

    pub(super) fn block_comment(&mut self) -> Result<(), Stop> {
        let start = self.at;
        self.at += 2;
        while !self.bytes[self.at.min(self.bytes.len())..].starts_with(b"*/") {
            self.newline |= matches!(self.peek(0), b'\n' | b'\r') || self.is_line_separator();
            self.at += 1;
            if self.at >= self.bytes.len() {
                return Err(Self::unfinished(start, "comment"));
            }
        }
        self.at += 2;
        Ok(())
    }

    pub(super) fn non_ascii(&mut self) -> Result<(), Stop> {
        if self.is_line_separator() {
            self.newline = true;
            self.at += 3;
            Ok(())
        } else if self.is_space() {
            self.at += if self.bytes[self.at] == 0xC2 { 2 } else { 3 };
            Ok(())
        } else {
            self.read_word()?;
            self.newline = false;
            Ok(())
        }
    }

    pub(super) fn is_line_separator(&self) -> bool {
        let rest = &self.bytes[self.at..];
        rest.starts_with(b"\xE2\x80\xA8") || rest.starts_with(b"\xE2\x80\xA9")
    }

    /// The blanks beyond ASCII: U+00A0, U+1680, U+2000–200A, U+202F, U+205F, U+3000, U+FEFF.
    pub(super) fn is_space(&self) -> bool {
        match &self.bytes[self.at..] {
            [0xC2, 0xA0, ..] | [0xE1, 0x9A, 0x80, ..] | [0xE2, 0x80, 0xAF, ..] | [0xE2, 0x81, 0x9F, ..] => {
                true
            }
            [0xE3, 0x80, 0x80, ..] | [0xEF, 0xBB, 0xBF, ..] => true,
            [0xE2, 0x80, last, ..] => (0x80..=0x8A).contains(last) || matches!(last, 0xA8 | 0xA9),
            _ => false,
        }
    }
}

pub(super) trait Escapes {
    fn ends_with_open_escape(&self) -> bool;
}

impl Escapes for [u8] {
    /// Whether the text ends inside `\u{…`.
    fn ends_with_open_escape(&self) -> bool {
        let digits = self.iter().rev().take_while(|byte| byte.is_ascii_hexdigit()).count();
        // The opening brace itself was skipped as part of the escape.
        self[..self.len() - digits].ends_with(b"\\u{")
    }
}
