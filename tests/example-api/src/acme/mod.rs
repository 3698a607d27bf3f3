//! `/acme/v1`: the shop's own API. One file per resource.

pub(crate) mod attachments;
pub(crate) mod customers;
pub(crate) mod orders;
pub(crate) mod refunds;
pub(crate) mod reports;
pub(crate) mod shipments;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/orders", get(orders::list).post(orders::create))
        .route("/orders/{id}", get(orders::read).patch(orders::update).delete(orders::delete))
        .route("/orders/{id}/refunds", get(refunds::list_of_order).post(refunds::create))
        .route("/orders/{id}/attachments", get(attachments::list).post(attachments::upload))
        .route("/labels/{label}/orders", get(orders::list_by_label))
        .route("/customers", get(customers::list).post(customers::create))
        .route("/customers/{id}", get(customers::read).patch(customers::update).delete(customers::delete))
        .route("/customers/{id}/notes", get(customers::notes).post(customers::add_note))
        .route("/refunds", get(refunds::list))
        .route("/refunds/{id}", get(refunds::read))
        .route("/shipments", get(shipments::list).post(shipments::create))
        .route("/shipments/{id}", get(shipments::read).patch(shipments::update))
        .route("/shipments/{id}/tracking", get(shipments::tracking))
        .route("/reports/slow", get(reports::slow))
        .route("/reports/large", get(reports::large))
        .route("/reports/failure", get(reports::failure))
        .route("/reports/flaky", get(reports::flaky))
        .route("/reports/context", get(reports::context))
        .route("/reports/orders.csv", get(reports::orders_csv))
        .route("/reports/daily:summary", get(reports::daily_summary))
        .route("/reports/checksum", post(reports::checksum))
}
