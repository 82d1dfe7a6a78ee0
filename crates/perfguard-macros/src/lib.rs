//! The attributes of [perfguard](https://docs.rs/perfguard): `#[query_budget]` and
//! `#[perfguard::test]`. Use them through `perfguard`; the code they write names that crate.
//!
//! # Design
//!
//! An attribute is parsed, checked and expanded, and each step knows only its own half of the
//! work:
//!
//! - `args` reads what stands in the parentheses and keeps the span of every token. It collects
//!   *all* mistakes, so that one build shows them all, each at its token.
//! - `function` reads the head of the annotated function. The body stays a token tree that
//!   nobody looks into: what the user wrote is what the compiler sees, at the user's lines, with
//!   syntax that this crate need not know.
//! - `arithmetic` is the one part that reads bodies, and only those that ask for it: it adds up what
//!   is called in them.
//! - `shape` decides how the function gives its value: at once, as an `async fn`, or as a future
//!   that it returns.
//! - `lints` says to the compiler what is seen in the body, which is parsed for that alone. Besides
//!   allows, its probes are the only change of a body.
//! - `expand` only quotes. `budget` and `test_scope` say which call of `perfguard` the body
//!   is handed to.
//! - `fallback` is what is left when there was a mistake: the errors and the item, unchanged, so
//!   that a typo in the attribute is one error and not one for each caller of the function.
//!
//! Spans matter in generated code:
//!
//! - What shall not be linted as if the user had written it has the hygiene of this crate
//!   ([`Span::mixed_site`]). No `#[allow]` is needed then, and none can collide with a `forbid` of
//!   the user.
//! - What shall name a place in the user's file, `line!()` and the call that panics, has the span
//!   of the function's own name.
//! - The closure or `async` block around a body has the span of that body, so that errors name the
//!   user's variables.
//!
//! [`Span::mixed_site`]: proc_macro2::Span::mixed_site

mod allow;
mod args;
mod arithmetic;
mod budget;
mod errors;
mod expand;
mod fallback;
mod function;
mod lints;
mod rules;
mod shape;
mod statements;
mod test_scope;

use proc_macro::TokenStream;

