//! `wrk`, and what it measures.

use std::fmt;
use std::process::Command;

use crate::Result;

/// What one run of `wrk` measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// Requests per second, or a ratio of them.
    throughput: f64,
    /// The 99th percentile of latency in milliseconds, or a ratio.
    p99: f64,
    /// The processor's time that the service took for a request, in clock ticks
    /// of the system, or a ratio; not a number where the system does not tell.
    cpu: f64,
}

impl Measured {
    /// The ratio of this to another one.
    pub(crate) fn beside(self, other: Self) -> Self {
        Self {
            throughput: self.throughput / other.throughput,
            p99: self.p99 / other.p99,
            cpu: self.cpu / other.cpu,
        }
    }

    pub(crate) fn median(all: &[Self]) -> Self {
        let median = |part: fn(&Self) -> f64| {
            let mut parts: Vec<f64> = all.iter().map(part).collect();
            parts.sort_by(f64::total_cmp);
            parts.get(parts.len() / 2).copied().unwrap_or(f64::NAN)
        };
        Self {
            throughput: median(|it| it.throughput),
            p99: median(|it| it.p99),
            cpu: median(|it| it.cpu),
        }
    }

    /// A ratio, as what has changed.
    pub(crate) fn change(self) -> String {
        format!(
            "throughput {:+.1} %, p99 {:+.1} %, processor time {:+.1} %",
            (self.throughput - 1.0) * 100.0,
            (self.p99 - 1.0) * 100.0,
            (self.cpu - 1.0) * 100.0
        )
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0}/s p99 {:.2} ms", self.throughput, self.p99)
    }
}

/// Says so where it is missing.
pub(crate) fn check() -> Result<()> {
    match Command::new("wrk").arg("--version").output() {
        Ok(_) => Ok(()),
        Err(error) => Err(format!(
            "`wrk` cannot be run ({error}): install it, as by `apt-get install wrk`"
        )
        .into()),
    }
}

/// Asks for one address, from one thread with eight connections; `ticks` tells
/// the processor's time that the service has taken so far.
pub(crate) fn run(url: &str, seconds: u32, ticks: impl Fn() -> Option<u64>) -> Result<Measured> {
    let before = ticks();
    let output = Command::new("wrk")
        .args(["--threads", "1", "--connections", "8", "--latency"])
        .args(["--duration", &format!("{seconds}s"), url])
        .output()?;
    let taken = before.zip(ticks()).map(|(before, after)| after - before);
    let said = String::from_utf8(output.stdout)?;
    if said.contains("Non-2xx") || said.contains("Socket errors") {
        return Err(format!("not all of {url} was answered:\n{said}").into());
    }
    let after = |mark: &str| {
        let (_, rest) = said.split_once(mark)?;
        rest.split_whitespace().next()
    };
    let measured = after("Requests/sec:")
        .and_then(|it| it.parse().ok())
        .zip(after("99%").and_then(milliseconds));
    let (throughput, p99) = measured.ok_or_else(|| format!("wrk said of {url}:\n{said}"))?;
    let requests = said.lines().find_map(|line| {
        let (requests, _) = line.split_once(" requests in ")?;
        requests.trim().parse::<u32>().ok()
    });
    let cpu = taken.zip(requests).map_or(f64::NAN, |(ticks, requests)| {
        #[expect(clippy::cast_precision_loss, reason = "some thousand ticks")]
        let ticks = ticks as f64;
        ticks / f64::from(requests)
    });
    Ok(Measured {
        throughput,
        p99,
        cpu,
    })
}

/// `1.23ms`, `456.00us`, `1.20s`.
fn milliseconds(time: &str) -> Option<f64> {
    let unit = time.find(|sign: char| sign.is_ascii_alphabetic())?;
    let (number, unit) = time.split_at_checked(unit)?;
    let number: f64 = number.parse().ok()?;
    Some(match unit {
        "us" => number / 1_000.0,
        "ms" => number,
        "s" => number * 1_000.0,
        _ => return None,
    })
}
