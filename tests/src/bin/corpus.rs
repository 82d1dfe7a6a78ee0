//! Runs the corpus and prints how often each rule is right. Fails if one is
//! wrong anywhere.
#![expect(clippy::print_stdout, reason = "printing is the point")]

use std::error::Error;
use std::process::ExitCode;

use perfguard_tests::corpus;

// One thread: what a case logs in production is heard there.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    corpus::declare_small_tables()?;
    let mut judged = Vec::new();
    for rule in corpus::rules() {
        judged.extend(corpus::judge(&rule).await?);
    }
    for wrong in judged.iter().filter(|case| !case.is_right()) {
        println!("{wrong}\n");
    }
    println!("{}", corpus::table(&judged));
    Ok(if corpus::is_precise(&judged) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
