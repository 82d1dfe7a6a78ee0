//! Asks the type system whether a place holds a database connection.
//!
//! `#[query_budget]` writes probes into branches that never run. For a place
//! `db` that is passed to a call in a loop that is
//! `(&&&&&&&Probe::of(&db)).query_in_loop()`: method resolution takes off one `&`
//! after the other, and ends at the first trait that the type of `db` has. Those
//! for connections are deprecated, and that is the compiler's warning; the last
//! one holds for every type and says nothing. So no name is guessed, and a call
//! is seen however deep below it the statement is.
//!
//! | `&`s in front of `Probe` | whose | the place is |
//! |---|---|---|
//! | 6, 5, 4 | an adapter's | the connection; what dereferences to it (`&C`, `&mut C`, `Arc<C>`, a guard); the same twice |
//! | 3, 2, 1 | [`IsConnection`] | the same three |
//! | 0 | [`in_loop::Other`] | anything else |
//!
//! Adapters declare theirs with [`probe!`](crate::probe!). Not a public
//! interface, but for [`IsConnection`].

use std::marker::PhantomData;

/// A type of your own that runs statements, for the check `query_in_loop`.
///
/// The compiler knows the connections of Diesel, diesel-async and SeaORM, and
/// what dereferences to them. It cannot know a repository, a pool in a type of
/// your own, or a handle to an actor:
///
/// ```
/// struct Db(/* a pool */);
///
/// impl perfguard_core::IsConnection for Db {}
/// ```
///
/// A loop in an annotated function is warned of then if it passes a `Db`, a `&Db`
/// or an `Arc<Db>` on, or calls a method of one that is a parameter, or a
/// reference in a variable.
pub trait IsConnection {}

/// What a place holds.
#[derive(Debug)]
pub struct Probe<'a, T: ?Sized>(PhantomData<&'a T>);

impl<'a, T: ?Sized> Probe<'a, T> {
    /// For what may be referred to.
    pub const fn of(_: &'a T) -> Self {
        Self(PhantomData)
    }

    /// For a field, which may be one of a packed type.
    pub const fn at(_: *const T) -> Self {
        Self(PhantomData)
    }
}

/// What a denied probe gives for a connection.
#[derive(Debug)]
pub struct Denied;

/// What may be passed on in a loop where `query_in_loop` is denied.
#[diagnostic::on_unimplemented(
    message = "a database connection is passed to this call in a loop: at least one query for each iteration (N+1)",
    label = "a query in a loop",
    note = "load the rows of all iterations before the loop, by one query with the list of their keys",
    note = "or say why it is fine: #[perfguard::allow(query_in_loop, reason = \"..\")] on the statement",
    note = "`query_in_loop` is denied by `#[query_budget(.., deny(query_in_loop))]` or by `[lints]` in perfguard.toml"
)]
pub trait NoQuery {}

#[diagnostic::do_not_recommend]
impl NoQuery for () {}

/// Compiles only for what is no connection.
pub const fn no_query<T: NoQuery>(_: &T) {}

/// What may be passed on in an `async fn` where `blocking_in_async` is denied.
#[diagnostic::on_unimplemented(
    message = "a sync database connection is passed to this call in an `async fn`: the thread waits, and every other task on it",
    label = "blocks the runtime",
    note = "run it by `tokio::task::spawn_blocking(perfguard::in_current_scope(move || ..))`, or use diesel-async",
    note = "or say why it is fine: #[perfguard::allow(blocking_in_async, reason = \"..\")] on the statement",
    note = "`blocking_in_async` is denied by `#[query_budget(.., deny(blocking_in_async))]` or by `[lints]` in perfguard.toml"
)]
pub trait NoBlocking {}

#[diagnostic::do_not_recommend]
impl NoBlocking for () {}

/// Compiles only for what is no sync connection.
pub const fn no_blocking<T: NoBlocking>(_: &T) {}

/// Declares the traits that probes end at, one for each way to hold a
/// connection: `probe!(in_loop "what the warning says", Bound: Itself &&&.., Behind
/// &&.., FarBehind &..)`. `in_async` does the same for sync connections.
#[doc(hidden)]
#[macro_export]
macro_rules! probe {
    (in_loop $note:literal, $bound:path: $itself:ident $one:ty, $behind:ident $two:ty, $far:ident $three:ty) => {
        $crate::probe!(@trait query_in_loop query_in_loop_denied $note, $itself);
        $crate::probe!(@trait query_in_loop query_in_loop_denied $note, $behind);
        $crate::probe!(@trait query_in_loop query_in_loop_denied $note, $far);
        $crate::probe!(@impl $bound: $itself $one, $behind $two, $far $three);
    };
    (in_async $note:literal, $bound:path: $itself:ident $one:ty, $behind:ident $two:ty, $far:ident $three:ty) => {
        $crate::probe!(@trait blocking_in_async blocking_in_async_denied $note, $itself);
        $crate::probe!(@trait blocking_in_async blocking_in_async_denied $note, $behind);
        $crate::probe!(@trait blocking_in_async blocking_in_async_denied $note, $far);
        $crate::probe!(@impl $bound: $itself $one, $behind $two, $far $three);
    };
    (@trait $warns:ident $denies:ident $note:literal, $name:ident) => {
        /// See `perfguard_core::probe`.
        pub trait $name {
            /// Called in a branch that never runs.
            #[deprecated(note = $note)]
            fn $warns(&self) {}
            /// The same where it is denied.
            fn $denies(&self) -> $crate::probe::Denied {
                $crate::probe::Denied
            }
        }
    };
    (@impl $bound:path: $itself:ident $one:ty, $behind:ident $two:ty, $far:ident $three:ty) => {
        impl<T: $bound + ?Sized> $itself for $one {}
        impl<T> $behind for $two
        where
            T: ::core::ops::Deref + ?Sized,
            T::Target: $bound,
        {
        }
        impl<T> $far for $three
        where
            T: ::core::ops::Deref + ?Sized,
            T::Target: ::core::ops::Deref,
            <T::Target as ::core::ops::Deref>::Target: $bound,
        {
        }
    };
}

/// The probes of this crate for calls in loops.
pub mod in_loop {
    use super::{IsConnection, Probe};

    probe!(
        in_loop "a type that is registered as a database connection is passed to this call in a loop: at least one query for each iteration (N+1). Load the rows of all iterations before the loop, or say why it is fine by `#[perfguard::allow(query_in_loop, reason = \"..\")]` on the statement",
        IsConnection: Registered &&&Probe<'_, T>, RegisteredBehind &&Probe<'_, T>, RegisteredFarBehind &Probe<'_, T>
    );

    /// Every type.
    pub trait Other {
        /// Says nothing.
        fn query_in_loop(&self) {}
        /// Says nothing.
        fn query_in_loop_denied(&self) {}
    }

    impl<T: ?Sized> Other for Probe<'_, T> {}
}

/// The probe of this crate for calls in an `async fn`.
pub mod in_async {
    use super::Probe;

    /// Every type.
    pub trait Other {
        /// Says nothing.
        fn blocking_in_async(&self) {}
        /// Says nothing.
        fn blocking_in_async_denied(&self) {}
    }

    impl<T: ?Sized> Other for Probe<'_, T> {}
}
