//! The import and export sections of a core module, read straight from the bytes. Knows no other section.

use anyhow::{Context, Result, ensure};

const IMPORT_SECTION: u8 = 2;
const EXPORT_SECTION: u8 = 7;

/// `module.name` of every import, in order.
pub(crate) fn of(wasm: &[u8]) -> Result<Vec<String>> {
    let (count, mut section) = section(wasm, IMPORT_SECTION)?;
    (0..count).map(|_| section.import()).collect()
}

/// The name of every export, in order.
pub(crate) fn exports(wasm: &[u8]) -> Result<Vec<String>> {
    let (count, mut section) = section(wasm, EXPORT_SECTION)?;
    (0..count).map(|_| section.export()).collect()
}

/// How many entries the section has, and the entries.
fn section(wasm: &[u8], wanted: u8) -> Result<(usize, Reader<'_>)> {
    ensure!(wasm.starts_with(b"\0asm\x01\0\0\0"), "not a core module");
    let mut reader = Reader(&wasm[8..]);
    while !reader.0.is_empty() {
        let id = reader.byte()?;
        let size = reader.number()?;
        let mut section = Reader(reader.bytes(size)?);
        if id == wanted {
            return Ok((section.number()?, section));
        }
    }
    Ok((0, Reader(&[])))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        let (first, rest) = self.0.split_first().context("the module ends early")?;
        self.0 = rest;
        Ok(*first)
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).context("the module ends early")?;
        self.0 = rest;
        Ok(taken)
    }

    /// An unsigned LEB128 number.
    fn number(&mut self) -> Result<usize> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        anyhow::bail!("a number is too long")
    }

    fn text(&mut self) -> Result<&'a str> {
        let length = self.number()?;
        Ok(std::str::from_utf8(self.bytes(length)?)?)
    }

    fn import(&mut self) -> Result<String> {
        let name = format!("{}.{}", self.text()?, self.text()?);
        match self.byte()? {
            0 => drop(self.number()?),
            1 => {
                self.byte()?;
                self.limits()?;
            }
            2 => self.limits()?,
            3 => drop(self.bytes(2)?),
            kind => anyhow::bail!("{name} is an import of the unknown kind {kind}"),
        }
        Ok(name)
    }

    fn export(&mut self) -> Result<String> {
        let name = self.text()?.to_owned();
        self.byte()?;
        self.number()?;
        Ok(name)
    }

    fn limits(&mut self) -> Result<()> {
        let flags = self.byte()?;
        self.number()?;
        if flags & 1 == 1 {
            self.number()?;
        }
        Ok(())
    }
}
