//! What can go wrong in a handler, and what the client is told of it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use diesel::r2d2::PoolError;
use serde::Serialize;
use tokio::task::JoinError;

/// Why a request was not answered.
#[derive(Debug)]
pub enum AppError {
    /// The blocking task panicked, or the server is going down.
    Blocking(JoinError),
    /// The database refused a statement.
    Database(diesel::result::Error),
    /// There is no such row.
    NotFound,
    /// No connection became free in time.
    Pool(PoolError),
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
        }
        let (status, error) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not found"),
            Self::Pool(error) => {
                tracing::error!(%error, "no connection became free");
                (StatusCode::SERVICE_UNAVAILABLE, "busy, try again")
            }
            Self::Blocking(error) => {
                tracing::error!(%error, "a blocking task failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "internal error")
            }
            Self::Database(error) => {
                tracing::error!(%error, "a statement failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "internal error")
            }
        };
        (status, Json(Body { error })).into_response()
    }
}

impl From<diesel::result::Error> for AppError {
    fn from(error: diesel::result::Error) -> Self {
        match error {
            diesel::result::Error::NotFound => Self::NotFound,
            error => Self::Database(error),
        }
    }
}

impl From<JoinError> for AppError {
    fn from(error: JoinError) -> Self {
        Self::Blocking(error)
    }
}

impl From<PoolError> for AppError {
    fn from(error: PoolError) -> Self {
        Self::Pool(error)
    }
}
