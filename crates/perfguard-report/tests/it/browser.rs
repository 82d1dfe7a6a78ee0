//! The page, as a browser sees it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use perfguard_report::{Summary, html};
use perfguard_test_tools::browser;

use crate::{payloads, run};

/// Takes a picture of a page.
fn photograph(browser: &OsString, folder: &Path, page: &Path, picture: &Path) {
    Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--window-size=1200,1600",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
}

/// What a page became, and what its console says.
fn seen(browser: &OsString, folder: &Path, page: &str) -> (String, Vec<String>) {
    let path = folder.join("page.html");
    fs::write(&path, page).unwrap();
    let address = format!("file://{}", path.display());
    perfguard_test_tools::seen(browser, &folder.join("profile"), &[], &address).unwrap()
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
        photograph(&browser, folder, &path, &picture);
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
