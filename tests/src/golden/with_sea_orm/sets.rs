//! Several queries whose rows become one result, and queries with a name.

use sea_orm::sea_query::{
    CommonTableExpression, Expr, ExprTrait, JoinType, Query, SelectStatement, UnionType, WithClause,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::entities::{category, post, tag, user};
use super::{ALL, Corpus, statement_on};

pub(super) fn add_to(corpus: &mut Corpus) {
    unions(corpus);
    named(corpus);
}

fn users() -> SelectStatement {
    user::Entity::find()
        .select_only()
        .column(user::Column::Name)
        .into_query()
}

fn tags() -> SelectStatement {
    tag::Entity::find()
        .select_only()
        .column(tag::Column::Name)
        .into_query()
}

fn unions(corpus: &mut Corpus) {
    for (case, kind) in [
        ("union", UnionType::Distinct),
        ("union-all", UnionType::All),
        ("intersect", UnionType::Intersect),
        ("except", UnionType::Except),
    ] {
        statement_on(corpus, &ALL, case, None, users().union(kind, tags()));
    }
    let posts = post::Entity::find()
        .select_only()
        .column(post::Column::Title)
        .into_query();
    statement_on(
        corpus,
        &ALL,
        "union-of-three",
        None,
        users()
            .union(UnionType::Distinct, tags())
            .union(UnionType::Distinct, posts),
    );
    statement_on(
        corpus,
        &ALL,
        "union-with-filters",
        None,
        users()
            .and_where(user::Column::Id.gt(10))
            .union(
                UnionType::All,
                tags().and_where(tag::Column::Name.like("a%")).take(),
            )
            .limit(10),
    );
}

fn named(corpus: &mut Corpus) {
    let popular = |views: i32| {
        CommonTableExpression::new()
            .query(
                post::Entity::find()
                    .select_only()
                    .column(post::Column::UserId)
                    .filter(post::Column::Views.gt(views))
                    .into_query(),
            )
            .table_name("popular")
            .column("user_id")
            .to_owned()
    };
    let from_popular = Query::select().column("user_id").from("popular").take();
    let query = |clause: WithClause| from_popular.clone().with(clause);
    let one = WithClause::new().cte(popular(100)).to_owned();
    statement_on(corpus, &ALL, "cte", None, &query(one));
    let two = WithClause::new()
        .cte(popular(100))
        .cte(
            CommonTableExpression::new()
                .query(users())
                .table_name("names")
                .column("name")
                .to_owned(),
        )
        .to_owned();
    statement_on(corpus, &ALL, "two-ctes", None, &query(two));
    statement_on(corpus, &ALL, "recursive-cte", None, &tree());
}

/// A category and all below it.
fn tree() -> sea_orm::sea_query::WithQuery {
    let mut rows = Query::select()
        .columns([category::Column::Id, category::Column::ParentId])
        .from(category::Entity)
        .and_where(category::Column::Id.eq(1))
        .take();
    let below = Query::select()
        .columns([
            (category::Entity, category::Column::Id),
            (category::Entity, category::Column::ParentId),
        ])
        .from(category::Entity)
        .join(
            JoinType::InnerJoin,
            "tree",
            Expr::col(("tree", category::Column::Id))
                .equals((category::Entity, category::Column::ParentId)),
        )
        .take();
    let tree = CommonTableExpression::new()
        .query(rows.union(UnionType::All, below).take())
        .table_name("tree")
        .columns([category::Column::Id, category::Column::ParentId])
        .to_owned();
    Query::select()
        .column(category::Column::Id)
        .from("tree")
        .take()
        .with(WithClause::new().recursive(true).cte(tree).to_owned())
}
