-- Five friends of user 1, each with 110 posts; each post with likes and two
-- comments.
CREATE TABLE friends (
    user_id INTEGER NOT NULL,
    friend_id INTEGER NOT NULL,
    PRIMARY KEY (user_id, friend_id)
);
CREATE TABLE posts (
    id INTEGER NOT NULL PRIMARY KEY,
    author_id INTEGER NOT NULL,
    title TEXT NOT NULL
);
CREATE INDEX posts_by_author ON posts (author_id, id);
CREATE TABLE likes (
    post_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    PRIMARY KEY (post_id, user_id)
);
CREATE TABLE comments (
    id INTEGER NOT NULL PRIMARY KEY,
    post_id INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX comments_by_post ON comments (post_id);

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5)
INSERT INTO friends SELECT 1, 1 + i FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 550)
INSERT INTO posts SELECT i, 2 + i % 5, 'Post ' || i FROM n;
INSERT INTO likes SELECT posts.id, friends.friend_id FROM posts, friends
    WHERE friends.friend_id <= 2 + posts.id % 3;
INSERT INTO comments (post_id, body) SELECT id, 'First of ' || id FROM posts;
INSERT INTO comments (post_id, body) SELECT id, 'Second of ' || id FROM posts;
