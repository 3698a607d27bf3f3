//! The serializer behind canonical JSON. Writes into one buffer; never looks at what was meant, only at what is there.

use std::cmp::Ordering;
use std::fmt::Display;
use std::ops::Range;

use serde::Serialize;
use serde::ser::{self, Serializer};

use super::{MAX_DEPTH, NotCanonical, compare_keys, double, is_exact};

/// Writes values one after the other; objects are put in order when they end.
#[derive(Default)]
pub(super) struct Writer {
    out: Vec<u8>,
    /// Members of the objects that are open, innermost last.
    members: Vec<Member>,
    depth: usize,
}

/// Where a member stands in the buffer: from the key's opening quote to the end of its value.
#[derive(Clone)]
struct Member {
    key: Range<usize>,
    end: usize,
}

impl Writer {
    /// What was written.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// RFC 8785 §3.2.2.2 asks for the escapes that serde_json writes anyway.
    fn json<T: Serialize + ?Sized>(&mut self, value: &T) {
        serde_json::to_writer(&mut self.out, value).expect("strings and integers can be written to memory");
    }

    fn integer(&mut self, value: i128) -> Result<(), NotCanonical> {
        const EXACT: u128 = 1 << f64::MANTISSA_DIGITS;
        if value.unsigned_abs() <= EXACT {
            self.json(&(value as i64));
        } else if is_exact(value) {
            self.text(&double(value as f64));
        } else {
            return Err(refused(format!(
                "the integer {value} does not fit a double, which is all a JSON number can hold"
            )));
        }
        Ok(())
    }

    /// `close` is a bracket for every level that ends with the list.
    fn open(&mut self, bracket: u8, close: &'static str) -> Result<List<'_>, NotCanonical> {
        self.depth += close.len();
        if self.depth > MAX_DEPTH {
            return Err(refused(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.out.push(bracket);
        let start = self.out.len();
        let members = self.members.len();
        Ok(List { writer: self, start, members, close })
    }

    /// An externally tagged enum variant is an object with one member.
    fn open_variant(
        &mut self,
        variant: &str,
        bracket: u8,
        close: &'static str,
    ) -> Result<List<'_>, NotCanonical> {
        self.text("{");
        self.json(variant);
        self.text(":");
        self.open(bracket, close)
    }

    /// Puts the members since `first`, which stand from `start` to the end of the buffer, in order (RFC 8785 §3.2.3).
    fn sort(&mut self, start: usize, first: usize) -> Result<(), NotCanonical> {
        let out = &self.out;
        let compare =
            |one: &Member, other: &Member| compare_keys(&out[one.key.clone()], &out[other.key.clone()]);
        if self.members[first..].is_sorted_by(|one, other| compare(one, other) == Ordering::Less) {
            self.members.truncate(first);
            return Ok(());
        }
        let mut members = self.members.split_off(first);
        members.sort_by(compare);
        if let Some(pair) = members.windows(2).find(|pair| compare(&pair[0], &pair[1]) == Ordering::Equal) {
            let key = String::from_utf8_lossy(&out[pair[0].key.clone()]);
            return Err(refused(format!("the key {key} stands twice in one object")));
        }
        let unsorted = out[start..].to_vec();
        self.out.truncate(start);
        for (index, member) in members.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(&unsorted[member.key.start - start..member.end - start]);
        }
        Ok(())
    }
}

fn refused(message: String) -> NotCanonical {
    NotCanonical { offset: None, message }
}

impl ser::Error for NotCanonical {
    fn custom<T: Display>(message: T) -> Self {
        refused(message.to_string())
    }
}

/// An array or object that is open.
pub(super) struct List<'a> {
    writer: &'a mut Writer,
    /// Behind the opening bracket.
    start: usize,
    /// The first of its members.
    members: usize,
    close: &'static str,
}

impl List<'_> {
    fn comma(&mut self) {
        if self.writer.out.len() > self.start {
            self.writer.out.push(b',');
        }
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        self.comma();
        value.serialize(&mut *self.writer)
    }

    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotCanonical> {
        self.comma();
        let start = self.writer.out.len();
        key.serialize(&mut *self.writer)?;
        if self.writer.out[start] != b'"' {
            return Err(refused("a key is not a string".to_owned()));
        }
        let end = self.writer.out.len();
        self.writer.members.push(Member { key: start..end, end });
        self.writer.out.push(b':');
        Ok(())
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        value.serialize(&mut *self.writer)?;
        let end = self.writer.out.len();
        self.writer.members.last_mut().expect("a key stands before its value").end = end;
        Ok(())
    }

