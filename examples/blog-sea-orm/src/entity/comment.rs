//! What readers say.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `comments`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "comments")]
pub struct Model {
    /// Primary key, ascending by time.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The post it belongs to.
    pub post_id: i32,
    /// Who said it.
    pub author_id: i32,
    /// What was said.
    pub body: String,
}

/// What a comment belongs to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// What was commented on.
    #[sea_orm(
        belongs_to = "super::post::Entity",
        from = "Column::PostId",
        to = "super::post::Column::Id"
    )]
    Post,
}

impl Related<super::post::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Post.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
