-- Each post has its period in the word index, beside the tokens that bodies keep: sinks/store/sqlite/periods.py.
DROP VIEW search;
CREATE VIEW search AS
SELECT p.id AS id, b.tokens || ' §t' || (p.id >> 42) AS tokens FROM posts p JOIN bodies b ON b.seq = p.body;
-- The hash table holds 1 MiB without being set, and is written so often that merging takes most of the time.
INSERT INTO words(words, rank) VALUES('hashsize', 67108864);
INSERT INTO words(words) VALUES('rebuild');
INSERT INTO words(words, rank) VALUES('hashsize', 1048576);
