//! The `tracing` span of a scope: only where a layer has asked for it.
//!
//! Some drivers tell of their statements on a thread of their own, and carry
//! nothing there but the caller's span. A layer that listens to them
//! ([`crate::adapter::listen`]) finds the scope through a span that is opened
//! and entered inside it. Without such a layer no span is ever opened.
//!
//! A subscriber is somebody else's code: whatever it does here runs caught and
//! with recording switched off, and one that panicked is given no more spans.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Span;

use crate::sink;

static IS_WANTED: AtomicBool = AtomicBool::new(false);
static IS_BROKEN: AtomicBool = AtomicBool::new(false);

/// From now on each scope opens a span.
pub(crate) fn want() {
    IS_WANTED.store(true, Ordering::Relaxed);
}

/// True if a layer wants spans, and no subscriber has panicked over one.
pub(crate) fn is_wanted() -> bool {
    // Relaxed: a scope that opens at this very moment may go without one.
    IS_WANTED.load(Ordering::Relaxed) && !IS_BROKEN.load(Ordering::Relaxed)
}

/// A span that is closed with its owner; or none, where nobody is interested.
#[derive(Debug)]
pub(crate) struct ScopeSpan(Option<Span>);

impl ScopeSpan {
    /// Opens a span. The scope that it stands for is current meanwhile, so that
    /// the layer can find it.
    pub(super) fn open() -> Self {
        let mut opened = None;
        guarded(|| {
            let span = tracing::info_span!(target: "perfguard", "perfguard.scope");
            opened = (!span.is_disabled()).then_some(span);
        });
        Self(opened)
    }

    /// The caller's span, kept until it is dropped here.
    pub(super) fn current() -> Self {
        let mut current = None;
        if !IS_BROKEN.load(Ordering::Relaxed) {
            guarded(|| current = Some(Span::current()).filter(|span| !span.is_none()));
        }
        Self(current)
    }

    /// Runs `body` inside of a span, if there is one.
    pub(super) fn around<R>(span: Option<&Self>, body: impl FnOnce() -> R) -> R {
        struct Inside<'a>(Option<&'a ScopeSpan>);
        impl Drop for Inside<'_> {
            fn drop(&mut self) {
                if let Some(span) = self.0 {
                    span.exit();
                }
            }
        }
        if let Some(span) = span {
            span.enter();
        }
        let _inside = Inside(span);
        body()
    }

    pub(super) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Makes it the current span of the thread, until [`exit`](Self::exit).
    pub(super) fn enter(&self) {
        if let Some(span) = &self.0 {
            guarded(|| span.with_subscriber(|(id, subscriber)| subscriber.enter(id)));
        }
    }

    /// Also after a panic in `enter`: the span may have been entered by then.
    pub(super) fn exit(&self) {
        if let Some(span) = &self.0 {
            guarded(|| span.with_subscriber(|(id, subscriber)| subscriber.exit(id)));
        }
    }
}

impl Drop for ScopeSpan {
    fn drop(&mut self) {
        if let Some(span) = self.0.take() {
            guarded(|| drop(span));
        }
    }
}

fn guarded<R>(call: impl FnOnce() -> R) {
    if !sink::caught(|| drop(call())) {
        IS_BROKEN.store(true, Ordering::Relaxed);
    }
}
