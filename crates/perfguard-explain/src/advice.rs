//! An index to be added, with the plans that prove it.

use perfguard_core::adapter::Orm;
use perfguard_core::planned::Proof;
use perfguard_core::statement::Dialect;

use crate::backend::Text;
use crate::filter::Counted;
use crate::index::NewIndex;
use crate::plan::Plan;

/// An index that was created, used by the plan, and rolled back again.
#[derive(Clone, Debug)]
pub struct Advice {
    index: NewIndex,
    pub(crate) reason: Reason,
    dialect: Dialect,
    /// The line of the plan that reads too much.
    before_line: String,
    before: Vec<String>,
    after: Vec<String>,
    costs: Option<(f64, f64)>,
}

/// What an index is for.
#[derive(Clone, Debug)]
pub(crate) enum Reason {
    /// An index finds rows of which nearly all are dropped.
    Filter {
        index: String,
        filtered: Vec<String>,
        counted: Counted,
    },
    /// All of a table is read and sorted for its first rows.
    Order,
    /// All of a table is read for some of its rows.
    Scan,
    /// The rows that were found are sorted for the first of them.
    Sort,
}

impl Advice {
    pub(crate) fn new(
        text: &Text<'_>,
        index: NewIndex,
        reason: Reason,
        before: &Plan,
        after: &Plan,
        dialect: Dialect,
    ) -> Self {
        let mut sources = text
            .tables
            .iter()
            .filter(|(_, table)| table.name == index.table);
        let line = sources.find_map(|(source, _)| {
            let name = source.alias.as_deref().unwrap_or(&source.table);
            let mut accesses: Vec<_> = before.of(name).collect();
            accesses.sort_by_key(|access| !access.is_scan());
            accesses.first().map(|access| access.line.clone())
        });
        Self {
            index,
            reason,
            dialect,
            before_line: line.unwrap_or_default(),
            before: before.lines.clone(),
            after: after.lines.clone(),
            costs: before.cost.zip(after.cost),
        }
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.index.table
    }

    /// The columns, in order; of an expression the column in it.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.index.keys.iter().map(|key| key.column.as_str())
    }

    /// The name that the index would have.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.index.name
    }

    /// `CREATE INDEX ..`, as it was tried out.
    #[must_use]
    pub fn create(&self) -> String {
        self.index.create(self.dialect)
    }

    /// `DROP INDEX ..`, for the way back.
    #[must_use]
    pub fn drop_index(&self) -> String {
        self.index.drop(self.dialect)
    }

    /// Whether rows are wanted that no index finds; otherwise they are found
    /// and have to be sorted.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        !matches!(self.reason, Reason::Sort)
    }

    /// The plan without it, a line for each step.
    #[must_use]
    pub fn before(&self) -> &[String] {
        &self.before
    }

    /// The plan with it.
    #[must_use]
    pub fn after(&self) -> &[String] {
        &self.after
    }

    /// What the database says that the statement costs without it and with it,
    /// in its own unit: on PostgreSQL for tables of which it knows nothing, on
    /// MariaDB for numbered rows. `None` where it says nothing of costs.
    #[must_use]
    pub fn costs(&self) -> Option<(f64, f64)> {
        self.costs
    }

    /// What a migration of SeaORM's says.
    #[must_use]
    pub fn in_sea_orm(&self) -> String {
        match self.index.in_sea_orm() {
            Some(built) => format!("manager.create_index({built}).await?"),
            None => format!(
                "manager.get_connection().execute_unprepared({:?}).await?",
                self.create()
            ),
        }
    }

    /// What is wrong, with the line of the plan that says so.
    pub(crate) fn read(&self) -> String {
        let table = self.table();
        match &self.reason {
            Reason::Filter {
                index,
                filtered,
                counted,
            } => {
                let filtered: Vec<_> = filtered.iter().map(|it| format!("`{it}`")).collect();
                format!(
                    "for one key the index `{index}` finds {} rows of `{table}`, of which {} drops {} % or more: {}",
                    counted.found,
                    filtered.join(" and "),
                    counted.dropped(),
                    self.before_line
                )
            }
            Reason::Order => format!(
                "all of `{table}` is read and sorted for its first rows: {}",
                self.before_line
            ),
            Reason::Scan => format!(
                "all of `{table}` is read for some of its rows: {}",
                self.before_line
            ),
            Reason::Sort => format!(
                "the rows of `{table}` are sorted for the first of them, which `{}` would spare",
                self.create()
            ),
        }
    }

    /// The repair, in the words of an ORM's migrations.
    pub(crate) fn fix(&self, orm: Orm) -> String {
        let create = self.create();
        let how = match orm {
            Orm::Diesel => format!(
                "`{create};` in the up.sql of a migration, `{};` in its down.sql",
                self.drop_index()
            ),
            Orm::SeaOrm => format!("in a migration `{}`, that is `{create}`", self.in_sea_orm()),
            _ => format!("`{create}`"),
        };
        let live = match self.dialect {
            Dialect::Postgres => {
                "; on a live table CREATE INDEX CONCURRENTLY, outside a transaction"
            }
            _ => "",
        };
        format!("{how}{live}")
    }

    /// What was tried out, and what came of it.
    pub(crate) fn proof(&self) -> Proof {
        Proof {
            create: self.create(),
            before: self.before.clone(),
            after: self.after.clone(),
            costs: self.costs,
        }
    }
}
