-- A hundred thousand products, and an index of all their parts of words.
CREATE TABLE products (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO products SELECT i, 'Product ' || i FROM n;

CREATE VIRTUAL TABLE products_fts USING fts5 (
    name, content = 'products', content_rowid = 'id', tokenize = 'trigram'
);
INSERT INTO products_fts (products_fts) VALUES ('rebuild');
