//! The blog's list of posts on two other frameworks, [`on_actix`] and
//! [`on_rocket`]: each request has a scope, and a budget where its handler
//! states none.

pub mod on_actix;
pub mod on_rocket;

use blog_diesel::schema::{authors, posts};
use diesel::prelude::*;
use perfguard::Budget;

/// What a request may cost whose handler states nothing.
pub const BUDGET: Budget = Budget::new(3);

/// Posts on a page.
const PAGE_SIZE: i64 = 20;

/// The latest headlines, each with its author: one query.
///
/// # Errors
/// If the database refuses it.
pub fn headlines(conn: &mut SqliteConnection) -> QueryResult<Vec<String>> {
    let rows: Vec<(String, String)> = posts::table
        .inner_join(authors::table)
        .select((posts::title, authors::name))
        .order(posts::id.desc())
        .limit(PAGE_SIZE)
        .load(conn)?;
    Ok(rows.into_iter().map(headline).collect())
}

/// The same from a query for each post: 21 of them.
///
/// # Errors
/// If the database refuses one.
pub fn headlines_one_by_one(conn: &mut SqliteConnection) -> QueryResult<Vec<String>> {
    let rows: Vec<(String, i32)> = posts::table
        .select((posts::title, posts::author_id))
        .order(posts::id.desc())
        .limit(PAGE_SIZE)
        .load(conn)?;
    let named = rows.into_iter().map(|(title, author)| {
        let author = authors::table.find(author).select(authors::name);
        Ok(headline((title, author.first(conn)?)))
    });
    named.collect()
}

fn headline((title, author): (String, String)) -> String {
    format!("{title}, by {author}\n")
}
