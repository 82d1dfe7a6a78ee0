//! The list of rules in the attribute against the engine's.

#[path = "../../src/rules.rs"]
mod allowable;

#[test]
fn every_rule_but_the_budgets_themselves_can_be_allowed() {
    let mut names: Vec<String> = perfguard::rules::IDS
        .iter()
        .filter(|id| !id.ends_with("-budget"))
        .map(|id| id.replace('-', "_"))
        .collect();
    names.sort_unstable();
    assert_eq!(names, allowable::ALLOWABLE);
}
