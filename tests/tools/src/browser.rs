//! Pages, as a browser sees them.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Command;

/// Names the browser to use: Chromium, or what takes its options.
const BROWSER: &str = "PERFGUARD_BROWSER";
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The first that there is; where there is none, says so.
///
/// # Panics
/// As [`program`](crate::program).
#[must_use]
pub fn browser() -> Option<OsString> {
    crate::program(BROWSER, &NAMES)
}

/// What the page at an address became when its scripts had run for five
/// seconds of the browser's own clock, and what its console says.
///
/// # Errors
/// If the browser does not start.
pub fn seen(
    browser: &OsString,
    profile: &Path,
    options: &[&str],
    address: &str,
) -> io::Result<(String, Vec<String>)> {
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--enable-logging=stderr",
            "--virtual-time-budget=5000",
        ])
        .args(options)
        .arg("--dump-dom")
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(address)
        .output()?;
    let console = String::from_utf8_lossy(&output.stderr);
    let console = console.lines().filter(|line| line.contains(":CONSOLE"));
    let console = console.map(str::to_owned).collect();
    Ok((
        String::from_utf8_lossy(&output.stdout).into_owned(),
        console,
    ))
}
