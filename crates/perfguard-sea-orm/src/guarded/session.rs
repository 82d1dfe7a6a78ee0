//! What a guarded transaction tells of itself.

use std::num::NonZeroU32;
use std::sync::Arc;

use parking_lot::Mutex;
use perfguard_core::adapter::{Binds, Connection, Event, Query};
use perfguard_core::statement::Dialect;

use crate::hook::ADAPTER;
use crate::transit::Counted;

/// A transaction, or a savepoint inside one: SeaORM hides which connection of
/// the pool it has.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// Shared with the savepoints inside. A statement is counted under the
    /// lock, and nothing is sent under it.
    connection: Arc<Mutex<Connection>>,
    /// 1 for the transaction itself.
    depth: NonZeroU32,
}

impl Session {
    /// A transaction that has begun, in `around` if that is one.
    pub(super) fn begin(around: Option<&Self>, dialect: Dialect) -> Self {
        let session = match around {
            Some(around) => Self {
                connection: Arc::clone(&around.connection),
                depth: around.depth.saturating_add(1),
            },
            None => Self {
                connection: Arc::new(Mutex::new(ADAPTER.connect(dialect).pooled())),
                depth: NonZeroU32::MIN,
            },
        };
        session.tell(Event::begin());
        session
    }

    pub(super) fn commit(&self) {
        self.tell(Event::commit());
    }

    pub(super) fn rollback(&self) {
        self.tell(Event::rollback());
    }

    fn tell(&self, event: Event) {
        self.connection.lock().tell(event.depth(self.depth));
    }
}

/// Counts a statement, in its transaction if it runs in one.
pub(super) fn count_in(
    session: Option<&Session>,
    query: Query<'_>,
    binds: impl FnOnce() -> Binds,
) -> Counted {
    match session {
        Some(session) => {
            let connection = session.connection.lock();
            Counted::count(&query.connection(&connection), binds)
        }
        None => Counted::count(&query, binds),
    }
}
