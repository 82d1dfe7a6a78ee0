//! Several tables in one query.

use sea_orm::sea_query::{ExprTrait, IntoCondition};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait,
};

use super::entities::{category, comment, order, order_item, post, post_tag, user};
use super::{Corpus, everywhere, variant};

pub(super) fn add_to(corpus: &mut Corpus) {
    two_tables(corpus);
    more_tables(corpus);
    own_conditions(corpus);
    aliases(corpus);
}

fn two_tables(corpus: &mut Corpus) {
    everywhere(
        corpus,
        "inner-join",
        post::Entity::find().inner_join(user::Entity),
    );
    everywhere(
        corpus,
        "left-join",
        user::Entity::find().left_join(post::Entity),
    );
    everywhere(
        corpus,
        "right-join",
        user::Entity::find().right_join(order::Entity),
    );
    everywhere(
        corpus,
        "inner-join-filter",
        post::Entity::find()
            .inner_join(user::Entity)
            .filter(user::Column::Name.eq("Ada")),
    );
    everywhere(
        corpus,
        "left-join-without-match",
        user::Entity::find()
            .left_join(post::Entity)
            .filter(post::Column::Id.is_null()),
    );
    everywhere(
        corpus,
        "join-columns",
        post::Entity::find()
            .select_only()
            .column(post::Column::Title)
            .column_as(user::Column::Name, "author")
            .join(JoinType::InnerJoin, post::Relation::User.def()),
    );
    everywhere(
        corpus,
        "join-rev",
        user::Entity::find().join_rev(JoinType::InnerJoin, order::Relation::User.def()),
    );
    let in_list = |n: i32| {
        order_item::Entity::find()
            .join(JoinType::InnerJoin, order_item::Relation::Order.def())
            .filter(order::Column::Id.is_in(1..=n))
    };
    variant(corpus, "join-in-list", "list of 2", in_list(2));
    variant(corpus, "join-in-list", "list of 5", in_list(5));
}

fn more_tables(corpus: &mut Corpus) {
    everywhere(
        corpus,
        "many-to-many",
        post::Entity::find()
            .join_rev(JoinType::InnerJoin, post_tag::Relation::Post.def())
            .join(JoinType::InnerJoin, post_tag::Relation::Tag.def()),
    );
    everywhere(
        corpus,
        "chain-of-left-joins",
        user::Entity::find()
            .join(JoinType::LeftJoin, user::Relation::Posts.def())
            .join(JoinType::LeftJoin, post::Relation::Comments.def()),
    );
    everywhere(
        corpus,
        "four-tables",
        user::Entity::find()
            .select_only()
            .column(user::Column::Name)
            .column(comment::Column::Body)
            .column(order::Column::Total)
            .join(JoinType::InnerJoin, user::Relation::Posts.def())
            .join(JoinType::InnerJoin, post::Relation::Comments.def())
            .join(JoinType::InnerJoin, user::Relation::Orders.def())
            .filter(order::Column::Total.gt(9.99))
            .order_by_asc(user::Column::Id)
            .limit(5),
    );
    everywhere(
        corpus,
        "join-group-by",
        user::Entity::find()
            .select_only()
            .column(user::Column::Id)
            .column_as(post::Column::Id.count(), "posts")
            .left_join(post::Entity)
            .group_by(user::Column::Id),
    );
}

fn own_conditions(corpus: &mut Corpus) {
    everywhere(
        corpus,
        "join-on-two-conditions",
        user::Entity::find().join(
            JoinType::LeftJoin,
            user::Relation::Posts
                .def()
                .on_condition(|_left, _right| post::Column::Published.eq(true).into_condition()),
        ),
    );
    everywhere(
        corpus,
        "join-on-three-conditions",
        user::Entity::find().join(
            JoinType::LeftJoin,
            user::Relation::Posts.def().on_condition(|_left, _right| {
                Condition::all()
                    .add(post::Column::Published.eq(true))
                    .add(post::Column::Views.gt(10))
            }),
        ),
    );
}

fn aliases(corpus: &mut Corpus) {
    let parent_name = || sea_orm::sea_query::Expr::col(("parent", category::Column::Name));
    let with_parent =
        |join| category::Entity::find().join_as(join, category::Relation::Parent.def(), "parent");
    everywhere(corpus, "self-join", with_parent(JoinType::InnerJoin));
    everywhere(corpus, "self-left-join", with_parent(JoinType::LeftJoin));
    everywhere(
        corpus,
        "self-join-filter",
        with_parent(JoinType::InnerJoin).filter(parent_name().eq("books")),
    );
    everywhere(
        corpus,
        "self-join-columns",
        with_parent(JoinType::InnerJoin)
            .select_only()
            .column(category::Column::Name)
            .expr_as(parent_name(), "parent_name"),
    );
}
