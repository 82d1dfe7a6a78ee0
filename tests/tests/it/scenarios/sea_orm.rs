//! The blog in SeaORM.

use std::marker::PhantomData;

use perfguard::sea_orm::Guarded;
use perfguard_tests::sea_orm_blog::{author, post};
use perfguard_tests::servers::{Backend, Database};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectOptions, ConnectionTrait, DatabaseConnection,
    EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
    SelectExt, Statement, TransactionSession, TransactionTrait, Value,
};

use super::blog::{Blog, Knows, Source, Statements};

mod draft {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "drafts")]
    pub(super) struct Model {
        #[sea_orm(primary_key)]
        pub(super) id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A connection that perfguard watches in one of its ways.
pub(crate) trait Watched: ConnectionTrait + TransactionTrait {
    const KNOWS: Knows;

    fn watch(db: DatabaseConnection) -> Self;
}

/// By its metric callback.
impl Watched for DatabaseConnection {
    const KNOWS: Knows = Knows::Statements;

    fn watch(mut db: DatabaseConnection) -> Self {
        perfguard::sea_orm::install(&mut db);
        db
    }
}

/// By a guard around it.
impl Watched for Guarded<DatabaseConnection> {
    const KNOWS: Knows = Knows::Rows;

    fn watch(db: DatabaseConnection) -> Self {
        Guarded::new(db)
    }
}

/// A database, and what SeaORM does on it.
pub(crate) trait On {
    const BACKEND: Backend;
    const STATEMENTS: Statements;
}

pub(crate) struct Sqlite;
pub(crate) struct Postgres;
pub(crate) struct MySql;

impl On for Sqlite {
    const BACKEND: Backend = Backend::Sqlite;
    // Without its feature `sqlite-use-returning-for-3_35`.
    const STATEMENTS: Statements = Statements {
        insert_and_get: 2,
        save: 2,
    };
}

impl On for Postgres {
    const BACKEND: Backend = Backend::Postgres;
    const STATEMENTS: Statements = Statements {
        insert_and_get: 1,
        save: 1,
    };
}

impl On for MySql {
    const BACKEND: Backend = Backend::MySql;
    const STATEMENTS: Statements = Statements {
        insert_and_get: 2,
        save: 2,
    };
}

pub(crate) struct Handlers<C, O> {
    // Before the database, which it uses.
    db: C,
    database: Database,
    on: PhantomData<O>,
}

fn new_author(number: u32) -> author::ActiveModel {
    author::ActiveModel {
        name: Set(format!("new {number}")),
        ..Default::default()
    }
}

fn renamed_author(id: i32) -> author::ActiveModel {
    author::ActiveModel {
        id: sea_orm::ActiveValue::Unchanged(id),
        name: Set("renamed".to_owned()),
    }
}

async fn rename_author(db: &impl ConnectionTrait, id: i32) {
    author::Entity::update_many()
        .set(renamed_author(id))
        .filter(author::Column::Id.eq(id))
        .exec(db)
        .await
        .unwrap();
}

async fn rename_post(db: &impl ConnectionTrait, id: i32) {
    post::Entity::update_many()
        .col_expr(post::Column::Title, "renamed".into())
        .filter(post::Column::Id.eq(id))
        .exec(db)
        .await
        .unwrap();
}

impl<C: Watched, O: On> Handlers<C, O> {
    async fn latest(&self, posts: u32) -> Vec<i32> {
        let latest = post::Entity::find().order_by_desc(post::Column::Id);
        let posts = latest.limit(u64::from(posts)).all(&self.db).await.unwrap();
        posts.into_iter().map(|post| post.author_id).collect()
    }
}

impl<C: Watched, O: On> Blog for Handlers<C, O> {
    const BACKEND: Backend = O::BACKEND;
    const SOURCE: Source = Source {
        file: file!(),
        text: include_str!("sea_orm.rs"),
    };
    const KNOWS: Knows = C::KNOWS;
    // A guarded connection does, the callback does not.
    const TELLS_TRANSACTIONS: bool = matches!(C::KNOWS, Knows::Rows);
    const STATEMENTS: Statements = O::STATEMENTS;

    async fn connect(database: Database) -> Self {
        let mut options = ConnectOptions::new(database.sea_orm_url());
        options.max_connections(4).sqlx_logging(false);
        let db = sea_orm::Database::connect(options).await.unwrap();
        Self {
            db: C::watch(db),
            database,
            on: PhantomData,
        }
    }

    fn database(&self) -> &Database {
        &self.database
    }

    async fn one_by_one(&self, posts: u32) -> Vec<String> {
        let db = &self.db;
        let latest = post::Entity::find().order_by_desc(post::Column::Id);
        let latest = latest.limit(u64::from(posts));
        let posts = latest.all(db).await.unwrap(); // the posts to ask authors for
        let mut names = Vec::new();
        for post in posts {
            let author = author::Entity::find_by_id(post.author_id);
            let author = author.one(db).await.unwrap(); // an author of a post
            names.push(author.unwrap().name);
        }
        names
    }

    async fn in_a_batch(&self, posts: u32) -> Vec<String> {
        let ids = self.latest(posts).await;
        let some = author::Entity::find().filter(author::Column::Id.is_in(ids));
        let authors = some.all(&self.db).await.unwrap();
        authors.into_iter().map(|author| author.name).collect()
    }

    async fn in_chunks(&self, posts: u32, size: usize) -> Vec<String> {
        let mut names = Vec::new();
        for ids in self.latest(posts).await.chunks(size) {
            let ids = ids.iter().copied();
            let some = author::Entity::find().filter(author::Column::Id.is_in(ids));
            let authors = some.all(&self.db).await.unwrap();
            names.extend(authors.into_iter().map(|author| author.name));
        }
        names
    }

    async fn joined(&self, posts: u32) -> Vec<String> {
        post::Entity::find()
            .join(JoinType::InnerJoin, post::Relation::Author.def())
            .select_only()
            .column(author::Column::Name)
            .order_by_desc(post::Column::Id)
            .limit(u64::from(posts))
            .into_tuple()
            .all(&self.db)
            .await
            .unwrap()
    }

    async fn again(&self, times: u32) -> Option<String> {
        let mut author = None;
        for _ in 0..times {
            let one = author::Entity::find_by_id(1);
            author = one.one(&self.db).await.unwrap(); // the same author
        }
        author.map(|author| author.name)
    }

    async fn on_two_lines(&self) -> [Option<String>; 2] {
        let db = &self.db;
        let one = author::Entity::find_by_id(1).one(db).await.unwrap();
        let other = author::Entity::find_by_id(2).one(db).await.unwrap();
        [one, other].map(|author| author.map(|author| author.name))
    }

    async fn by_hand(&self, ids: &[i32]) -> Vec<String> {
        let mark = O::BACKEND.placeholder();
        let mut names = Vec::new();
        for id in ids {
            let sql = format!("SELECT name FROM authors WHERE id = {mark}");
            let backend = self.db.get_database_backend();
            let statement = Statement::from_sql_and_values(backend, sql, [Value::from(*id)]);
            let row = self.db.query_one_raw(statement).await.unwrap(); // by hand
            names.push(row.unwrap().try_get("", "name").unwrap());
        }
        names
    }

    async fn by_hand_with_literals(&self, ids: &[i32]) -> Vec<String> {
        let mut names = Vec::new();
        for id in ids {
            let sql = format!("SELECT name FROM authors WHERE id = {id}");
            let statement = Statement::from_string(self.db.get_database_backend(), sql);
            let row = self.db.query_one_raw(statement).await.unwrap(); // by hand, with literals
            names.push(row.unwrap().try_get("", "name").unwrap());
        }
        names
    }

    async fn all(&self) -> usize {
        let all = post::Entity::find();
        all.all(&self.db).await.unwrap().len() // each post
    }

    async fn page(&self, posts: u32) -> usize {
        self.latest(posts).await.len()
    }

    async fn count_and_exists(&self, id: i32) -> (i64, bool) {
        let count = author::Entity::find().count(&self.db).await.unwrap();
        let one = author::Entity::find_by_id(id);
        let exists = one.exists(&self.db).await.unwrap();
        (i64::try_from(count).unwrap(), exists)
    }

    async fn insert(&self) {
        let insert = author::Entity::insert(new_author(1));
        insert.exec_without_returning(&self.db).await.unwrap();
    }

    async fn insert_many(&self, authors: u32) {
        let insert = author::Entity::insert_many((0..authors).map(new_author));
        insert.exec_without_returning(&self.db).await.unwrap();
    }

    async fn insert_each(&self, authors: u32) {
        for number in 0..authors {
            let insert = author::Entity::insert(new_author(number));
            insert.exec_without_returning(&self.db).await.unwrap(); // an author at a time
        }
    }

    async fn insert_and_get(&self) -> i32 {
        new_author(1).insert(&self.db).await.unwrap().id
    }

    async fn save(&self, id: i32) -> String {
        let author = author::ActiveModel {
            name: Set("saved".to_owned()),
            ..renamed_author(id)
        };
        author.update(&self.db).await.unwrap().name
    }

    async fn update(&self, up_to: i32) {
        author::Entity::update_many()
            .col_expr(author::Column::Name, "renamed".into())
            .filter(author::Column::Id.lte(up_to))
            .exec(&self.db)
            .await
            .unwrap();
    }

    async fn delete(&self, up_to: i32) {
        author::Entity::delete_many()
            .filter(author::Column::Id.lte(up_to))
            .exec(&self.db)
            .await
            .unwrap();
    }

    async fn read_write_read(&self) -> Option<String> {
        let author = author::Entity::find_by_id(1);
        author.clone().one(&self.db).await.unwrap();
        rename_author(&self.db, 1).await;
        author
            .one(&self.db)
            .await
            .unwrap()
            .map(|author| author.name)
    }

    async fn in_a_transaction(&self) {
        let transaction = self.db.begin().await.unwrap();
        rename_author(&transaction, 1).await;
        rename_post(&transaction, 1).await;
        transaction.commit().await.unwrap();
    }

    async fn in_a_savepoint(&self) {
        let outer = self.db.begin().await.unwrap();
        rename_author(&outer, 1).await;
        let inner = outer.begin().await.unwrap();
        rename_post(&inner, 1).await;
        inner.commit().await.unwrap();
        outer.commit().await.unwrap();
    }

    async fn rolled_back(&self) {
        let transaction = self.db.begin().await.unwrap();
        rename_author(&transaction, 1).await;
        transaction.rollback().await.unwrap();
    }

    async fn taken(&self) -> bool {
        let post = post::ActiveModel {
            id: Set(1),
            author_id: Set(1),
            title: Set("again".to_owned()),
        };
        let insert = post::Entity::insert(post);
        insert.exec_without_returning(&self.db).await.is_err()
    }

    async fn drafts(&self) -> Option<i64> {
        let count = draft::Entity::find().count(&self.db).await.ok()?;
        i64::try_from(count).ok()
    }

    async fn checked_out_twice(&self) -> [Option<String>; 2] {
        // Each call takes a connection from the pool.
        self.on_two_lines().await
    }
}
