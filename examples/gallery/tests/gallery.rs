//! Every bottleneck of the gallery is caught, and every repair is silent.

use std::collections::BTreeSet;

#[tokio::test]
async fn every_case_is_proven() -> Result<(), gallery::Error> {
    let runs = gallery::run_all().await?;
    for run in &runs {
        assert!(run.is_proven(), "{run}missed: {:?}", run.missed());
    }
    let orms: BTreeSet<_> = runs.iter().map(gallery::Run::orm).collect();
    assert!(orms.contains("Diesel") && orms.contains("SeaORM"));
    Ok(())
}
