-- Each token in the word index begins with a letter of the post's language, and its period is one more:
-- sinks/store/index_tokens.py. In place, so that who may read the table still may.
CREATE FUNCTION letter_of(tokens TEXT) RETURNS TEXT LANGUAGE sql AS $$
  SELECT chr(97 + (9 * ascii(substr(code, 1)) + ascii(substr(code, 2))) % 24)
  FROM (SELECT substring(tokens FROM '''§l([a-z0-9_]*)''') || ' §') found(code)
$$;
ALTER TABLE words ALTER v TYPE TSVECTOR USING (coalesce(
  '''' || letter_of(v::text) || replace(substr(v::text, 2), ' ''', ' ''' || letter_of(v::text)), '') || ' §t' || (id >> 42)
)::tsvector;
DROP FUNCTION letter_of(TEXT);
ANALYZE words;
