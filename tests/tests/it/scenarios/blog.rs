//! What a combination of ORM, driver and database has to be able to do.

use perfguard_tests::servers::{Backend, Database};

/// Handlers of a small blog, written with one ORM for one database.
///
/// A line that runs a statement ends in a comment that names it, so that a
/// test can ask for it: see [`Blog::SOURCE`].
pub(crate) trait Blog: Sized {
    const BACKEND: Backend;
    const SOURCE: Source;
    const KNOWS: Knows;
    const STATEMENTS: Statements;
    /// The adapter tells of transactions.
    const TELLS_TRANSACTIONS: bool;

    /// Connects, and runs nothing.
    async fn connect(database: Database) -> Self;
    fn database(&self) -> &Database;

    /// The latest posts' authors, asked one by one.
    async fn one_by_one(&self, posts: u32) -> Vec<String>;
    /// The same in two statements.
    async fn in_a_batch(&self, posts: u32) -> Vec<String>;
    /// The same in a statement for each `size` authors.
    async fn in_chunks(&self, posts: u32, size: usize) -> Vec<String>;
    /// The same in one statement.
    async fn joined(&self, posts: u32) -> Vec<String>;
    /// One author, as often as stated.
    async fn again(&self, times: u32) -> Option<String>;
    /// Two authors, on two lines.
    async fn on_two_lines(&self) -> [Option<String>; 2];
    /// An author, by SQL written by hand, with the key as a bound value.
    async fn by_hand(&self, ids: &[i32]) -> Vec<String>;
    /// An author, by SQL written by hand, with the key in its text.
    async fn by_hand_with_literals(&self, ids: &[i32]) -> Vec<String>;

    /// Each post there is.
    async fn all(&self) -> usize;
    /// The latest posts.
    async fn page(&self, posts: u32) -> usize;
    /// How many authors there are, and whether one is there.
    async fn count_and_exists(&self, id: i32) -> (i64, bool);

    /// Adds an author and does not ask for the row.
    async fn insert(&self);
    /// Adds authors by one call.
    async fn insert_many(&self, authors: u32);
    /// Adds authors by a call for each.
    async fn insert_each(&self, authors: u32);
    /// Adds an author and asks for the row.
    async fn insert_and_get(&self) -> i32;
    /// Changes an author's row and asks for it, by the ORM's own call.
    async fn save(&self, id: i32) -> String;
    /// Renames the authors with at most this key.
    async fn update(&self, up_to: i32);
    /// Removes the authors with at most this key.
    async fn delete(&self, up_to: i32);
    /// Reads an author, renames it and reads it again.
    async fn read_write_read(&self) -> Option<String>;

    /// Renames an author and a post in one transaction.
    async fn in_a_transaction(&self);
    /// Renames an author, and a post in a transaction inside.
    async fn in_a_savepoint(&self);
    /// Renames an author and does not mean it.
    async fn rolled_back(&self);
    /// Adds a post whose key is taken: true if that failed.
    async fn taken(&self) -> bool;
    /// Counts the rows of a table that need not be there.
    async fn drafts(&self) -> Option<i64>;

    /// Takes a connection twice, and asks for the author each time.
    async fn checked_out_twice(&self) -> [Option<String>; 2];
}

/// Where the handlers stand.
pub(crate) struct Source {
    pub(crate) file: &'static str,
    pub(crate) text: &'static str,
}

/// What an adapter can tell beyond the statements.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Knows {
    /// How many rows came back, and how many were changed.
    Rows,
    Statements,
}

/// How many statements some calls are, by the ORM's own decision.
pub(crate) struct Statements {
    pub(crate) insert_and_get: u64,
    pub(crate) save: u64,
}
