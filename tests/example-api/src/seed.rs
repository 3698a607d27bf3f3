//! The first state of the database, by formula: 40 customers, 200 orders and what follows from them.
//! Never random and never dated by the clock, so that tests can state expected values.

use rusqlite::{Connection, params};
use serde_json::json;

const CUSTOMERS: i64 = 40;
const ORDERS: i64 = 200;
const FIRST_ORDER: i64 = 1001;

const GIVEN: [&str; 10] = ["Ada", "Bo", "Cleo", "Dara", "Eli", "Femi", "Gus", "Hana", "Ivo", "Juno"];
const FAMILY: [&str; 4] = ["Archer", "Brandt", "Castellan", "Duval"];
const PLACES: [(&str, &str); 4] = [("DE", "EUR"), ("FR", "EUR"), ("GB", "GBP"), ("US", "USD")];
const STATUSES: [&str; 10] = [
    "paid",
    "delivered",
    "shipped",
    "pending",
    "delivered",
    "paid",
    "cancelled",
    "delivered",
    "shipped",
    "refunded",
];
const CARRIERS: [(&str, &str); 3] = [("parcelone", "Leipzig"), ("swift", "Lyon"), ("northpost", "Malmö")];
const CATALOGUE: [(&str, &str, i64); 12] = [
    ("SKU-100", "Notebook A5", 450),
    ("SKU-101", "Fountain pen", 2490),
    ("SKU-102", "Ink bottle, blue", 890),
    ("SKU-103", "Desk lamp", 5900),
    ("SKU-104", "Paper clips, 100", 250),
    ("SKU-105", "Monitor arm", 12900),
    ("SKU-106", "Cable tray", 3450),
    ("SKU-107", "Desk mat", 2790),
    ("SKU-108", "Pencil set", 1290),
    ("SKU-109", "Stapler", 1650),
    ("SKU-110", "Label printer", 8900),
    ("SKU-111", "Whiteboard", 7450),
];

pub(crate) fn fill(db: &Connection) -> rusqlite::Result<()> {
    (0..CUSTOMERS).try_for_each(|index| customer(db, index))?;
    (0..ORDERS).try_for_each(|index| order(db, index))?;
    (0..CUSTOMERS).step_by(5).try_for_each(|index| goodwill(db, index))
}

fn customer(db: &Connection, index: i64) -> rusqlite::Result<()> {
    let (given, family) = (pick(&GIVEN, index), pick(&FAMILY, index / 10));
    let (country, currency) = pick(&PLACES, index);
    let tier = ["basic", "plus", "basic", "enterprise"][remainder(index / 2, 4)];
    let email = format!("{}.{}@example.com", given.to_lowercase(), family.to_lowercase());
    let phone = (index % 3 != 0).then(|| format!("+1-555-01{index:02}"));
    db.prepare_cached(
        "INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?,
         strftime('%Y-%m-%dT%H:%M:%SZ', '2025-06-01T08:00:00Z', ? || ' days'))",
    )?
    .execute(params![
        customer_id(index),
        format!("{given} {family}"),
        email,
        tier,
        country,
        currency,
        phone,
        index * 4
    ])?;
    Ok(())
}

fn order(db: &Connection, index: i64) -> rusqlite::Result<()> {
    let number = FIRST_ORDER + index;
    let id = format!("ord_{number}");
    let buyer = (index * 7 + index / CUSTOMERS) % CUSTOMERS;
    let (_, currency) = pick(&PLACES, buyer);
    let status = pick(&STATUSES, index);
    let (items, total) = items(index);
    let refunded = if status == "refunded" { total } else { 0 };
    let note = (index % 8 == 0).then_some("Leave at the front desk");
    db.prepare_cached("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?.execute(params![
        id,
        customer_id(buyer),
        status,
        currency,
        total,
        refunded,
        items,
        note,
        moment(db, index * 21)?
    ])?;
    labels(db, &id, index)?;
    if matches!(status, "shipped" | "delivered") {
        shipment(db, &id, index)?;
    }
    if !matches!(status, "pending" | "cancelled") {
        let charged_at = moment(db, index * 21)?;
        ledger(db, &Entry { buyer, order: Some(&id), kind: "charge", amount: total, at: &charged_at })?;
    }
    if status == "refunded" {
        let refunded_at = moment(db, index * 21 + 72)?;
        refund(db, &id, total, &refunded_at)?;
        ledger(db, &Entry { buyer, order: Some(&id), kind: "refund", amount: -total, at: &refunded_at })?;
    }
    Ok(())
}

