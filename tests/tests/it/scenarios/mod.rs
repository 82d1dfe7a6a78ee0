//! One suite of scenarios for each combination of ORM, driver and database.
//!
//! A scenario ([`cases`]) is written once over the handlers of a small blog
//! ([`blog::Blog`]), which each combination writes in its own words, and
//! asserts the same statements, rows, findings and call sites of all of them.
//! Where an adapter does not know rows, that is asserted too.

mod blog;
mod cases;
mod diesel;
mod sea_orm;

#[cfg(feature = "mysqlclient")]
use ::diesel::MysqlConnection;
use ::diesel::{PgConnection, SqliteConnection};
use ::sea_orm::DatabaseConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncMysqlConnection, AsyncPgConnection};
use perfguard::diesel::{Guarded, GuardedAsync};

/// The suite of one combination.
macro_rules! suite {
    ($($(#[$cfg:meta])* $name:ident: $Blog:ty,)+) => { $(
        $(#[$cfg])*
        mod $name {
            use super::*;

            suite!(@cases $Blog:
                a_batch_insert_is_one_write
                a_batch_is_silent
                a_join_is_silent
                a_page_is_silent
                a_pools_own_statements_are_not_counted
                a_query_per_row_is_one_n_plus_one
                a_read_after_a_write_is_no_duplicate
                a_retry_is_no_duplicate
                a_row_that_is_saved
                a_statement_that_fails_has_run
                a_whole_table_is_unbounded
                aggregates_are_silent
                an_empty_handler_is_silent
                an_insert_is_one_statement
                an_insert_per_row_is_many_writes
                an_insert_that_is_read_back
                an_update_and_a_delete_are_two_statements
                chunks_are_silent
                connecting_is_not_counted
                one_row_is_no_n_plus_one
                savepoints_are_not_counted
                sql_by_hand_has_its_literals
                sql_by_hand_has_its_values
                the_same_query_again_is_a_duplicate
                transaction_control_is_not_counted
                two_lines_are_silent
                what_is_rolled_back_has_run
            );

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn sixteen_tasks_count_their_own() {
                let Some(blog) = cases::shared::<$Blog>().await else {
                    return;
                };
                let blog = std::sync::Arc::new(blog);
                let tasks: Vec<_> = (1..=16)
                    .map(|number| {
                        let blog = std::sync::Arc::clone(&blog);
                        tokio::spawn(async move {
                            cases::each_task_counts_its_own(&*blog, number).await;
                        })
                    })
                    .collect();
                for task in tasks {
                    task.await.unwrap();
                }
            }
        }
    )+ };
    (@cases $Blog:ty: $($case:ident)+) => { $(
        #[tokio::test]
        async fn $case() {
            cases::$case::<$Blog>().await;
        }
    )+ };
}

type Diesel<C> = diesel::Direct<C>;
type R2d2<C> = diesel::R2d2<C>;
type Deadpool<C> = diesel_async::pooled_connection::deadpool::Pool<C>;
type OnBlockingThreads<C> = SyncConnectionWrapper<C, perfguard::diesel::ScopedTokio>;
type SeaOrm<O> = sea_orm::Handlers<DatabaseConnection, O>;
type SeaOrmGuarded<O> = sea_orm::Handlers<perfguard::sea_orm::Guarded<DatabaseConnection>, O>;

suite! {
    diesel_on_sqlite: diesel::on_sqlite::Handlers<Diesel<SqliteConnection>>,
    diesel_on_postgres: diesel::on_postgres::Handlers<Diesel<PgConnection>>,
    #[cfg(feature = "mysqlclient")]
    diesel_on_mysql: diesel::on_mysql::Handlers<Diesel<MysqlConnection>>,

    r2d2_on_sqlite: diesel::on_sqlite::Handlers<R2d2<SqliteConnection>>,
    r2d2_on_postgres: diesel::on_postgres::Handlers<R2d2<PgConnection>>,
    #[cfg(feature = "mysqlclient")]
    r2d2_on_mysql: diesel::on_mysql::Handlers<R2d2<MysqlConnection>>,

    r2d2_guarded_on_sqlite: diesel::guarded_on_sqlite::Handlers<R2d2<Guarded<SqliteConnection>>>,
    r2d2_guarded_on_postgres: diesel::guarded_on_postgres::Handlers<R2d2<Guarded<PgConnection>>>,
    #[cfg(feature = "mysqlclient")]
    r2d2_guarded_on_mysql: diesel::guarded_on_mysql::Handlers<R2d2<Guarded<MysqlConnection>>>,

    diesel_async_on_sqlite:
        diesel::async_on_sqlite::Handlers<Deadpool<OnBlockingThreads<SqliteConnection>>>,
    diesel_async_on_postgres: diesel::async_on_postgres::Handlers<Deadpool<AsyncPgConnection>>,
    diesel_async_on_mysql: diesel::async_on_mysql::Handlers<Deadpool<AsyncMysqlConnection>>,

    diesel_async_guarded_on_sqlite:
        diesel::guarded_async_on_sqlite::Handlers<
            Deadpool<OnBlockingThreads<Guarded<SqliteConnection>>>,
        >,
    diesel_async_guarded_on_postgres:
        diesel::guarded_async_on_postgres::Handlers<Deadpool<GuardedAsync<AsyncPgConnection>>>,
    diesel_async_guarded_on_mysql:
        diesel::guarded_async_on_mysql::Handlers<Deadpool<GuardedAsync<AsyncMysqlConnection>>>,

    sea_orm_on_sqlite: SeaOrm<sea_orm::Sqlite>,
    sea_orm_on_postgres: SeaOrm<sea_orm::Postgres>,
    sea_orm_on_mysql: SeaOrm<sea_orm::MySql>,

    sea_orm_guarded_on_sqlite: SeaOrmGuarded<sea_orm::Sqlite>,
    sea_orm_guarded_on_postgres: SeaOrmGuarded<sea_orm::Postgres>,
    sea_orm_guarded_on_mysql: SeaOrmGuarded<sea_orm::MySql>,
}
