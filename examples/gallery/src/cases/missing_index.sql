-- Twenty thousand orders of a thousand users, one in four of them open.
CREATE TABLE orders (
    id INTEGER NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL,
    status TEXT NOT NULL,
    cents INTEGER NOT NULL
);

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO orders
SELECT i, i % 1000, CASE i / 1000 % 4 WHEN 0 THEN 'open' ELSE 'paid' END, 100 + i % 900 FROM n;
