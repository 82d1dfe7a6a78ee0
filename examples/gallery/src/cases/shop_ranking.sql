-- 2500 orders of ten shops, so many that each compared with each takes more than
-- half a second on a fast machine too, and what was computed from them.
CREATE TABLE orders (
    id INTEGER NOT NULL PRIMARY KEY,
    shop_id INTEGER NOT NULL,
    year INTEGER NOT NULL,
    price INTEGER NOT NULL
);
CREATE TABLE rankings (
    year INTEGER NOT NULL,
    shop_id INTEGER NOT NULL,
    beaten INTEGER NOT NULL,
    PRIMARY KEY (year, shop_id)
);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
INSERT INTO orders SELECT i, i % 10, 2026, i * 7919 % 6007 FROM n;
-- As a job does it at night.
INSERT INTO rankings
    SELECT 2026, a.shop_id, count(*) FROM orders a JOIN orders b ON b.price < a.price
    WHERE a.year = 2026 GROUP BY a.shop_id;
