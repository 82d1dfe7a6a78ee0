//! Every bottleneck of the gallery is caught, and every repair is silent.

#[tokio::test]
async fn every_case_is_proven() -> Result<(), gallery::Error> {
    let runs = gallery::run_all().await?;
    for run in &runs {
        assert!(run.is_proven(), "{run}");
    }
    assert_eq!(runs.len() % 2, 0, "each case runs in both ORMs");
    assert!(!runs.is_empty());
    Ok(())
}
