//! What a case consists of.

use axum::routing::MethodRouter;
use perfguard::sea_orm::Guarded;
use sea_orm::DatabaseConnection;

use crate::in_diesel::Diesel;

/// SeaORM's pool, as handlers take it.
pub(crate) type SeaOrm = Guarded<DatabaseConnection>;

/// One bottleneck and its repair, in each ORM or without a database.
pub(crate) struct Case {
    /// As the table calls it.
    pub(crate) name: &'static str,
    /// The route that all versions answer.
    pub(crate) route: &'static str,
    /// What has to be found before the repair: each rule as often as it stands
    /// here, at least.
    pub(crate) caught_by: &'static [&'static str],
    /// SQL that makes the tables and their rows.
    pub(crate) tables: &'static str,
    /// SQL that is the repair, where that is one of the tables.
    pub(crate) repair: &'static str,
    /// Whether the database is asked for its plans.
    pub(crate) is_explained: bool,
    /// Whether the repair leaves out some of the answer: a page for all rows.
    pub(crate) answers_less: bool,
    /// How often it is asked, under one observation.
    pub(crate) asked: u32,
    pub(crate) diesel: Option<Versions<Diesel>>,
    pub(crate) sea_orm: Option<Versions<SeaOrm>>,
    /// Where no database is involved.
    pub(crate) plain: Option<Versions<()>>,
}

/// Makes the handler of a version.
pub(crate) type Handler<S> = fn() -> MethodRouter<S>;

/// The same answer, written badly and well.
pub(crate) struct Versions<S> {
    pub(crate) before: Handler<S>,
    pub(crate) after: Handler<S>,
}

impl Case {
    /// A case on the tables of the blog, with no version yet.
    pub(crate) const fn new(
        name: &'static str,
        route: &'static str,
        caught_by: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            route,
            caught_by,
            tables: include_str!("../seed.sql"),
            repair: "",
            is_explained: false,
            answers_less: false,
            asked: 1,
            diesel: None,
            sea_orm: None,
            plain: None,
        }
    }

    /// Other tables than the blog's.
    pub(crate) const fn tables(self, sql: &'static str) -> Self {
        Self {
            tables: sql,
            ..self
        }
    }

    /// With this SQL after the tables were made, for the good version.
    pub(crate) const fn repaired_by(self, sql: &'static str) -> Self {
        Self {
            repair: sql,
            ..self
        }
    }

    /// With a look at the plans.
    pub(crate) const fn explained(self) -> Self {
        Self {
            is_explained: true,
            ..self
        }
    }

    /// Asked so often.
    pub(crate) const fn asked(self, asked: u32) -> Self {
        Self { asked, ..self }
    }

    /// The repair answers less, on purpose.
    pub(crate) const fn answers_less(self) -> Self {
        Self {
            answers_less: true,
            ..self
        }
    }

    pub(crate) const fn diesel(self, before: Handler<Diesel>, after: Handler<Diesel>) -> Self {
        Self {
            diesel: Some(Versions { before, after }),
            ..self
        }
    }

    pub(crate) const fn sea_orm(self, before: Handler<SeaOrm>, after: Handler<SeaOrm>) -> Self {
        Self {
            sea_orm: Some(Versions { before, after }),
            ..self
        }
    }

    pub(crate) const fn plain(self, before: Handler<()>, after: Handler<()>) -> Self {
        Self {
            plain: Some(Versions { before, after }),
            ..self
        }
    }
}
