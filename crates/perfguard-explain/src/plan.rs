//! How a database goes about a statement.

/// The plan of one statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) accesses: Vec<Access>,
    /// Rows are sorted, in memory or on disk.
    pub(crate) sorts: bool,
    /// In the database's own unit.
    pub(crate) cost: Option<f64>,
    /// It is for the statement's own values.
    pub(crate) has_values: bool,
    /// For people, a line each.
    pub(crate) lines: Vec<String>,
}

/// How one table is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// The table, by its alias if it has one.
    pub(crate) name: String,
    pub(crate) way: Way,
    /// The line of the plan that says so.
    pub(crate) line: String,
}

/// How rows are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// All of them are read, in the order of an index or of the table.
    Scan { index: Option<String> },
    /// By these indexes.
    Search { indexes: Vec<String> },
}

impl Access {
    pub(crate) fn is_scan(&self) -> bool {
        matches!(self.way, Way::Scan { .. })
    }

    pub(crate) fn uses(&self, index: &str) -> bool {
        match &self.way {
            Way::Scan { index: used } => used.as_deref() == Some(index),
            Way::Search { indexes } => indexes.iter().any(|it| it == index),
        }
    }
}

impl Plan {
    /// How the table of this name is read; several times perhaps.
    pub(crate) fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Access> {
        let accesses = self.accesses.iter();
        accesses.filter(move |access| access.name.eq_ignore_ascii_case(name))
    }

    /// Whether it is searched by this index.
    pub(crate) fn searches_by(&self, index: &str) -> bool {
        self.accesses
            .iter()
            .any(|access| !access.is_scan() && access.uses(index))
    }

    /// Whether it reads along this index, searching or not.
    pub(crate) fn reads_along(&self, index: &str) -> bool {
        self.accesses.iter().any(|access| access.uses(index))
    }

    pub(crate) fn scans(&self, name: &str) -> bool {
        self.of(name).any(Access::is_scan)
    }
}