/// Declares how many statements one call of a function may run.
///
/// Under test a call that runs more fails with a report; in production it warns. The signature of
/// the function stays as it is.
///
/// # Arguments
///
/// | argument | says |
/// |---|---|
/// | `max = 3` | the largest number of statements; an integer literal or a constant of any integer type, such as `max = PAGE_QUERIES` or `max = { 1 + BATCHES }`. Required |
/// | `max_reads = 2`, `max_writes = 1` | the largest number of statements that read, and of those that write |
/// | `max_table(posts = 2, "blog.tags" = 1)` | the largest number of statements on a table, at any depth; with or without its schema |
/// | `max_calls = 4` | the largest number of outgoing calls (`perfguard::call`, client spans) |
/// | `max_rows = 100` | the largest number of rows that all statements may read, where rows are known |
/// | `max_time = "200ms"` | the longest that all statements may take together, and that outgoing calls may be waited for, in `us`, `ms` or `s`, where times are known; a note under test |
/// | `hard_max = 100` | guarded connections (`Guarded<C>`) refuse the statement after the 100th, before it is sent. An integer literal or a constant, as `max`; not below `max` |
/// | `hard_max_rows = 10_000` | guarded connections refuse the next statement once more rows than this have been read |
/// | `hard_max_time = "5s"` | guarded connections refuse the next statement once those before it have taken longer than this together |
/// | `allow(n_plus_one, reason = "..")` | findings of this rule are expected here, and why. May be repeated; several rules may share a reason: `allow(n_plus_one, duplicate_query, reason = "..")`. With `expires = "2027-01-31"` until that day (in UTC) |
/// | `warn(query_in_loop)`, `deny(..)` | what becomes of lints, see below; `allow(query_in_loop, reason = "..")` silences one |
/// | `allow_empty` | a call may run no statement at all |
/// | `scales = "constant"`, `scales = 0.01` | how the number of statements grows with the data, with each item more, which `testing::prove` proves |
/// | `profile = "job"` | the function may read whole tables and take its time: it is judged as a job, in a test and in production |
/// | `name = "checkout"` | the name in reports; otherwise the function's path |
/// | `export` | callers may add this `max` to theirs; in an `impl` it is `export = "method"`, unless `self` or `Self` in the function tells |
/// | `checked` | the compiler adds up what the callees export, and warns where that is more than `max`. `checked(calls = [User::find, repo::load], level = "deny")` lists callees that are called by a path, and makes it an error |
///
/// Rules that can be allowed: `blocking_poll`, `buffered_export`, `cache_candidate`,
/// `connection_per_request`, `duplicate_query`, `in_memory_page`, `inlined_literals`,
/// `leading_wildcard`, `long_transaction`, `missing_pagination`, `n_plus_one`, `not_connected`,
/// `repeated_write`, `sequential_calls`, `sequential_queries`, `slow_query`, `small_data`, `unbounded_result`, `unfiltered_write`,
/// `unstable_pagination`, `wide_select`.
///
/// ```text
/// #[query_budget(max = 2, allow(unbounded_result, reason = "a shop has ten currencies"))]
/// async fn currencies(State(pool): State<Pool>) -> Json<Vec<Currency>> { .. }
/// ```
///
/// # Lints
///
/// The compiler warns at the call where a database connection is passed on in a loop
/// (`query_in_loop`), and of what else the source of the function shows: `blocking_in_async`,
/// `connect_in_handler`, `count_in_memory`, `format_sql`, `truncate_in_memory`; where they are asked
/// for, `call_in_loop`, `sequential_awaits`, `serialise_in_loop` and `unbounded_fetch`. For the
/// workspace `[lints]` in `perfguard.toml` says the same. A warning is the use of something
/// deprecated: `#[allow(deprecated)]` on the function silences all of them. What each lint looks for
/// and leaves alone: `docs/lints.md`.
///
/// # Arithmetic
///
/// Off unless it is asked for: the callee says `export`, the caller says `checked`.
///
/// ```text
/// #[query_budget(max = 3, export)]
/// async fn load_user(..) -> Result<User, Error> { .. }
///
/// #[query_budget(max = 5, checked(level = "deny"))]
/// async fn profile(..) -> Result<Page, Error> {
///     let user = load_user(&db, id).await?;
///     let posts = load_posts(&db, &user).await?; // exports 4
///     ..
/// }
/// ```
///
/// ```text
/// error[E0080]: evaluation panicked: `profile` declares max = 5, but its callees may run 7 queries (load_user: 3 + load_posts: 4)
/// ```
///
/// - **The sum** is an upper bound for the calls that are seen: what stands one after another is added, of the branches of `if`
///   and `match` the largest counts, and the way out by `return` or `?` is not looked at. Statements
///   that the function runs itself are not in it. Recursion counts nothing.
/// - **Callees** are found by the name that they are called by, wherever that is imported from, also
///   renamed, re-exported or from another crate. Calls by a path count where `calls` lists them, and
///   what is listed has to export a budget and to be called.
/// - **Loops** over ranges of literals, of a literal and a constant of the module (`0..PAGE_SIZE`), over
///   lists that are written out, `[row; N]`, an `Option` and `.take(20)` are multiplied by their length,
///   also by the name of a variable, others by [`#[perfguard::times(20)]`](macro@times). A loop whose body
///   ends with `break` runs once. In a loop without a bound a callee that exports more than 0 does not
///   compile, at any level: an error at its name.
/// - **Closures** that an iterator or a stream calls are loops, where the text tells that it is one:
///   `.iter()` and the like before, `.collect()` and the like after, a method such as `for_each` or
///   `sort_by_key` that nothing else has, `iter::from_fn(..)` and `array::from_fn(..)`. What is followed by
///   `.take(20)` or `.next()` is not called more often. A closure in a variable counts where it is called
///   or handed on. Other closures, and `async` blocks, count once, where they are written.
/// - **Functions** that are handed on by their name count as a closure that calls them:
///   `id.map(load_user)` once, `ids.iter().map(load_user)` for each. So does `let load = load_user;` where
///   `load` is called.
/// - **The warning** stands at the number of `max`. It is a deprecation, the one warning that a macro
///   can write: `deprecated` is the lint to allow or to deny, and its text is fixed before the
///   compiler knows any number. It names the calls, also those without a budget. The numbers are in
///   the error of `level = "deny"`.
///
/// Of these nothing is known, nothing is said, and they count as 0: functions that export nothing,
/// methods (`user.posts(&db)`), functions of traits, `Self::find(..)` and `T::find(..)`, functions
/// that are declared or imported inside a function, a function or a closure that is kept in a field or a
/// list, and what macros make, apart from arguments separated by commas (`join!(load_user(..),
/// load_posts(..))`) and `vec![load_user(..); 3]`, which calls it once. A constant that is declared in the
/// function, is generic or is written with a path is no bound.
///
/// `export` adds an item to what stands beside the function: an enum of its name or, in an `impl`, a
/// constant. So
///
/// - no type or module may have the function's name. The `#[get]` of actix-web and rocket make a
///   struct of a handler's name: `export` belongs on what handlers call. For the same reason a
///   `checked` function cannot call `load(..)`, or hand on `load`, where a module `load` is in scope; `self::load(..)`
///   is a call by a path.
/// - where an associated function is not known as one, the compiler says that an enum is not
///   supported in `impl`s: write `export = "method"`.
/// - functions of traits cannot export.
///
/// # Where it can stand
///
/// On every function and method with a body that is not `const`: sync, `async`, generic, in traits
/// and their implementations, and on a function that returns `impl Future`, `BoxFuture`,
/// `LocalBoxFuture` or `Pin<Box<dyn Future>>`, which is what `#[async_trait]` makes of an
/// `async fn`. It stacks with the attributes of web frameworks and test runtimes in either order.
///
/// # Expansion
///
/// ```text
/// async fn currencies(..) -> Json<Vec<Currency>> {
///     static SITE: Site = Site::new(file!(), line!(), Budget::new(2).reads(..).allow(..).limits(..));
///     let (value, outcome) = run_async(&SITE, "shop::currencies", async move { <body> }).await;
///     outcome.enforce(); // panics with the report where a violation shall fail
///     value
/// }
/// ```
///
/// The body of a sync function becomes a closure that is called once, and the outcome is enforced
/// by ordinary code after it, never by a destructor. Three things follow:
///
/// - In a sync function with `#[track_caller]`, `Location::caller()` in the body is a place within
///   the body; the report of a violation does name the caller.
/// - Of a function that returns a future, only the future belongs to the budget, not the statements
///   that are run before it is returned.
/// - `max`, the other limits and `name` are the budget of the function, not of one instance of a generic one: they
///   cannot use its type parameters or `Self`.
#[proc_macro_attribute]
pub fn query_budget(args: TokenStream, item: TokenStream) -> TokenStream {
    let item = item.into();
    budget::attribute(args.into(), &item)
        .unwrap_or_else(|error| fallback::item_with(&error, &item))
        .into()
}

