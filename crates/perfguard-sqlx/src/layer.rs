//! From sqlx's events to the scope that they belong to.
//!
//! PostgreSQL's and MySQL's drivers write their events in the task that runs
//! the statement: the scope is the thread's current one. SQLite's writes them
//! on a thread of its own, and enters the caller's span there: the scope is the
//! one that the span, or one around it, was opened for.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use perfguard_core::Scope;
use perfguard_core::adapter::{self, Adapter, Query, WeakScope};
use perfguard_core::statement::Dialect;
use tracing::dispatcher::WeakDispatch;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::fields::Fields;
use crate::filter::{is_scope, is_statement, is_statement_span};

static ADAPTER: Adapter = Adapter::new("sqlx");

/// How sqlx names the threads on which SQLite runs, unless it is told to name
/// them otherwise.
const SQLITE_WORKER: &str = "sqlx-sqlite-worker-";

/// The layer that [`layer`](crate::layer) and [`layer_for`](crate::layer_for)
/// make.
#[derive(Debug)]
pub struct QueryLayer {
    /// What statements are in, if nothing tells.
    dialect: Dialect,
    /// The subscriber that the layer is part of. A layer with a filter is not
    /// shown the spans that it did not want; the scope may be around them.
    subscriber: OnceLock<WeakDispatch>,
}

/// On a scope's span: the scope. It must not be kept alive by its own span.
struct OpenedFor(WeakScope);

/// On a statement's span: what is known of it until it closes.
struct Pending {
    fields: Fields,
    scope: Option<WeakScope>,
    begun: Instant,
}

impl QueryLayer {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            subscriber: OnceLock::new(),
        }
    }

    /// The scope of the span `id`, or of the nearest one around it.
    fn scope_around<S>(&self, id: &Id) -> Option<Scope>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let subscriber = self.subscriber.get()?.upgrade()?;
        let mut spans = subscriber.downcast_ref::<S>()?.span(id)?.scope();
        spans.find_map(|span| span.extensions().get::<OpenedFor>()?.0.upgrade())
    }

    fn note(&self, fields: &Fields, scope: Option<&Scope>) {
        let sql = fields.sql();
        if sql.is_empty() {
            return;
        }
        let dialect = fields.system().or_else(of_this_thread);
        let query = Query::new(sql, dialect.unwrap_or(self.dialect));
        let query = query.completion(fields.completion());
        match scope {
            Some(scope) => adapter::echo_for(scope, &query),
            None => adapter::echo(&query),
        }
    }
}

impl<S> Layer<S> for QueryLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_layer(&mut self, _: &mut S) {
        ADAPTER.installed();
        adapter::listen();
    }

    fn on_register_dispatch(&self, subscriber: &Dispatch) {
        let _ = self.subscriber.set(subscriber.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let metadata = attributes.metadata();
        if is_scope(metadata) {
            if let (Some(scope), Some(span)) = (Scope::current(), context.span(id)) {
                let opened_for = OpenedFor(scope.downgrade());
                span.extensions_mut().replace(opened_for);
            }
        } else if is_statement_span(metadata) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            let scope = Scope::current().or_else(|| self.scope_around::<S>(id));
            if let Some(span) = context.span(id) {
                span.extensions_mut().replace(Pending {
                    fields,
                    scope: scope.as_ref().map(Scope::downgrade),
                    begun: Instant::now(),
                });
            }
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(pending) = span.extensions_mut().get_mut::<Pending>()
        {
            values.record(&mut pending.fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !is_statement(event.metadata()) {
            return;
        }
        hear();
        let mut fields = Fields::default();
        event.record(&mut fields);
        // Newer versions write the event inside the statement's span: one of
        // the two is enough, and the event tells more.
        let pending = context
            .event_span(event)
            .and_then(|span| span.extensions_mut().remove::<Pending>());
        let mut scope = None;
        if let Some(pending) = pending {
            scope = pending.scope.and_then(|scope| scope.upgrade());
            fields.fill_in(pending.fields);
        }
        if Scope::current().is_some() {
            return self.note(&fields, None);
        }
        let scope = scope.or_else(|| {
            let current = context.current_span();
            let around = event.parent().or_else(|| {
                let is_contextual = event.is_contextual();
                current.id().filter(|_| is_contextual)
            });
            around.and_then(|id| self.scope_around::<S>(id))
        });
        if let Some(scope) = scope {
            self.note(&fields, Some(&scope));
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let pending = context
            .span(&id)
            .and_then(|span| span.extensions_mut().remove::<Pending>());
        let Some(mut pending) = pending else {
            return;
        };
        hear();
        pending.fields.note_elapsed(pending.begun.elapsed());
        if let Some(scope) = pending.scope.and_then(|scope| scope.upgrade()) {
            self.note(&pending.fields, Some(&scope));
        }
    }
}

/// An event has arrived: there is a connection.
fn hear() {
    static IS_CONNECTED: AtomicBool = AtomicBool::new(false);
    if !IS_CONNECTED.load(Ordering::Relaxed) && !IS_CONNECTED.swap(true, Ordering::Relaxed) {
        ADAPTER.connected();
    }
    adapter::heard();
}

fn of_this_thread() -> Option<Dialect> {
    let thread = std::thread::current();
    let is_sqlite = thread.name()?.starts_with(SQLITE_WORKER);
    is_sqlite.then_some(Dialect::Sqlite)
}
