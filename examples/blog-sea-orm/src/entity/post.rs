//! What authors write.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `posts`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "posts")]
pub struct Model {
    /// Primary key, ascending by time.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Who wrote it.
    pub author_id: i32,
    /// The headline.
    pub title: String,
}

/// What a post belongs to, and what belongs to it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Who wrote it.
    #[sea_orm(
        belongs_to = "super::author::Entity",
        from = "Column::AuthorId",
        to = "super::author::Column::Id"
    )]
    Author,
    /// What readers say of it.
    #[sea_orm(has_many = "super::comment::Entity")]
    Comments,
}

impl Related<super::author::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Author.def()
    }
}

impl Related<super::comment::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Comments.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
