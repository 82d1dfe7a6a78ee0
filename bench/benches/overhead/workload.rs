//! The tables, and which rows are looked up.

/// The look-ups of one sample: each row of a table once. Whole threes.
pub(crate) const LOOK_UPS: i32 = 1_200;

/// Three tables of that many rows.
pub(crate) const TABLES: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER);
    CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, author_id INTEGER);
    CREATE TABLE comments (id INTEGER PRIMARY KEY, text TEXT NOT NULL, post_id INTEGER);
    INSERT INTO users WITH RECURSIVE numbers (n) AS
        (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200)
        SELECT n, 'the name of ' || n, n % 90 FROM numbers;
    INSERT INTO posts SELECT id, name, age FROM users;
    INSERT INTO comments SELECT id, name, age FROM users;
";

/// What one handler looks up.
#[derive(Clone, Copy)]
pub(crate) struct Three {
    pub(crate) user: i32,
    pub(crate) post: i32,
    pub(crate) comment: i32,
}

/// All ids, in mixed order: 389 and 1200 have no common divisor.
pub(crate) fn ids() -> Vec<i32> {
    (0..LOOK_UPS).map(|at| at * 389 % LOOK_UPS + 1).collect()
}

/// The ids in threes.
pub(crate) fn threes(ids: &[i32]) -> impl Iterator<Item = Three> {
    ids.chunks(3).filter_map(|chunk| match *chunk {
        [user, post, comment] => Some(Three {
            user,
            post,
            comment,
        }),
        _ => None,
    })
}
