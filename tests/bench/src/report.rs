//! The table: ours, the peer, the ratio, the target. Judges nothing but numbers against numbers.

use anyhow::{Context, Result};
use frontmcp_tests::repository;
use serde_json::{Value, json};

/// What a figure must reach.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// Ours at most this.
    AtMost(f64),
    /// Ours at least this.
    AtLeast(f64),
    /// Ours at least this many times the peer's.
    TimesPeer(f64),
    /// Shown for orientation.
    None,
}

/// One line of the table.
pub(crate) struct Row {
    pub(crate) work: String,
    pub(crate) unit: &'static str,
    pub(crate) ours: f64,
    /// Whom we compare with, and their figure; `None` if the peer is not installed.
    pub(crate) peer: Option<(&'static str, Option<f64>)>,
    pub(crate) target: Target,
}

#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

impl Report {
    pub(crate) fn row(&mut self, row: Row) {
        eprintln!("  {}: {} {}", row.work, number(row.ours), row.unit);
        self.rows.push(row);
    }

    /// A figure of ours with a target and no peer.
    pub(crate) fn figure(&mut self, work: &str, unit: &'static str, ours: f64, target: Target) {
        self.row(Row { work: work.to_owned(), unit, ours, peer: None, target });
    }

    /// Prints the table and writes target/bench.json.
    #[expect(clippy::print_stdout, reason = "the table is the program's result")]
    pub(crate) fn finish(self) -> Result<()> {
        println!(
            "{:<44} {:>10} {:>7}  {:<28} {:>10} {:>7}  target",
            "work", "ours", "unit", "peer", "its", "ratio"
        );
        for row in &self.rows {
            println!("{}", row.line());
        }
        let path = repository().join("target/bench.json");
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let text = serde_json::to_string_pretty(&json!({ "rows": rows }))?;
        std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
    }
}

impl Row {
    fn peer_value(&self) -> Option<f64> {
        self.peer.and_then(|(_, value)| value)
    }

    fn ratio(&self) -> Option<f64> {
        self.peer_value().map(|peer| self.ours / peer)
    }

    fn met(&self) -> Option<bool> {
        match self.target {
            Target::AtMost(most) => Some(self.ours <= most),
            Target::AtLeast(least) => Some(self.ours >= least),
            Target::TimesPeer(least) => self.ratio().map(|ratio| ratio >= least),
            Target::None => None,
        }
    }

    fn target(&self) -> String {
        match self.target {
            Target::AtMost(most) => format!("<= {}", number(most)),
            Target::AtLeast(least) => format!(">= {}", number(least)),
            Target::TimesPeer(least) => format!(">= {least:.2} x peer"),
            Target::None => String::new(),
        }
    }

    fn line(&self) -> String {
        let (name, its) = match self.peer {
            Some((name, Some(value))) => (name, number(value)),
            Some((name, None)) => (name, "absent".to_owned()),
            None => ("", String::new()),
        };
        let ratio = self.ratio().map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let verdict = self.met().map_or("", |met| if met { "met" } else { "MISSED" });
        format!(
            "{:<44} {:>10} {:>7}  {:<28} {:>10} {:>7}  {} {verdict}",
            self.work,
            number(self.ours),
            self.unit,
            name,
            its,
            ratio,
            self.target()
        )
    }

    fn json(&self) -> Value {
        json!({
            "work": self.work,
            "unit": self.unit,
            "ours": self.ours,
            "peer": self.peer.map(|(name, _)| name),
            "peerValue": self.peer_value(),
            "ratio": self.ratio(),
            "target": self.target(),
            "met": self.met(),
        })
    }
}

fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 1_000.0 => format!("{value:.0}"),
        medium if medium >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
