//! Statements that a program writes itself. Diesel sends them as they are.

use ::diesel::sql_query;
use ::diesel::sql_types::{Integer, Text};

use super::{Corpus, everywhere, on};

pub(super) fn add_to(corpus: &mut Corpus) {
    binds(corpus);
    literals(corpus);
    clauses(corpus);
    layout(corpus);
}

fn binds(corpus: &mut Corpus) {
    on!(
        corpus,
        [Pg],
        "raw-binds",
        sql_query("SELECT id FROM users WHERE id = $1 AND name = $2")
            .bind::<Integer, _>(1)
            .bind::<Text, _>("Ada")
    );
    on!(
        corpus,
        [Mysql, Sqlite],
        "raw-binds",
        sql_query("SELECT id FROM users WHERE id = ? AND name = ?")
            .bind::<Integer, _>(1)
            .bind::<Text, _>("Ada")
    );
    on!(
        corpus,
        [Sqlite],
        "raw-binds",
        "numbered",
        sql_query("SELECT id FROM users WHERE id = ?1 AND name = ?2")
            .bind::<Integer, _>(1)
            .bind::<Text, _>("Ada")
    );
}

fn literals(corpus: &mut Corpus) {
    let text = "SELECT id FROM users WHERE name = 'Ada' AND age > 30";
    everywhere!(corpus, "raw-literals", "ada", sql_query(text));
    let text = "SELECT id FROM users WHERE name = 'O''Hara; --' AND age > -7";
    everywhere!(corpus, "raw-literals", "o'hara", sql_query(text));
    let text = "SELECT id FROM users WHERE name = '' AND age > 1e3";
    everywhere!(corpus, "raw-literals", "empty text", sql_query(text));
    let text = "SELECT id FROM users WHERE id IN (1)";
    everywhere!(corpus, "raw-in-literals", "list of 1", sql_query(text));
    let text = "SELECT id FROM users WHERE id IN (1, 2,3,\n 4 )";
    everywhere!(corpus, "raw-in-literals", "list of 4", sql_query(text));
    let text = "SELECT total - 1 FROM orders";
    everywhere!(corpus, "raw-minus", "spaces", sql_query(text));
    let text = "SELECT total -1 FROM orders";
    everywhere!(corpus, "raw-minus", "space before", sql_query(text));
    let text = "SELECT total-1 FROM orders";
    everywhere!(corpus, "raw-minus", "no spaces", sql_query(text));
    let text = "SELECT total + 1 FROM orders";
    everywhere!(corpus, "raw-plus", "unsigned", sql_query(text));
    let text = "SELECT total + -1 FROM orders";
    everywhere!(corpus, "raw-plus", "signed", sql_query(text));
    let text = "SELECT id FROM users WHERE name = E'it\\'s' AND data = $tag$ it's $1 $tag$";
    on!(
        corpus,
        [Pg],
        "raw-postgres-literals",
        "escape",
        sql_query(text)
    );
    let text = "SELECT id FROM users WHERE name = E'' AND data = $$--$$";
    on!(
        corpus,
        [Pg],
        "raw-postgres-literals",
        "short",
        sql_query(text)
    );
    let text = "SELECT id::text, 'a'::varchar(10), now() - INTERVAL '1 day' FROM users";
    on!(corpus, [Pg], "raw-postgres-casts", sql_query(text));
    let text = r#"SELECT `id` FROM `users` WHERE name = "it's" AND nick = 'it\'s'"#;
    on!(
        corpus,
        [Mysql],
        "raw-mysql-literals",
        "both quotes",
        sql_query(text)
    );
    let text = r#"SELECT `id` FROM `users` WHERE name = "" AND nick = '\\'"#;
    on!(
        corpus,
        [Mysql],
        "raw-mysql-literals",
        "short",
        sql_query(text)
    );
    let text = "SELECT id FROM users WHERE digest = x'00ff' AND name = 'a'";
    on!(
        corpus,
        [Sqlite, Mysql],
        "raw-blob",
        "lower case",
        sql_query(text)
    );
    let text = "SELECT id FROM users WHERE digest = X'ABCDEF' AND name = 'b'";
    on!(
        corpus,
        [Sqlite, Mysql],
        "raw-blob",
        "upper case",
        sql_query(text)
    );
}

fn clauses(corpus: &mut Corpus) {
    let text = "WITH popular AS (SELECT id FROM posts WHERE views > 100) SELECT * FROM popular";
    everywhere!(corpus, "raw-cte", sql_query(text));
    let text = "WITH RECURSIVE tree AS (SELECT id, parent_id FROM categories WHERE id = 1 \
                UNION ALL SELECT c.id, c.parent_id FROM categories c \
                JOIN tree t ON c.parent_id = t.id) SELECT id FROM tree";
    everywhere!(corpus, "raw-recursive-cte", sql_query(text));
    let text = "SELECT id FROM posts ORDER BY views DESC NULLS LAST LIMIT 10 OFFSET 20";
    on!(corpus, [Pg, Sqlite], "raw-nulls-last", sql_query(text));
    let text = "SELECT id, row_number() OVER (PARTITION BY user_id ORDER BY id) FROM posts";
    everywhere!(corpus, "raw-window", sql_query(text));
    let text = "SELECT u.id FROM users u LEFT JOIN LATERAL \
                (SELECT id FROM posts p WHERE p.user_id = u.id LIMIT 3) p ON TRUE";
    on!(corpus, [Pg, Mysql], "raw-lateral-join", sql_query(text));
    let text = "SELECT id FROM posts LIMIT 20, 10";
    on!(
        corpus,
        [Mysql, Sqlite],
        "raw-limit-with-comma",
        sql_query(text)
    );
    let text = "INSERT INTO tags (name) VALUES ('a')";
    everywhere!(corpus, "raw-insert", "1 row", sql_query(text));
    let text = "INSERT INTO tags (name) VALUES ('a'), ('b'), (NULL)";
    everywhere!(corpus, "raw-insert", "3 rows", sql_query(text));
}

fn layout(corpus: &mut Corpus) {
    let text = "select count(*) from posts where views > 10";
    everywhere!(corpus, "raw-layout", "lower case", sql_query(text));
    let text = "SELECT COUNT(*)\n  FROM posts -- all of them\n WHERE views > 20;";
    everywhere!(corpus, "raw-layout", "lines and a comment", sql_query(text));
    let text = "/* job:7 */ SELECT count ( * ) FROM posts /* it's */ WHERE views>30 ; ";
    everywhere!(corpus, "raw-layout", "block comments", sql_query(text));
    on!(
        corpus,
        [Mysql],
        "raw-hint",
        sql_query("SELECT /*+ MAX_EXECUTION_TIME(1000) */ id FROM posts # the end")
    );
    on!(
        corpus,
        [Mysql],
        "raw-conditional-comment",
        sql_query("SELECT /*!40001 SQL_NO_CACHE */ id FROM posts")
    );
}
