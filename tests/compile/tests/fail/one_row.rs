use diesel::connection::LoadConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use perfguard::diesel::LoadBounded;

diesel::table! { posts (id) { id -> Integer, title -> Text } }

fn post(conn: &mut impl LoadConnection<Backend = Pg>) -> QueryResult<Vec<(i32, String)>> {
    posts::table.find(7).load_bounded(conn)
}

fn count(conn: &mut impl LoadConnection<Backend = Pg>) -> QueryResult<Vec<i64>> {
    posts::table.count().load_bounded(conn)
}

fn inserted(conn: &mut impl LoadConnection<Backend = Pg>) -> QueryResult<Vec<i32>> {
    let insert = diesel::insert_into(posts::table).values(posts::title.eq("new"));
    insert.returning(posts::id).load_bounded(conn)
}

fn main() {}
