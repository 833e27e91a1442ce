-- Each token in the word index begins with a letter of the post's language: sinks/store/index_tokens.py.
DROP VIEW search;
CREATE VIEW search AS
SELECT p.id AS id, CASE b.tokens WHEN '' THEN '' ELSE b.letter || replace(b.tokens, ' ', ' ' || b.letter) END
  || ' §t' || (p.id >> 42) AS tokens
FROM posts p JOIN (SELECT seq, tokens,
  char(97 + (9 * unicode(substr(tokens, 3)) + unicode(substr(tokens, 4))) % 24) AS letter FROM bodies) b ON b.seq = p.body;
DROP TABLE words;
CREATE VIRTUAL TABLE words USING fts5(tokens, content='search', content_rowid='id', tokenize="ascii tokenchars '_'", prefix='3 4');
-- The hash table holds 1 MiB without being set, and is written so often that merging takes most of the time.
INSERT INTO words(words, rank) VALUES('hashsize', 67108864);
INSERT INTO words(words) VALUES('rebuild');
INSERT INTO words(words, rank) VALUES('hashsize', 1048576);
