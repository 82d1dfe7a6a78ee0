//! The commands that ask a database: it is named by its URL, nothing is written to it, and no rows
//! of its tables are read.

mod connection;
mod schema;
mod settings;
mod stats;
mod tables;
mod url;

use clap::Args;

pub(crate) use schema::{SchemaOptions, run as schema};
pub(crate) use stats::{StatsOptions, run as stats};

use connection::Connection;
use url::Url;

#[derive(Args, Debug)]
struct Database {
    /// The database: postgres://, mysql://, mariadb:// or sqlite:; that of the environment variable
    /// DATABASE_URL where it is not said
    #[arg(long, value_name = "URL", value_parser = url::given)]
    database_url: Option<Url>,
}

impl Database {
    /// Connects to it, to read.
    fn open(&self) -> Result<Connection, String> {
        let url = self.database_url.clone();
        Connection::open(url.map_or_else(url::of_environment, Ok)?)
    }
}

/// `1 table`, `2 tables`.
fn counted(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
