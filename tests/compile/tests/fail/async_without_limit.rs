use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::AsyncConnection;
use perfguard::diesel::LoadBoundedAsync;

diesel::table! { posts (id) { id -> Integer, title -> Text } }

async fn all(conn: &mut impl AsyncConnection<Backend = Pg>) -> QueryResult<Vec<(i32, String)>> {
    posts::table.order(posts::id).load_bounded(conn).await
}

fn main() {}
