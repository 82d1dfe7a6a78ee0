//! Statements of a connection that counts for a scope although its thread is in
//! none.
//!
//! A pool such as deadpool-diesel's runs a closure with the connection on a
//! blocking thread, and nothing carries the scope there. Where the connection
//! is checked out on the caller's task, the scope can be bound to it.

use diesel::connection::Connection;
use perfguard_core::adapter;
use perfguard_core::generated::Handover;

use crate::watch::Watch;
use crate::{backend, watched};

/// Lets the statements of a connection count for the scope that is current
/// now, on threads that are in no scope.
///
/// For the hooks that a pool calls where a connection is checked out, so that
/// no handler has to change:
///
/// ```ignore
/// fn bind(
///     connection: &mut deadpool_diesel::Connection<SqliteConnection>,
///     _: &Metrics,
/// ) -> Result<(), HookError> {
///     if let Ok(mut connection) = connection.lock() {
///         perfguard::diesel::bind_current_scope(&mut *connection);
///     }
///     Ok(())
/// }
///
/// Pool::builder(manager)
///     .post_create(Hook::sync_fn(bind))
///     .post_recycle(Hook::sync_fn(bind))
/// ```
///
/// A thread's own scope comes first. The scope is not kept: what runs after
/// its end counts as in no scope. Outside of any scope, the connection is
/// bound to none.
///
/// It gives the connection a new instance of Diesel's default instrumentation,
/// with perfguard's beside it. One that was set on this connection alone is
/// replaced: set yours as the default.
#[track_caller]
pub fn bind_current_scope<C: Connection>(connection: &mut C) {
    let mut instrumentation = watched::of_default(backend::dialect::<C::Backend>());
    if let Some(watch) = watched::watch_of(&mut *instrumentation) {
        watch.binding = adapter::is_scoped().then(|| Handover::now().bind());
    }
    connection.set_instrumentation(instrumentation);
}

/// Runs `body` in the scope that `watch` is bound to, unless the thread is in
/// one.
pub(crate) fn in_bound_scope<R>(watch: &mut Watch, body: impl FnOnce(&mut Watch) -> R) -> R {
    if watch.binding.is_none() || adapter::is_scoped() {
        return body(watch);
    }
    let Some(binding) = watch.binding.take() else {
        return body(watch);
    };
    let value = binding.run(|| body(watch));
    watch.binding = Some(binding);
    value
}
