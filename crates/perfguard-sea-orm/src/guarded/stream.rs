//! The streams of a guarded connection.

use std::borrow::Cow;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use perfguard_core::Limits;
use perfguard_core::adapter::{self, Binds, Completion, Orm, Query};
use perfguard_core::statement::Dialect;
use pin_project_lite::pin_project;
use sea_orm::{DbBackend, DbErr, QueryResult, Statement, StatementBuilder, StreamTrait};

use super::connection::builds_and_sends;
use super::session::{Session, count_in};
use super::{Guarded, admit};
use crate::hook::{binds, dialect};
use crate::transit::{Text, Transit, is_counted};

impl<C: StreamTrait + 'static> StreamTrait for Guarded<C> {
    type Stream<'a> = GuardedStream<C::Stream<'a>>;

    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        let waiting = self.waiting(&statement);
        #[cfg(feature = "explain")]
        if self.may_explain() {
            return Box::pin(async move {
                if let Some(explaining) = self.explain(&statement) {
                    explaining.await;
                }
                waiting.open(self.connection.stream_raw(statement)).await
            });
        }
        Box::pin(waiting.open(self.connection.stream_raw(statement)))
    }

    fn stream<'a, S: StatementBuilder + Sync>(
        &'a self,
        builder: &S,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        let statement = StreamTrait::get_database_backend(self).build(builder);
        if builds_and_sends::<C>() {
            return self.stream_raw(statement);
        }
        let waiting = self.waiting(&statement);
        Box::pin(waiting.open(self.connection.stream(builder)))
    }
}

impl<C> Guarded<C> {
    fn waiting(&self, statement: &Statement) -> Waiting {
        Waiting {
            sql: statement.sql.clone(),
            dialect: dialect(statement.db_backend),
            binds: binds(statement),
            limits: self.limits,
            session: self.session.clone(),
        }
    }
}

pin_project! {
    /// A stream of a [`Guarded`] connection.
    ///
    /// The statement counts when the stream is first polled, which is when it
    /// is sent, with the rows that were taken of it.
    #[derive(Debug)]
    pub struct GuardedStream<S> {
        #[pin]
        stream: Option<S>,
        state: State,
    }

    impl<S> PinnedDrop for GuardedStream<S> {
        fn drop(this: Pin<&mut Self>) {
            this.close();
        }
    }
}

/// How far a stream is.
enum State {
    /// Nobody has polled it: nothing is sent.
    Waiting(Waiting),
    Open(Open),
    Over,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the text: it may hold literals.
        f.write_str(match self {
            Self::Waiting(_) => "Waiting",
            Self::Open(_) => "Open",
            Self::Over => "Over",
        })
    }
}

struct Waiting {
    sql: String,
    dialect: Dialect,
    binds: Binds,
    limits: Limits,
    session: Option<Session>,
}

struct Open {
    transit: Transit,
    rows: u64,
    failed: bool,
    is_told: bool,
}

impl Waiting {
    /// Refuses it at once where it would be refused: a connection of the pool
    /// is taken for a stream before it is polled.
    async fn open<S>(
        self,
        stream: impl Future<Output = Result<S, DbErr>>,
    ) -> Result<GuardedStream<S>, DbErr> {
        self.admit()?;
        Ok(GuardedStream {
            stream: Some(stream.await?),
            state: State::Waiting(self),
        })
    }

    fn admit(&self) -> Result<(), DbErr> {
        admit(self.limits, || {
            (Cow::Borrowed(self.sql.as_str()), self.dialect)
        })
    }

    fn depart(&self) -> Result<Transit, DbErr> {
        if is_counted(Some(&self.sql)) {
            return Ok(Transit::counted_around());
        }
        if !adapter::is_scoped() {
            adapter::record_unattributed();
            return Ok(Transit::unscoped(Some(Text::of(&self.sql))));
        }
        self.admit()?;
        let query = Query::new(&self.sql, self.dialect).orm(Orm::SeaOrm);
        let counted = count_in(self.session.as_ref(), query, || self.binds);
        Ok(Transit::of(counted, Some(Text::of(&self.sql))))
    }
}

impl Open {
    fn take(&mut self, item: &Option<Result<QueryResult, DbErr>>) {
        match item {
            Some(Ok(_)) => self.rows += 1,
            Some(Err(_)) => self.failed = true,
            // The connection is only done with when the stream is dropped.
            None if !self.is_told => {
                self.is_told = true;
                self.transit.tell(self.completion());
            }
            None => {}
        }
    }

    fn completion(&self) -> Completion {
        Completion::new().rows(self.rows).failed(self.failed)
    }
}

impl<S> GuardedStream<S> {
    /// Drops the stream inside, which calls the metric callback.
    fn close(self: Pin<&mut Self>) {
        let mut this = self.project();
        match std::mem::replace(this.state, State::Over) {
            State::Waiting(waiting) => {
                let mut unsent = Transit::unscoped(Some(Text::of(&waiting.sql)));
                unsent.during(|| this.stream.set(None));
                unsent.end(Completion::new());
            }
            State::Open(mut open) => {
                open.transit.during(|| this.stream.set(None));
                let completion = if open.is_told {
                    Completion::new().failed(open.failed)
                } else {
                    open.completion()
                };
                open.transit.end(completion);
            }
            State::Over => {}
        }
    }
}

impl<S: Stream<Item = Result<QueryResult, DbErr>>> Stream for GuardedStream<S> {
    type Item = Result<QueryResult, DbErr>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let State::Waiting(waiting) = &self.state {
            match waiting.depart() {
                Ok(transit) => {
                    *self.as_mut().project().state = State::Open(Open {
                        transit,
                        rows: 0,
                        failed: false,
                        is_told: false,
                    });
                }
                Err(refused) => {
                    self.close();
                    return Poll::Ready(Some(Err(refused)));
                }
            }
        }
        let this = self.project();
        let (State::Open(open), Some(stream)) = (this.state, this.stream.as_pin_mut()) else {
            return Poll::Ready(None);
        };
        let polled = open.transit.during(|| stream.poll_next(context));
        if let Poll::Ready(item) = &polled {
            open.take(item);
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.stream {
            Some(stream) => stream.size_hint(),
            None => (0, Some(0)),
        }
    }
}
