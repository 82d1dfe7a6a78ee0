//! The fields of an event or a span, in all forms that sqlx has written.

use std::fmt::{self, Write};
use std::time::Duration;

use perfguard_core::adapter::Completion;
use perfguard_core::statement::Dialect;
use tracing::field::{Field, Visit};

/// What sqlx tells of one statement.
///
/// Its events have `summary`, `db.statement`, `rows_returned` and
/// `elapsed_secs`; the spans of newer versions have OpenTelemetry's names.
#[derive(Default)]
pub(crate) struct Fields {
    summary: String,
    statement: String,
    rows: Option<u64>,
    elapsed: Option<Duration>,
    system: Option<Dialect>,
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the text: it may hold literals.
        f.debug_struct("Fields").finish_non_exhaustive()
    }
}

impl Fields {
    /// The statement's text. The summary is all of it, or its first words; only
    /// in the first case there is no other text.
    pub(crate) fn sql(&self) -> &str {
        if self.statement.is_empty() {
            return &self.summary;
        }
        let text = self.statement.strip_prefix("\n\n");
        text.and_then(|text| text.strip_suffix('\n'))
            .unwrap_or(&self.statement)
    }

    pub(crate) fn completion(&self) -> Completion {
        let mut completion = Completion::new();
        if let Some(rows) = self.rows {
            completion = completion.rows(rows);
        }
        if let Some(elapsed) = self.elapsed {
            completion = completion.elapsed(elapsed);
        }
        completion
    }

    /// The dialect of the database system that sqlx has named.
    pub(crate) fn system(&self) -> Option<Dialect> {
        self.system
    }

    /// Takes from `other` what is missing here.
    pub(crate) fn fill_in(&mut self, other: Self) {
        if self.sql().is_empty() {
            self.summary = other.summary;
            self.statement = other.statement;
        }
        self.rows = self.rows.or(other.rows);
        self.elapsed = self.elapsed.or(other.elapsed);
        self.system = self.system.or(other.system);
    }

    pub(crate) fn note_elapsed(&mut self, elapsed: Duration) {
        self.elapsed = self.elapsed.or(Some(elapsed));
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            self.elapsed = Duration::try_from_secs_f64(value).ok();
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if let Ok(value) = u64::try_from(value) {
            self.record_u64(field, value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if matches!(field.name(), "rows_returned" | "db.response.returned_rows") {
            self.rows = Some(value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" | "db.query.summary" => value.clone_into(&mut self.summary),
            "db.statement" | "db.query.text" => value.clone_into(&mut self.statement),
            "db.system.name" => {
                self.system = match value {
                    "mariadb" | "mysql" => Some(Dialect::MySql),
                    "postgresql" => Some(Dialect::Postgres),
                    "sqlite" => Some(Dialect::Sqlite),
                    _ => None,
                }
            }
            _ => {}
        }
    }

    /// A text that was given by its `Display`.
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !matches!(
            field.name(),
            "summary" | "db.query.summary" | "db.statement" | "db.query.text" | "db.system.name"
        ) {
            return;
        }
        let mut text = String::new();
        if write!(text, "{value:?}").is_ok() {
            self.record_str(field, &text);
        }
    }
}
