//! The view, as a browser sees it.

use std::ffi::OsString;
use std::path::Path;

use http::{Request, Response};
use perfguard_test_tools::browser;

use super::payloads::PAYLOADS;
use super::server::Server;
use super::{TOKEN, guarded, hostile, shown};
use crate::LiveView;

/// What an address became, and what the console says.
fn seen(browser: &OsString, profile: &Path, address: &str) -> (String, Vec<String>) {
    // A name that somebody has made to lead to this machine.
    let rebound = "--host-resolver-rules=MAP evil.test 127.0.0.1";
    perfguard_test_tools::seen(browser, profile, &[rebound], address).unwrap()
}

fn title(dom: &str) -> &str {
    let title = dom.split_once("<title>").map(|it| it.1);
    title.and_then(|it| it.split_once("</title>")).expect(dom).0
}

fn serve(view: LiveView) -> Server {
    Server::start(move |request| {
        let (parts, ()) = request.clone().into_parts();
        view.respond(&parts)
    })
}

fn html(page: &str) -> Response<String> {
    let response = Response::builder().header("content-type", "text/html");
    response.body(page.to_owned()).unwrap()
}

#[test]
fn a_finding_and_a_timeline_are_seen() {
    let Some(browser) = browser() else { return };
    let profile = tempfile::tempdir().unwrap();
    shown::run("a job in a browser");
    let page = shown::page_of("a job in a browser");
    let server = serve(shown::VIEW.clone());
    let address = format!("http://{}/", server.address);
    let (dom, console) = seen(&browser, profile.path(), &address);
    assert_eq!(title(&dom), "perfguard: live view");
    assert!(dom.contains(">a job in a browser</a>"), "{dom}");
    assert!(console.is_empty(), "{console:#?}");

    let before = dom.split("\">a job in a browser</a>").next().unwrap();
    let number = before.rsplit("?scope=").next().unwrap();
    let address = format!("{address}?scope={number}");
    let (dom, console) = seen(&browser, profile.path(), &address);
    assert_eq!(title(&dom), "perfguard: a job in a browser");
    assert!(dom.contains("n-plus-one: 10 executions"), "{dom}");
    assert_eq!(dom.matches("<svg").count(), page.matches("<svg").count());
    assert!(console.is_empty(), "{console:#?}");
    assert!(server.asked().len() >= 2);
}

#[test]
fn no_script_runs() {
    let Some(browser) = browser() else { return };
    let profile = tempfile::tempdir().unwrap();
    // It would be seen if there were something to see.
    let owned = Server::start(|_| html("<title>x</title><script>document.title='owned'</script>"));
    let address = format!("http://{}/", owned.address);
    assert_eq!(title(&seen(&browser, profile.path(), &address).0), "owned");

    let view = hostile::view();
    let all = hostile::pages(&view);
    // The one that asks for itself again is never done.
    let all = all.into_iter().filter(|it| !it.contains("http-equiv"));
    let all = all.collect::<String>();
    let server = serve(view.clone());
    let mut targets = vec!["/".to_owned()];
    // One browser for each takes a while: the page of all of them is one more.
    targets.extend(
        (0..PAYLOADS.len())
            .step_by(14)
            .map(|it| format!("/?scope={it}")),
    );
    for target in targets {
        let address = format!("http://{}{target}", server.address);
        let (dom, console) = seen(&browser, profile.path(), &address);
        assert!(title(&dom).starts_with("perfguard: "), "{dom}");
        assert!(dom.contains("</footer>"), "all of it is there");
        assert!(console.is_empty(), "{console:#?}");
    }
    // Without the policy that would refuse them, too.
    let bare = Server::start(move |_| html(&all.replace("<!DOCTYPE html>", "")));
    let address = format!("http://{}/", bare.address);
    let (dom, _) = seen(&browser, profile.path(), &address);
    assert!(title(&dom).starts_with("perfguard: "), "{dom}");
}

