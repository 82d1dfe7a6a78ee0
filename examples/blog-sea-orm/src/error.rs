//! What can go wrong in a handler, and what the client is told of it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sea_orm::DbErr;
use serde::Serialize;

/// Why a request was not answered.
#[derive(Debug)]
pub enum AppError {
    /// The database refused a statement, or no connection became free.
    Database(DbErr),
    /// There is no such row.
    NotFound,
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
        }
        let (status, error) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not found"),
            Self::Database(error) => {
                tracing::error!(%error, "a statement failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "internal error")
            }
        };
        (status, Json(Body { error })).into_response()
    }
}

impl From<DbErr> for AppError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}
