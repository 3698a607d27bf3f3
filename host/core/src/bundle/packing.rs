//! Content codings of a pushed body (RFC 9110 §8.4.1). Never holds much more than it may hand out.

use std::borrow::Cow;
use std::fmt;
use std::io::{Read as _, Write as _};

use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// How far back a zstd frame may refer, in bytes (32 MiB); a frame that asks for more is refused.
pub const MAX_WINDOW: u64 = 32 << 20;

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Not at all.
    Identity,
    /// One gzip member (RFC 1952).
    Gzip,
    /// One Zstandard frame (RFC 8878).
    Zstd,
}

impl Coding {
    /// Reads a `Content-Encoding`. `None` if it is unknown or a list; without the header it is `identity`.
    pub fn parse(content_encoding: Option<&str>) -> Option<Self> {
        let name = content_encoding.map(|name| name.trim_matches([' ', '\t']).to_ascii_lowercase());
        match name.as_deref() {
            None | Some("identity") => Some(Self::Identity),
            Some("gzip" | "x-gzip") => Some(Self::Gzip),
            Some("zstd") => Some(Self::Zstd),
            Some(_) => None,
        }
    }

    /// Its name in `Content-Encoding`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// Why a body was not unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unpack {
    /// It holds more than the limit, or its frame asks for more memory than [`MAX_WINDOW`].
    TooLarge,
    /// It is damaged, cut off, or has something behind its end.
    Broken(String),
}

impl fmt::Display for Unpack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => formatter.write_str("the body is larger than allowed"),
            Self::Broken(what) => write!(formatter, "the body cannot be unpacked: {what}"),
        }
    }
}

impl std::error::Error for Unpack {}

/// Unpacks a body of at most `limit` bytes once unpacked.
///
/// Of gzip, one byte more than `limit` is unpacked at most. Of zstd it is half as much again and 384 KiB, and the
/// decoder holds the last window of that twice: at most [`MAX_WINDOW`], and never more than was really unpacked.
/// A checksum in a zstd frame has to be there but is not compared: bundles are signed.
///
/// # Errors
/// See [`Unpack`].
pub fn unpack(coding: Coding, bytes: &[u8], limit: usize) -> Result<Cow<'_, [u8]>, Unpack> {
    match coding {
        Coding::Identity if bytes.len() > limit => Err(Unpack::TooLarge),
        Coding::Identity => Ok(Cow::Borrowed(bytes)),
        Coding::Gzip => ungzip(bytes, limit).map(Cow::Owned),
        Coding::Zstd => unzstd(bytes, limit).map(Cow::Owned),
    }
}

/// Packs bytes as one gzip member. The same bytes always give the same member: it carries no time and no name.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    const UNKNOWN_SYSTEM: u8 = 255;
    let mut encoder =
        GzBuilder::new().operating_system(UNKNOWN_SYSTEM).write(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory can be written to")
}

fn ungzip(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Unpack> {
    let mut out = Vec::with_capacity(guess(bytes, limit));
    let mut decoder = GzDecoder::new(bytes);
    // One byte more than allowed tells a body that is too large from one that fits, and makes the checksum be read.
    let wanted = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    decoder.by_ref().take(wanted).read_to_end(&mut out).map_err(|error| Unpack::Broken(error.to_string()))?;
    if out.len() > limit {
        return Err(Unpack::TooLarge);
    }
    ended(decoder.into_inner())?;
    Ok(out)
}

fn unzstd(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Unpack> {
    /// A step that does not end the frame has unpacked at least as much, and at most a block (128 KiB) more.
    const STEP: usize = 256 << 10;
    let mut source = bytes;
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(MAX_WINDOW);
    decoder.reset(&mut source).map_err(zstd_error)?;
    let declared = usize::try_from(decoder.content_size()).unwrap_or(usize::MAX);
    if declared > limit {
        return Err(Unpack::TooLarge);
    }
    let mut out = Vec::with_capacity(guess(bytes, limit));
    let mut steps = 0;
    loop {
        let finished =
            decoder.decode_blocks(&mut source, BlockDecodingStrategy::UptoBytes(STEP)).map_err(zstd_error)?;
        steps += 1;
        let unpacked = out.len() + decoder.can_collect();
        if unpacked > limit || !finished && steps * STEP > limit {
            return Err(Unpack::TooLarge);
        }
        decoder.collect_to_writer(&mut out).map_err(|error| Unpack::Broken(error.to_string()))?;
        if finished {
            break;
        }
    }
    // 0 also stands for a frame that does not say.
    if declared != 0 && declared != out.len() {
        return Err(Unpack::Broken("the frame holds another number of bytes than it says".to_owned()));
    }
    ended(source)?;
    Ok(out)
}

fn zstd_error(error: FrameDecoderError) -> Unpack {
    match error {
        FrameDecoderError::WindowSizeTooBig { .. } => Unpack::TooLarge,
        FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { .. }) => {
            Unpack::Broken("it starts with a skippable frame".to_owned())
        }
        error => Unpack::Broken(error.to_string()),
    }
}

/// Where unpacking starts: what is reserved is paid for by what was sent.
fn guess(bytes: &[u8], limit: usize) -> usize {
    bytes.len().saturating_mul(4).min(limit)
}

fn ended(rest: &[u8]) -> Result<(), Unpack> {
    if rest.is_empty() { Ok(()) } else { Err(Unpack::Broken("something stands behind its end".to_owned())) }
}

#[cfg(test)]
#[path = "packing_tests.rs"]
mod tests;
