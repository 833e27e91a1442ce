-- Each post has its period in the word index, beside the tokens that bodies keep: sinks/store/index_tokens.py.
DROP VIEW search;
CREATE VIEW search AS
SELECT p.id AS id, b.tokens || ' §t' || (p.id >> 42) AS tokens FROM posts p JOIN bodies b ON b.seq = p.body;
-- 0007 makes the index again.
