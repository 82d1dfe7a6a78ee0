//! What to do about a finding, in the words of the ORM that wrote the
//! statement.

use crate::finding::Source;
use crate::query::Orm;
use crate::statement::{Shape, Statement};

pub(super) fn n_plus_one(orm: Orm, statement: &Statement, source: Option<&Source>) -> String {
    let shape = statement.shape();
    let table = first_table(shape).unwrap_or("the table");
    let column = shape.equalities().first();
    let parents = source
        .and_then(|source| first_table(source.statement.shape()))
        .unwrap_or("rows");
    let name = column.map_or("id", |column| column.name());
    // The column of a joined table cannot filter this one.
    let owner = column
        .and_then(|column| column.table())
        .map_or(table, without_schema);
    // `authors.id = ?` looks a parent up; `comments.post_id = ?` lists children.
    let relation = match (owner == table, name == "id") {
        (true, true) => Relation::Parent,
        (true, false) => Relation::Children,
        (false, _) => Relation::Joined,
    };
    match orm {
        Orm::Diesel => diesel_n_plus_one(&relation, table, owner, name, parents),
        Orm::SeaOrm => sea_orm_n_plus_one(&relation, table, name, parents),
        Orm::Other => format!(
            "load them all in one statement: `WHERE {name} IN (..)` with all values, or a JOIN with {parents}"
        ),
    }
}

/// What the repeated statement looks up.
enum Relation {
    /// Rows that refer to an earlier one.
    Children,
    /// Rows of one table, by a column of another that it joins.
    Joined,
    /// A row by its `id`.
    Parent,
}

fn diesel_n_plus_one(
    relation: &Relation,
    table: &str,
    owner: &str,
    column: &str,
    parents: &str,
) -> String {
    match relation {
        Relation::Parent => format!(
            "collect the ids and load them in one query: `{table}::table.filter({table}::{column}.eq_any(&ids)).load(conn)?`, or join them into the first query with `.inner_join({table}::table)`"
        ),
        Relation::Children => format!(
            "load the rows of all {parents} in one query: `{}::belonging_to(&{parents}).load(conn)?.grouped_by(&{parents})`, or `{table}::table.filter({table}::{column}.eq_any(&ids)).load(conn)?`",
            pascal(&singular(table))
        ),
        Relation::Joined => format!(
            "load the rows of all {parents} in one query: keep the join, replace the equality by `.filter({owner}::{column}.eq_any(&ids))`, and select {owner}::{column} as well"
        ),
    }
}

fn sea_orm_n_plus_one(relation: &Relation, table: &str, column: &str, parents: &str) -> String {
    let entity = singular(table);
    match relation {
        Relation::Parent => format!(
            "load them all in one query: `{parents}.load_one({entity}::Entity, db).await?`, or with the first query, `.find_also_related({entity}::Entity)`, or by `.filter({entity}::Column::{}.is_in(ids))`",
            pascal(column)
        ),
        Relation::Children => format!(
            "load the rows of all {parents} in one query: `{parents}.load_many({entity}::Entity, db).await?`, or with the first query, `.find_with_related({entity}::Entity)`, or by `.filter({entity}::Column::{}.is_in(ids))`",
            pascal(column)
        ),
        Relation::Joined => format!(
            "load the rows of all {parents} in one query: `{parents}.load_one({entity}::Entity, db).await?` for one each, `.load_many(..)` for many, or with the first query, `.find_also_related({entity}::Entity)` or `.find_with_related(..)`"
        ),
    }
}

pub(super) fn duplicate_query(statement: &Statement) -> String {
    let table = first_table(statement.shape()).unwrap_or("the rows");
    format!("query {table} once and pass the result on")
}

pub(super) fn unbounded_result(orm: Orm, shape: &Shape) -> String {
    let table = first_table(shape).unwrap_or("table");
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

/// The first table, without its schema.
fn first_table(shape: &Shape) -> Option<&str> {
    shape.tables().first().map(|table| without_schema(table))
}

fn without_schema(table: &str) -> &str {
    table.rsplit('.').next().unwrap_or(table)
}

/// `authors` as entities and structs are named: `author`. Good enough for a
/// hint; what is not English stays as it is.
fn singular(table: &str) -> String {
    match table.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None if table.ends_with("ss") => table.to_owned(),
        None => table.strip_suffix('s').unwrap_or(table).to_owned(),
    }
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
    use super::{pascal, singular};

    #[test]
    fn entities_are_named_in_the_singular() {
        for (table, entity) in [
            ("authors", "author"),
            ("categories", "category"),
            ("address", "address"),
            ("news_item", "news_item"),
        ] {
            assert_eq!(singular(table), entity);
        }
    }

    #[test]
    fn columns_are_named_as_sea_orm_does() {
        assert_eq!(pascal("post_id"), "PostId");
        assert_eq!(pascal("id"), "Id");
        assert_eq!(pascal("_x__y"), "XY");
    }
}
