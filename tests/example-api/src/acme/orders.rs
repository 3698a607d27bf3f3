//! Orders: list, read, create, change, delete. Never refunds one; that is `refunds`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::customers;
use crate::app::App;
use crate::billing;
use crate::db::{self, Filter, Listing, Page};
use crate::error::Problem;
use crate::input::{Body, Query};

const COLUMNS: &str =
    "id, customer_id, status, currency, total_cents, refunded_cents, items, note, created_at";
const LARGEST_QUANTITY: i64 = 1_000;
const LARGEST_PRICE_CENTS: i64 = 10_000_000;
const LARGEST_ITEM_COUNT: usize = 50;

/// An order as the API shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) customer_id: String,
    pub(crate) status: String,
    pub(crate) currency: String,
    pub(crate) total_cents: i64,
    pub(crate) refunded_cents: i64,
    pub(crate) items: serde_json::Value,
    pub(crate) note: Option<String>,
    pub(crate) created_at: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Item {
    sku: String,
    name: String,
    quantity: i64,
    unit_price_cents: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewOrder {
    customer_id: String,
    items: Vec<Item>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderChange {
    status: Option<String>,
    note: Option<String>,
}

pub(crate) async fn list(State(app): State<Arc<App>>, query: Query) -> Result<Json<Listing<Order>>, Problem> {
    let known = ["status", "customerId", "createdFrom", "createdBefore", "minTotalCents"];
    query.only(&[&known[..], &Page::PARAMETERS].concat())?;
    let filter = Filter::default()
        .any("status", &query.many("status"))
        .when("customer_id = ?", query.one("customerId")?.map(str::to_owned))
        .when("created_at >= ?", query.one("createdFrom")?.map(str::to_owned))
        .when("created_at < ?", query.one("createdBefore")?.map(str::to_owned))
        .when("total_cents >= ?", query.integer("minTotalCents", (0, i64::MAX))?);
    let page = Page::from_query(&query)?;
    Ok(Json(db::list(&app.db(), (COLUMNS, "orders"), filter, &page, read_row)?))
}

pub(crate) async fn list_by_label(
    State(app): State<Arc<App>>,
    Path(label): Path<String>,
    query: Query,
) -> Result<Json<Listing<Order>>, Problem> {
    query.only(&Page::PARAMETERS)?;
    let filter =
        Filter::default().when("id IN (SELECT order_id FROM order_labels WHERE label = ?)", Some(label));
    let page = Page::from_query(&query)?;
    Ok(Json(db::list(&app.db(), (COLUMNS, "orders"), filter, &page, read_row)?))
}

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Order>, Problem> {
    Ok(Json(find(&app.db(), &id)?))
}

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Body(new): Body<NewOrder>,
) -> Result<(StatusCode, Json<Order>), Problem> {
    let total = price(&new.items)?;
    let mut db = app.db();
    let transaction = db.transaction()?;
    let Ok(customer) = customers::find(&transaction, &new.customer_id) else {
        return Err(Problem::invalid(format!("there is no customer \"{}\"", new.customer_id)));
    };
    let id = db::next_id(&transaction, "orders", "ord_", 4)?;
    let items = serde_json::to_string(&new.items).expect("items are plain data");
    let now = db::tick(&transaction)?;
    transaction.execute(
        "INSERT INTO orders VALUES (?, ?, 'pending', ?, ?, 0, ?, ?, ?)",
        params![id, customer.id, customer.currency, total, items, new.note, now],
    )?;
    let order = find(&transaction, &id)?;
    transaction.commit()?;
    Ok((StatusCode::CREATED, Json(order)))
}

pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Body(change): Body<OrderChange>,
) -> Result<Json<Order>, Problem> {
    let mut db = app.db();
    let transaction = db.transaction()?;
    let order = find(&transaction, &id)?;
    if let Some(status) = &change.status {
        may_become(&order, status)?;
        transaction.execute("UPDATE orders SET status = ? WHERE id = ?", [status, &id])?;
        if status == "paid" {
            billing::record(&transaction, &order, "charge", order.total_cents, None)?;
        }
    }
    if let Some(note) = &change.note {
        transaction.execute("UPDATE orders SET note = ? WHERE id = ?", [note, &id])?;
    }
    let order = find(&transaction, &id)?;
    transaction.commit()?;
    Ok(Json(order))
}

pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let db = app.db();
    let order = find(&db, &id)?;
    if !matches!(order.status.as_str(), "pending" | "cancelled") {
        let detail =
            format!("order {id} is {}; only pending or cancelled orders can be deleted", order.status);
        return Err(Problem::conflict("order_not_deletable", detail));
    }
    db.execute("DELETE FROM orders WHERE id = ?", [&id])?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn find(db: &Connection, id: &str) -> Result<Order, Problem> {
    db::find(db, &format!("SELECT {COLUMNS} FROM orders WHERE id = ?"), id, read_row)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<Order> {
    let items: String = row.get(6)?;
    Ok(Order {
        id: row.get(0)?,
        customer_id: row.get(1)?,
        status: row.get(2)?,
        currency: row.get(3)?,
        total_cents: row.get(4)?,
        refunded_cents: row.get(5)?,
        items: serde_json::from_str(&items).unwrap_or_default(),
        note: row.get(7)?,
        created_at: row.get(8)?,
    })
}

/// What the items cost together, if each is within bounds.
fn price(items: &[Item]) -> Result<i64, Problem> {
    if items.is_empty() || items.len() > LARGEST_ITEM_COUNT {
        return Err(Problem::invalid(format!("an order has 1 to {LARGEST_ITEM_COUNT} items")));
    }
    for item in items {
        if !(1..=LARGEST_QUANTITY).contains(&item.quantity) {
            return Err(Problem::invalid(format!(
                "quantity of {} must be 1 to {LARGEST_QUANTITY}",
                item.sku
            )));
        }
        if !(0..=LARGEST_PRICE_CENTS).contains(&item.unit_price_cents) {
            return Err(Problem::invalid(format!("unitPriceCents of {} is out of bounds", item.sku)));
        }
    }
    Ok(items.iter().map(|item| item.quantity * item.unit_price_cents).sum())
}

/// A pending order can be paid or cancelled; the other states follow from shipments and refunds.
fn may_become(order: &Order, status: &str) -> Result<(), Problem> {
    match (order.status.as_str(), status) {
        ("pending", "paid" | "cancelled") => Ok(()),
        (_, "paid" | "cancelled") => Err(Problem::conflict(
            "order_state",
            format!("order {} is {} and cannot become {status}", order.id, order.status),
        )),
        _ => Err(Problem::invalid("status can be set to paid or cancelled only")),
    }
}
