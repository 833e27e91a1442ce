-- CROSS keeps the edited posts the outer loop, in the order of their index: SQLite would begin with all revisions.
DROP VIEW edited_posts;
CREATE VIEW edited_posts AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', p.posted_ms / 1000, 'unixepoch') AS posted_at, c.username AS channel,
  p.language, b.text, r.text AS text_before, p.edits,
  strftime('%Y-%m-%dT%H:%M:%SZ', r.edited_ms / 1000, 'unixepoch') AS edited_before_at, p.key, p.id
FROM posts p CROSS JOIN revisions r ON r.key = p.key AND r.what = 'text' JOIN bodies b ON b.seq = p.body
LEFT JOIN channels c ON c.id = p.channel_id
WHERE p.edits > 0 OR p.edited_ms IS NOT NULL ORDER BY p.id DESC, r.rank_us DESC;
