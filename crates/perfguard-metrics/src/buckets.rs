//! Where histograms are cut.

use crate::names;

/// Buckets for each histogram, by its name.
///
/// An exporter that is told none cuts where it likes, and some make summaries
/// of histograms, which cannot be added up over instances.
///
/// Statements and rows are in steps of 1, 2 and 5, in which budgets and page
/// sizes are usually said. Seconds are those that OpenTelemetry's semantic
/// conventions recommend for `db.client.operation.duration`, so that a scope can
/// be laid beside its operations.
pub const BUCKETS: [(&str, &[f64]); 3] = [
    (
        names::SCOPE_QUERIES,
        &[
            1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0,
        ],
    ),
    (
        names::SCOPE_ROWS,
        &[
            1.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 5_000.0, 10_000.0, 50_000.0,
            100_000.0,
        ],
    ),
    (
        names::SCOPE_DB_TIME,
        &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0],
    ),
];

#[cfg(test)]
mod tests {
    use super::BUCKETS;

    #[test]
    fn buckets_rise() {
        for (name, buckets) in BUCKETS {
            assert!(buckets.is_sorted_by(|one, next| one < next), "{name}");
        }
    }
}
