-- Ten thousand products of 21 columns.
CREATE TABLE products (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    price INTEGER NOT NULL,
    description TEXT NOT NULL,
    stock INTEGER NOT NULL DEFAULT 3,
    weight INTEGER NOT NULL DEFAULT 1,
    width INTEGER NOT NULL DEFAULT 1,
    height INTEGER NOT NULL DEFAULT 1,
    depth INTEGER NOT NULL DEFAULT 1,
    colour TEXT NOT NULL DEFAULT 'red',
    material TEXT NOT NULL DEFAULT 'wood',
    brand TEXT NOT NULL DEFAULT 'none',
    origin TEXT NOT NULL DEFAULT 'here',
    barcode TEXT NOT NULL DEFAULT '0000000000000',
    supplier INTEGER NOT NULL DEFAULT 1,
    warehouse INTEGER NOT NULL DEFAULT 1,
    shelf INTEGER NOT NULL DEFAULT 1,
    rating INTEGER NOT NULL DEFAULT 5,
    reviews INTEGER NOT NULL DEFAULT 0,
    created TEXT NOT NULL DEFAULT '2026-01-01',
    updated TEXT NOT NULL DEFAULT '2026-01-01'
);

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
INSERT INTO products (id, name, price, description)
SELECT i, 'Product ' || i, i % 100, 'A product of the best quality, number ' || i FROM n;
