//! What a case consists of.

use std::error::Error;
use std::pin::Pin;
use std::rc::Rc;

use diesel::SqliteConnection;
use perfguard::diesel::Guarded;
use perfguard::sea_orm::Guarded as SeaOrmGuarded;
use sea_orm::{DatabaseConnection, DbErr};

use super::in_diesel::Diesel;
use super::run::{Found, Judging};
use super::{in_diesel, in_sea_orm};

/// The cases about one rule.
pub struct Rule {
    pub id: &'static str,
    /// The file that they stand in, and its text.
    pub file: &'static str,
    pub source: &'static str,
    pub cases: Vec<Case>,
}

/// Something that asks a database, and what has to be said of it.
pub struct Case {
    pub name: String,
    pub(super) body: Body,
    pub expected: Vec<Expected>,
    pub is_in_production: bool,
    pub repairs: Vec<(&'static str, Case)>,
}

/// One finding or note.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    pub rule: &'static str,
    /// How many executions it is about; of a note, any number.
    pub count: Option<u64>,
    pub is_note: bool,
    /// The table whose rows a loop went over.
    pub source: Option<&'static str>,
}

type Told = Box<dyn Fn()>;
type WithDiesel<C> = Box<dyn Fn(&mut C) -> diesel::QueryResult<()>>;
type WithoutConnection = Box<dyn Fn(&Diesel)>;
type Answer<E> = Pin<Box<dyn Future<Output = Result<(), E>>>>;
type Awaited<C, E> = Box<dyn Fn(C) -> Answer<E>>;
type WithSeaOrm<C> = Awaited<C, DbErr>;

pub(super) enum Body {
    Diesel(WithDiesel<SqliteConnection>),
    DieselAwaited(Awaited<SqliteConnection, diesel::result::Error>),
    DieselGuarded(WithDiesel<Guarded<SqliteConnection>>),
    DieselPool(WithoutConnection),
    SeaOrm(WithSeaOrm<DatabaseConnection>),
    SeaOrmGuarded(WithSeaOrm<SeaOrmGuarded<DatabaseConnection>>),
    Told(Told),
}

/// In Diesel, on a connection that is watched.
pub(super) fn diesel(
    name: impl Into<String>,
    body: impl Fn(&mut SqliteConnection) -> diesel::QueryResult<()> + 'static,
) -> Case {
    Case::new(name, Body::Diesel(Box::new(body)))
}

/// In Diesel, in an async function.
pub(super) fn diesel_awaited<F>(name: impl Into<String>, body: F) -> Case
where
    F: AsyncFn(SqliteConnection) -> diesel::QueryResult<()> + 'static,
{
    Case::new(name, Body::DieselAwaited(shared(body)))
}

/// In Diesel, on a connection that knows its rows.
pub(super) fn diesel_guarded(
    name: impl Into<String>,
    body: impl Fn(&mut Guarded<SqliteConnection>) -> diesel::QueryResult<()> + 'static,
) -> Case {
    Case::new(name, Body::DieselGuarded(Box::new(body)))
}

/// In Diesel, with what it takes to make connections.
pub(super) fn diesel_pool(name: impl Into<String>, body: impl Fn(&Diesel) + 'static) -> Case {
    Case::new(name, Body::DieselPool(Box::new(body)))
}

/// In SeaORM, on a connection that is watched.
pub(super) fn sea_orm<F>(name: impl Into<String>, body: F) -> Case
where
    F: AsyncFn(DatabaseConnection) -> Result<(), DbErr> + 'static,
{
    Case::new(name, Body::SeaOrm(shared(body)))
}

/// In SeaORM, on a connection that knows its rows.
pub(super) fn sea_orm_guarded<F>(name: impl Into<String>, body: F) -> Case
where
    F: AsyncFn(SeaOrmGuarded<DatabaseConnection>) -> Result<(), DbErr> + 'static,
{
    Case::new(name, Body::SeaOrmGuarded(shared(body)))
}

/// Told to the adapter interface.
pub(super) fn told(name: impl Into<String>, body: impl Fn() + 'static) -> Case {
    Case::new(name, Body::Told(Box::new(body)))
}

fn shared<C: 'static, E: 'static, F>(body: F) -> Awaited<C, E>
where
    F: AsyncFn(C) -> Result<(), E> + 'static,
{
    let body = Rc::new(body);
    Box::new(move |db| {
        let body = Rc::clone(&body);
        Box::pin(async move { body(db).await })
    })
}

