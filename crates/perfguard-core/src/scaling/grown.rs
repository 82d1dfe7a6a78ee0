//! The numbers of a proof, statement by statement, for people.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::Point;
use crate::finding::Place;
use crate::report::escape;
use crate::statement::Statement;
use crate::traced::TracedStatement;

/// Statements and tables that are shown.
const MAX_SHOWN: usize = 12;

/// How much of a statement is shown.
const MAX_SQL: usize = 400;

/// How often a statement ran with each size.
pub(super) struct Row {
    pub(super) statement: Arc<Statement>,
    pub(super) counts: Vec<u64>,
    /// Where it ran with the largest size.
    place: Option<Place>,
}

impl Row {
    #[cfg(feature = "json")]
    pub(super) fn is_changing(&self) -> bool {
        self.counts.windows(2).any(|two| two.first() != two.last())
    }

    fn growth(&self) -> u64 {
        let first = self.counts.first().copied().unwrap_or(0);
        let most = self.counts.iter().copied().max().unwrap_or(0);
        most.saturating_sub(first)
    }
}

/// The statements, what grows most first.
pub(super) fn by_statement(points: &[Point]) -> Vec<Row> {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    for (index, point) in points.iter().enumerate() {
        for traced in traced(point) {
            let row = rows.entry(traced.statement.text()).or_insert_with(|| Row {
                statement: Arc::clone(&traced.statement),
                counts: vec![0; points.len()],
                place: None,
            });
            if let Some(count) = row.counts.get_mut(index) {
                *count += traced.count;
            }
            row.place = traced.places.first().map(|it| it.place.clone());
        }
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.growth()));
    rows
}

fn traced(point: &Point) -> &[TracedStatement] {
    let traced = point.scope().and_then(|scope| scope.traced.as_ref());
    traced.map_or(&[], |traced| traced.statements())
}

/// How many statements were on each table with each size.
fn by_table(rows: &[Row], points: usize) -> BTreeMap<&str, Vec<u64>> {
    let mut tables: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for row in rows {
        for table in row.statement.shape().tables() {
            let sums = tables.entry(table).or_insert_with(|| vec![0; points]);
            for (sum, count) in sums.iter_mut().zip(&row.counts) {
                *sum += count;
            }
        }
    }
    tables
}

/// All of it, as the failure of a proof shows it.
pub(super) struct Table<'a>(pub(super) &'a [Point]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = by_statement(self.0);
        let heads: Vec<_> = self
            .0
            .iter()
            .map(|point| format!("n = {}", point.n))
            .collect();
        let widths: Vec<_> = heads.iter().map(String::len).collect();
        let mut line = |counts: &[String], what: &str| {
            for (count, width) in counts.iter().zip(&widths) {
                write!(f, "  {count:>width$}")?;
            }
            if !what.is_empty() {
                write!(f, "  {what}")?;
            }
            writeln!(f)
        };
        let numbers = |counts: &[u64]| counts.iter().map(u64::to_string).collect::<Vec<_>>();
        line(&heads, "")?;
        let (growing, others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.growth() > 0);
        for row in growing.iter().take(MAX_SHOWN) {
            line(&numbers(&row.counts), &format!("grows: {}", shown(row)))?;
        }
        for row in others.iter().take(MAX_SHOWN) {
            line(
                &numbers(&row.counts),
                &format!("       {}", row.statement.brief()),
            )?;
        }
        let tables = by_table(&rows, self.0.len());
        for (table, counts) in tables.iter().take(MAX_SHOWN) {
            line(&numbers(counts), &format!("on {}", escape(table)))?;
        }
        let hidden =
            growing.len().saturating_sub(MAX_SHOWN) + others.len().saturating_sub(MAX_SHOWN);
        if hidden > 0 {
            writeln!(f, "  {hidden} more statements")?;
        }
        self.fix(f, &growing)
    }
}

impl Table<'_> {
    /// What to do about what grows, where a rule knows it.
    fn fix(&self, f: &mut fmt::Formatter<'_>, growing: &[&Row]) -> fmt::Result {
        let Some(last) = self.0.last() else {
            return Ok(());
        };
        for row in growing.iter().take(MAX_SHOWN) {
            let fingerprint = Some(row.statement.fingerprint());
            let findings = last.report.findings_and_allowed();
            let mut own =
                findings.filter(|it| it.statement().map(|it| it.fingerprint()) == fingerprint);
            if let Some(finding) = own.next() {
                writeln!(f, "  {}: {}", finding.rule(), finding.fix())?;
            }
        }
        Ok(())
    }
}

/// The statement, and where it ran.
fn shown(row: &Row) -> String {
    let text = escape(row.statement.text()).to_string();
    let mut text: String = text.chars().take(MAX_SQL).collect();
    if let Some(site) = row.place.as_ref().and_then(Place::call_site) {
        text.push_str(&format!(" at {}:{}", escape(site.file()), site.line()));
    }
    text
}
