//! The members of the globals, found without parsing their values: a script pays for what it names.
//!
//! Checks no more than it needs to find the ends of values; the JSON parser sees a value when the
//! script first asks for it.

use std::ops::Range;

/// The scope's JSON and where its parts are.
pub(crate) struct Globals {
    json: String,
    sections: Vec<Member>,
    namespaces: Vec<Member>,
}

struct Member {
    name: Range<usize>,
    value: Range<usize>,
}

impl Globals {
    pub(crate) const fn none() -> Self {
        Self { json: String::new(), sections: Vec::new(), namespaces: Vec::new() }
    }

    /// Finds the parts; nothing when the text is not an object, or its `namespaces` is not.
    pub(crate) fn new(json: String) -> Option<Self> {
        let sections = members(&json, 0)?;
        let found = sections.iter().find(|section| &json[section.name.clone()] == "namespaces");
        let namespaces = match found {
            Some(section) => members(&json, section.value.start)?,
            None => Vec::new(),
        };
        Some(Self { json, sections, namespaces })
    }

    pub(crate) fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.namespaces.iter().map(|member| &self.json[member.name.clone()])
    }

    /// The JSON of a top-level member.
    pub(crate) fn section(&self, name: &str) -> Option<&str> {
        self.value(&self.sections, name)
    }

    /// The JSON of a namespace.
    pub(crate) fn namespace(&self, name: &str) -> Option<&str> {
        self.value(&self.namespaces, name)
    }

    fn value(&self, members: &[Member], name: &str) -> Option<&str> {
        let member = members.iter().find(|member| &self.json[member.name.clone()] == name)?;
        Some(&self.json[member.value.clone()])
    }
}

/// The members of the object that starts at `at`. Names are taken as they are written.
fn members(json: &str, at: usize) -> Option<Vec<Member>> {
    let mut scan = Scan { bytes: json.as_bytes(), at };
    let mut members = Vec::new();
    scan.expect(b'{')?;
    if scan.peek()? == b'}' {
        return Some(members);
    }
    loop {
        scan.peek().filter(|&byte| byte == b'"')?;
        let name = scan.value()?;
        scan.expect(b':')?;
        let value = scan.value()?;
        members.push(Member { name: name.start + 1..name.end - 1, value });
        match scan.peek()? {
            b',' => scan.at += 1,
            b'}' => return Some(members),
            _ => return None,
        }
    }
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        while self.bytes.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        Some(self.bytes[self.at])
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.peek().filter(|&found| found == byte)?;
        self.at += 1;
        Some(())
    }

    /// Steps over one value of any kind.
    fn value(&mut self) -> Option<Range<usize>> {
        self.peek()?;
        let start = self.at;
        let mut depth = 0usize;
        loop {
            match self.bytes.get(self.at)? {
                b'"' => self.string()?,
                b'{' | b'[' => (depth, self.at) = (depth + 1, self.at + 1),
                b'}' | b']' => (depth, self.at) = (depth.checked_sub(1)?, self.at + 1),
                _ => self.at += 1,
            }
            let ended = matches!(
                self.bytes.get(self.at),
                None | Some(b',' | b':' | b'}' | b']' | b' ' | b'\n' | b'\t' | b'\r')
            );
            if depth == 0 && ended {
                return Some(start..self.at);
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        while *self.bytes.get(self.at)? != b'"' {
            self.at += if self.bytes[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        Some(())
    }
}
