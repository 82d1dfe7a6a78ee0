//! The Live view of a service that really serves: its requests, in both ORMs.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

const TOKEN: &str = "a-token-of-the-test";

/// The service, stopped at the end.
struct Service {
    child: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Service {
    fn start(token: Option<&str>) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dashboard"))
            .args(token)
            .env_remove("PERFGUARD")
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        assert_ne!(output.read_line(&mut address).unwrap(), 0, "it ended");
        let address = address.trim().to_owned();
        Self {
            child,
            output,
            address,
        }
    }

    fn send(&self, path: &str, headers: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{headers}\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    fn get(&self, path: &str) -> String {
        let token = format!("authorization: Bearer {TOKEN}\r\n");
        let mut answer = String::new();
        let mut stream = self.send(path, &token);
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn scopes(&self) -> Vec<Value> {
        let answer = self.get("/perfguard/data.json");
        let (_, json) = answer.split_once("\r\n\r\n").unwrap();
        let json: Value = serde_json::from_str(json).unwrap();
        json["scopes"].as_array().unwrap().clone()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn requests_are_shown_with_their_findings_and_timelines() {
    let service = Service::start(Some(TOKEN));
    for path in ["/diesel/20", "/sea-orm/20"] {
        assert!(service.get(path).starts_with("HTTP/1.1 200"), "{path}");
    }
    let page = service.get("/perfguard");
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    for part in [">GET /diesel/{posts}</a>", ">GET /sea-orm/{posts}</a>"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains(">n-plus-one</span>"), "{page}");

    let scopes = service.scopes();
    assert_eq!(scopes.len(), 2, "{scopes:#?}");
    for scope in &scopes {
        assert_eq!(scope["queries"], 21, "{scope:#}");
        // The budget is the handler's, which ran inside the request.
        let inside = scope["inside"].as_array().unwrap();
        let [handler] = inside.as_slice() else {
            panic!("{scope:#}")
        };
        assert!(
            handler["place"]
                .as_str()
                .unwrap()
                .contains("src/bin/dashboard.rs:")
        );
        let finding = &handler["findings"][0];
        assert_eq!(finding["rule"], "n-plus-one", "{scope:#}");
        assert_eq!(finding["count"], 20, "{scope:#}");
        // Each statement when it ran: also on SQLite, where Diesel's are
        // recognised and not timed otherwise.
        let steps = scope["timeline"]["steps"].as_array().unwrap();
        assert_eq!(steps.len(), 21, "{scope:#}");
        assert_eq!(scope["timeline"]["missing"], 0);
        let mut before = 0.0;
        for step in steps {
            let start = step["start_seconds"].as_f64().unwrap();
            assert!(start >= before, "{scope:#}");
            before = start;
            assert!(step["elapsed_seconds"].as_f64().is_some(), "{scope:#}");
        }
        assert!(scope["timeline"]["length_seconds"].as_f64().unwrap() >= before);
        assert!(scope["elapsed_seconds"].as_f64().is_some(), "{scope:#}");

        let page = service.get(&format!("/perfguard/?scope={}", scope["number"]));
        assert_eq!(page.matches("<svg").count(), 21, "{page}");
        assert!(page.contains("<b>Fix: </b>"), "{page}");
    }
}

#[test]
fn a_loop_without_end_is_counted_and_its_timeline_cut() {
    let service = Service::start(Some(TOKEN));
    for path in ["/diesel/290", "/sea-orm/290"] {
        service.get(path);
    }
    for scope in service.scopes() {
        assert_eq!(scope["queries"], 291);
        let timeline = &scope["timeline"];
        assert_eq!(timeline["steps"].as_array().unwrap().len(), 256);
        assert_eq!(timeline["missing"], 35);
    }
}

#[test]
fn a_client_that_went_away_is_shown() {
    let mut service = Service::start(Some(TOKEN));
    // One that says that it closes is not listened to until it is answered.
    let mut client = TcpStream::connect(&service.address).unwrap();
    client
        .write_all(b"GET /never HTTP/1.1\r\nhost: l\r\n\r\n")
        .unwrap();
    let mut said = String::new();
    service.output.read_line(&mut said).unwrap();
    assert_eq!(said, "never ends\n");
    drop(client);
    // Until the server has noticed.
    let cancelled = std::iter::repeat_with(|| service.scopes())
        .take(10_000)
        .find(|scopes| !scopes.is_empty())
        .unwrap();
    assert_eq!(cancelled[0]["scope"], "GET /never");
    assert_eq!(cancelled[0]["outcome"], "cancelled");
}

#[test]
fn the_view_itself_is_not_shown() {
    let service = Service::start(Some(TOKEN));
    for path in ["/inside", "/inside/data.json", "/inside/x", "/perfguard"] {
        service.get(path);
    }
    service
        .send("/inside", "")
        .read_to_string(&mut String::new())
        .unwrap();
    assert!(service.scopes().is_empty(), "{:#?}", service.scopes());
}

#[test]
fn nobody_reads_it_without_the_token() {
    let service = Service::start(Some(TOKEN));
    service.get("/sea-orm/20");
    for path in [
        "/perfguard",
        "/perfguard/",
        "/perfguard/data.json",
        "/inside",
    ] {
        let mut answer = String::new();
        let mut stream = service.send(path, "");
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        assert!(!answer.contains("sea-orm"), "{answer}");
    }
    for header in [
        "sec-fetch-site: cross-site\r\n",
        "origin: http://evil.test\r\n",
    ] {
        let mut answer = String::new();
        let token = format!("{header}authorization: Bearer {TOKEN}\r\n");
        let mut stream = service.send("/perfguard", &token);
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    }
}

/// The profile of dependencies is that of the program.
#[test]
fn a_release_build_does_not_start_without_a_token() {
    let output = Command::new(env!("CARGO_BIN_EXE_dashboard"));
    let mut command = output;
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut first = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut first).unwrap();
    assert_eq!(first.is_empty(), !cfg!(debug_assertions), "{first}");
    let _ = child.kill();
    let mut said = String::new();
    let mut errors = child.stderr.take().unwrap();
    errors.read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    assert_eq!(
        said.contains("needs a token"),
        !cfg!(debug_assertions),
        "{said}"
    );
}
