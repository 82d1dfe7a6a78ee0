//! What the process does.

use std::borrow::Cow;
use std::pin::pin;
use std::task::{Context, Waker};

use perfguard::Scope;
use perfguard::adapter::{self, BindHasher, Completion, Query};
use perfguard::statement::Dialect;

/// Statements of most scopes.
const STATEMENTS: u64 = 10;

/// What has been done so far.
#[derive(Debug, Default)]
pub(crate) struct Load {
    pub(crate) statements: u64,
    pub(crate) texts: u64,
    pub(crate) scopes: u64,
}

impl Load {
    /// Runs so many scopes.
    pub(crate) fn run(&mut self, scopes: u64) {
        for _ in 0..scopes {
            self.scopes += 1;
            self.texts += 1;
            match self.scopes {
                it if it.is_multiple_of(100_000) => self.large_texts(),
                it if it.is_multiple_of(50_000) => self.long_loop(),
                it => match it % 4 {
                    0 => self.annotated(),
                    1 => self.named(),
                    2 => self.suspended(),
                    _ => self.looped(),
                },
            }
        }
    }

    /// The statements of most scopes: one text is new.
    fn usual(&mut self) {
        self.statement(&format!(
            "SELECT column_{} FROM posts WHERE id = ?",
            self.texts
        ));
        for id in 1..STATEMENTS {
            self.statement(match id % 3 {
                0 => "SELECT id, title FROM posts WHERE author_id = ? ORDER BY id LIMIT 20",
                1 => "SELECT name FROM authors WHERE id = ?",
                _ => "UPDATE counters SET value = value + 1 WHERE id = ?",
            });
        }
    }

    fn statement(&mut self, sql: &str) {
        self.statements += 1;
        let query = Query::new(sql, Dialect::Sqlite).completion(Completion::new().rows(1));
        let mut binds = BindHasher::new();
        binds.write(&self.statements);
        let binds = binds.finish();
        // As Diesel's adapter does, and as SeaORM's does: one may count a loop
        // the short way.
        if self.scopes.is_multiple_of(2) {
            adapter::record(&query.binds(binds));
        } else {
            adapter::record_with(&query, || binds);
        }
    }

    #[perfguard::query_budget(max = 10)]
    fn annotated(&mut self) {
        self.usual();
    }

    /// A scope whose name never comes again.
    fn named(&mut self) {
        let name: Cow<'static, str> = format!("job {}", self.scopes).into();
        let scope = Scope::new(name);
        scope.in_scope(|| self.usual());
        drop(scope.close());
    }

    #[perfguard::query_budget(max = 3)]
    fn looped(&mut self) {
        for _ in 0..STATEMENTS {
            self.statement("SELECT name FROM authors WHERE id = ?");
        }
    }

    /// A future that is dropped in the middle.
    fn suspended(&mut self) {
        let future = pin!(cancelled(self));
        let mut context = Context::from_waker(Waker::noop());
        let _ = future.poll(&mut context);
    }

    #[perfguard::query_budget(max = 10)]
    fn long_loop(&mut self) {
        for _ in 0..100_000 {
            self.statement("SELECT name FROM authors WHERE id = ?");
        }
    }

    #[perfguard::query_budget(max = 10)]
    fn large_texts(&mut self) {
        for text in 0..8 {
            self.texts += 1;
            let values = format!("({}, 'text'), ", self.texts + text).repeat(40_000);
            self.statement(&format!("INSERT INTO posts VALUES {values}(0, '')"));
        }
    }
}

#[perfguard::query_budget(max = 10)]
async fn cancelled(load: &mut Load) {
    load.usual();
    std::future::pending::<()>().await;
}
