//! The scope, carried to the thread on which diesel-async runs SQLite.

use std::error::Error;
use std::fmt;
use std::pin::Pin;

use diesel_async::sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper};
use perfguard_core::generated::Handover;

/// Carries the scope and the call site to the blocking thread.
///
/// diesel-async runs a sync connection on a thread of tokio's that is in no
/// scope. Its type has a place for whoever starts the thread:
///
/// ```ignore
/// type DbConnection = SyncConnectionWrapper<SqliteConnection, ScopedTokio>;
/// ```
///
/// All else is what diesel-async does without it.
pub struct ScopedTokio {
    tokio: Tokio,
}

impl fmt::Debug for ScopedTokio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedTokio").finish_non_exhaustive()
    }
}

impl SpawnBlocking for ScopedTokio {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> Blocking<'a, R>
    where
        R: Send + 'static,
    {
        // Called on the stack of whoever asked for the statement.
        let handover = Handover::here();
        self.tokio.spawn_blocking(move || handover.run(task))
    }

    fn get_runtime() -> Self {
        Self {
            tokio: Tokio::get_runtime(),
        }
    }
}

type Blocking<'a, R> =
    Pin<Box<dyn Future<Output = Result<R, Box<dyn Error + Send + Sync + 'static>>> + Send + 'a>>;

/// diesel-async's own, which waits for a statement whose future was dropped.
/// It has no name but that of the wrapper's default.
type Tokio = <SyncConnectionWrapper<()> as Runtime>::Own;

trait Runtime {
    type Own;
}

impl<C, S> Runtime for SyncConnectionWrapper<C, S> {
    type Own = S;
}
