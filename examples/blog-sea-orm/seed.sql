-- A hundred authors, 300 posts, 900 comments: the same rows in every run.
CREATE TABLE authors (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);
CREATE TABLE posts (
    id INTEGER NOT NULL PRIMARY KEY,
    author_id INTEGER NOT NULL REFERENCES authors (id),
    title TEXT NOT NULL
);
CREATE TABLE comments (
    id INTEGER NOT NULL PRIMARY KEY,
    post_id INTEGER NOT NULL REFERENCES posts (id),
    author_id INTEGER NOT NULL REFERENCES authors (id),
    body TEXT NOT NULL
);
CREATE INDEX posts_by_author ON posts (author_id);
CREATE INDEX comments_by_author ON comments (author_id);

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
INSERT INTO authors SELECT i, 'Author ' || i FROM n;

-- 37 and 100 have no common divisor: a hundred posts in a row have a hundred
-- different authors.
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
INSERT INTO posts SELECT i, 1 + i * 37 % 100, 'Post ' || i FROM n;

-- Nor have 97 and 300: an author's comments are on different posts.
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
INSERT INTO comments SELECT i, 1 + i % 300, 1 + i % 97, 'Comment ' || i FROM n;
