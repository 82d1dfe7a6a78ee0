//! The page that each rule has, for people.

use super::RuleId;

/// Where the pages lie in perfguard's repository.
const FOLDER: &str = "docs/rules";

impl RuleId {
    /// The page about a rule: what it claims, its threshold and where that is
    /// from, look-alikes, repairs, how to allow it.
    pub(crate) fn page(self) -> String {
        format!("{FOLDER}/{}.md", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::super::blocking_poll::HELD;
    use super::super::buffered_export::EXPORT;
    use super::super::in_memory_page::RATIO;
    use super::super::levels::Level;
    use super::super::long_transaction::LONG;
    use super::super::sequential_calls::{IN_PRODUCTION, UNDER_TEST};
    use super::super::sequential_queries::SAVED;
    use super::super::slow_query::SLOW;
    use super::super::unstable_pagination::DEEPEST;
    use super::super::wide_select::WIDE;
    use super::super::{IDS, PAGE, PAGE_CAP, REPEATS, REPEATS_UNDER_TEST, RULES};
    use super::{FOLDER, RuleId};
    use crate::costly::{COSTLY, WINDOW};
    use crate::ledger::SHORTEST_READ;
    use crate::table_rows::SMALL_ROWS;

    const SECTIONS: [&str; 6] = [
        "How it decides",
        "Threshold",
        "Fires",
        "Silent",
        "Fix",
        "Allow",
    ];

    /// The pages, in a checkout; a packaged crate has none.
    fn folder() -> Option<PathBuf> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(FOLDER);
        folder.is_dir().then_some(folder)
    }

    fn read(page: &str) -> Option<String> {
        fs::read_to_string(folder()?.join(page)).ok()
    }

    fn rules() -> impl Iterator<Item = RuleId> {
        RULES.iter().map(|(rule, _)| *rule)
    }

    /// The numbers that decide.
    fn numbers(rule: RuleId) -> Vec<u64> {
        match rule {
            RuleId::DuplicateQuery
            | RuleId::InlinedLiterals
            | RuleId::NPlusOne
            | RuleId::RepeatedWrite => vec![REPEATS_UNDER_TEST, REPEATS],
            RuleId::BufferedExport => vec![EXPORT],
            RuleId::CacheCandidate => vec![
                REPEATS_UNDER_TEST,
                REPEATS,
                COSTLY.as_millis() as u64,
                WINDOW.as_secs(),
            ],
            RuleId::InMemoryPage => vec![RATIO, PAGE],
            RuleId::MissingIndex => vec![SMALL_ROWS],
            RuleId::MissingPagination => vec![PAGE, PAGE_CAP],
            RuleId::BlockingPoll => vec![HELD.as_millis() as u64],
            RuleId::SequentialQueries => [SHORTEST_READ, SAVED]
                .map(|it| it.as_millis() as u64)
                .to_vec(),
            RuleId::SequentialCalls => {
                let of = |it: super::super::sequential_calls::Thresholds| {
                    let times = [it.each, it.saved].map(|time| time.as_millis() as u64);
                    [it.calls as u64, times[0], times[1]]
                };
                [of(UNDER_TEST), of(IN_PRODUCTION)].concat()
            }
            RuleId::SlowQuery => vec![SLOW.as_millis() as u64],
            RuleId::SmallData | RuleId::UnfilteredWrite => vec![1],
            RuleId::UnboundedResult => vec![PAGE],
            RuleId::UnstablePagination => vec![DEEPEST],
            RuleId::WideSelect => vec![WIDE as u64, PAGE],
            RuleId::ConnectionPerRequest => vec![1],
            RuleId::LongTransaction => vec![LONG.as_secs()],
            RuleId::LeadingWildcard
            | RuleId::NotConnected
            | RuleId::QueryBudget
            | RuleId::RowBudget
            | RuleId::TimeBudget => Vec::new(),
        }
    }

    fn has_number(text: &str, number: u64) -> bool {
        let number = number.to_string();
        let mut numbers = text.split(|sign: char| !sign.is_ascii_digit());
        numbers.any(|it| it == number)
    }

    #[test]
    fn every_rule_is_judged_and_has_an_id() {
        let ids: Vec<_> = rules().map(RuleId::as_str).collect();
        assert_eq!(ids, IDS);
        assert!(IDS.is_sorted());
    }

    #[test]
    fn every_rule_has_a_page_and_every_page_a_rule() {
        let Some(folder) = folder() else { return };
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<_> = files
            .filter_map(|file| file.file_name().into_string().ok())
            .collect();
        names.sort();
        let mut wanted: Vec<_> = IDS.iter().map(|id| format!("{id}.md")).collect();
        wanted.insert(0, "README.md".to_owned());
        assert_eq!(names, wanted);
    }

    #[test]
    fn a_page_says_what_has_to_be_said() {
        if folder().is_none() {
            return;
        }
        for rule in rules() {
            let id = rule.as_str();
            let page = read(&format!("{id}.md")).unwrap_or_default();
            assert!(page.starts_with(&format!("# {id}\n\n")), "{id}");
            let headings: Vec<_> = page
                .lines()
                .filter_map(|line| line.strip_prefix("## "))
                .collect();
            assert_eq!(headings, SECTIONS, "{id}");
            for orm in ["**Diesel**", "**SeaORM**"] {
                assert!(page.contains(orm), "{id}: {orm}");
            }
            let allow = if rule.is_budget() {
                "Not at all: raise `max".to_owned()
            } else {
                format!("allow({}, reason = \"", id.replace('-', "_"))
            };
            assert!(page.contains(&allow), "{id}: no `{allow}`");
        }
    }

    #[test]
    fn the_table_is_that_of_the_code() {
        if folder().is_none() {
            return;
        }
        let readme = read("README.md").unwrap_or_default();
        let rows: Vec<Vec<&str>> = readme
            .lines()
            .filter(|line| line.starts_with("| [`"))
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect();
        assert_eq!(rows.len(), IDS.len());
        for (rule, row) in rules().zip(&rows) {
            let id = rule.as_str();
            let [name, test, production, job, request, threshold, source] = row.as_slice() else {
                assert!(row.is_empty(), "{row:?} has other columns");
                return;
            };
            assert_eq!(*name, format!("[`{id}`]({id}.md)"));
            let word = |level: Level| match level {
                Level::Error => "error",
                Level::Note => "note",
                Level::Off => "off",
            };
            let levels = rule.levels();
            assert_eq!(
                [*test, *production, *job, *request],
                [levels.test, levels.production, levels.job, levels.request].map(word),
                "{id}"
            );
            for number in numbers(rule) {
                assert!(
                    has_number(threshold, number),
                    "{id}: {number} in {threshold}"
                );
            }
            assert!(!source.is_empty(), "{id}");
        }
    }
}
