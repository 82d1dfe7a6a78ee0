//! Comparisons, patterns and how they are combined.

use sea_orm::sea_query::{ExprTrait, LikeExpr};
use sea_orm::{ColumnTrait, Condition, DbBackend, EntityTrait, QueryFilter, QuerySelect, Select};

use super::entities::{Status, category, order, post, tag, user};
use super::{Corpus, everywhere, on, variant};

pub(super) fn add_to(corpus: &mut Corpus) {
    operators(corpus);
    combinations(corpus);
    optional(corpus);
    patterns(corpus);
}

fn ids() -> Select<post::Entity> {
    post::Entity::find().select_only().column(post::Column::Id)
}

fn operators(corpus: &mut Corpus) {
    let views = post::Column::Views;
    variant(corpus, "eq", "10", ids().filter(views.eq(10)));
    variant(corpus, "eq", "-10", ids().filter(views.eq(-10)));
    everywhere(corpus, "ne", ids().filter(views.ne(10)));
    everywhere(corpus, "gt", ids().filter(views.gt(10)));
    everywhere(corpus, "gte", ids().filter(views.gte(10)));
    everywhere(corpus, "lt", ids().filter(views.lt(10)));
    everywhere(corpus, "lte", ids().filter(views.lte(10)));
    everywhere(corpus, "between", ids().filter(views.between(10, 20)));
    everywhere(
        corpus,
        "not-between",
        ids().filter(views.not_between(10, 20)),
    );
    everywhere(
        corpus,
        "is-null",
        ids().filter(post::Column::DeletedAt.is_null()),
    );
    everywhere(
        corpus,
        "is-not-null",
        ids().filter(post::Column::DeletedAt.is_not_null()),
    );
    everywhere(
        corpus,
        "compare-columns",
        ids().filter(views.into_expr().gt(post::Column::UserId.into_expr())),
    );
    everywhere(
        corpus,
        "bool-column",
        ids().filter(post::Column::Published.into_expr()),
    );
    variant(
        corpus,
        "bool-eq",
        "true",
        ids().filter(post::Column::Published.eq(true)),
    );
    variant(
        corpus,
        "bool-eq",
        "false",
        ids().filter(post::Column::Published.eq(false)),
    );
    everywhere(
        corpus,
        "not-bool-column",
        ids().filter(post::Column::Published.into_expr().not()),
    );
    // SeaORM 2 makes `IS NULL` of a comparison with `None`.
    everywhere(
        corpus,
        "eq-none",
        user::Entity::find().filter(user::Column::Age.eq(None::<i32>)),
    );
    everywhere(
        corpus,
        "eq-some",
        user::Entity::find().filter(user::Column::Age.eq(Some(30))),
    );
    everywhere(
        corpus,
        "eq-enum",
        order::Entity::find().filter(order::Column::Status.eq(Status::Open)),
    );
    everywhere(
        corpus,
        "is-in-enum",
        order::Entity::find().filter(order::Column::Status.is_in([Status::Open, Status::Paid])),
    );
}

fn combinations(corpus: &mut Corpus) {
    let by_one = || post::Column::UserId.eq(1);
    let published = || post::Column::Published.eq(true);
    let popular = || post::Column::Views.gt(100);
    everywhere(corpus, "and", ids().filter(by_one()).filter(published()));
    everywhere(
        corpus,
        "and-three",
        ids().filter(by_one()).filter(published()).filter(popular()),
    );
    everywhere(corpus, "or", ids().filter(by_one().or(published())));
    everywhere(
        corpus,
        "any-of-three",
        ids().filter(
            Condition::any()
                .add(by_one())
                .add(published())
                .add(popular()),
        ),
    );
    everywhere(
        corpus,
        "all-with-any",
        ids().filter(
            Condition::all()
                .add(by_one())
                .add(Condition::any().add(published()).add(popular())),
        ),
    );
    everywhere(
        corpus,
        "any-with-all",
        ids().filter(
            Condition::any()
                .add(by_one())
                .add(Condition::all().add(published()).add(popular())),
        ),
    );
    everywhere(
        corpus,
        "not-any",
        ids().filter(Condition::any().not().add(by_one()).add(popular())),
    );
    everywhere(
        corpus,
        "not-all",
        ids().filter(Condition::all().not().add(by_one()).add(popular())),
    );
    everywhere(
        corpus,
        "null-or-value",
        category::Entity::find().filter(
            category::Column::ParentId
                .is_null()
                .or(category::Column::ParentId.eq(1)),
        ),
    );
    everywhere(
        corpus,
        "empty-condition",
        ids().filter(Condition::all()).limit(3),
    );
}

fn optional(corpus: &mut Corpus) {
    let search = |title: Option<&str>, views: Option<i32>| {
        post::Entity::find().filter(
            Condition::all()
                .add(post::Column::Published.eq(true))
                .add_option(title.map(|title| post::Column::Title.contains(title)))
                .add_option(views.map(|views| post::Column::Views.gte(views))),
        )
    };
    everywhere(corpus, "search-without-options", search(None, None));
    variant(corpus, "search-title", "a word", search(Some("rust"), None));
    variant(
        corpus,
        "search-title",
        "a percent sign",
        search(Some("100%"), None),
    );
    everywhere(corpus, "search-views", search(None, Some(10)));
    everywhere(
        corpus,
        "search-title-and-views",
        search(Some("rust"), Some(10)),
    );
}

fn patterns(corpus: &mut Corpus) {
    let name = tag::Column::Name;
    let postgres = [DbBackend::Postgres];
    let tags = tag::Entity::find;
    variant(corpus, "like", "anywhere", tags().filter(name.like("%us%")));
    variant(
        corpus,
        "like",
        "starts with",
        tags().filter(name.starts_with("ru")),
    );
    variant(
        corpus,
        "like",
        "ends with",
        tags().filter(name.ends_with("st")),
    );
    variant(
        corpus,
        "like",
        "contains",
        tags().filter(name.contains("us")),
    );
    everywhere(corpus, "not-like", tags().filter(name.not_like("ru%")));
    // SeaQuery writes the escape character as a literal, whatever the database.
    variant(
        corpus,
        "like-escape",
        "exclamation mark",
        tags().filter(name.into_expr().like(LikeExpr::new("100!%").escape('!'))),
    );
    variant(
        corpus,
        "like-escape",
        "backslash",
        tags().filter(name.into_expr().like(LikeExpr::new("100\\%").escape('\\'))),
    );
    on(
        corpus,
        &postgres,
        "ilike",
        None,
        tags().filter(name.ilike("ru%")),
    );
    on(
        corpus,
        &postgres,
        "not-ilike",
        None,
        tags().filter(name.not_ilike("ru%")),
    );
}
