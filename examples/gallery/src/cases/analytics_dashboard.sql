-- Fifty users, and what they did.
CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);
CREATE TABLE orders (
    id INTEGER NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id)
);
CREATE TABLE visits (
    id INTEGER NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id)
);
CREATE TABLE tickets (
    id INTEGER NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id)
);
CREATE INDEX orders_by_user ON orders (user_id);
CREATE INDEX visits_by_user ON visits (user_id);
CREATE INDEX tickets_by_user ON tickets (user_id);

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
INSERT INTO users SELECT i, 'User ' || i FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
INSERT INTO orders SELECT i, 1 + i * 7 % 50 FROM n;
INSERT INTO visits SELECT id, 1 + id * 11 % 50 FROM orders;
INSERT INTO tickets SELECT id, 1 + id * 13 % 50 FROM orders WHERE id <= 100;