#[test]
fn the_token_is_typed_once_and_stays_in_no_address() {
    let Some(browser) = browser() else { return };
    let profile = tempfile::tempdir().unwrap();
    let server = serve(guarded());
    let address = format!("http://{}/", server.address);
    let (dom, console) = seen(&browser, profile.path(), &address);
    assert!(dom.contains("type=\"password\""), "{dom}");
    // What the browser says of the status, and nothing of the policy.
    assert!(console.iter().all(|it| it.contains("401")), "{console:#?}");
    server.asked();

    let (dom, console) = seen(
        &browser,
        profile.path(),
        &format!("{address}?token={TOKEN}"),
    );
    assert_eq!(title(&dom), "perfguard: live view", "{dom}");
    assert!(console.is_empty(), "{console:#?}");
    let asked = server.asked();
    let [_, last] = asked.as_slice() else {
        panic!("{asked:#?}")
    };
    assert!(!last.uri().to_string().contains(TOKEN), "{last:?}");
    let cookie = last.headers()["cookie"].to_str().unwrap();
    assert!(cookie.starts_with("perfguard_dashboard=") && !cookie.contains(TOKEN));
}

/// Tries to read the view from a page of its own, in each way that there is,
/// and says so in the title.
const THIEF: &str = r"<title>begins</title><body><script>
const there = 'ADDRESS';
const stolen = [];
const text = async options => (await fetch(there + 'data.json', options)).text();
const frame = document.createElement('iframe');
frame.src = there;
const script = document.createElement('script');
script.src = there + 'data.json';
script.onload = () => stolen.push('script');
document.body.append(frame, script);
(async () => {
  for (const options of [{}, { mode: 'no-cors' }, { credentials: 'include' }]) {
    try { if (await text(options)) stolen.push(JSON.stringify(options)); } catch (refused) {}
  }
  const other = window.open(there);
  try { if (other.document.body.innerHTML) stolen.push('window'); } catch (refused) {}
  try { if (frame.contentDocument.body.innerHTML) stolen.push('frame'); } catch (refused) {}
  document.title = 'stolen: ' + stolen.join();
})();
</script>";

fn thief(at: &str) -> impl Fn(&Request<()>) -> Response<String> + use<> {
    let page = THIEF.replace("ADDRESS", at);
    move |_| html(&page)
}

#[test]
fn another_site_reads_nothing() {
    let Some(browser) = browser() else { return };
    let profile = tempfile::tempdir().unwrap();
    // No token: a page of another site is all that stands in between.
    shown::run("a job to steal");
    let server = serve(shown::VIEW.clone());
    let victim = format!("http://{}/", server.address);
    let other = Server::start(thief(&victim));
    for site in ["127.0.0.1", "localhost", "evil.test"] {
        let address = format!("http://{site}:{}/", other.address.port());
        let (dom, _) = seen(&browser, profile.path(), &address);
        assert_eq!(title(&dom), "stolen: ", "{site}: {dom}");
        let asked = server.asked();
        assert!(!asked.is_empty(), "it has tried");
        let answered = asked.into_iter().map(|it| {
            let (parts, ()) = it.into_parts();
            shown::VIEW.respond(&parts).status().as_u16()
        });
        assert!(answered.into_iter().all(|it| it == 403), "{site}");
    }
    // It would be read if the view let it.
    let generous = Server::start(|_| {
        let mut response = html("a secret");
        let headers = response.headers_mut();
        headers.insert("access-control-allow-origin", "*".parse().unwrap());
        response
    });
    let other = Server::start(thief(&format!("http://{}/", generous.address)));
    let address = format!("http://{}/", other.address);
    let (dom, _) = seen(&browser, profile.path(), &address);
    assert!(title(&dom).contains("{}"), "{dom}");
}

#[test]
fn a_name_made_to_lead_here_shows_nothing() {
    let Some(browser) = browser() else { return };
    let profile = tempfile::tempdir().unwrap();
    shown::run("a job to rebind to");
    let server = serve(shown::VIEW.clone());
    let address = format!("http://evil.test:{}/", server.address.port());
    let (dom, _) = seen(&browser, profile.path(), &address);
    assert!(dom.contains("refused"), "{dom}");
    assert!(!dom.contains("a job to rebind to"), "{dom}");
    assert!(!server.asked().is_empty(), "it leads here");
}