/// Allows findings of some rules, and says why.
///
/// On a function or a method it covers the statements that one call runs. Inside a function that
/// has `#[query_budget]`, `#[perfguard::test]` or this attribute itself, it may stand on a statement,
/// a block, an expression or a match arm, and covers what runs there:
///
/// ```text
/// #[query_budget(max = 20)]
/// async fn shops(..) -> Result<Vec<Shop>, Error> {
///     #[perfguard::allow(n_plus_one, reason = "three shops, and no more", expires = "2027-01-31")]
///     for shop in &mut shops {
///         shop.owner = owner(shop.owner_id).await?;
///     }
///     ..
/// }
/// ```
///
/// Write it with its crate: `use perfguard::allow` makes the compiler's own `#[allow]` ambiguous.
///
/// Of a loop that runs partly outside only that part counts. Work that is handed to another task is
/// covered if the scope goes with it (`perfguard::in_current_scope`). Elsewhere: `perfguard::with_allow` and `perfguard::with_allow_async`.
///
/// # Arguments
///
/// One or more rules, as in `allow(..)` of [`query_budget`](macro@query_budget); `reason = ".."`, which
/// is required; `expires = "2027-01-31"`, the last day (in UTC) that the allow holds on. What has
/// expired does not count, and a report says so.
///
/// A lint is allowed in the same way, without a day: the compiler and `cargo perfguard check` are
/// silent about it there. With lints alone the attribute may also stand on an `impl`, a trait or a
/// module, for all functions in it.
#[proc_macro_attribute]
pub fn allow(args: TokenStream, item: TokenStream) -> TokenStream {
    let item = item.into();
    allow::attribute(args.into(), &item)
        .unwrap_or_else(|error| fallback::item_with(&error, &item))
        .into()
}

