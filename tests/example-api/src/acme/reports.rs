//! Reports, and answers made to try a client: slow, large, failing, flaky, CSV, headers and cookies.
//! Never changes data.

use std::fmt::Write;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::Problem;
use crate::input::Query;

const LONGEST_WAIT_MS: i64 = 10_000;
const LARGEST_KIB: i64 = 16 * 1024;
const MOST_FAILURES: i64 = 10;
const DAY: &str = "2026-01-";

pub(crate) async fn slow(query: Query) -> Result<Json<Value>, Problem> {
    query.only(&["ms"])?;
    let ms = query.integer("ms", (0, LONGEST_WAIT_MS))?.unwrap_or(100);
    tokio::time::sleep(Duration::from_millis(ms.unsigned_abs())).await;
    Ok(Json(json!({ "waitedMs": ms })))
}

/// A body of about `kib` KiB, all of it one text.
pub(crate) async fn large(query: Query) -> Result<Json<Value>, Problem> {
    query.only(&["kib"])?;
    let kib = query.integer("kib", (1, LARGEST_KIB))?.unwrap_or(64);
    let bytes = usize::try_from(kib * 1024).unwrap_or(usize::MAX);
    Ok(Json(json!({ "kib": kib, "filler": "abcdefgh".repeat(bytes / 8) })))
}

pub(crate) async fn failure(query: Query) -> Result<Json<Value>, Problem> {
    query.only(&["status"])?;
    match query.required("status")? {
        "409" => Err(Problem::requested(StatusCode::CONFLICT)),
        "429" => Err(Problem::requested(StatusCode::TOO_MANY_REQUESTS)),
        "500" => Err(Problem::requested(StatusCode::INTERNAL_SERVER_ERROR)),
        _ => Err(Problem::bad_request("\"status\" must be 409, 429 or 500")),
    }
}

/// Fails with 503 the first `failures` times it is asked with the same `key`, then succeeds.
pub(crate) async fn flaky(State(app): State<Arc<App>>, query: Query) -> Result<Json<Value>, Problem> {
    query.only(&["key", "failures"])?;
    let key = query.required("key")?.to_owned();
    let failures = query.integer("failures", (0, MOST_FAILURES))?.unwrap_or(1);
    let mut asked = app.flaky.lock().unwrap_or_else(PoisonError::into_inner);
    let attempt = asked.entry(key).or_insert(0);
    *attempt += 1;
    if i64::from(*attempt) <= failures {
        return Err(Problem::requested(StatusCode::SERVICE_UNAVAILABLE));
    }
    Ok(Json(json!({ "attempt": *attempt })))
}

/// Says what it received in the header and cookie parameters.
pub(crate) async fn context(headers: HeaderMap) -> Json<Value> {
    Json(json!({
        "requestTag": text(&headers, &HeaderName::from_static("x-request-tag")),
        "region": cookie(&headers, "region"),
        "accept": text(&headers, &header::ACCEPT),
    }))
}

pub(crate) async fn orders_csv(State(app): State<Arc<App>>, query: Query) -> Result<Response, Problem> {
    query.only(&["status"])?;
    let wanted = query.one("status")?;
    let db = app.db();
    let mut statement = db.prepare(
        "SELECT id, customer_id, status, total_cents, currency FROM orders
         WHERE ?1 IS NULL OR status = ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([wanted])?;
    let mut csv = String::from("id,customerId,status,totalCents,currency\r\n");
    while let Some(row) = rows.next()? {
        let texts: (String, String, String, i64, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        write!(csv, "{},{},{},{},{}\r\n", texts.0, texts.1, texts.2, texts.3, texts.4)
            .expect("writing to a text cannot fail");
    }
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], csv).into_response())
}

/// A day of January and what was ordered on it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Day {
    day: String,
    orders: i64,
    total_cents: i64,
}

pub(crate) async fn daily_summary(
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Json<Vec<Day>>, Problem> {
    query.only(&[])?;
    let days = app
        .db()
        .prepare(
            "SELECT substr(created_at, 1, 10), count(*), sum(total_cents) FROM orders
             WHERE created_at LIKE ? || '%' GROUP BY 1 ORDER BY 1",
        )?
        .query_map([DAY], |row| Ok(Day { day: row.get(0)?, orders: row.get(1)?, total_cents: row.get(2)? }))?
        .collect::<Result<_, _>>()?;
    Ok(Json(days))
}

/// The length and the byte sum of a text/plain body.
pub(crate) async fn checksum(headers: HeaderMap, body: Bytes) -> Result<Json<Value>, Problem> {
    if !text(&headers, &header::CONTENT_TYPE).is_some_and(|value| value.starts_with("text/plain")) {
        return Err(Problem::body(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be text/plain"));
    }
    let sum: u64 = body.iter().map(|byte| u64::from(*byte)).sum();
    Ok(Json(json!({ "bytes": body.len(), "sum": sum })))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = text(headers, &header::COOKIE)?;
    pairs.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}
