//! The page, as a browser sees it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use perfguard_report::{Summary, html};

use crate::{payloads, run};

/// Names the browser to use: Chromium, or what takes its options.
const BROWSER: &str = "PERFGUARD_BROWSER";
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The first that there is.
fn browser() -> Option<OsString> {
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
        eprintln!("\nSKIPPED: no browser opens the page; {BROWSER} may name one\n");
    }
    found
}

fn open(browser: &OsString, folder: &Path, page: &Path, what: &str) -> Output {
    Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .args(["--enable-logging=stderr", "--window-size=1200,1600"])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(what)
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap()
}

/// What a page became, and what its console says.
fn seen(browser: &OsString, folder: &Path, page: &str) -> (String, Vec<String>) {
    let path = folder.join("page.html");
    fs::write(&path, page).unwrap();
    let output = open(browser, folder, &path, "--dump-dom");
    let console = String::from_utf8_lossy(&output.stderr);
    let console = console.lines().filter(|it| it.contains(":CONSOLE"));
    let console = console.map(str::to_owned).collect();
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        console,
    )
}

fn title(dom: &str) -> &str {
    let title = dom.split_once("<title>").map(|it| it.1);
    title.and_then(|it| it.split_once("</title>")).unwrap().0
}

#[test]
fn no_script_runs_and_nothing_is_refused() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();

    // It would be seen if there were something to see.
    let script = "<title>perfguard</title><script>document.title = 'owned'</script>";
    let (dom, _) = seen(&browser, folder, script);
    assert_eq!(title(&dom), "owned", "{dom}");
    let policy = "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\">";
    let (dom, console) = seen(&browser, folder, &format!("{policy}{script}"));
    assert_eq!(title(&dom), "perfguard", "{dom}");
    assert_ne!(console.len(), 0, "the policy refuses it");

    for run in [run("blog"), run("hostile"), payloads::run()] {
        let page = html(&Summary::of(&run), "");
        let (dom, console) = seen(&browser, folder, &page);
        assert_eq!(title(&dom), title(&page));
        assert!(console.is_empty(), "{console:#?}");
        assert!(dom.contains("</footer>"), "all of it is there");
    }
}

#[test]
fn there_is_something_to_see() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let picture = |name: &str, page: &str| {
        let path = folder.join(format!("{name}.html"));
        fs::write(&path, page).unwrap();
        let picture = folder.join(format!("{name}.png"));
        open(
            &browser,
            folder,
            &path,
            &format!("--screenshot={}", picture.display()),
        );
        fs::read(picture).unwrap()
    };
    let run = run("blog");
    let page = html(&Summary::of(&run), "");
    let (shown, blank) = (picture("page", &page), picture("blank", "<body>"));
    // A picture of one colour is small, one of text is not.
    assert!(
        shown.len() > 10 * blank.len(),
        "{} {}",
        shown.len(),
        blank.len()
    );
    // Without its styles it would be another.
    let unstyled = page.replace("sha256-", "sha256-x");
    assert_ne!(shown, picture("unstyled", &unstyled));
}
