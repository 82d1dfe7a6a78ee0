/// How texts are read where a server's settings or a schema's habits decide.
///
/// The default is what servers and schemas do if nobody changes it. Texts that
/// are to be compared have to be read with the same options.
///
/// ```
/// use perfguard_core::statement::{Dialect, Fingerprinter, Options};
///
/// let options = Options::new().ansi_quotes().partitions();
/// let mut fingerprinter = Fingerprinter::with_options(options);
/// assert_eq!(
///     fingerprinter.canonical(r#"SELECT "id" FROM events_20260131"#, Dialect::MySql),
///     r#"select "id" from "events_?""#,
/// );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[must_use]
pub struct Options {
    pub(super) ansi_quotes: bool,
    pub(super) partitions: bool,
}

impl Options {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// For MySQL and MariaDB with `ANSI_QUOTES` in `sql_mode`: what stands in
    /// double quotes is a name and no string.
    ///
    /// Do not say so of a server that has another mode: its strings would be
    /// taken for names, and be kept.
    pub fn ansi_quotes(mut self) -> Self {
        self.ansi_quotes = true;
        self
    }

    /// Takes the partitions of a table for one table: in its name, four digits
    /// or more are a `?`, and the name is quoted.
    ///
    /// A name is a table's after `FROM`, `JOIN`, `INTO`, `UPDATE` or `TABLE`,
    /// and before a dot.
    pub fn partitions(mut self) -> Self {
        self.partitions = true;
        self
    }
}
