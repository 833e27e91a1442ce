-- Posts that few are: a search for them alone would otherwise look at every post of the store, newest first.
CREATE INDEX posts_deleted_ids ON posts(id) WHERE deleted_ms IS NOT NULL;
CREATE INDEX posts_edited_ids ON posts(id) WHERE edits > 0 OR edited_ms IS NOT NULL;
CREATE INDEX posts_forwarded_ids ON posts(id) WHERE forward_channel_id IS NOT NULL;
CREATE INDEX posts_quoting_ids ON posts(id) WHERE quotes > 0;
CREATE INDEX posts_citing_ids ON posts(id) WHERE citations > 0;

-- Made from the tables: of a view that has an order of its own PostgreSQL works out every row before it takes the first.
-- CASE, since it takes OR for a condition that hardly any row meets, and begins with all rows.
CREATE OR REPLACE VIEW first_posts AS
SELECT to_char(to_timestamp(p.posted_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS posted_at, c.username AS channel,
  c.title AS channel_title, p.language, b.text, k.views, p.edits, p.deleted_ms IS NOT NULL AS is_deleted,
  l.target AS copy_of, l.cluster AS story, p.key, p.id, p.channel_id, coalesce(s.size, 1) AS story_size
FROM posts p JOIN bodies b ON b.seq = p.body LEFT JOIN channels c ON c.id = p.channel_id
LEFT JOIN counters k ON k.key = p.key LEFT JOIN links l ON l.key = p.key LEFT JOIN clusters s ON s.id = l.cluster
WHERE p.deleted_ms IS NULL AND CASE WHEN l.cluster IS NULL THEN true ELSE p.key = coalesce(
  (SELECT m.key FROM links m JOIN posts q ON q.key = m.key
    WHERE m.cluster = l.cluster AND q.deleted_ms IS NULL AND m.posted_ms IS NOT NULL ORDER BY m.posted_ms, m.key LIMIT 1),
  (SELECT m.key FROM links m JOIN posts q ON q.key = m.key
    WHERE m.cluster = l.cluster AND q.deleted_ms IS NULL AND m.posted_ms IS NULL ORDER BY m.key LIMIT 1)) END
ORDER BY p.id DESC;

CREATE OR REPLACE VIEW edited_posts AS
SELECT to_char(to_timestamp(p.posted_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS posted_at,
  c.username AS channel, p.language, b.text, r.text AS text_before, p.edits,
  to_char(to_timestamp(r.edited_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS edited_before_at, p.key, p.id
FROM posts p JOIN bodies b ON b.seq = p.body LEFT JOIN channels c ON c.id = p.channel_id
JOIN revisions r ON r.key = p.key AND r.what = 'text'
WHERE p.edits > 0 OR p.edited_ms IS NOT NULL ORDER BY p.id DESC, r.rank_us DESC;
