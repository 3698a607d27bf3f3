//! A log as lines of JSON, to be verified elsewhere. Never says whether it is sound: [`super::verify`] does.
//!
//! ```text
//! {"format":"frontmcp-audit/1","publicKey":"-----BEGIN PUBLIC KEY…","suffix":false}
//! {"checkpoint":{…}}                      where a pruned log, or a suffix, begins
//! {"hash":"…","record":{…}}
//! {"checkpoint":{…}}                      behind the record it is about
//! ```

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::json::written;
use crate::ports::audit::{Checkpoint, Kept};

/// The name of the format, and its version.
const FORMAT: &str = "frontmcp-audit/1";

/// What the first line says. None of it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    format: String,
    /// PEM of the key that signed, as the server has it. To be compared with one that came another way.
    pub public_key: String,
    /// Whether it begins later than what was kept.
    pub suffix: bool,
}

impl Header {
    /// The header of a log whose checkpoints this key signed.
    pub fn new(public_key: String, suffix: bool) -> Self {
        Self { format: FORMAT.to_owned(), public_key, suffix }
    }

    /// Reads the first line.
    ///
    /// # Errors
    /// It is none, or of a version that is not known.
    pub fn parse(line: &str) -> Result<Self, String> {
        let header: Self = serde_json::from_str(line)
            .map_err(|error| format!("not the first line of an export: {error}"))?;
        if header.format == FORMAT {
            Ok(header)
        } else {
            Err(format!("the format is {}, this version reads {FORMAT}", header.format))
        }
    }

    /// The line, without its end.
    pub fn line(&self) -> String {
        written(self)
    }
}

/// Any other line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A record.
    Record(Kept),
    /// A checkpoint.
    Checkpoint(Checkpoint),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    hash: Option<String>,
    record: Option<Box<RawValue>>,
    checkpoint: Option<Checkpoint>,
}

impl Line {
    /// Reads a line. A record's text is kept as it stands there.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(line: &str) -> Result<Self, String> {
        let members: Members =
            serde_json::from_str(line).map_err(|error| format!("not a line of an export: {error}"))?;
        match members {
            Members { hash: Some(hash), record: Some(record), checkpoint: None } => {
                Ok(Self::Record(Kept { hash, text: Box::<str>::from(record).into_string() }))
            }
            Members { hash: None, record: None, checkpoint: Some(checkpoint) } => {
                Ok(Self::Checkpoint(checkpoint))
            }
            _ => Err("a line holds a record with its hash, or a checkpoint".to_owned()),
        }
    }

    /// The line, without its end.
    pub fn line(&self) -> String {
        match self {
            // Not through a JSON writer: a text that is no JSON any more must still get out, and be found out.
            Self::Record(Kept { hash, text }) => format!("{{\"hash\":{},\"record\":{text}}}", written(hash)),
            Self::Checkpoint(checkpoint) => format!("{{\"checkpoint\":{}}}", written(checkpoint)),
        }
    }
}
