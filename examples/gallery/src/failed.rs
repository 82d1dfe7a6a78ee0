//! What a client is told when a handler cannot answer.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// Any error: a gallery has nothing to hide.
pub(crate) struct Failed(String);

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0).into_response()
    }
}
