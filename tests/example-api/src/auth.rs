//! Who may call: a bearer token for `/acme/v1`, a header key for `/billing/v1`. Never says which part was wrong.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::error::Problem;

pub(crate) async fn bearer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let given = header_text(request.headers(), header::AUTHORIZATION.as_str());
    let token = given.and_then(|value| value.strip_prefix("Bearer "));
    if token == Some(app.config.token.as_str()) {
        return next.run(request).await;
    }
    let mut refusal = Problem::unauthorized("a valid bearer token is required").into_response();
    refusal.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"acme\""));
    refusal
}

pub(crate) async fn billing_key(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if header_text(request.headers(), "x-billing-key") == Some(app.config.billing_key.as_str()) {
        return next.run(request).await;
    }
    Problem::unauthorized("a valid X-Billing-Key is required").into_response()
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
