//! Shipments and where they are. Never changes an order except from paid to shipped and on to delivered.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::orders;
use crate::app::App;
use crate::db::{self, Filter, Listing, Page};
use crate::error::Problem;
use crate::input::{Body, Query};

const COLUMNS: &str = "id, order_id, carrier, tracking_number, status, created_at";
const CARRIERS: [&str; 3] = ["parcelone", "swift", "northpost"];
const STATUSES: [&str; 4] = ["in_transit", "out_for_delivery", "delivered", "exception"];

/// A shipment as the API shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shipment {
    id: String,
    order_id: String,
    carrier: String,
    tracking_number: String,
    status: String,
    created_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tracking {
    shipment_id: String,
    tracking_number: String,
    status: String,
    events: Vec<Event>,
}

#[derive(Serialize)]
struct Event {
    status: String,
    location: String,
    at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewShipment {
    order_id: String,
    carrier: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShipmentChange {
    status: String,
    location: String,
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Json<Listing<Shipment>>, Problem> {
    query.only(&[&["orderId", "carriers", "status"][..], &Page::PARAMETERS].concat())?;
    let filter = Filter::default()
        .when("order_id = ?", query.one("orderId")?.map(str::to_owned))
        .any("carrier", &query.delimited("carriers", '|')?)
        .any("status", &query.many("status"));
    let page = Page::from_query(&query)?;
    Ok(Json(db::list(&app.db(), (COLUMNS, "shipments"), filter, &page, read_row)?))
}

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Shipment>, Problem> {
    Ok(Json(find(&app.db(), &id)?))
}

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Body(new): Body<NewShipment>,
) -> Result<(StatusCode, Json<Shipment>), Problem> {
    if !CARRIERS.contains(&new.carrier.as_str()) {
        return Err(Problem::invalid(format!("carrier must be one of {}", CARRIERS.join(", "))));
    }
    let mut db = app.db();
    let transaction = db.transaction()?;
    let order = orders::find(&transaction, &new.order_id)?;
    if order.status != "paid" {
        let detail = format!("order {} is {}; only paid orders can be shipped", order.id, order.status);
        return Err(Problem::conflict("order_state", detail));
    }
    let id = db::next_id(&transaction, "shipments", "shp_", 4)?;
    let tracking_number = format!("TRK9{}", id.trim_start_matches("shp_"));
    let now = db::tick(&transaction)?;
    transaction.execute(
        "INSERT INTO shipments VALUES (?, ?, ?, ?, 'label_created', ?)",
        params![id, order.id, new.carrier, tracking_number, now],
    )?;
    add_event(&transaction, &id, "label_created", "Warehouse", &now)?;
    transaction.execute("UPDATE orders SET status = 'shipped' WHERE id = ?", [&order.id])?;
    let shipment = find(&transaction, &id)?;
    transaction.commit()?;
    Ok((StatusCode::CREATED, Json(shipment)))
}

pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Body(change): Body<ShipmentChange>,
) -> Result<Json<Shipment>, Problem> {
    if !STATUSES.contains(&change.status.as_str()) {
        return Err(Problem::invalid(format!("status must be one of {}", STATUSES.join(", "))));
    }
    let mut db = app.db();
    let transaction = db.transaction()?;
    let shipment = find(&transaction, &id)?;
    if shipment.status == "delivered" {
        return Err(Problem::conflict("shipment_state", format!("shipment {id} is already delivered")));
    }
    let now = db::tick(&transaction)?;
    transaction.execute("UPDATE shipments SET status = ? WHERE id = ?", [&change.status, &id])?;
    add_event(&transaction, &id, &change.status, &change.location, &now)?;
    if change.status == "delivered" {
        transaction.execute(
            "UPDATE orders SET status = 'delivered' WHERE id = ? AND status = 'shipped'",
            [&shipment.order_id],
        )?;
    }
    let shipment = find(&transaction, &id)?;
    transaction.commit()?;
    Ok(Json(shipment))
}

pub(crate) async fn tracking(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Tracking>, Problem> {
    let db = app.db();
    let shipment = find(&db, &id)?;
    let events = db
        .prepare("SELECT status, location, at FROM shipment_events WHERE shipment_id = ? ORDER BY position")?
        .query_map([&id], |row| Ok(Event { status: row.get(0)?, location: row.get(1)?, at: row.get(2)? }))?
        .collect::<Result<_, _>>()?;
    Ok(Json(Tracking {
        shipment_id: shipment.id,
        tracking_number: shipment.tracking_number,
        status: shipment.status,
        events,
    }))
}

fn add_event(
    db: &Connection,
    shipment: &str,
    status: &str,
    location: &str,
    at: &str,
) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO shipment_events
         SELECT ?1, 1 + count(*), ?2, ?3, ?4 FROM shipment_events WHERE shipment_id = ?1",
        [shipment, status, location, at],
    )?;
    Ok(())
}

fn find(db: &Connection, id: &str) -> Result<Shipment, Problem> {
    db::find(db, &format!("SELECT {COLUMNS} FROM shipments WHERE id = ?"), id, read_row)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<Shipment> {
    Ok(Shipment {
        id: row.get(0)?,
        order_id: row.get(1)?,
        carrier: row.get(2)?,
        tracking_number: row.get(3)?,
        status: row.get(4)?,
        created_at: row.get(5)?,
    })
}
