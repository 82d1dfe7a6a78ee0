//! What a response may say of its request, in header `Server-Timing`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use perfguard_core::generated::Preview;

/// The name of the header: see <https://www.w3.org/TR/server-timing/>.
pub(crate) const SERVER_TIMING: &str = "server-timing";

/// Numbers, and nothing that anybody wrote: what is unknown is left out.
///
/// Four of them at most, so that it is shorter than 256 bytes.
pub(super) fn server_timing(preview: &Preview) -> String {
    let time = preview.elapsed.map(|elapsed| {
        let milliseconds = elapsed.as_secs_f64() * 1e3;
        format!("db;dur={milliseconds:.3}")
    });
    let queries = format!("db-queries;desc=\"{}\"", preview.queries);
    let rows = preview.rows.map(|rows| format!("db-rows;desc=\"{rows}\""));
    let findings = format!("db-findings;desc=\"{}\"", preview.findings);
    let metrics = [time, Some(queries), rows, Some(findings)];
    let metrics: Vec<_> = metrics.into_iter().flatten().collect();
    metrics.join(", ")
}

/// Asks the application; false if that panics.
pub(super) fn says(asked: impl FnOnce() -> bool) -> bool {
    catch_unwind(AssertUnwindSafe(asked)).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use perfguard_core::generated::Preview;

    use super::{says, server_timing};

    #[test]
    fn numbers_are_told_and_what_is_unknown_is_left_out() {
        let known = Preview {
            findings: 0,
            queries: 2,
            rows: Some(10),
            elapsed: Some(Duration::from_nanos(346_400)),
            fails: false,
        };
        assert_eq!(
            server_timing(&known),
            "db;dur=0.346, db-queries;desc=\"2\", db-rows;desc=\"10\", db-findings;desc=\"0\""
        );
        let unknown = Preview {
            rows: None,
            elapsed: None,
            ..known
        };
        assert_eq!(
            server_timing(&unknown),
            "db-queries;desc=\"2\", db-findings;desc=\"0\""
        );
    }

    #[test]
    fn it_is_short_whatever_the_numbers_are() {
        let most = Preview {
            findings: u64::MAX,
            queries: u64::MAX,
            rows: Some(u64::MAX),
            elapsed: Some(Duration::MAX),
            fails: true,
        };
        let most = server_timing(&most);
        assert!(most.len() <= 256, "{} bytes: {most}", most.len());
        assert!(most.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
    }

    #[test]
    fn an_application_that_panics_says_no() {
        assert!(says(|| true));
        assert!(!says(|| std::panic::resume_unwind(Box::new(()))));
    }
}
