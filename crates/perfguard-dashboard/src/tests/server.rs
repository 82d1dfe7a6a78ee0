//! The view over HTTP, and a page of somebody else.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use http::{Method, Request, Response};

/// Serves on loopback until the test ends; what it was asked is kept.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<Request<()>>>>,
}

impl Server {
    pub(super) fn start(
        answer: impl Fn(&Request<()>) -> Response<String> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<_>>>::default();
        let heard = Arc::clone(&asked);
        // It ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                let Some(request) = read(&stream) else {
                    continue;
                };
                heard.lock().unwrap().push(request.clone());
                let _ = write(&stream, &answer(&request));
            }
        });
        Self { address, asked }
    }

    /// What it was asked since the last look, without icons.
    pub(super) fn asked(&self) -> Vec<Request<()>> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.retain(|it| it.uri().path() != "/favicon.ico");
        asked
    }
}

fn read(stream: &TcpStream) -> Option<Request<()>> {
    // A browser opens connections that it does not use.
    let timeout = std::time::Duration::from_secs(2);
    stream.set_read_timeout(Some(timeout)).ok()?;
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let mut words = first.split(' ');
    let method: Method = words.next()?.parse().ok()?;
    let mut request = Request::builder().method(method).uri(words.next()?);
    for line in lines {
        let line = line.ok()?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        request = request.header(name, value.trim());
    }
    request.body(()).ok()
}

fn write(mut stream: &TcpStream, response: &Response<String>) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {}\r\n", response.status())?;
    for (name, value) in response.headers() {
        write!(stream, "{name}: {}\r\n", value.to_str().unwrap_or_default())?;
    }
    let body = response.body();
    write!(
        stream,
        "content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
