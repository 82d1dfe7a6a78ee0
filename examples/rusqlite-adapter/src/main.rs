//! Prints what perfguard says of a function with an N+1 on rusqlite.

use perfguard::testing::observe_sync;
use rusqlite::{Result, params};
use rusqlite_adapter::Db;

#[perfguard::query_budget(max = 3)]
fn list_posts(db: &mut Db) -> Result<Vec<(String, String)>> {
    db.transaction(|db| {
        let latest = "SELECT author_id, title FROM posts ORDER BY id DESC LIMIT ?";
        let posts = db.query(latest, params![20], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        })?;
        let mut list = Vec::new();
        for (author, title) in posts {
            let name = "SELECT name FROM authors WHERE id = ?";
            let names = db.query(name, params![author], |row| row.get(0))?;
            list.extend(names.into_iter().map(|name: String| (title.clone(), name)));
        }
        Ok(list)
    })
}

fn main() -> Result<()> {
    let mut db = Db::open(":memory:")?;
    db.execute(
        "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT)",
        &[],
    )?;
    db.execute(
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER, title TEXT)",
        &[],
    )?;
    for id in 1..=20 {
        let (name, title) = (format!("author {id}"), format!("post {id}"));
        db.execute("INSERT INTO authors VALUES (?, ?)", params![id, name])?;
        db.execute("INSERT INTO posts VALUES (?, ?, ?)", params![id, id, title])?;
    }
    let (list, report) = observe_sync(|| list_posts(&mut db));
    #[expect(clippy::print_stdout, reason = "that is what it is for")]
    {
        println!("{} posts\n\n{report}", list?.len());
    }
    Ok(())
}
