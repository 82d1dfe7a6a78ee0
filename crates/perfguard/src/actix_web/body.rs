//! A body that takes the request's scope along.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::actix_web::body::{BodySize, MessageBody};
use ::actix_web::web::Bytes;
use pin_project_lite::pin_project;

use crate::served::Delivery;

pin_project! {
    /// The body of an answer, which is polled, and dropped, in the request's
    /// scope.
    ///
    /// What it sends, and its size, are those of the body inside.
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

impl<B> ScopedBody<B> {
    pub(super) fn new(body: B, mut delivery: Delivery) -> Self
    where
        B: MessageBody,
    {
        if matches!(body.size(), BodySize::None | BodySize::Sized(0)) {
            // Nobody will poll it.
            delivery.end();
        }
        Self {
            body: Some(body),
            report: None,
            delivery: Some(delivery),
        }
    }

    pub(super) fn report(report: String) -> Self {
        Self {
            body: None,
            report: Some(report.into()),
            delivery: None,
        }
    }
}

impl<B: MessageBody> MessageBody for ScopedBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        match &self.body {
            Some(body) => body.size(),
            None => BodySize::Sized(self.report.as_ref().map_or(0, |it| it.len() as u64)),
        }
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, B::Error>>> {
        let this = self.project();
        let Some(body) = this.body.as_pin_mut() else {
            return Poll::Ready(this.report.take().map(Ok));
        };
        let Some(delivery) = this.delivery else {
            return body.poll_next(context);
        };
        let chunk = ready!(delivery.poll(|| body.poll_next(context)));
        match &chunk {
            Some(Ok(chunk)) => delivery.took(chunk.len()),
            Some(Err(_)) => delivery.note_end(),
            None => delivery.end(),
        }
        Poll::Ready(chunk)
    }
}
