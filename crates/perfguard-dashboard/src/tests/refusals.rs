//! Who may not look.

use http::{Method, Response};

use super::{TOKEN, entry, get, guarded, open, request};
use crate::{Dashboard, LiveView};

const HOST: (&str, &str) = ("host", "localhost:3000");

fn status(view: &LiveView, method: Method, target: &str, headers: &[(&str, &str)]) -> u16 {
    let response = view.respond(&request(method, target, headers));
    assert_has_headers(&response);
    response.status().as_u16()
}

fn read(view: &LiveView, headers: &[(&str, &str)]) -> u16 {
    status(view, Method::GET, "/", headers)
}

/// Each answer keeps to itself, whatever it is.
fn assert_has_headers(response: &Response<String>) {
    let header = |name: &str| response.headers().get(name).map(|it| it.to_str().unwrap());
    for (name, value) in [
        ("cache-control", "no-store"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(header(name), Some(value), "{name}");
    }
    let policy = header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"));
    let mut names = response.headers().keys();
    assert!(names.all(|it| !it.as_str().starts_with("access-control-")));
}

#[test]
fn a_name_that_was_made_to_lead_here_is_refused() {
    for view in [open(), guarded()] {
        let authorization = ("authorization", &*format!("Bearer {TOKEN}"));
        for host in [
            "evil.test",
            "evil.test:3000",
            "localhost.evil.test",
            "evil.test.",
            "localhost.",
            "127.0.0.1.evil.test",
            "127.0.0.2",
            "[::2]:3000",
            "0.0.0.0:3000",
            "localhost@evil.test",
            "evil.test@localhost",
            "localhost:3000:evil.test",
            "localhost:http",
            "localhost/",
            " localhost",
            "",
        ] {
            assert_eq!(read(&view, &[("host", host), authorization]), 403, "{host}");
        }
        for host in [
            "localhost",
            "LOCALHOST:1",
            "127.0.0.1:65535",
            "[::1]",
            "[::1]:3000",
        ] {
            assert_eq!(read(&view, &[("host", host), authorization]), 200, "{host}");
        }
        // No host at all, two of them, and another one in the address.
        assert_eq!(read(&view, &[authorization]), 403);
        assert_eq!(read(&view, &[HOST, HOST, authorization]), 403);
        let target = "http://evil.test/";
        assert_eq!(
            status(&view, Method::GET, target, &[HOST, authorization]),
            403
        );
        // HTTP/2 has it there alone.
        let target = "http://localhost:3000/";
        assert_eq!(status(&view, Method::GET, target, &[authorization]), 200);
    }
}

#[test]
fn a_host_that_is_named_is_known_and_no_other() {
    let view = Dashboard::new().token(TOKEN).host("admin.example.com");
    let view = view.open().unwrap();
    let authorization = ("authorization", &*format!("Bearer {TOKEN}"));
    for (host, expected) in [
        ("admin.example.com", 200),
        ("Admin.Example.com:8443", 200),
        ("localhost", 200),
        ("example.com", 403),
        ("x.admin.example.com", 403),
    ] {
        assert_eq!(
            read(&view, &[("host", host), authorization]),
            expected,
            "{host}"
        );
    }
}

#[test]
fn another_site_is_refused() {
    for view in [open(), guarded()] {
        let authorization = ("authorization", &*format!("Bearer {TOKEN}"));
        let with = |name, value| read(&view, &[HOST, authorization, (name, value)]);
        for site in ["cross-site", "same-site", "whatever", ""] {
            assert_eq!(with("sec-fetch-site", site), 403, "{site}");
        }
        for site in ["same-origin", "none"] {
            assert_eq!(with("sec-fetch-site", site), 200, "{site}");
        }
        for origin in [
            "null",
            "http://evil.test",
            "http://localhost",
            "http://localhost:4000",
            "http://127.0.0.1:3000",
            "localhost:3000",
            "",
        ] {
            assert_eq!(with("origin", origin), 403, "{origin}");
        }
        assert_eq!(with("origin", "http://localhost:3000"), 200);
        let twice = ("sec-fetch-site", "same-origin");
        assert_eq!(read(&view, &[HOST, authorization, twice, twice]), 403);
    }
}

#[test]
fn only_get_and_head_are_answered() {
    for view in [open(), guarded()] {
        let authorization = ("authorization", &*format!("Bearer {TOKEN}"));
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "X"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            for target in ["/", "/data.json", "/?token=correct-horse-battery"] {
                let response =
                    view.respond(&request(method.clone(), target, &[HOST, authorization]));
                assert_has_headers(&response);
                assert_eq!(response.status(), 405, "{method} {target}");
                assert_eq!(response.headers()["allow"], "GET, HEAD");
            }
        }
        let head = view.respond(&request(Method::HEAD, "/", &[HOST, authorization]));
        assert_eq!((head.status().as_u16(), head.body().as_str()), (200, ""));
    }
}

