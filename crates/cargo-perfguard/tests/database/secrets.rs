//! What a URL holds is in no output.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::on;
use super::places::Place;
use crate::report::{command, ended, package};

const SECRET: &str = "hunter%32-and-more";
const MEANT: &str = "hunter2-and-more";

/// Runs both commands on a URL that they cannot use; what they say.
fn refused(url: &str) -> String {
    let here = package();
    let mut said = String::new();
    for name in ["schema", "stats"] {
        let (code, out, err) = on(here.path(), url, &[name]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
        assert!(err.contains("DATABASE_URL"), "{err}");
        let (code, out, other) = on(here.path(), "", &[name, "--database-url", url]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{other}");
        assert!(other.contains("--database-url"), "{other}");
        said = said + &err + &other;
    }
    for secret in [SECRET, MEANT, "hunter", url] {
        assert!(!said.contains(secret), "{said}");
    }
    said
}

#[test]
fn of_a_url_that_cannot_be_used_nothing_is_shown() {
    for (url, part) in [
        (
            format!("postgres://u:{SECRET}@[half/d"),
            "the URL cannot be read",
        ),
        (format!("postgres://u:{SECRET}/d"), "the URL cannot be read"),
        (
            format!("mysql://u:{SECRET}@h:port/d"),
            "the URL cannot be read",
        ),
        (
            format!("mysql://u:{SECRET}@h/d?ssl-mode={MEANT}"),
            "the URL cannot be read",
        ),
        (
            format!("postgres://u:{SECRET}@127.0.0.1:1/d?sslrootcert=/{MEANT}"),
            "refused",
        ),
        (
            format!("sqlite://it.db?mode={SECRET}"),
            "expected `sqlite://PATH`",
        ),
        (
            format!("mssql://u:{SECRET}@h/d"),
            "expected are postgres://",
        ),
        (format!("u:{SECRET}@h/d"), "expected are postgres://"),
        (format!("{SECRET}://h"), "expected are postgres://"),
        (
            format!("postgres://u:{SECRET}@no-such-host.invalid/d"),
            "names: ",
        ),
        (
            format!("mysql://u:{SECRET}@no-such-host.invalid/d"),
            "names: ",
        ),
        (format!("mysql://u:{SECRET}@127.0.0.1:1/d"), "refused"),
    ] {
        let said = refused(&url);
        assert!(said.contains(part), "{url}: {said}");
    }
}

#[test]
fn a_url_in_the_wrong_place_is_not_repeated() {
    let here = package();
    let url = format!("postgres://u:{SECRET}@127.0.0.1/d");
    for arguments in [vec!["schema", &url], vec!["stats", "--format", &url]] {
        let (code, out, err) = ended(&mut command(here.path(), &arguments));
        assert_eq!((code, out.as_str()), (Some(2), ""));
        assert!(err.contains("unexpected argument"), "{err}");
        assert!(!err.contains("hunter"), "{err}");
    }
    let (code, _, err) = ended(&mut command(here.path(), &["schema", "--format", &url]));
    assert_eq!(code, Some(2));
    assert!(err.contains("invalid value 'URL' for '--format"), "{err}");
    assert!(!err.contains("hunter"), "{err}");
}

#[test]
fn mariadb_refuses_a_wrong_password() {
    let Some(place) = Place::mysql() else {
        return;
    };
    let user = format!("user_{}", std::process::id());
    place.run(&[format!("CREATE USER {user} IDENTIFIED BY 'right'")]);
    let (_, address) = place.url.split_once('@').unwrap();
    let said = refused(&format!("mysql://{user}:{SECRET}@{address}"));
    place.run(&[format!("DROP USER {user}")]);
    assert!(said.contains("Access denied"), "{said}");
}

/// A server of PostgreSQL's protocol that repeats the password that it is told.
fn indiscreet(mut stream: TcpStream) -> std::io::Result<()> {
    let message = |stream: &mut TcpStream| -> std::io::Result<Vec<u8>> {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
        stream.read_exact(&mut body)?;
        Ok(body)
    };
    // No TLS, and then: the password, please.
    message(&mut stream)?;
    stream.write_all(b"N")?;
    message(&mut stream)?;
    stream.write_all(b"R\0\0\0\x08\0\0\0\x03")?;
    stream.read_exact(&mut [0])?;
    let password = message(&mut stream)?;
    let password = String::from_utf8_lossy(&password).replace('\0', "");
    let fields = format!("SFATAL\0VFATAL\0C28P01\0Mwrong password: {password}\0\0");
    let length = u32::try_from(fields.len() + 4).unwrap();
    stream.write_all(b"E")?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(fields.as_bytes())
}

#[test]
fn what_a_server_repeats_is_left_out() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = thread::spawn(move || {
        for stream in listener.incoming().take(4) {
            indiscreet(stream.unwrap()).unwrap();
        }
    });
    let said = refused(&format!("postgres://u:{SECRET}@127.0.0.1:{port}/d"));
    assert!(
        said.contains("its message is left out, because it repeats a part of the URL (code 28P01)"),
        "{said}"
    );
    serving.join().unwrap();
}

#[test]
fn what_is_written_names_tables_and_nothing_else() {
    for place in Place::all() {
        let here = package();
        place.run(&[
            "CREATE TABLE orders (id INTEGER)",
            "INSERT INTO orders VALUES (1)",
        ]);
        place.run(&[match place.kind {
            super::places::Kind::MySql => "ANALYZE TABLE orders",
            _ => "ANALYZE",
        }]);
        let (code, out, err) = on(here.path(), &place.url, &["stats", "--output", "-"]);
        assert_eq!(code, Some(0), "{err}");
        let (_, rows) = out.split_once("[rows]\n").unwrap();
        assert_eq!(rows, "orders = 1\n");
        let (_, address) = place.url.split_once("://").unwrap();
        for part in address.split(['/', '@', ':']).filter(|it| it.len() > 3) {
            assert!(!(out.clone() + &err).contains(part), "{part}: {out}{err}");
        }
    }
}
