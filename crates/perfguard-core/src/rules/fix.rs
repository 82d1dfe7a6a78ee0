//! What to do about a finding, in the words of the ORM that wrote the
//! statement.

use crate::finding::Source;
use crate::query::Orm;
use crate::statement::{Shape, Statement};

pub(super) fn n_plus_one(orm: Orm, statement: &Statement, source: Option<&Source>) -> String {
    let shape = statement.shape();
    let table = shape.tables().first().map_or("the table", String::as_str);
    let column = shape
        .equalities()
        .first()
        .map_or("id", |column| column.name());
    let parents = source
        .and_then(|source| source.statement.shape().tables().first())
        .map_or("parents", String::as_str);
    // `authors.id = ?` looks a parent up; `comments.post_id = ?` lists children.
    let is_lookup = column == "id";
    match (orm, is_lookup) {
        (Orm::Diesel, true) => format!(
            "collect the ids and load them in one query: `{table}::table.filter({table}::{column}.eq_any(&ids)).load(conn)?`, or join them into the first query with `.inner_join({table}::table)`"
        ),
        (Orm::Diesel, false) => format!(
            "load the rows of all {parents} in one query: `Child::belonging_to(&{parents}).load(conn)?.grouped_by(&{parents})`, or `{table}::table.filter({table}::{column}.eq_any(&ids)).load(conn)?`"
        ),
        (Orm::SeaOrm, true) => format!(
            "load them all in one query: `{parents}.load_one({table}::Entity, db).await?`, or with the first query, `.find_also_related({table}::Entity)`, or by `.filter({table}::Column::{}.is_in(ids))`",
            pascal(column)
        ),
        (Orm::SeaOrm, false) => format!(
            "load the rows of all {parents} in one query: `{parents}.load_many({table}::Entity, db).await?`, or with the first query, `.find_with_related({table}::Entity)`, or by `.filter({table}::Column::{}.is_in(ids))`",
            pascal(column)
        ),
        (Orm::Other, _) => format!(
            "load them all in one statement: `WHERE {column} IN (..)` with all values, or a JOIN with {parents}"
        ),
    }
}

pub(super) fn duplicate_query(statement: &Statement) -> String {
    let table = statement.shape().tables().first();
    let table = table.map_or("the rows", String::as_str);
    format!("query {table} once and pass the result on")
}

pub(super) fn unbounded_result(orm: Orm, shape: &Shape) -> String {
    let table = shape.tables().first().map_or("table", String::as_str);
    match orm {
        Orm::Diesel => format!(
            "add `.limit(n)` (and `.offset(..)` or a key filter for the next page), narrow it with `.filter(..)`, count with `{table}::table.count()`, or stream with `.load_iter(conn)`"
        ),
        Orm::SeaOrm => "add `.limit(n)`, page with `.paginate(db, n)` or `.cursor_by(..)`, narrow it with `.filter(..)`, count with `.count(db)`, or stream with `.stream(db)`".to_owned(),
        Orm::Other => "add LIMIT, or a WHERE clause that bounds the rows".to_owned(),
    }
}

pub(super) fn missing_pagination(orm: Orm) -> String {
    match orm {
        Orm::Diesel => {
            "page it: `.limit(n).offset(..)`, or by key, `.filter(id.gt(last)).limit(n)`"
        }
        Orm::SeaOrm => {
            "page it: `.paginate(db, n)`, or by key, `.cursor_by(Column::Id).after(last).first(n)`"
        }
        Orm::Other => "page it with LIMIT and a key or an OFFSET",
    }
    .to_owned()
}

/// `post_id` as SeaORM names the variant: `PostId`.
fn pascal(column: &str) -> String {
    column
        .split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_uppercase().chain(letters).collect::<String>())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::pascal;

    #[test]
    fn columns_are_named_as_sea_orm_does() {
        assert_eq!(pascal("post_id"), "PostId");
        assert_eq!(pascal("id"), "Id");
        assert_eq!(pascal("_x__y"), "XY");
    }
}
