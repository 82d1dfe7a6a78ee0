//! Which of Diesel's backends a type is.

use perfguard_core::statement::Dialect;

/// The dialect of the backend `B`, by its name: naming the types themselves
/// needs the backend's feature, and with it the C library of a database that
/// the application may not use.
pub(crate) fn dialect<B>() -> Dialect {
    let path = std::any::type_name::<B>();
    match path.rsplit("::").next().unwrap_or(path) {
        "Pg" => Dialect::Postgres,
        "Mysql" => Dialect::MySql,
        "Sqlite" => Dialect::Sqlite,
        _ => Dialect::Ansi,
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, dialect};

    #[test]
    fn a_backend_is_known_by_its_name() {
        struct Pg;
        struct Mysql;
        struct Sqlite;
        struct Oracle;
        assert_eq!(dialect::<Pg>(), Dialect::Postgres);
        assert_eq!(dialect::<Mysql>(), Dialect::MySql);
        assert_eq!(dialect::<Sqlite>(), Dialect::Sqlite);
        assert_eq!(dialect::<Oracle>(), Dialect::Ansi);
    }
}
