//! The table at the end: how often each rule is right.

use std::collections::BTreeMap;

use super::run::Judged;

/// What became of one rule over all cases, whatever rule they are about.
#[derive(Clone, Copy, Default)]
struct Score {
    cases: u64,
    right: u64,
    invented: u64,
    missed: u64,
}

impl Score {
    /// Of what was found, how much is there.
    fn precision(self) -> f64 {
        ratio(self.right, self.right + self.invented)
    }

    /// Of what is there, how much was found.
    fn recall(self) -> f64 {
        ratio(self.right, self.right + self.missed)
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

/// One line per rule, and one for all.
#[must_use]
pub fn table(judged: &[Judged]) -> String {
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    for case in judged {
        scores.entry(case.about).or_default().cases += 1;
        for rule in &case.right {
            scores.entry(rule).or_default().right += 1;
        }
        for rule in &case.invented {
            scores.entry(rule).or_default().invented += 1;
        }
        for rule in &case.missed {
            scores.entry(rule).or_default().missed += 1;
        }
    }
    let mut total = Score::default();
    for score in scores.values() {
        total.cases += score.cases;
        total.right += score.right;
        total.invented += score.invented;
        total.missed += score.missed;
    }
    let mut lines = vec![
        format!(
            "{:22} | cases | true positives | false positives | false negatives | precision | recall",
            "rule"
        ),
        format!(
            "{} | ----- | -------------- | --------------- | --------------- | --------- | ------",
            "-".repeat(22)
        ),
    ];
    lines.extend(scores.iter().map(|(rule, score)| line(rule, *score)));
    lines.push(line("all", total));
    lines.join("\n")
}

fn line(rule: &str, score: Score) -> String {
    format!(
        "{rule:22} | {:5} | {:14} | {:15} | {:15} | {:9.3} | {:6.3}",
        score.cases,
        score.right,
        score.invented,
        score.missed,
        score.precision(),
        score.recall()
    )
}

/// True if nothing was invented, nothing missed, and each repair was proposed.
#[must_use]
pub fn is_precise(judged: &[Judged]) -> bool {
    judged.iter().all(Judged::is_right)
}
