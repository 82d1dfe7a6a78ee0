//! The URL of a database, which may hold a password: it is never shown, and neither is a message
//! that repeats a part of it.

use std::convert::Infallible;
use std::env;
use std::fmt;
use std::path::Path;

use percent_encoding::percent_decode_str;
use perfguard_core::statement::Dialect;

/// The environment variable that names a database.
const VARIABLE: &str = "DATABASE_URL";

/// A URL, and what has said it.
#[derive(Clone)]
pub(super) struct Url {
    text: String,
    pub(super) source: &'static str,
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Url")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// What `--database-url` says.
pub(super) fn given(text: &str) -> Result<Url, Infallible> {
    Ok(Url {
        text: text.to_owned(),
        source: "--database-url",
    })
}

/// What the environment says.
pub(super) fn of_environment() -> Result<Url, String> {
    let text = env::var_os(VARIABLE).filter(|it| !it.is_empty());
    let text = text.ok_or_else(|| {
        format!(
            "no database is named: there is no `--database-url`, and no {VARIABLE} in the environment (a `.env` file is not read)"
        )
    })?;
    Ok(Url {
        text: text.to_string_lossy().into_owned(),
        source: VARIABLE,
    })
}

impl Url {
    /// What kind of database it is of, by its scheme.
    pub(super) fn dialect(&self) -> Result<Dialect, String> {
        let scheme = self.text.split_once(':').map(|(scheme, _)| scheme);
        match scheme.map(str::to_ascii_lowercase).as_deref() {
            Some("mariadb" | "mysql") => Ok(Dialect::MySql),
            Some("postgres" | "postgresql") => Ok(Dialect::Postgres),
            Some("sqlite") => Ok(Dialect::Sqlite),
            // As Diesel names a database of SQLite.
            _ if Path::new(&self.text).is_file() => Ok(Dialect::Sqlite),
            _ => Err(format!(
                "{} is not the URL of a database that perfguard knows: expected are postgres://, postgresql://, mysql://, mariadb:// and sqlite:, or the path of a file of SQLite",
                self.source
            )),
        }
    }

    /// As the drivers take it; none if it is the path of a file.
    pub(super) fn for_driver(&self) -> Option<String> {
        let (scheme, rest) = self.text.split_once(':')?;
        match scheme.to_ascii_lowercase().as_str() {
            "mariadb" | "mysql" => Some(format!("mysql:{rest}")),
            "postgres" | "postgresql" => Some(format!("postgres:{rest}")),
            "sqlite" => Some(format!("sqlite:{rest}")),
            _ => None,
        }
    }

    /// The path of a file, if it is no URL.
    pub(super) fn path(&self) -> &Path {
        Path::new(&self.text)
    }

    /// A message of a driver or a server; without its words if they repeat the URL or what is secret
    /// in it. What is left out is not marked in its place: that would tell where it stands.
    pub(super) fn scrubbed(&self, message: &str) -> String {
        let repeats = |it: &String| !it.is_empty() && message.contains(it.as_str());
        match self.secrets().iter().any(repeats) {
            true => "its message is left out, because it repeats a part of the URL".to_owned(),
            false => message.to_owned(),
        }
    }

    /// All that is, or may be, secret, as it is written and as it is meant.
    fn secrets(&self) -> Vec<String> {
        let (_, rest) = self.text.split_once(':').unwrap_or(("", &self.text));
        let rest = rest.trim_start_matches('/');
        let mut secrets = vec![self.text.clone(), rest.to_owned()];
        let mut add = |text: &str| {
            secrets.push(text.to_owned());
            secrets.push(percent_decode_str(text).decode_utf8_lossy().into_owned());
        };
        // Of a password that should have been encoded, and was not, all signs that it may have.
        let users = [rest.rfind('@'), rest.find('@')].into_iter().flatten();
        for user in users.filter_map(|at| rest.get(..at)) {
            if let Some((_, password)) = user.split_once(':') {
                add(password);
            }
        }
        let parameters = rest.split_once('?').map_or("", |(_, it)| it).split('&');
        for (name, value) in parameters.filter_map(|it| it.split_once('=')) {
            let name = name.to_ascii_lowercase();
            if ["pass", "pwd", "secret", "token"]
                .iter()
                .any(|it| name.contains(it))
            {
                add(value);
                add(&value.replace('+', " "));
            }
        }
        secrets
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use perfguard_core::statement::Dialect;

    use super::given;

    #[test]
    fn the_scheme_says_what_it_is() {
        for (text, dialect, driver) in [
            ("postgres://h/d", Dialect::Postgres, "postgres://h/d"),
            ("PostgreSQL://h/d", Dialect::Postgres, "postgres://h/d"),
            ("mysql://h/d", Dialect::MySql, "mysql://h/d"),
            ("mariadb://h/d", Dialect::MySql, "mysql://h/d"),
            ("sqlite:a.db", Dialect::Sqlite, "sqlite:a.db"),
            ("sqlite://a.db", Dialect::Sqlite, "sqlite://a.db"),
        ] {
            let url = given(text).unwrap();
            assert_eq!(url.dialect(), Ok(dialect), "{text}");
            assert_eq!(url.for_driver().as_deref(), Some(driver));
        }
        for text in [
            "",
            "hunter2",
            "mssql://u:hunter2@h/d",
            "postgres",
            "no/such.db",
        ] {
            let error = given(text).unwrap().dialect().unwrap_err();
            assert!(error.contains("postgres://"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        let url = given(file.path().to_str().unwrap()).unwrap();
        assert_eq!(url.dialect(), Ok(Dialect::Sqlite));
        assert_eq!(url.for_driver(), None);
    }

    #[test]
    fn a_message_that_repeats_a_secret_is_left_out() {
        for (url, message) in [
            ("postgres://u:hunter2@h/d", "no user u with hunter2"),
            ("postgres://u:hunter2@h/d", "bad: postgres://u:hunter2@h/d"),
            ("postgres://u:hunter2@h/d", "bad: //u:hunter2@h/d"),
            ("postgres://u:hunter%32@h/d", "password hunter2"),
            ("postgres://u:hunter%32@h/d", "password hunter%32"),
            ("postgres://u:hun@ter/2@h/d", "host hun@ter/2 is not known"),
            ("postgres://u:hun@ter/2@h/d", "password hun"),
            ("postgres://u:hun:ter@h", "password hun:ter"),
            ("postgres://h/d?password=hunter2", "hunter2"),
            ("mysql://h/d?a=b&sslPassword=hunter+2", "hunter 2"),
        ] {
            let said = given(url).unwrap().scrubbed(message);
            assert!(said.starts_with("its message is left out"), "{said}");
        }
        for (url, message) in [
            ("postgres://u:hunter2@h/d", "no database `d`"),
            ("postgres://u@h/d", "no password for u"),
            ("postgres://u:@h/d", "no password for u"),
            ("sqlite://a.db", "unable to open database file"),
        ] {
            assert_eq!(given(url).unwrap().scrubbed(message), message);
        }
    }

    #[test]
    fn nothing_of_it_is_in_its_debug_text() {
        let url = given("postgres://u:hunter2@h/d").unwrap();
        assert_eq!(format!("{url:?}"), "Url { source: \"--database-url\", .. }");
    }
}
