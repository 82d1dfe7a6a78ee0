//! Pages, as a browser sees them.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

/// Names the browser to use: Chromium, or what takes its options.
const BROWSER: &str = "PERFGUARD_BROWSER";
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The first that there is; where there is none, says so.
pub fn browser() -> Option<OsString> {
    let runs = |name: &OsString| {
        let mut version = Command::new(name);
        version
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        version.status().is_ok_and(|it| it.success())
    };
    let named = std::env::var_os(BROWSER).filter(|it| !it.is_empty());
    let is_named = named.is_some();
    let names = named.map_or_else(|| NAMES.map(OsString::from).to_vec(), |it| vec![it]);
    let found = names.into_iter().find(runs);
    if found.is_none() {
        assert!(
            !(is_named && std::env::var_os("PERFGUARD_REQUIRE_ALL").is_some()),
            "{BROWSER} names no browser that runs"
        );
        let skipped = "SKIPPED: no browser opens the page";
        #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
        {
            eprintln!("\n{skipped}; {BROWSER} may name one\n");
        }
    }
    found
}

/// What a page is when its scripts have run, and what they asked for is there.
pub fn dom(browser: &OsString, profile: &Path, url: &str) -> String {
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--virtual-time-budget=5000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(url)
        .output()
        .expect("the browser starts");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
