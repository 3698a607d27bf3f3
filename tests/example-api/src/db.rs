//! SQLite: opening and resetting, the logical clock, ids, and one way to list any table. Knows no resource.

use std::path::Path;

use anyhow::Context;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use serde::Serialize;

use crate::error::Problem;
use crate::input::Query;
use crate::seed;

const SCHEMA: &str = include_str!("schema.sql");
const LARGEST_PAGE: i64 = 100;
const USUAL_PAGE: i64 = 20;

/// Opens the file, or memory, and seeds it if it has no tables yet.
pub(crate) fn open(data: Option<&Path>) -> anyhow::Result<Connection> {
    let mut db = match data {
        Some(file) => Connection::open(file).with_context(|| format!("opening {}", file.display()))?,
        None => Connection::open_in_memory()?,
    };
    db.pragma_update(None, "foreign_keys", true)?;
    let tables: i64 =
        db.query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'table'", [], |row| row.get(0))?;
    if tables == 0 {
        fill(&mut db)?;
    }
    Ok(db)
}

/// Drops everything and seeds anew.
pub(crate) fn reset(db: &mut Connection) -> anyhow::Result<()> {
    let names: Vec<String> = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    db.pragma_update(None, "foreign_keys", false)?;
    for name in names {
        db.execute_batch(&format!("DROP TABLE \"{name}\""))?;
    }
    db.pragma_update(None, "foreign_keys", true)?;
    fill(db)
}

fn fill(db: &mut Connection) -> anyhow::Result<()> {
    let transaction = db.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    seed::fill(&transaction)?;
    transaction.commit()?;
    Ok(())
}

/// The next moment: one second after the previous one, starting after all seeded dates.
pub(crate) fn tick(db: &Connection) -> rusqlite::Result<String> {
    db.query_row(
        "UPDATE clock SET ticks = ticks + 1
         RETURNING strftime('%Y-%m-%dT%H:%M:%SZ', '2026-07-01T00:00:00Z', ticks || ' seconds')",
        [],
        |row| row.get(0),
    )
}

/// The id after the highest one in `table`, e.g. `ord_1201`.
pub(crate) fn next_id(db: &Connection, table: &str, prefix: &str, width: usize) -> rusqlite::Result<String> {
    let start = prefix.len() + 1;
    let highest: i64 = db.query_row(
        &format!("SELECT coalesce(max(CAST(substr(id, {start}) AS INTEGER)), 0) FROM {table}"),
        [],
        |row| row.get(0),
    )?;
    Ok(format!("{prefix}{:0width$}", highest + 1))
}

/// One row, or a 404 that names what was sought.
pub(crate) fn find<T>(
    db: &Connection,
    sql: &str,
    id: &str,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<T, Problem> {
    match db.query_row(sql, [id], read) {
        Err(rusqlite::Error::QueryReturnedNoRows) => Err(Problem::not_found(format!("there is no \"{id}\""))),
        other => Ok(other?),
    }
}

/// Conditions that all have to hold, with their values bound, never spliced in.
#[derive(Default)]
pub(crate) struct Filter {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Filter {
    /// `condition` has one `?` and applies when there is a value.
    pub(crate) fn when(mut self, condition: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.conditions.push(condition.to_owned());
            self.values.push(value.into());
        }
        self
    }

    /// `column` is one of the values; no values means no condition.
    pub(crate) fn any(mut self, column: &str, values: &[&str]) -> Self {
        if !values.is_empty() {
            let marks = vec!["?"; values.len()].join(", ");
            self.conditions.push(format!("{column} IN ({marks})"));
            self.values.extend(values.iter().map(|value| Value::from((*value).to_owned())));
        }
        self
    }

    fn clause(&self) -> String {
        if self.conditions.is_empty() { "1".into() } else { self.conditions.join(" AND ") }
    }
}

/// Which part of a list is asked for.
pub(crate) struct Page {
    limit: i64,
    after: Option<String>,
    newest_first: bool,
}

impl Page {
    /// The parameters that [`from_query`](Self::from_query) reads.
    pub(crate) const PARAMETERS: [&'static str; 3] = ["limit", "cursor", "order"];

    pub(crate) fn from_query(query: &Query) -> Result<Self, Problem> {
        let limit = query.integer("limit", (1, LARGEST_PAGE))?.unwrap_or(USUAL_PAGE);
        let after = match query.one("cursor")? {
            None => None,
            Some(cursor) => Some(
                cursor
                    .strip_prefix("after.")
                    .ok_or_else(|| Problem::bad_request("\"cursor\" must be a nextCursor of this list"))?
                    .to_owned(),
            ),
        };
        let newest_first = match query.one("order")? {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(Problem::bad_request("\"order\" must be asc or desc")),
        };
        Ok(Self { limit, after, newest_first })
    }
}

/// A page of a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listing<T> {
    pub(crate) items: Vec<T>,
    /// Give it as `cursor` to get the next page; null on the last one.
    next_cursor: Option<String>,
    /// How many there are in all pages.
    total: i64,
}

/// Lists `columns` of `table` in the order of their ids, which `columns` must begin with.
pub(crate) fn list<T>(
    db: &Connection,
    (columns, table): (&str, &str),
    filter: Filter,
    page: &Page,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Listing<T>, Problem> {
    let total = db.query_row(
        &format!("SELECT count(*) FROM {table} WHERE {}", filter.clause()),
        params_from_iter(&filter.values),
        |row| row.get(0),
    )?;
    let (beyond, direction) = if page.newest_first { ("id < ?", "DESC") } else { ("id > ?", "ASC") };
    let filter = filter.when(beyond, page.after.clone());
    let sql = format!(
        "SELECT {columns} FROM {table} WHERE {} ORDER BY id {direction} LIMIT {}",
        filter.clause(),
        page.limit + 1
    );
    let mut rows: Vec<(String, T)> = db
        .prepare_cached(&sql)?
        .query_map(params_from_iter(&filter.values), |row| Ok((row.get(0)?, read(row)?)))?
        .collect::<Result<_, _>>()?;
    let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    let next_cursor = if more { rows.last().map(|(id, _)| format!("after.{id}")) } else { None };
    Ok(Listing { items: rows.into_iter().map(|(_, item)| item).collect(), next_cursor, total })
}
