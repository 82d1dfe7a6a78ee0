-- Six authors with a post each, three comments on each post, two tables that
-- are longer than a page, and views that take no room.
CREATE TABLE authors (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT
);
CREATE TABLE posts (
    id INTEGER NOT NULL PRIMARY KEY,
    author_id INTEGER NOT NULL REFERENCES authors (id),
    title TEXT NOT NULL,
    views INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE comments (
    id INTEGER NOT NULL PRIMARY KEY,
    post_id INTEGER NOT NULL REFERENCES posts (id),
    author_id INTEGER NOT NULL REFERENCES authors (id),
    body TEXT NOT NULL
);
CREATE TABLE tags (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
CREATE TABLE settings (
    id INTEGER NOT NULL PRIMARY KEY,
    theme TEXT NOT NULL
);
CREATE TABLE events (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL
);
CREATE TABLE products (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    c01 INTEGER NOT NULL DEFAULT 0, c02 INTEGER NOT NULL DEFAULT 0, c03 INTEGER NOT NULL DEFAULT 0,
    c04 INTEGER NOT NULL DEFAULT 0, c05 INTEGER NOT NULL DEFAULT 0, c06 INTEGER NOT NULL DEFAULT 0,
    c07 INTEGER NOT NULL DEFAULT 0, c08 INTEGER NOT NULL DEFAULT 0, c09 INTEGER NOT NULL DEFAULT 0,
    c10 INTEGER NOT NULL DEFAULT 0, c11 INTEGER NOT NULL DEFAULT 0, c12 INTEGER NOT NULL DEFAULT 0,
    c13 INTEGER NOT NULL DEFAULT 0, c14 INTEGER NOT NULL DEFAULT 0, c15 INTEGER NOT NULL DEFAULT 0,
    c16 INTEGER NOT NULL DEFAULT 0, c17 INTEGER NOT NULL DEFAULT 0, c18 INTEGER NOT NULL DEFAULT 0,
    c19 INTEGER NOT NULL DEFAULT 0
);
-- 10800 rows: more than an export may hold at once.
CREATE VIEW visits AS
    SELECT event.id * 10 + product.id AS id, event.kind AS page
    FROM events AS event JOIN products AS product ON product.id < 10;
CREATE VIEW countries AS SELECT id, 'Country ' || id AS name FROM events WHERE id < 250;

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6)
INSERT INTO authors SELECT i, 'Author ' || i, NULL FROM n;
INSERT INTO posts (id, author_id, title) SELECT id, id, 'Post ' || id FROM authors;
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 17)
INSERT INTO comments SELECT i + 1, i / 3 + 1, i % 6 + 1, 'Comment ' || i FROM n;
INSERT INTO tags SELECT id, 'tag ' || id FROM authors;
INSERT INTO settings VALUES (1, 'dark');
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
INSERT INTO events SELECT i, CASE WHEN i > 1190 THEN 'rare' ELSE 'often' END FROM n;
INSERT INTO products (id, name) SELECT id, 'Product ' || id FROM events WHERE id <= 150;
