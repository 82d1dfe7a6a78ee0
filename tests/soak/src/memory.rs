//! Resident memory over time.

/// What was sampled: statements so far, and KiB.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    samples: Vec<(f64, f64)>,
}

impl Memory {
    /// Takes a sample, and gives it in MiB.
    #[expect(
        clippy::cast_precision_loss,
        reason = "far below what an f64 holds exactly"
    )]
    pub(crate) fn sample(&mut self, statements: u64) -> Option<f64> {
        let bytes = memory_stats::memory_stats()?.physical_mem;
        let kib = bytes as f64 / 1024.0;
        self.samples.push((statements as f64, kib));
        Some(kib / 1024.0)
    }

    /// The most above the first sample, in KiB.
    pub(crate) fn growth(&self) -> f64 {
        let first = self.samples.first().map_or(0.0, |(_, kib)| *kib);
        let most = self.samples.iter().map(|(_, kib)| *kib);
        most.fold(first, f64::max) - first
    }

    /// How much the line grows that fits the last half best, in KiB.
    #[expect(clippy::cast_precision_loss, reason = "a few samples")]
    pub(crate) fn late_growth(&self) -> f64 {
        let (_, late) = self.samples.split_at(self.samples.len() / 2);
        let (Some((first, _)), Some((last, _))) = (late.first(), late.last()) else {
            return 0.0;
        };
        let count = late.len() as f64;
        let mean = |part: fn(&(f64, f64)) -> f64| late.iter().map(part).sum::<f64>() / count;
        let (x, y) = (mean(|sample| sample.0), mean(|sample| sample.1));
        let both: f64 = late.iter().map(|it| (it.0 - x) * (it.1 - y)).sum();
        let square: f64 = late.iter().map(|it| (it.0 - x).powi(2)).sum();
        if square > 0.0 {
            both / square * (last - first)
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;

    fn late_growth(kib: impl Fn(f64) -> f64) -> f64 {
        let samples = (0..40).map(f64::from).map(|at| (at, kib(at))).collect();
        Memory { samples }.late_growth()
    }

    #[test]
    fn only_the_last_half_counts_as_late() {
        assert!(late_growth(|at| at.min(20.0) * 100.0).abs() < 1e-6);
        assert!((late_growth(|at| at * 100.0) - 1_900.0).abs() < 1e-6);
        assert!(late_growth(|_| 7.0).abs() < 1e-6);
    }
}
