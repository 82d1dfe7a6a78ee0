use diesel::connection::LoadConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use perfguard::diesel::LoadBounded;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Integer)]
    id: i32,
}

fn ids(conn: &mut impl LoadConnection<Backend = Pg>) -> QueryResult<Vec<Id>> {
    diesel::sql_query("SELECT id FROM posts").load_bounded(conn)
}

fn main() {}
