//! Every bottleneck of the gallery is caught, and every repair is silent.

use std::collections::BTreeSet;

use gallery::Run;

#[tokio::test]
async fn every_case_is_proven() -> Result<(), gallery::Error> {
    let runs = gallery::run_all().await?;
    for run in &runs {
        assert!(run.is_proven(), "{run}missed: {:?}", run.missed());
    }
    let orms: BTreeSet<_> = runs.iter().map(Run::orm).collect();
    assert!(orms.contains("Diesel") && orms.contains("SeaORM"));
    for run in runs
        .iter()
        .filter(|run| run.case() == "analytics dashboard")
    {
        let sources = sources(run);
        assert_eq!(sources.len(), 3, "{run}");
        assert!(sources.iter().all(|it| it.contains("users")), "{run}");
    }
    for run in runs.iter().filter(|run| run.case() == "missing index") {
        assert_eq!(indexes(run), ["orders: user_id, status"], "{run}");
    }
    Ok(())
}

/// The indexes that a bad version misses.
fn indexes(run: &Run) -> Vec<String> {
    let advice = run.before().explained().map(|it| it.advice());
    let written = advice.unwrap_or_default().iter().map(|it| {
        let columns: Vec<_> = it.columns().collect();
        format!("{}: {}", it.table(), columns.join(", "))
    });
    written.collect()
}

/// What the loops of a bad version came from.
fn sources(run: &Run) -> Vec<&str> {
    let findings = run.before().report().findings().iter();
    findings
        .filter(|finding| finding.rule() == "n-plus-one")
        .filter_map(|finding| Some(finding.source()?.statement().summary()))
        .collect()
}
