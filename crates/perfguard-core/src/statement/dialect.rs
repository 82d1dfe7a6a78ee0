/// The SQL dialect that a text is written in.
///
/// It decides how the text is cut into tokens: what quotes a name, what starts
/// a comment, whether a backslash escapes, and what a bind parameter looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Standard SQL, with the extensions that no other dialect contradicts.
    /// Use it when the database is not known.
    Ansi,
    /// MySQL and MariaDB, in their default SQL mode.
    MySql,
    /// PostgreSQL and the databases that speak its language.
    Postgres,
    /// SQLite.
    Sqlite,
}

impl Dialect {
    /// The value of OpenTelemetry's attribute [`db.system.name`].
    ///
    /// [`db.system.name`]: https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/
    #[must_use]
    pub fn system_name(self) -> &'static str {
        match self {
            Self::Ansi => "other_sql",
            Self::MySql => "mysql",
            Self::Postgres => "postgresql",
            Self::Sqlite => "sqlite",
        }
    }
}
