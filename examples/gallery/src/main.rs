//! Runs all cases, prints perfguard's reports, and fails if a bad version was
//! not caught, or a good one was.

use std::process::ExitCode;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "printing the reports is the point")]
async fn main() -> Result<ExitCode, gallery::Error> {
    let runs = gallery::run_all().await?;
    for run in &runs {
        println!("{run}");
    }
    println!("{}", gallery::table(&runs));
    if runs.iter().all(gallery::Run::is_proven) {
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::FAILURE)
    }
}
