//! Customers and the notes about them. Never shows one customer's notes under another.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::db::{self, Filter, Listing, Page};
use crate::error::Problem;
use crate::input::{Body, Form, Query};

const COLUMNS: &str = "id, name, email, tier, country, currency, phone, created_at";
const TIERS: [&str; 3] = ["basic", "plus", "enterprise"];
const CURRENCIES: [(&str, &str); 4] = [("DE", "EUR"), ("FR", "EUR"), ("GB", "GBP"), ("US", "USD")];

/// A customer as the API shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Customer {
    pub(crate) id: String,
    name: String,
    email: String,
    tier: String,
    country: String,
    pub(crate) currency: String,
    phone: Option<String>,
    created_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Note {
    id: String,
    text: String,
    pinned: bool,
    created_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewCustomer {
    name: String,
    email: String,
    country: String,
    tier: Option<String>,
    phone: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerChange {
    name: Option<String>,
    email: Option<String>,
    tier: Option<String>,
    phone: Option<String>,
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Json<Listing<Customer>>, Problem> {
    query.only(&[&["ids", "filter[tier]", "filter[country]"][..], &Page::PARAMETERS].concat())?;
    let filter = Filter::default()
        .any("id", &query.delimited("ids", ',')?)
        .when("tier = ?", query.one("filter[tier]")?.map(str::to_owned))
        .when("country = ?", query.one("filter[country]")?.map(str::to_owned));
    let page = Page::from_query(&query)?;
    Ok(Json(db::list(&app.db(), (COLUMNS, "customers"), filter, &page, read_row)?))
}

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Customer>, Problem> {
    Ok(Json(find(&app.db(), &id)?))
}

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Body(new): Body<NewCustomer>,
) -> Result<(StatusCode, Json<Customer>), Problem> {
    let tier = new.tier.as_deref().unwrap_or("basic");
    known_tier(tier)?;
    let Some((_, currency)) = CURRENCIES.iter().find(|(country, _)| *country == new.country) else {
        return Err(Problem::invalid("country must be DE, FR, GB or US"));
    };
    let mut db = app.db();
    let transaction = db.transaction()?;
    email_is_free(&transaction, &new.email, "")?;
    let id = db::next_id(&transaction, "customers", "cus_", 3)?;
    let now = db::tick(&transaction)?;
    transaction.execute(
        "INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![id, new.name, new.email, tier, new.country, currency, new.phone, now],
    )?;
    let customer = find(&transaction, &id)?;
    transaction.commit()?;
    Ok((StatusCode::CREATED, Json(customer)))
}

pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Body(change): Body<CustomerChange>,
) -> Result<Json<Customer>, Problem> {
    if let Some(tier) = &change.tier {
        known_tier(tier)?;
    }
    let db = app.db();
    find(&db, &id)?;
    if let Some(email) = &change.email {
        email_is_free(&db, email, &id)?;
    }
    db.execute(
        "UPDATE customers SET name = coalesce(?, name), email = coalesce(?, email),
         tier = coalesce(?, tier), phone = coalesce(?, phone) WHERE id = ?",
        params![change.name, change.email, change.tier, change.phone, id],
    )?;
    Ok(Json(find(&db, &id)?))
}

pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let db = app.db();
    find(&db, &id)?;
    let kept: i64 = db.query_row(
        "SELECT (SELECT count(*) FROM orders WHERE customer_id = ?1)
              + (SELECT count(*) FROM ledger WHERE customer_id = ?1)",
        [&id],
        |row| row.get(0),
    )?;
    if kept > 0 {
        let detail = format!("customer {id} has orders or ledger entries and cannot be deleted");
        return Err(Problem::conflict("customer_in_use", detail));
    }
    db.execute("DELETE FROM customers WHERE id = ?", [&id])?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn notes(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Vec<Note>>, Problem> {
    let db = app.db();
    find(&db, &id)?;
    let notes = db
        .prepare("SELECT id, text, pinned, created_at FROM customer_notes WHERE customer_id = ? ORDER BY id")?
        .query_map([&id], read_note)?
        .collect::<Result<_, _>>()?;
    Ok(Json(notes))
}

pub(crate) async fn add_note(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    form: Form,
) -> Result<(StatusCode, Json<Note>), Problem> {
    form.only(&["text", "pinned"])?;
    let text = form.required("text")?.to_owned();
    let pinned = match form.one("pinned")? {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::invalid("pinned must be true or false")),
    };
    let db = app.db();
    find(&db, &id)?;
    let note_id = db::next_id(&db, "customer_notes", "note_", 4)?;
    let note = Note { id: note_id, text, pinned, created_at: db::tick(&db)? };
    db.execute(
        "INSERT INTO customer_notes VALUES (?, ?, ?, ?, ?)",
        params![note.id, id, note.text, note.pinned, note.created_at],
    )?;
    Ok((StatusCode::CREATED, Json(note)))
}

pub(crate) fn find(db: &Connection, id: &str) -> Result<Customer, Problem> {
    db::find(db, &format!("SELECT {COLUMNS} FROM customers WHERE id = ?"), id, read_row)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        id: row.get(0)?,
        name: row.get(1)?,
        email: row.get(2)?,
        tier: row.get(3)?,
        country: row.get(4)?,
        currency: row.get(5)?,
        phone: row.get(6)?,
        created_at: row.get(7)?,
    })
}

fn read_note(row: &Row<'_>) -> rusqlite::Result<Note> {
    Ok(Note { id: row.get(0)?, text: row.get(1)?, pinned: row.get(2)?, created_at: row.get(3)? })
}

fn known_tier(tier: &str) -> Result<(), Problem> {
    if TIERS.contains(&tier) {
        return Ok(());
    }
    Err(Problem::invalid(format!("tier must be one of {}", TIERS.join(", "))))
}

fn email_is_free(db: &Connection, email: &str, except: &str) -> Result<(), Problem> {
    let taken: bool = db.query_row(
        "SELECT EXISTS (SELECT 1 FROM customers WHERE email = ? AND id <> ?)",
        [email, except],
        |row| row.get(0),
    )?;
    if taken { Err(Problem::conflict("email_taken", format!("{email} is taken"))) } else { Ok(()) }
}
