//! Refunds: money back for an order, written to the ledger in the same transaction. Never more than was paid.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::orders::{self, Order};
use crate::app::App;
use crate::billing;
use crate::db::{self, Filter, Listing, Page};
use crate::error::Problem;
use crate::input::{Body, Query};

const COLUMNS: &str = "id, order_id, amount_cents, reason, created_at";
const REASONS: [&str; 5] = ["damaged", "late", "returned", "goodwill", "other"];

/// A refund as the API shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Refund {
    id: String,
    order_id: String,
    amount_cents: i64,
    reason: String,
    created_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewRefund {
    /// What is left of the order, if not given.
    amount_cents: Option<i64>,
    reason: String,
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Json<Listing<Refund>>, Problem> {
    query.only(&[&["orderId", "reason"][..], &Page::PARAMETERS].concat())?;
    let filter = Filter::default()
        .when("order_id = ?", query.one("orderId")?.map(str::to_owned))
        .any("reason", &query.many("reason"));
    let page = Page::from_query(&query)?;
    Ok(Json(db::list(&app.db(), (COLUMNS, "refunds"), filter, &page, read_row)?))
}

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Refund>, Problem> {
    Ok(Json(find(&app.db(), &id)?))
}

pub(crate) async fn list_of_order(
    State(app): State<Arc<App>>,
    Path(order): Path<String>,
) -> Result<Json<Vec<Refund>>, Problem> {
    let db = app.db();
    orders::find(&db, &order)?;
    let refunds = db
        .prepare(&format!("SELECT {COLUMNS} FROM refunds WHERE order_id = ? ORDER BY id"))?
        .query_map([&order], read_row)?
        .collect::<Result<_, _>>()?;
    Ok(Json(refunds))
}

/// Refunds all or a part. The same `Idempotency-Key` answers with the first refund instead of a second one.
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Path(order): Path<String>,
    headers: HeaderMap,
    Body(new): Body<NewRefund>,
) -> Result<(StatusCode, Json<Refund>), Problem> {
    if !REASONS.contains(&new.reason.as_str()) {
        return Err(Problem::invalid(format!("reason must be one of {}", REASONS.join(", "))));
    }
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    let mut db = app.db();
    let transaction = db.transaction()?;
    if let Some(earlier) = already_made(&transaction, key)? {
        return replay(earlier, &order, &new);
    }
    let order = orders::find(&transaction, &order)?;
    let amount = refundable(&order, new.amount_cents)?;
    let refund = book(&transaction, &order, amount, &new.reason, key)?;
    transaction.commit()?;
    Ok((StatusCode::CREATED, Json(refund)))
}

/// Writes the refund, the order's new state and the ledger entry.
fn book(
    db: &Connection,
    order: &Order,
    amount: i64,
    reason: &str,
    key: Option<&str>,
) -> Result<Refund, Problem> {
    let id = db::next_id(db, "refunds", "ref_", 4)?;
    let now = db::tick(db)?;
    db.execute(
        "INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?)",
        params![id, order.id, amount, reason, key, now],
    )?;
    let refunded = order.refunded_cents + amount;
    let status = if refunded == order.total_cents { "refunded" } else { "partially_refunded" };
    db.execute(
        "UPDATE orders SET status = ?, refunded_cents = ? WHERE id = ?",
        params![status, refunded, order.id],
    )?;
    billing::record(db, order, "refund", -amount, Some(reason))?;
    find(db, &id)
}

/// The amount to refund, if the order's state and what is left of it allow it.
fn refundable(order: &Order, wanted: Option<i64>) -> Result<i64, Problem> {
    let left = order.total_cents - order.refunded_cents;
    if order.status == "refunded" {
        return Err(Problem::conflict("already_refunded", format!("order {} is already refunded", order.id)));
    }
    if matches!(order.status.as_str(), "pending" | "cancelled") {
        let detail =
            format!("order {} is {}; nothing was paid that could be refunded", order.id, order.status);
        return Err(Problem::conflict("order_not_paid", detail));
    }
    match wanted.unwrap_or(left) {
        amount if amount <= 0 => Err(Problem::invalid("amountCents must be at least 1")),
        amount if amount > left => Err(Problem::invalid(format!(
            "amountCents {amount} is more than the {left} left to refund on order {}",
            order.id
        ))),
        amount => Ok(amount),
    }
}

fn already_made(db: &Connection, key: Option<&str>) -> Result<Option<Refund>, Problem> {
    let Some(key) = key else { return Ok(None) };
    let sql = format!("SELECT {COLUMNS} FROM refunds WHERE idempotency_key = ?");
    Ok(db.query_row(&sql, [key], read_row).optional()?)
}

fn replay(earlier: Refund, order: &str, new: &NewRefund) -> Result<(StatusCode, Json<Refund>), Problem> {
    let same_amount = new.amount_cents.is_none_or(|amount| amount == earlier.amount_cents);
    if earlier.order_id == order && earlier.reason == new.reason && same_amount {
        return Ok((StatusCode::OK, Json(earlier)));
    }
    Err(Problem::conflict("idempotency_key_reused", "this Idempotency-Key was used for another refund"))
}

fn find(db: &Connection, id: &str) -> Result<Refund, Problem> {
    db::find(db, &format!("SELECT {COLUMNS} FROM refunds WHERE id = ?"), id, read_row)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<Refund> {
    Ok(Refund {
        id: row.get(0)?,
        order_id: row.get(1)?,
        amount_cents: row.get(2)?,
        reason: row.get(3)?,
        created_at: row.get(4)?,
    })
}
