//! Which secret serves which security scheme, and how it goes onto the request.
