use diesel::connection::LoadConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use perfguard::diesel::LoadBounded;

diesel::table! { posts (id) { id -> Integer, title -> Text } }

fn all(conn: &mut impl LoadConnection<Backend = Pg>) -> QueryResult<Vec<(i32, String)>> {
    posts::table.load_bounded(conn)
}

fn main() {}
