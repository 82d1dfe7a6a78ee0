//! Which types are connections of Diesel, for the compile-time checks of
//! `#[query_budget]`: see `perfguard_core::probe`. Not a public interface.

use diesel::Connection;
#[cfg(feature = "async")]
use diesel_async::AsyncConnectionCore;
use perfguard_core::probe;
use perfguard_core::probe::Probe;

/// Calls in loops.
pub mod in_loop {
    use super::*;

    probe!(
        in_loop "a database connection is passed to this call in a loop: at least one query for each iteration (N+1). Load the rows of all iterations before the loop, by `.filter(column.eq_any(keys))` or `Child::belonging_to(&parents)`, or say why it is fine by `#[perfguard::allow(query_in_loop, reason = \"..\")]` on the statement",
        Connection: Diesel &&&&&&Probe<'_, T>, DieselBehind &&&&&Probe<'_, T>, DieselFarBehind &&&&Probe<'_, T>
    );

    #[cfg(feature = "async")]
    probe!(
        in_loop "a database connection is passed to this call in a loop: at least one query for each iteration (N+1). Load the rows of all iterations before the loop, by `.filter(column.eq_any(keys))` or `Child::belonging_to(&parents)`, or say why it is fine by `#[perfguard::allow(query_in_loop, reason = \"..\")]` on the statement",
        AsyncConnectionCore: DieselAsync &&&&&&Probe<'_, T>, DieselAsyncBehind &&&&&Probe<'_, T>, DieselAsyncFarBehind &&&&Probe<'_, T>
    );

    #[cfg(any(feature = "r2d2", feature = "bb8", feature = "deadpool"))]
    probe!(
        in_loop "a connection pool is passed to this call in a loop: most likely at least one query for each iteration (N+1). Load the rows of all iterations before the loop, by `.filter(column.eq_any(keys))` or `Child::belonging_to(&parents)`, or say why it is fine by `#[perfguard::allow(query_in_loop, reason = \"..\")]` on the statement",
        Pool: DieselPool &&&&&&Probe<'_, T>, DieselPoolBehind &&&&&Probe<'_, T>, DieselPoolFarBehind &&&&Probe<'_, T>
    );

    /// A pool of connections.
    #[cfg(any(feature = "r2d2", feature = "bb8", feature = "deadpool"))]
    pub trait Pool {}

    #[cfg(feature = "r2d2")]
    impl<M: diesel::r2d2::ManageConnection> Pool for diesel::r2d2::Pool<M> {}
    #[cfg(feature = "bb8")]
    impl<M: bb8::ManageConnection> Pool for bb8::Pool<M> {}
    #[cfg(feature = "deadpool")]
    impl<M, W> Pool for deadpool::managed::Pool<M, W>
    where
        M: deadpool::managed::Manager,
        W: From<deadpool::managed::Object<M>>,
    {
    }
}

/// Sync connections in an `async fn`.
pub mod in_async {
    use super::*;

    probe!(
        in_async "a sync database connection is passed to this call in an `async fn`: the thread waits for the database, and every other task on it. Run it by `tokio::task::spawn_blocking(perfguard::in_current_scope(move || ..))`, use diesel-async, or say why it is fine by `#[perfguard::allow(blocking_in_async, reason = \"..\")]` on the statement",
        Connection: BlockingDiesel &&&Probe<'_, T>, BlockingDieselBehind &&Probe<'_, T>, BlockingDieselFarBehind &Probe<'_, T>
    );
}
