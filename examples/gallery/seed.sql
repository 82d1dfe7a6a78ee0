-- A hundred authors and 300 posts: the same rows in every run.
CREATE TABLE authors (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);
CREATE TABLE posts (
    id INTEGER NOT NULL PRIMARY KEY,
    author_id INTEGER NOT NULL REFERENCES authors (id),
    title TEXT NOT NULL
);
CREATE INDEX posts_by_author ON posts (author_id);

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
INSERT INTO authors SELECT i, 'Author ' || i FROM n;

-- 37 and 100 have no common divisor: a hundred posts in a row have a hundred
-- different authors.
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
INSERT INTO posts SELECT i, 1 + i * 37 % 100, 'Post ' || i FROM n;