/// The order's items as JSON, and what they cost together.
fn items(index: i64) -> (String, i64) {
    let mut total = 0;
    let mut items = Vec::new();
    for place in 0..=index % 3 {
        let (sku, name, unit_price) = pick(&CATALOGUE, index * 5 + place * 3);
        let quantity = 1 + (index + place) % 4;
        total += unit_price * quantity;
        items.push(json!({ "sku": sku, "name": name, "quantity": quantity, "unitPriceCents": unit_price }));
    }
    (serde_json::Value::Array(items).to_string(), total)
}

fn labels(db: &Connection, order: &str, index: i64) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached("INSERT INTO order_labels VALUES (?, ?)")?;
    if index % 10 == 4 {
        insert.execute([order, "gift wrap"])?;
    }
    if index % 25 == 7 {
        insert.execute([order, "50% off/été"])?;
    }
    Ok(())
}

fn shipment(db: &Connection, order: &str, index: i64) -> rusqlite::Result<()> {
    let id = format!("shp_{}", FIRST_ORDER + index);
    let (carrier, hub) = pick(&CARRIERS, index);
    let last = match (pick(&STATUSES, index), index % 20) {
        ("delivered", _) => "delivered",
        (_, 2) => "exception",
        _ => "in_transit",
    };
    let hour = index * 21;
    db.prepare_cached("INSERT INTO shipments VALUES (?, ?, ?, ?, ?, ?)")?.execute(params![
        id,
        order,
        carrier,
        format!("TRK{}", 100_000 + index * 37),
        last,
        moment(db, hour + 1)?
    ])?;
    let steps = [("label_created", "Warehouse", 1), ("in_transit", hub, 24), (last, "Destination", 72)];
    let count = if last == "in_transit" { 2 } else { 3 };
    for (position, (status, location, delay)) in (1_i64..).zip(&steps[..count]) {
        db.prepare_cached("INSERT INTO shipment_events VALUES (?, ?, ?, ?, ?)")?.execute(params![
            id,
            position,
            status,
            location,
            moment(db, hour + delay)?
        ])?;
    }
    Ok(())
}

fn refund(db: &Connection, order: &str, amount: i64, at: &str) -> rusqlite::Result<()> {
    let id = crate::db::next_id(db, "refunds", "ref_", 4)?;
    db.prepare_cached("INSERT INTO refunds VALUES (?, ?, ?, 'returned', NULL, ?)")?
        .execute(params![id, order, amount, at])?;
    Ok(())
}

fn goodwill(db: &Connection, buyer: i64) -> rusqlite::Result<()> {
    ledger(db, &Entry { buyer, order: None, kind: "credit", amount: -500, at: "2026-02-01T12:00:00Z" })
}

struct Entry<'a> {
    buyer: i64,
    order: Option<&'a str>,
    kind: &'a str,
    amount: i64,
    at: &'a str,
}

fn ledger(db: &Connection, entry: &Entry<'_>) -> rusqlite::Result<()> {
    let id = crate::db::next_id(db, "ledger", "led_", 5)?;
    let (_, currency) = pick(&PLACES, entry.buyer);
    let memo = (entry.kind == "credit").then_some("Goodwill");
    db.prepare_cached("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?.execute(params![
        id,
        customer_id(entry.buyer),
        entry.order,
        entry.kind,
        entry.amount,
        currency,
        memo,
        entry.at
    ])?;
    Ok(())
}

/// So many hours after the year began at nine.
fn moment(db: &Connection, hours: i64) -> rusqlite::Result<String> {
    db.prepare_cached("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', '2026-01-01T09:00:00Z', ? || ' hours')")?
        .query_row([hours], |row| row.get(0))
}

fn customer_id(index: i64) -> String {
    format!("cus_{:03}", index + 1)
}

fn pick<T: Copy>(from: &[T], index: i64) -> T {
    from[remainder(index, from.len())]
}

fn remainder(index: i64, length: usize) -> usize {
    usize::try_from(index).expect("seed indexes are never negative") % length
}