#[test]
fn who_does_not_know_the_token_learns_nothing() {
    let view = guarded();
    let now = std::time::Instant::now();
    view.store().end(entry(7, "GET /secret", now), now);
    let asked = |target: &str, headers: &[(&str, &str)]| {
        let mut all = vec![HOST];
        all.extend(headers);
        let response = view.respond(&request(Method::GET, target, &all));
        assert_has_headers(&response);
        response
    };
    let missing = asked("/", &[]);
    assert_eq!(missing.status(), 401);
    assert!(!missing.body().contains("secret"), "{}", missing.body());
    for target in [
        "/data.json",
        "/?scope=7",
        "/?scope=8",
        "/nothing",
        "//",
        "/../",
        "/%00",
        "/data.json/",
        "/?token=",
        "/?token=wrong-horse-battery",
        "/?token=correct-horse-batter",
        "/?token=correct-horse-battery0",
        "/?token=CORRECT-HORSE-BATTERY",
        "/?Token=correct-horse-battery",
        "/?token=x&token=correct-horse-battery",
    ] {
        let refused = asked(target, &[]);
        assert_eq!(refused.status(), 401, "{target}");
        assert_eq!(refused.headers(), missing.headers(), "{target}");
        assert_eq!(refused.body(), missing.body(), "{target}");
    }
    for (name, value) in [
        ("authorization", "Bearer wrong-horse-battery"),
        ("authorization", "Bearer"),
        ("authorization", "Bearer "),
        ("authorization", "correct-horse-battery"),
        ("authorization", "Basic correct-horse-battery"),
        ("cookie", "perfguard_dashboard=correct-horse-battery"),
        ("cookie", "perfguard_dashboard="),
        ("cookie", "perfguard_dashboard"),
    ] {
        let refused = asked("/", &[(name, value)]);
        assert_eq!(refused.status(), 401, "{name}: {value}");
        assert_eq!(refused.body(), missing.body());
    }
}

#[test]
fn the_token_leads_to_a_cookie_and_out_of_the_address() {
    let view = guarded();
    let greeted = get(&view, "/?token=correct-horse-battery&scope=1");
    assert_has_headers(&greeted);
    assert_eq!(greeted.status(), 303);
    assert_eq!(greeted.headers()["location"], "?");
    let cookie = greeted.headers()["set-cookie"].to_str().unwrap();
    assert!(!cookie.contains(TOKEN), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    let (pair, _) = cookie.split_once(';').unwrap();
    assert_eq!(read(&view, &[HOST, ("cookie", pair)]), 200);
    let among_others = format!("a=b; {pair};c=d");
    assert_eq!(read(&view, &[HOST, ("cookie", &among_others)]), 200);
    // Each view, and so each process, has one of its own.
    assert_eq!(read(&guarded(), &[HOST, ("cookie", pair)]), 401);
    let bearer = format!("bearer {TOKEN}");
    assert_eq!(read(&view, &[HOST, ("authorization", &bearer)]), 200);
}

#[test]
fn the_cookie_stays_where_the_view_is_mounted_and_on_https() {
    let view = Dashboard::new().token(TOKEN).mounted_at("/perfguard/");
    let view = view.host("admin.example.com").open().unwrap();
    let greeting = request(
        Method::GET,
        "/perfguard?token=correct-horse-battery",
        &[("host", "admin.example.com")],
    );
    let greeted = view.respond(&greeting);
    let cookie = greeted.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.ends_with("; Path=/perfguard; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"),
        "{cookie}"
    );
    let bearer = format!("Bearer {TOKEN}");
    let headers = [HOST, ("authorization", &bearer)];
    for (path, expected) in [
        ("/perfguard", 200),
        ("/perfguard/", 200),
        ("/", 200),
        ("/perfguardian", 404),
        ("/perfguard/perfguard", 404),
        ("/other", 404),
    ] {
        assert_eq!(
            status(&view, Method::GET, path, &headers),
            expected,
            "{path}"
        );
    }
}

#[test]
fn odd_paths_lead_nowhere() {
    let view = open();
    for target in [
        "/x",
        "//",
        "/./",
        "/..",
        "/data",
        "/data.json/",
        "/data.json%00",
        "/%2e%2e/",
        "/?scope=",
        "/?scope=-1",
        "/?scope=99999999999999999999999",
        "/?scope=<script>",
    ] {
        let Ok(uri) = target.parse::<http::Uri>() else {
            continue;
        };
        let response = get(&view, &uri.to_string());
        assert_has_headers(&response);
        assert_eq!(response.status(), 404, "{target}");
        assert_eq!(
            response.headers()["content-type"],
            "text/plain; charset=utf-8"
        );
    }
}

#[test]
fn it_does_not_start_unguarded() {
    let refused = |dashboard: Dashboard, is_debug| {
        let error = dashboard.open_in(is_debug).unwrap_err();
        assert!(error.is_settings());
        error.to_string()
    };
    let said = refused(Dashboard::new(), false);
    assert!(said.contains("needs a token in a build without `debug_assertions`"));
    let said = refused(Dashboard::new().host("admin.example.com"), true);
    assert!(said.contains("another host than loopback needs a token"));
    for is_debug in [false, true] {
        for token in [
            "",
            "short",
            "fifteen-letters",
            "sixteen letters!",
            "ein-süßes-Geheimnis",
        ] {
            let said = refused(Dashboard::new().token(token), is_debug);
            assert!(said.contains("16 visible ASCII characters"), "{said}");
            assert!(token.is_empty() || !said.contains(token), "{said}");
        }
        for path in ["perfguard", "/a b", "/a;b", "/a?b", "/ä", "/a\nb"] {
            let said = refused(Dashboard::new().token(TOKEN).mounted_at(path), is_debug);
            assert!(said.contains("begins with a slash"), "{said}");
        }
        assert!(Dashboard::new().token(TOKEN).open_in(is_debug).is_ok());
    }
    assert!(Dashboard::new().open_in(true).is_ok());
    // What the build itself says, which is that of the whole program.
    assert_eq!(Dashboard::new().open().is_ok(), cfg!(debug_assertions));
}

#[test]
fn the_token_is_in_no_debug_text() {
    let dashboard = Dashboard::new().token(TOKEN);
    assert!(!format!("{dashboard:?}").contains(TOKEN));
    let view = dashboard.open().unwrap();
    assert!(!format!("{view:?} {view:#?}").contains(TOKEN));
}
