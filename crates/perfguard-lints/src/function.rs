//! What the call graph knows of a function.

use proc_macro2::Span;

use crate::query::Query;

/// A function of the workspace.
pub(crate) struct Function {
    /// The file that it stands in.
    pub(crate) file: usize,
    pub(crate) name: String,
    /// The type that it is a method of, or the trait that gives it a body.
    pub(crate) owner: Option<String>,
    /// The trait that it implements.
    pub(crate) of_trait: Option<String>,
    pub(crate) has_self: bool,
    /// How many parameters it has, without `self`.
    pub(crate) arity: usize,
    /// Whether it is for tests or migrations: it is called, and nothing is said of it.
    pub(crate) is_apart: bool,
    /// Queries that it sends itself.
    pub(crate) queries: Vec<Sent>,
    pub(crate) calls: Vec<Called>,
}

impl Function {
    /// As it is written: `Post::author`.
    pub(crate) fn path(&self) -> String {
        match &self.owner {
            Some(owner) => format!("{owner}::{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// A query that is sent.
pub(crate) struct Sent {
    pub(crate) query: Query,
    pub(crate) method: String,
    pub(crate) at: Runs,
}

/// A call of something else.
pub(crate) struct Called {
    pub(crate) name: String,
    pub(crate) target: Target,
    pub(crate) arity: usize,
    /// Whether an argument is a connection.
    pub(crate) hands_connection: bool,
    /// Whether it may leave the program for something that is no database, if nothing in the
    /// workspace has its name.
    pub(crate) may_leave: bool,
    /// Where the loops begin that it depends on.
    pub(crate) within: Vec<usize>,
    pub(crate) at: Runs,
}

/// What a call names.
pub(crate) enum Target {
    /// `load(..)`, `repo::load(..)`, `Post::load(..)`: what stands before the name.
    Path(Vec<String>),
    /// `self.load(..)`
    SelfMethod,
    /// `posts.load(..)`
    Method {
        /// The name of what it is called on.
        receiver: Option<String>,
        /// Whether that is the item of a loop itself.
        is_on_item: bool,
    },
}

/// Where a call stands, and what it runs for.
pub(crate) struct Runs {
    pub(crate) span: Span,
    /// The loop that it depends on.
    pub(crate) each: Option<Each>,
    pub(crate) is_spawned: bool,
    /// Whether the loop does not wait for it.
    pub(crate) is_spawned_in_loop: bool,
    /// Whether the loop ends because of its answer.
    pub(crate) decides: bool,
}

/// A loop.
#[derive(Clone)]
pub(crate) struct Each {
    pub(crate) span: Span,
    /// Where it begins in its file.
    pub(crate) start: usize,
    pub(crate) describe: String,
}