impl Case {
    fn new(name: impl Into<String>, body: Body) -> Self {
        Self {
            name: name.into(),
            body,
            expected: Vec::new(),
            is_in_production: false,
            repairs: Vec::new(),
        }
    }

    /// A finding of `rule` about so many executions is expected.
    pub fn finds(mut self, rule: &'static str, count: u64) -> Self {
        self.expected.push(Expected {
            rule,
            count: Some(count),
            is_note: false,
            source: None,
        });
        self
    }

    /// A note of `rule` is expected.
    pub fn notes(mut self, rule: &'static str) -> Self {
        self.expected.push(Expected {
            rule,
            count: None,
            is_note: true,
            source: None,
        });
        self
    }

    /// The last one that is expected names the read of this table as its
    /// source.
    pub fn over(mut self, table: &'static str) -> Self {
        if let Some(last) = self.expected.last_mut() {
            last.source = Some(table);
        }
        self
    }

    /// It runs as in production.
    pub fn in_production(mut self) -> Self {
        self.is_in_production = true;
        self
    }

    /// What the finding proposes with these words, in Diesel.
    pub fn repair(
        self,
        words: &'static str,
        body: impl Fn(&mut SqliteConnection) -> diesel::QueryResult<()> + 'static,
    ) -> Self {
        self.repaired(words, Body::Diesel(Box::new(body)))
    }

    /// The same in an async function.
    pub fn repair_awaited<F>(self, words: &'static str, body: F) -> Self
    where
        F: AsyncFn(SqliteConnection) -> diesel::QueryResult<()> + 'static,
    {
        self.repaired(words, Body::DieselAwaited(shared(body)))
    }

    /// The same where rows are known.
    pub fn repair_guarded(
        self,
        words: &'static str,
        body: impl Fn(&mut Guarded<SqliteConnection>) -> diesel::QueryResult<()> + 'static,
    ) -> Self {
        self.repaired(words, Body::DieselGuarded(Box::new(body)))
    }

    /// The same where connections are made.
    pub fn repair_pool(self, words: &'static str, body: impl Fn(&Diesel) + 'static) -> Self {
        self.repaired(words, Body::DieselPool(Box::new(body)))
    }

    /// The same, told to the adapter interface.
    pub fn repair_told(self, words: &'static str, body: impl Fn() + 'static) -> Self {
        self.repaired(words, Body::Told(Box::new(body)))
    }

    /// What the finding proposes with these words, in SeaORM.
    pub fn repair_in_sea_orm<F>(self, words: &'static str, body: F) -> Self
    where
        F: AsyncFn(DatabaseConnection) -> Result<(), DbErr> + 'static,
    {
        self.repaired(words, Body::SeaOrm(shared(body)))
    }

    /// The same where rows are known.
    pub fn repair_in_sea_orm_guarded<F>(self, words: &'static str, body: F) -> Self
    where
        F: AsyncFn(SeaOrmGuarded<DatabaseConnection>) -> Result<(), DbErr> + 'static,
    {
        self.repaired(words, Body::SeaOrmGuarded(shared(body)))
    }

    fn repaired(mut self, words: &'static str, body: Body) -> Self {
        let name = format!("{}, repaired: {words}", self.name);
        self.repairs.push((words, Self::new(name, body)));
        self
    }
}

impl Body {
    /// Runs it in a scope, on new tables that are made before.
    pub(super) async fn run(&self, scope: &impl Judging) -> Result<Vec<Found>, Box<dyn Error>> {
        Ok(match self {
            Self::Diesel(body) => {
                let mut connection = in_diesel::open()?;
                let (ended, found) = scope.sync(|| body(&mut connection));
                ended?;
                found
            }
            Self::DieselAwaited(body) => {
                let (ended, found) = scope.wrap(body(in_diesel::open()?)).await;
                ended?;
                found
            }
            Self::DieselGuarded(body) => {
                let mut connection = in_diesel::open_guarded()?;
                let (ended, found) = scope.sync(|| body(&mut connection));
                ended?;
                found
            }
            Self::DieselPool(body) => {
                let diesel = in_diesel::open_pool()?;
                scope.sync(|| body(&diesel)).1
            }
            Self::SeaOrm(body) => {
                let (ended, found) = scope.wrap(body(in_sea_orm::open().await?)).await;
                ended?;
                found
            }
            Self::SeaOrmGuarded(body) => {
                let (ended, found) = scope.wrap(body(in_sea_orm::open_guarded().await?)).await;
                ended?;
                found
            }
            Self::Told(body) => scope.sync(body).1,
        })
    }
}
