use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use perfguard::statement::Dialect::{self, MySql, Postgres, Sqlite};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::corpus::case::{Case, Rule, diesel, diesel_guarded, sea_orm, sea_orm_guarded, told};
use crate::corpus::in_diesel::{Post, authors, comments, events, posts};
use crate::corpus::in_sea_orm::{author, comment, event, post};
use crate::corpus::told::{ran, returned};

const ID: &str = "unbounded-result";

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    cases.extend(of_other_databases());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("unbounded_result.rs"),
        cases,
    }
}

fn in_diesel() -> Vec<Case> {
    vec![
        diesel("all posts", |conn| {
            posts::table.select(Post::as_select()).load(conn)?; //~ all posts
            Ok(())
        })
        .finds(ID, 1)
        .repair(".limit(n)", |conn| {
            posts::table
                .select(Post::as_select())
                .limit(20)
                .load(conn)?;
            Ok(())
        })
        .repair(".filter(..)", |conn| {
            posts::table
                .filter(posts::author_id.eq(1))
                .select(Post::as_select())
                .load(conn)?;
            Ok(())
        })
        .repair("posts::table.count()", |conn| {
            posts::table.count().get_result::<i64>(conn)?;
            Ok(())
        }),
        diesel("all posts, sorted", |conn| {
            posts::table
                .order(posts::id.desc())
                .select(posts::title)
                .load::<String>(conn)?;
            Ok(())
        })
        .finds(ID, 1),
        diesel("all posts with their authors", |conn| {
            posts::table
                .inner_join(authors::table)
                .select((posts::title, authors::name))
                .load::<(String, String)>(conn)?;
            Ok(())
        })
        .finds(ID, 1),
        diesel("all posts, row by row", |conn| {
            let rows = posts::table
                .select(posts::title)
                .load_iter::<String, DefaultLoadingMode>(conn)?;
            for row in rows {
                row?;
            }
            Ok(())
        })
        .finds(ID, 1),
        diesel("in production, all posts once", |conn| {
            posts::table.select(Post::as_select()).load(conn)?;
            Ok(())
        })
        .finds(ID, 1)
        .in_production(),
        diesel_guarded("many events of a kind", |conn| {
            events::table
                .filter(events::kind.eq("often"))
                .select(events::id)
                .load::<i32>(conn)?; //~ many events of a kind
            Ok(())
        })
        .finds(ID, 1),
        diesel_guarded("few events of a kind", |conn| {
            events::table
                .filter(events::kind.eq("rare"))
                .select(events::id)
                .load::<i32>(conn)?;
            Ok(())
        }),
        diesel("a page", |conn| {
            posts::table
                .select(Post::as_select())
                .order(posts::id)
                .limit(20)
                .load(conn)?;
            Ok(())
        }),
        diesel("the first", |conn| {
            posts::table.select(Post::as_select()).first(conn)?;
            Ok(())
        }),
        diesel("by key", |conn| {
            posts::table.find(1).select(Post::as_select()).load(conn)?;
            Ok(())
        }),
        diesel("by keys", |conn| {
            posts::table
                .filter(posts::id.eq_any([1, 2]))
                .select(Post::as_select())
                .load(conn)?;
            Ok(())
        }),
        diesel("a count and a maximum", |conn| {
            posts::table.count().get_result::<i64>(conn)?;
            posts::table
                .select(diesel::dsl::max(posts::views))
                .get_result::<Option<i32>>(conn)?;
            Ok(())
        }),
        diesel("whether there is any", |conn| {
            diesel::select(diesel::dsl::exists(posts::table.select(posts::id)))
                .get_result::<bool>(conn)?;
            Ok(())
        }),
        diesel("comments per post", |conn| {
            comments::table
                .group_by(comments::post_id)
                .select((comments::post_id, diesel::dsl::count_star()))
                .load::<(i32, i64)>(conn)?;
            Ok(())
        }),
        diesel("who has posts", |conn| {
            posts::table
                .select(posts::author_id)
                .distinct()
                .load::<i32>(conn)?;
            Ok(())
        }),
    ]
}

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm("every post", async |db| {
            post::Entity::find().all(&db).await?; //~ every post
            Ok(())
        })
        .finds(ID, 1)
        .repair_in_sea_orm(".limit(n)", async |db| {
            post::Entity::find().limit(20).all(&db).await?;
            Ok(())
        })
        .repair_in_sea_orm(".paginate(db, n)", async |db| {
            let pages = post::Entity::find()
                .order_by_asc(post::Column::Id)
                .paginate(&db, 20);
            pages.fetch_page(0).await?;
            Ok(())
        })
        .repair_in_sea_orm(".cursor_by(..)", async |db| {
            let mut cursor = post::Entity::find().cursor_by(post::Column::Id);
            cursor.after(0).first(20).all(&db).await?;
            Ok(())
        })
        .repair_in_sea_orm(".count(db)", async |db| {
            post::Entity::find().count(&db).await?;
            Ok(())
        }),
        sea_orm("every post with its comments", async |db| {
            post::Entity::find()
                .find_with_related(comment::Entity)
                .all(&db)
                .await?;
            Ok(())
        })
        .finds(ID, 1),
        sea_orm("every post with its author", async |db| {
            post::Entity::find()
                .find_also_related(author::Entity)
                .all(&db)
                .await?;
            Ok(())
        })
        .finds(ID, 1),
        sea_orm("every title", async |db| {
            post::Entity::find()
                .select_only()
                .column(post::Column::Title)
                .into_tuple::<String>()
                .all(&db)
                .await?;
            Ok(())
        })
        .finds(ID, 1),
        sea_orm("in production, every post once", async |db| {
            post::Entity::find().all(&db).await?;
            Ok(())
        })
        .finds(ID, 1)
        .in_production(),
        sea_orm_guarded("many events of one kind", async |db| {
            event::Entity::find()
                .filter(event::Column::Kind.eq("often"))
                .all(&db)
                .await?;
            Ok(())
        })
        .finds(ID, 1),
        sea_orm_guarded("few events of one kind", async |db| {
            event::Entity::find()
                .filter(event::Column::Kind.eq("rare"))
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm("one page", async |db| {
            post::Entity::find().limit(20).all(&db).await?;
            Ok(())
        }),
        sea_orm("one post", async |db| {
            post::Entity::find().one(&db).await?;
            Ok(())
        }),
        sea_orm("a post by its key", async |db| {
            post::Entity::find_by_id(1).all(&db).await?;
            Ok(())
        }),
        sea_orm("posts by their keys", async |db| {
            post::Entity::find()
                .filter(post::Column::Id.is_in([1, 2]))
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm("how many posts", async |db| {
            post::Entity::find().count(&db).await?;
            Ok(())
        }),
        sea_orm("posts of no key at all", async |db| {
            post::Entity::find()
                .filter(post::Column::Id.is_in(Vec::<i32>::new()))
                .all(&db)
                .await?;
            Ok(())
        }),
    ]
}

const UNBOUNDED: &[(Dialect, &str)] = &[
    (Postgres, "SELECT * FROM posts"),
    (
        Postgres,
        "SELECT * FROM ONLY blog.posts AS p ORDER BY p.created_at DESC",
    ),
    (Postgres, "SELECT * FROM posts LIMIT ALL"),
    (Postgres, "SELECT * FROM posts FOR UPDATE"),
    (Postgres, "SELECT id, count(*) OVER () FROM posts"),
    (
        Postgres,
        "SELECT id, row_number() OVER (ORDER BY id) FROM posts",
    ),
    (
        Postgres,
        "SELECT * FROM posts UNION ALL SELECT * FROM drafts",
    ),
    (
        Postgres,
        "SELECT p.*, (SELECT count(*) FROM likes l WHERE l.post_id = p.id) FROM posts p",
    ),
    (Postgres, "SELECT * FROM posts CROSS JOIN tags"),
    (
        MySql,
        "SELECT `id`, `title` FROM `posts` USE INDEX (`by_title`)",
    ),
    (MySql, "SELECT SQL_NO_CACHE * FROM `posts`"),
    (Sqlite, "SELECT * FROM posts LIMIT -1"),
];

const BOUNDED: &[(Dialect, &str)] = &[
    (
        Postgres,
        "SELECT p.* FROM posts p JOIN (SELECT id FROM posts ORDER BY id LIMIT 10) page USING (id)",
    ),
    (Postgres, "SELECT * FROM posts FETCH FIRST 10 ROWS ONLY"),
    (Postgres, "SELECT * FROM posts WHERE id = $1"),
    (Postgres, "SELECT * FROM posts WHERE slug = $1"),
    (
        Postgres,
        "SELECT * FROM (SELECT * FROM posts LIMIT 5) AS latest",
    ),
    (
        Postgres,
        "WITH latest AS (SELECT * FROM posts ORDER BY id DESC LIMIT 5) SELECT * FROM latest",
    ),
    (
        Postgres,
        "SELECT DISTINCT ON (author_id) * FROM posts ORDER BY author_id, id DESC",
    ),
    (Postgres, "SELECT string_agg(name, ',') FROM tags"),
    (Postgres, "SELECT json_agg(p) FROM posts p"),
    (
        Postgres,
        "SELECT count(*) FILTER (WHERE draft), max(id) FROM posts",
    ),
    (Postgres, "SELECT EXISTS (SELECT 1 FROM posts)"),
    (
        Postgres,
        "SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM tags)",
    ),
    (Postgres, "SELECT * FROM generate_series(1, 10)"),
    (Postgres, "SELECT * FROM (VALUES (1), (2)) AS v (id)"),
    (Postgres, "VALUES (1), (2)"),
    (
        Postgres,
        "(SELECT * FROM posts LIMIT 5) UNION ALL (SELECT * FROM drafts LIMIT 5)",
    ),
    (
        Postgres,
        "SELECT * FROM posts UNION SELECT * FROM drafts LIMIT 10",
    ),
    (
        Postgres,
        "SELECT date_trunc('day', created_at), count(*) FROM posts GROUP BY 1",
    ),
    (Postgres, "INSERT INTO archive SELECT * FROM posts"),
    (Postgres, "CREATE TABLE backup AS SELECT * FROM posts"),
    (Postgres, "EXPLAIN SELECT * FROM posts"),
    (Postgres, "DECLARE c CURSOR FOR SELECT * FROM posts"),
    (Postgres, "COPY posts TO STDOUT"),
    (Postgres, "COPY (SELECT * FROM posts) TO STDOUT"),
    (Postgres, "REFRESH MATERIALIZED VIEW totals"),
    (
        Postgres,
        "SELECT * FROM posts JOIN unnest($1::int[]) AS wanted (id) USING (id)",
    ),
    (Postgres, "SELECT * FROM information_schema.tables"),
    (Postgres, "SELECT nextval('ids')"),
    (MySql, "SELECT * FROM `posts` ORDER BY `id` LIMIT 20, 10"),
    (MySql, "SELECT COUNT(DISTINCT `author_id`) FROM `posts`"),
    (MySql, "SELECT 1 FROM DUAL"),
    (Sqlite, "SELECT name FROM sqlite_master"),
    (Sqlite, "SELECT * FROM pragma_table_info('posts')"),
    (
        Sqlite,
        "SELECT total(views), group_concat(title) FROM posts",
    ),
];

fn of_other_databases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &(dialect, sql) in UNBOUNDED {
        cases.push(told(format!("unbounded: {sql}"), move || ran(dialect, sql, 1)).finds(ID, 1));
    }
    cases.push(
        told("no condition but a tautology, many rows", || {
            returned(Postgres, "SELECT * FROM posts WHERE 1 = 1", 1, 5_000);
        })
        .finds(ID, 1)
        .notes("wide-select"),
    );
    for &(dialect, sql) in BOUNDED {
        cases.push(told(format!("bounded: {sql}"), move || {
            ran(dialect, sql, 1)
        }));
    }
    cases
}
