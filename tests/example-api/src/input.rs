//! Reading requests strictly: query parameters, JSON and form bodies. Unknown names are refused, never ignored.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use crate::error::Problem;

/// The query string, decoded, in order.
pub(crate) struct Query(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let raw = parts.uri.query().unwrap_or_default();
        Ok(Self(form_urlencoded::parse(raw.as_bytes()).into_owned().collect()))
    }
}

impl Query {
    /// Refuses parameters that the operation does not have.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => Err(Problem::bad_request(format!(
                "unknown query parameter \"{name}\"; known: {}",
                known.join(", ")
            ))),
        }
    }

    /// A parameter that may be given once.
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut values = self.many(name).into_iter();
        let first = values.next();
        match values.next() {
            None => Ok(first),
            Some(_) => {
                Err(Problem::bad_request(format!("query parameter \"{name}\" is given more than once")))
            }
        }
    }

    /// A parameter that must be given once.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Problem> {
        self.one(name)?.ok_or_else(|| Problem::bad_request(format!("query parameter \"{name}\" is required")))
    }

    /// All values of a repeated parameter (`style: form`, `explode: true`).
    pub(crate) fn many(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The values of a parameter that is one text with a delimiter (`explode: false`).
    pub(crate) fn delimited(&self, name: &str, delimiter: char) -> Result<Vec<&str>, Problem> {
        Ok(self.one(name)?.map(|text| text.split(delimiter).collect()).unwrap_or_default())
    }

    /// A whole number within bounds.
    pub(crate) fn integer(&self, name: &str, bounds: (i64, i64)) -> Result<Option<i64>, Problem> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        let (low, high) = bounds;
        match text.parse::<i64>() {
            Ok(number) if (low..=high).contains(&number) => Ok(Some(number)),
            _ => Err(Problem::bad_request(format!(
                "query parameter \"{name}\" must be a whole number from {low} to {high}"
            ))),
        }
    }
}

/// A JSON body of a known shape.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::body(rejection.status(), rejection.body_text())),
        }
    }
}

/// An `application/x-www-form-urlencoded` body.
pub(crate) struct Form(Query);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let media_type = request.headers().get("content-type").and_then(|value| value.to_str().ok());
        if !media_type.is_some_and(|text| text.starts_with("application/x-www-form-urlencoded")) {
            return Err(Problem::body(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body must be application/x-www-form-urlencoded",
            ));
        }
        let body = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(|rejection| Problem::body(rejection.status(), rejection.body_text()))?;
        Ok(Self(Query(form_urlencoded::parse(&body).into_owned().collect())))
    }
}

impl std::ops::Deref for Form {
    type Target = Query;

    fn deref(&self) -> &Query {
        &self.0
    }
}
