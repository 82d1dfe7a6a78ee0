//! Takes samples of all contenders in turns.

use std::time::{Duration, Instant};

/// Something that reads all texts.
pub(crate) struct Contender<'a> {
    pub(crate) name: &'static str,
    /// How many texts one pass reads.
    texts: usize,
    /// Runs that many passes and says how long they took.
    run: Box<dyn FnMut(usize) -> Duration + 'a>,
    /// A sample takes this long at least.
    at_least: Duration,
    passes: usize,
    /// Nanoseconds per text.
    samples: Vec<f64>,
}

pub(crate) struct Samples {
    pub(crate) fastest: f64,
    pub(crate) p10: f64,
}

impl<'a> Contender<'a> {
    /// A contender that runs passes on this thread.
    pub(crate) fn new(name: &'static str, texts: usize, mut pass: impl FnMut() + 'a) -> Self {
        Self::timed(name, texts, Duration::from_millis(1), move |passes| {
            let start = Instant::now();
            for _ in 0..passes {
                pass();
            }
            start.elapsed()
        })
    }

    /// A contender that takes the time itself.
    pub(crate) fn timed(
        name: &'static str,
        texts: usize,
        at_least: Duration,
        run: impl FnMut(usize) -> Duration + 'a,
    ) -> Self {
        Self {
            name,
            texts,
            run: Box::new(run),
            at_least,
            passes: 1,
            samples: Vec::new(),
        }
    }

    pub(crate) fn samples(&self) -> Samples {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        Samples {
            fastest: at(0),
            p10: at(sorted.len() / 10),
        }
    }

    fn calibrate(&mut self) {
        while (self.run)(self.passes) < self.at_least {
            self.passes *= 2;
        }
    }

    fn sample(&mut self) {
        // The contender before has left its own data in the caches, and its
        // own branches in the predictor.
        (self.run)(1);
        let took = (self.run)(self.passes);
        let texts = self.passes * self.texts;
        self.samples.push(took.as_nanos() as f64 / texts as f64);
    }
}

/// Runs each contender once, whatever time it takes.
pub(crate) fn run_once(contenders: &mut [Contender<'_>]) {
    for contender in contenders {
        contender.sample();
    }
}

/// Samples the contenders in turns until `budget` is spent: what slows the
/// machine down for a while slows all of them down.
pub(crate) fn measure(contenders: &mut [Contender<'_>], budget: Duration) {
    for contender in &mut *contenders {
        contender.calibrate();
    }
    let start = Instant::now();
    while start.elapsed() < budget {
        run_once(contenders);
    }
}
