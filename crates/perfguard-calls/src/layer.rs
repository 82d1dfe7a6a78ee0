//! From a client's span to the call that it is.

use std::fmt::{self, Write};

use perfguard_core::adapter::{self, OutgoingCall};
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::filter::KIND;

/// The layer that [`layer`](crate::layer) makes.
#[derive(Debug)]
pub struct CallLayer(());

/// On a client's span: its call.
struct Client {
    /// `None` until it is entered in a scope, and for a part of another call.
    call: Option<OutgoingCall>,
    name: &'static str,
    is_decided: bool,
    /// For each time that it is entered now, what the thread worked on before.
    before: Vec<u64>,
}

impl Client {
    /// Counts it, if there is a scope and it is not a part of another call: a
    /// future's span is made before the call is that polls it.
    fn decide(&mut self) {
        if !self.is_decided && adapter::is_scoped() {
            self.is_decided = true;
            self.call = OutgoingCall::begin(self.name);
        }
    }
}

impl CallLayer {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

impl<S> Layer<S> for CallLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut kind = IsClient(false);
        attributes.record(&mut kind);
        if let Some(span) = context.span(id).filter(|_| kind.0) {
            note(&span);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut kind = IsClient(false);
        values.record(&mut kind);
        if let Some(span) = context.span(id).filter(|_| kind.0) {
            note(&span);
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(client) = span.extensions_mut().get_mut::<Client>() {
            client.decide();
            if let Some(call) = &client.call {
                client.before.push(call.enter());
            }
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(client) = span.extensions_mut().get_mut::<Client>()
            && let Some(before) = client.before.pop()
            && let Some(call) = &mut client.call
        {
            call.leave(before);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id);
        let client = span.and_then(|span| span.extensions_mut().remove::<Client>());
        if let Some(mut client) = client {
            // One that nobody entered.
            client.decide();
        }
    }
}

/// Notes that a span is a client's.
fn note<S>(span: &SpanRef<'_, S>)
where
    S: for<'span> LookupSpan<'span>,
{
    let mut extensions = span.extensions_mut();
    if extensions.get_mut::<Client>().is_none() {
        extensions.insert(Client {
            call: None,
            name: span.metadata().name(),
            is_decided: false,
            before: Vec::new(),
        });
    }
}

/// Whether the fields of a span say that it is a client's.
struct IsClient(bool);

impl IsClient {
    fn note(&mut self, field: &Field, kind: &str) {
        if field.name() == KIND {
            self.0 = kind.eq_ignore_ascii_case("client");
        }
    }
}

impl Visit for IsClient {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.note(field, value);
    }

    /// A kind that was given by its `Display` or its `Debug`.
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == KIND {
            let mut kind = String::new();
            if write!(kind, "{value:?}").is_ok() {
                self.note(field, kind.trim_matches('"'));
            }
        }
    }
}