/// Says how often a loop or a call in a `checked` function runs at most.
///
/// It may stand on a loop, or on a call with the `.await` and `?` behind it, in a function with
/// [`#[query_budget(.., checked)]`](macro@query_budget), and multiplies what runs there:
///
/// ```text
/// #[query_budget(max = 61, checked)]
/// async fn front_page(..) -> Result<Page, Error> {
///     #[perfguard::times(20)]
///     for post in latest(&db).await? {
///         authors.push(load_author(&db, post.author_id).await?);
///     }
///     ..
/// }
/// ```
///
/// The number is a literal or a constant, of any integer type, that is declared outside the function.
/// On a call it also says how often the closures in it run, as in `ids.iter().map(|id| load(id))`.
/// It limits nothing when the program runs. Write it with its crate.
#[proc_macro_attribute]
pub fn times(args: TokenStream, item: TokenStream) -> TokenStream {
    arithmetic::times(&args.into(), &item.into()).into()
}

/// Runs a test in a scope of its own, in which every violated budget fails the test.
///
/// It goes on a sync or an `async` function, above or below the test
/// attribute of a runtime. A sync function needs no other attribute; an `async` one needs the
/// attribute that runs it:
///
/// ```text
/// #[perfguard::test]
/// fn lists_books() { .. }
///
/// #[perfguard::test]
/// #[tokio::test]
/// async fn lists_authors() -> anyhow::Result<()> { .. }
/// ```
///
/// # Arguments
///
/// None is needed. With one of these the test is held against it itself, beside the functions in it:
///
/// | argument | meaning |
/// |---|---|
/// | `max = 5` | the test may run so many statements |
/// | `max_reads`, `max_writes`, `max_table(posts = 2)`, `max_calls`, `max_rows` | as in [`query_budget`](macro@query_budget), also without `max` |
/// | `profile = "job"` | its statements are judged, as a job's are; else they are set-up, and only numbers count |
/// | `allow(..)` | as in `query_budget`: for what the test itself runs |
/// | `allow_empty` | the test, and the functions in it, may run no statement: `not-connected` is silent |
///
/// Where a part of the test is run in `perfguard::testing::act`, only that part is held against the
/// numbers, each time anew, and it is judged as a budgeted function is: what runs outside is set-up.
///
/// # Expansion
///
/// ```text
/// #[tokio::test]
/// async fn lists_authors() -> anyhow::Result<()> {
///     let (value, outcome) =
///         test_async(None, "shop::lists_authors", async move { <body> }).await;
///     outcome.enforce(); // panics with the report of every violated budget
///     value
/// }
/// ```
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    let item = item.into();
    test_scope::attribute(args.into(), &item)
        .unwrap_or_else(|error| fallback::item_with(&error, &item))
        .into()
}
