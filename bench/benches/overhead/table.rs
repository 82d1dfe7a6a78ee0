//! What is printed.

use std::fmt::{self, Display, Formatter};

use crate::contender::{Contender, Group, Role};
use crate::turns::Cost;

/// One table for all groups, in Markdown.
pub(crate) struct Table {
    unit: &'static str,
    lines: Vec<[String; 4]>,
    is_met: bool,
}

impl Table {
    pub(crate) fn new(unit: &'static str) -> Self {
        Self {
            unit,
            lines: Vec::new(),
            is_met: true,
        }
    }

    /// Adds a group whose contenders cost that much, in their order.
    pub(crate) fn add(&mut self, group: &Group, costs: &[Cost]) {
        let title = format!("**{}**", group.title);
        self.lines
            .push([title, String::new(), String::new(), String::new()]);
        let measured = || group.contenders.iter().zip(costs);
        let most_of_perfguard = measured()
            .filter(|(contender, _)| matches!(contender.role, Role::Perfguard(_)))
            .map(|(_, cost)| cost.more)
            .fold(0.0, f64::max);
        for (at, (contender, cost)) in measured().enumerate() {
            let more = match at {
                0 => String::new(),
                _ => format!("{:+.1} %", cost.more * 100.0),
            };
            let target = self.target(contender, cost.more, most_of_perfguard);
            let cost = format!("{:.0}", cost.fastest);
            self.lines
                .push([contender.title.to_owned(), cost, more, target]);
        }
    }

    fn target(&mut self, contender: &Contender, more: f64, most_of_perfguard: f64) -> String {
        let (target, is_met) = match contender.role {
            Role::Perfguard(Some(percent)) => (format!("<= {percent} %"), more * 100.0 <= percent),
            Role::Peer => ("> perfguard".to_owned(), more > most_of_perfguard),
            Role::Perfguard(None) | Role::Reference => return String::new(),
        };
        self.is_met &= is_met;
        let verdict = if is_met { "met" } else { "MISSED" };
        format!("{target}: {verdict}")
    }

    /// True if no target was missed.
    pub(crate) fn is_met(&self) -> bool {
        self.is_met
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let unit = format!("{} a query", self.unit);
        let head = ["", unit.as_str(), "more", "target"].map(str::to_owned);
        let widths: [usize; 4] = std::array::from_fn(|column| {
            let cells = std::iter::once(&head).chain(&self.lines);
            let width =
                |line: &[String; 4]| line.get(column).map_or(0, |cell| cell.chars().count());
            cells.map(width).max().unwrap_or(0)
        });
        let [title, cost, more, target] = widths;
        let mut line = |[a, b, c, d]: &[String; 4]| {
            writeln!(f, "| {a:title$} | {b:>cost$} | {c:>more$} | {d:target$} |")
        };
        line(&head)?;
        let dashes = |width: usize| "-".repeat(width);
        let right = |width: usize| format!("{}:", "-".repeat(width.saturating_sub(1)));
        line(&[dashes(title), right(cost), right(more), dashes(target)])?;
        self.lines.iter().try_for_each(line)
    }
}
