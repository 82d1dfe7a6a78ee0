//! A body that takes the request's scope along.

use std::any::Any;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::served::Delivery;

pin_project! {
    /// The body of an answer, which is polled, and dropped, in the request's
    /// scope.
    ///
    /// Its frames, its size and its end are those of the body inside.
    #[derive(Debug)]
    pub struct ScopedBody<B> {
        #[pin]
        body: Option<B>,
        // What stands in its place where a budget is broken, in a test.
        report: Option<Bytes>,
        delivery: Option<Delivery>,
    }

    impl<B> PinnedDrop for ScopedBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(delivery) = this.delivery {
                delivery.leave(|| this.body.set(None));
            }
        }
    }
}

impl<B: Body> ScopedBody<B> {
    pub(super) fn new(body: B, mut delivery: Delivery) -> Self {
        if body.is_end_stream() {
            // Nobody will poll it.
            delivery.end();
        }
        Self {
            body: Some(body),
            report: None,
            delivery: Some(delivery),
        }
    }

    pub(super) fn report(report: String) -> Self
    where
        B::Data: 'static,
    {
        let report = Bytes::from(report);
        Self {
            body: None,
            report: as_data::<B::Data>(report.clone()).map(|_| report),
            delivery: None,
        }
    }
}

/// No body at all, as others than the layer may want to answer.
impl<B: Default> Default for ScopedBody<B> {
    fn default() -> Self {
        Self {
            body: Some(B::default()),
            report: None,
            delivery: None,
        }
    }
}

impl<B: Body<Data: 'static>> Body for ScopedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(mut body) = this.body.as_mut().as_pin_mut() else {
            let report = this.report.take().and_then(as_data);
            return Poll::Ready(report.map(|report| Ok(Frame::data(report))));
        };
        let Some(delivery) = this.delivery else {
            return body.poll_frame(context);
        };
        let frame = ready!(delivery.poll(|| body.as_mut().poll_frame(context)));
        match &frame {
            Some(Ok(frame)) => match frame.data_ref() {
                Some(data) => delivery.took(data.remaining()),
                // Nothing follows on trailers.
                None => delivery.note_end(),
            },
            Some(Err(_)) | None => delivery.note_end(),
        }
        if frame.is_none() || body.is_end_stream() {
            delivery.end();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Some(body) => body.is_end_stream(),
            None => self.report.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(body) => body.size_hint(),
            None => SizeHint::with_exact(self.report.as_ref().map_or(0, |it| it.len() as u64)),
        }
    }
}

/// The same bytes, where that is the type of a body's data.
fn as_data<D: 'static>(bytes: Bytes) -> Option<D> {
    let mut bytes = Some(bytes);
    let bytes: &mut dyn Any = &mut bytes;
    bytes.downcast_mut::<Option<D>>()?.take()
}