    fn close(self) -> Result<(), NotCanonical> {
        self.writer.sort(self.start, self.members)?;
        self.writer.depth -= self.close.len();
        self.writer.text(self.close);
        Ok(())
    }
}

impl<'a> Serializer for &'a mut Writer {
    type Ok = ();
    type Error = NotCanonical;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = List<'a>;
    type SerializeStruct = List<'a>;
    type SerializeStructVariant = List<'a>;

    fn serialize_bool(self, value: bool) -> Result<(), NotCanonical> {
        self.text(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), NotCanonical> {
        self.integer(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), NotCanonical> {
        self.integer(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), NotCanonical> {
        self.integer(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), NotCanonical> {
        self.integer(value.into())
    }

    fn serialize_i128(self, value: i128) -> Result<(), NotCanonical> {
        self.integer(value)
    }

    fn serialize_u128(self, value: u128) -> Result<(), NotCanonical> {
        // Beyond i128, only multiples of large powers of two are doubles; nobody counts in them.
        let value =
            i128::try_from(value).map_err(|_| refused(format!("the integer {value} is too large")))?;
        self.integer(value)
    }

    fn serialize_u8(self, value: u8) -> Result<(), NotCanonical> {
        self.integer(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), NotCanonical> {
        self.integer(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), NotCanonical> {
        self.integer(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), NotCanonical> {
        self.integer(value.into())
    }

    fn serialize_f32(self, value: f32) -> Result<(), NotCanonical> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), NotCanonical> {
        if !value.is_finite() {
            return Err(refused(format!("JSON has no number for {value}")));
        }
        self.text(ryu_js::Buffer::new().format_finite(value));
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), NotCanonical> {
        self.json(&value);
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), NotCanonical> {
        self.json(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), NotCanonical> {
        value.serialize(self)
    }

    fn serialize_none(self) -> Result<(), NotCanonical> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NotCanonical> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), NotCanonical> {
        self.text("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), NotCanonical> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), NotCanonical> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), NotCanonical> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), NotCanonical> {
        let mut object = self.open(b'{', "}")?;
        object.key(variant)?;
        object.value(value)?;
        object.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, NotCanonical> {
        self.open(b'[', "]")
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'a>, NotCanonical> {
        self.open(b'[', "]")
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'a>, NotCanonical> {
        self.open(b'[', "]")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a>, NotCanonical> {
        self.open_variant(variant, b'[', "]}")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<List<'a>, NotCanonical> {
        self.open(b'{', "}")
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<List<'a>, NotCanonical> {
        self.open(b'{', "}")
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a>, NotCanonical> {
        self.open_variant(variant, b'{', "}}")
    }
}

impl ser::SerializeSeq for List<'_> {
    type Ok = ();
    type Error = NotCanonical;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        self.item(value)
    }

    fn end(self) -> Result<(), NotCanonical> {
        self.close()
    }
}

impl ser::SerializeTuple for List<'_> {
    type Ok = ();
    type Error = NotCanonical;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        self.item(value)
    }

    fn end(self) -> Result<(), NotCanonical> {
        self.close()
    }
}

impl ser::SerializeTupleStruct for List<'_> {
    type Ok = ();
    type Error = NotCanonical;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        self.item(value)
    }

    fn end(self) -> Result<(), NotCanonical> {
        self.close()
    }
}

impl ser::SerializeTupleVariant for List<'_> {
    type Ok = ();
    type Error = NotCanonical;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        self.item(value)
    }

    fn end(self) -> Result<(), NotCanonical> {
        self.close()
    }
}

impl ser::SerializeMap for List<'_> {
    type Ok = ();
    type Error = NotCanonical;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotCanonical> {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        self.value(value)
    }

    fn end(self) -> Result<(), NotCanonical> {
        self.close()
    }
}

impl ser::SerializeStruct for List<'_> {
    type Ok = ();
    type Error = NotCanonical;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), NotCanonical> {
        self.key(key)?;
        self.value(value)
    }

    fn end(self) -> Result<(), NotCanonical> {
        self.close()
    }
}

impl ser::SerializeStructVariant for List<'_> {
    type Ok = ();
    type Error = NotCanonical;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), NotCanonical> {
        self.key(key)?;
        self.value(value)
    }

    fn end(self) -> Result<(), NotCanonical> {
        self.close()
    }
}
