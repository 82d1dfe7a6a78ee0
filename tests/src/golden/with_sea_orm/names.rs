//! Names that are also words of SQL, or hold what a lexer looks for.

use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Corpus, everywhere};

mod keyword {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "order")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub user: String,
        pub group: String,
        pub default: i32,
        pub null: Option<i32>,
        pub select: i32,
        pub limit: i32,
        pub values: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod odd {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "OddNames")]
    pub struct Model {
        #[sea_orm(primary_key, column_name = "OddId")]
        pub id: i32,
        #[sea_orm(column_name = "Full Name")]
        pub full_name: String,
        #[sea_orm(column_name = "is it?")]
        pub with_placeholder: String,
        #[sea_orm(column_name = "a--b")]
        pub with_comment: String,
        #[sea_orm(column_name = "it's")]
        pub with_quote: String,
        #[sea_orm(column_name = "he said \"so\"")]
        pub with_double_quotes: String,
        #[sea_orm(column_name = "back`tick")]
        pub with_backtick: String,
        #[sea_orm(column_name = "größe")]
        pub not_ascii: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod invoice {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(schema_name = "shop", table_name = "invoices")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub total: f64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) fn add_to(corpus: &mut Corpus) {
    keywords(corpus);
    odd_names(corpus);
    schemas(corpus);
}

fn keywords(corpus: &mut Corpus) {
    everywhere(corpus, "keyword-table", keyword::Entity::find_by_id(1));
    everywhere(
        corpus,
        "keyword-columns",
        keyword::Entity::find()
            .select_only()
            .columns([keyword::Column::Null, keyword::Column::Default])
            .filter(keyword::Column::Group.eq("a")),
    );
    everywhere(
        corpus,
        "keyword-column-is-null",
        keyword::Entity::find()
            .filter(keyword::Column::Null.is_null())
            .order_by_asc(keyword::Column::Default),
    );
    everywhere(
        corpus,
        "keyword-insert",
        keyword::Entity::insert(keyword::ActiveModel {
            default: Set(1),
            null: Set(None),
            values: Set("x".to_owned()),
            ..Default::default()
        }),
    );
    everywhere(
        corpus,
        "keyword-update",
        keyword::Entity::update(keyword::ActiveModel {
            id: Unchanged(1),
            default: Set(2),
            limit: Set(3),
            ..Default::default()
        })
        .validate()
        .expect("the primary key is there"),
    );
    everywhere(
        corpus,
        "keyword-delete",
        keyword::Entity::delete_many().filter(keyword::Column::Select.gt(1)),
    );
}

fn odd_names(corpus: &mut Corpus) {
    everywhere(corpus, "odd-names", odd::Entity::find_by_id(1));
    for (case, column) in [
        ("name-with-space", odd::Column::FullName),
        ("name-with-placeholder", odd::Column::WithPlaceholder),
        ("name-with-comment", odd::Column::WithComment),
        ("name-with-quote", odd::Column::WithQuote),
        ("name-with-double-quotes", odd::Column::WithDoubleQuotes),
        ("name-with-backtick", odd::Column::WithBacktick),
        ("name-not-ascii", odd::Column::NotAscii),
    ] {
        everywhere(
            corpus,
            case,
            odd::Entity::find()
                .select_only()
                .column(odd::Column::Id)
                .filter(column.eq("a")),
        );
    }
}

fn schemas(corpus: &mut Corpus) {
    everywhere(corpus, "schema-select", invoice::Entity::find_by_id(1));
    everywhere(
        corpus,
        "schema-insert",
        invoice::Entity::insert(invoice::ActiveModel {
            total: Set(9.5),
            ..Default::default()
        }),
    );
    everywhere(
        corpus,
        "schema-update",
        invoice::Entity::update(invoice::ActiveModel {
            id: Unchanged(1),
            total: Set(9.5),
        })
        .validate()
        .expect("the primary key is there"),
    );
    everywhere(corpus, "schema-delete", invoice::Entity::delete_by_id(1));
}
