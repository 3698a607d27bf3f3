//! Files attached to an order by multipart upload. Keeps their size and type, never their contents.

use std::sync::Arc;

use axum::Json;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use rusqlite::{Row, params};
use serde::Serialize;

use super::orders;
use crate::app::App;
use crate::db;
use crate::error::Problem;

/// An attachment as the API shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attachment {
    id: String,
    order_id: String,
    label: String,
    file_name: String,
    media_type: String,
    size_bytes: i64,
    created_at: String,
}

/// The file part of an upload.
struct File {
    name: String,
    media_type: String,
    size_bytes: usize,
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Path(order): Path<String>,
) -> Result<Json<Vec<Attachment>>, Problem> {
    let db = app.db();
    orders::find(&db, &order)?;
    let attachments = db
        .prepare(
            "SELECT id, order_id, label, file_name, media_type, size_bytes, created_at
             FROM attachments WHERE order_id = ? ORDER BY id",
        )?
        .query_map([&order], read_row)?
        .collect::<Result<_, _>>()?;
    Ok(Json(attachments))
}

pub(crate) async fn upload(
    State(app): State<Arc<App>>,
    Path(order): Path<String>,
    form: Multipart,
) -> Result<(StatusCode, Json<Attachment>), Problem> {
    let (label, file) = parts(form).await?;
    let db = app.db();
    orders::find(&db, &order)?;
    let attachment = Attachment {
        id: db::next_id(&db, "attachments", "att_", 4)?,
        order_id: order,
        label,
        file_name: file.name,
        media_type: file.media_type,
        size_bytes: i64::try_from(file.size_bytes).unwrap_or(i64::MAX),
        created_at: db::tick(&db)?,
    };
    db.execute(
        "INSERT INTO attachments VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![
            attachment.id,
            attachment.order_id,
            attachment.label,
            attachment.file_name,
            attachment.media_type,
            attachment.size_bytes,
            attachment.created_at
        ],
    )?;
    Ok((StatusCode::CREATED, Json(attachment)))
}

/// The upload's two parts; others are refused.
async fn parts(mut form: Multipart) -> Result<(String, File), Problem> {
    let (mut label, mut file) = (None, None);
    while let Some(field) = form.next_field().await.map_err(malformed)? {
        match field.name() {
            Some("label") => label = Some(field.text().await.map_err(malformed)?),
            Some("file") => {
                let name = field.file_name().unwrap_or("file").to_owned();
                let media_type = field.content_type().unwrap_or("application/octet-stream").to_owned();
                let size_bytes = field.bytes().await.map_err(malformed)?.len();
                file = Some(File { name, media_type, size_bytes });
            }
            other => return Err(Problem::bad_request(format!("unknown part {other:?}; known: label, file"))),
        }
    }
    match (label, file) {
        (Some(label), Some(file)) => Ok((label, file)),
        (None, _) => Err(Problem::bad_request("part \"label\" is required")),
        (_, None) => Err(Problem::bad_request("part \"file\" is required")),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that map_err wants")]
fn malformed(error: MultipartError) -> Problem {
    Problem::body(error.status(), error.body_text())
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<Attachment> {
    Ok(Attachment {
        id: row.get(0)?,
        order_id: row.get(1)?,
        label: row.get(2)?,
        file_name: row.get(3)?,
        media_type: row.get(4)?,
        size_bytes: row.get(5)?,
        created_at: row.get(6)?,
    })
}
