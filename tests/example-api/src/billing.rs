//! `/billing/v1`: the ledger, balances and monthly statements. Entries are added, never changed or removed.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use crate::acme::customers;
use crate::acme::orders::Order;
use crate::app::App;
use crate::db::{self, Filter, Listing, Page};
use crate::error::Problem;
use crate::input::{Body, Query};

const COLUMNS: &str = "id, customer_id, order_id, kind, amount_cents, currency, memo, created_at";

/// A ledger entry as the API shows it. Charges are positive; refunds and credits are negative.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    id: String,
    customer_id: String,
    order_id: Option<String>,
    kind: String,
    amount_cents: i64,
    currency: String,
    memo: Option<String>,
    created_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewEntry {
    customer_id: String,
    kind: String,
    amount_cents: i64,
    memo: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Balance {
    customer_id: String,
    currency: String,
    balance_cents: i64,
    entries: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statement {
    customer_id: String,
    month: String,
    currency: String,
    opening_cents: i64,
    charges_cents: i64,
    refunds_cents: i64,
    credits_cents: i64,
    adjustments_cents: i64,
    closing_cents: i64,
    entries: Vec<Entry>,
}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/ledger", get(list).post(create))
        .route("/ledger/{id}", get(read))
        .route("/customers/{id}/balance", get(balance))
        .route("/customers/{id}/statements/{month}", get(statement))
}

/// Adds an entry for an order; the caller's transaction decides whether it stays.
pub(crate) fn record(
    db: &Connection,
    order: &Order,
    kind: &str,
    amount: i64,
    memo: Option<&str>,
) -> rusqlite::Result<()> {
    let id = db::next_id(db, "ledger", "led_", 5)?;
    let now = db::tick(db)?;
    db.execute(
        "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![id, order.customer_id, order.id, kind, amount, order.currency, memo, now],
    )?;
    Ok(())
}

async fn list(State(app): State<Arc<App>>, query: Query) -> Result<Json<Listing<Entry>>, Problem> {
    let known = ["customerId", "orderId", "kind", "from", "before"];
    query.only(&[&known[..], &Page::PARAMETERS].concat())?;
    let filter = Filter::default()
        .when("customer_id = ?", query.one("customerId")?.map(str::to_owned))
        .when("order_id = ?", query.one("orderId")?.map(str::to_owned))
        .any("kind", &query.many("kind"))
        .when("created_at >= ?", query.one("from")?.map(str::to_owned))
        .when("created_at < ?", query.one("before")?.map(str::to_owned));
    let page = Page::from_query(&query)?;
    Ok(Json(db::list(&app.db(), (COLUMNS, "ledger"), filter, &page, read_row)?))
}

async fn read(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Entry>, Problem> {
    Ok(Json(find(&app.db(), &id)?))
}

async fn create(
    State(app): State<Arc<App>>,
    Body(new): Body<NewEntry>,
) -> Result<(StatusCode, Json<Entry>), Problem> {
    match new.kind.as_str() {
        "credit" if new.amount_cents >= 0 => {
            return Err(Problem::invalid("a credit has a negative amountCents"));
        }
        "credit" | "adjustment" => {}
        _ => {
            return Err(Problem::invalid("kind must be credit or adjustment; the others follow from orders"));
        }
    }
    let mut db = app.db();
    let transaction = db.transaction()?;
    let customer = customers::find(&transaction, &new.customer_id)?;
    let id = db::next_id(&transaction, "ledger", "led_", 5)?;
    let now = db::tick(&transaction)?;
    transaction.execute(
        "INSERT INTO ledger VALUES (?, ?, NULL, ?, ?, ?, ?, ?)",
        params![id, customer.id, new.kind, new.amount_cents, customer.currency, new.memo, now],
    )?;
    let entry = find(&transaction, &id)?;
    transaction.commit()?;
    Ok((StatusCode::CREATED, Json(entry)))
}

async fn balance(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Balance>, Problem> {
    let db = app.db();
    let customer = customers::find(&db, &id)?;
    let balance = db.query_row(
        "SELECT coalesce(sum(amount_cents), 0), count(*) FROM ledger WHERE customer_id = ?",
        [&id],
        |row| {
            Ok(Balance {
                customer_id: customer.id,
                currency: customer.currency,
                balance_cents: row.get(0)?,
                entries: row.get(1)?,
            })
        },
    )?;
    Ok(Json(balance))
}

async fn statement(
    State(app): State<Arc<App>>,
    Path((id, month)): Path<(String, String)>,
) -> Result<Json<Statement>, Problem> {
    check_month(&month)?;
    let db = app.db();
    let customer = customers::find(&db, &id)?;
    let opening_cents = db.query_row(
        "SELECT coalesce(sum(amount_cents), 0) FROM ledger WHERE customer_id = ? AND created_at < ?",
        [&id, &month],
        |row| row.get(0),
    )?;
    let entries: Vec<Entry> = db
        .prepare(&format!(
            "SELECT {COLUMNS} FROM ledger WHERE customer_id = ? AND substr(created_at, 1, 7) = ?
             ORDER BY created_at, id"
        ))?
        .query_map([&id, &month], read_row)?
        .collect::<Result<_, _>>()?;
    let sum =
        |kind: &str| entries.iter().filter(|entry| entry.kind == kind).map(|entry| entry.amount_cents).sum();
    let (charges_cents, refunds_cents, credits_cents, adjustments_cents): (i64, i64, i64, i64) =
        (sum("charge"), sum("refund"), sum("credit"), sum("adjustment"));
    Ok(Json(Statement {
        customer_id: customer.id,
        month,
        currency: customer.currency,
        opening_cents,
        charges_cents,
        refunds_cents,
        credits_cents,
        adjustments_cents,
        closing_cents: opening_cents + charges_cents + refunds_cents + credits_cents + adjustments_cents,
        entries,
    }))
}

fn check_month(month: &str) -> Result<(), Problem> {
    let well_formed = month.split_once('-').is_some_and(|(year, month)| {
        let digits =
            |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        digits(year, 4) && digits(month, 2) && ("01"..="12").contains(&month)
    });
    if well_formed { Ok(()) } else { Err(Problem::bad_request("month must look like 2026-03")) }
}

fn find(db: &Connection, id: &str) -> Result<Entry, Problem> {
    db::find(db, &format!("SELECT {COLUMNS} FROM ledger WHERE id = ?"), id, read_row)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: row.get(0)?,
        customer_id: row.get(1)?,
        order_id: row.get(2)?,
        kind: row.get(3)?,
        amount_cents: row.get(4)?,
        currency: row.get(5)?,
        memo: row.get(6)?,
        created_at: row.get(7)?,
    })
}
