//! Perfguard's instrumentation on a connection, beside the user's.

use diesel::connection::{Instrumentation, get_default_instrumentation};
use perfguard_core::statement::Dialect;

use crate::watch::Watch;
use crate::{ADAPTER, Chain};

/// A watch on a connection that exists.
pub(crate) fn fresh() -> Watch {
    ADAPTER.installed();
    let mut watch = Watch::new(&ADAPTER);
    watch.connected();
    watch
}

/// The watch of an instrumentation that has one.
pub(crate) fn watch_of(instrumentation: &mut dyn Instrumentation) -> Option<&mut Watch> {
    if instrumentation.is::<Watch>() {
        return instrumentation.downcast_mut();
    }
    let chain = instrumentation.downcast_mut::<Chain>()?;
    Some(&mut chain.watch)
}

/// Diesel's default, with perfguard's beside it.
pub(crate) fn of_default(dialect: Dialect) -> Box<dyn Instrumentation> {
    match get_default_instrumentation() {
        Some(default) => beside(default, dialect),
        None => alone(dialect),
    }
}

/// The user's instrumentation, with perfguard's beside it.
pub(crate) fn beside(
    users_own: Box<dyn Instrumentation>,
    dialect: Dialect,
) -> Box<dyn Instrumentation> {
    let mut users_own = match users_own.downcast::<Box<dyn Instrumentation>>() {
        Ok(boxed) => *boxed,
        Err(users_own) => users_own,
    };
    if let Some(watch) = watch_of(&mut *users_own) {
        watch.connected();
        watch.speaks(dialect);
        return users_own;
    }
    let mut chain = Chain::new(users_own);
    chain.watch.speaks(dialect);
    Box::new(chain)
}

/// What a connection has to be given so that it is watched; `None` if it is.
///
/// An instrumentation cannot be taken off a connection: what is there is made
/// anew if it is the default, and replaced if it is not.
#[cfg_attr(
    not(feature = "guarded"),
    expect(dead_code, reason = "for guarded connections")
)]
pub(crate) fn missing(
    present: &mut dyn Instrumentation,
    dialect: Dialect,
) -> Option<Box<dyn Instrumentation>> {
    if let Some(watch) = watch_of(present) {
        watch.connected();
        watch.speaks(dialect);
        return None;
    }
    let present = present.as_any().type_id();
    let default = get_default_instrumentation();
    let default = default.filter(|default| default.as_any().type_id() == present);
    Some(match default {
        Some(default) => beside(default, dialect),
        None => alone(dialect),
    })
}

fn alone(dialect: Dialect) -> Box<dyn Instrumentation> {
    let mut watch = fresh();
    watch.speaks(dialect);
    Box::new(watch)
}
