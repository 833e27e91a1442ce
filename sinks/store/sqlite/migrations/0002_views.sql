-- What people ask a store, each with an example in docs/store.md. Moments are UTC.
CREATE VIEW latest AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', p.posted_ms / 1000, 'unixepoch') AS posted_at, c.username AS channel,
  c.title AS channel_title, p.language, b.text, k.views, p.edits, p.deleted_ms IS NOT NULL AS is_deleted,
  l.target AS copy_of, l.cluster AS story, p.key, p.id, p.channel_id
FROM posts p JOIN bodies b ON b.seq = p.body LEFT JOIN channels c ON c.id = p.channel_id
LEFT JOIN counters k ON k.key = p.key LEFT JOIN links l ON l.key = p.key
ORDER BY p.id DESC;

-- Of each story the earliest post that is there and not deleted, and posts that tell a story of their own.
CREATE VIEW first_posts AS
SELECT v.*, coalesce(s.size, 1) AS story_size FROM latest v LEFT JOIN clusters s ON s.id = v.story
WHERE v.is_deleted = 0 AND (v.story IS NULL OR v.key = coalesce(
  (SELECT l.key FROM links l JOIN posts p ON p.key = l.key
    WHERE l.cluster = v.story AND p.deleted_ms IS NULL AND l.posted_ms IS NOT NULL ORDER BY l.posted_ms, l.key LIMIT 1),
  (SELECT l.key FROM links l JOIN posts p ON p.key = l.key
    WHERE l.cluster = v.story AND p.deleted_ms IS NULL AND l.posted_ms IS NULL ORDER BY l.key LIMIT 1)))
ORDER BY v.id DESC;

CREATE VIEW posts_by_hour AS
SELECT strftime('%Y-%m-%dT%H:00:00Z', hour * 3600, 'unixepoch') AS hour, language, sum(posts) AS posts,
  sum(edited) AS edited, sum(deleted) AS deleted
FROM hourly GROUP BY hourly.hour, language;

CREATE VIEW posts_by_day AS
SELECT date(d.day * 86400, 'unixepoch') AS day, c.username AS channel, d.language, d.posts, d.edited, d.deleted,
  coalesce(x.copies, 0) AS copies_of_all_languages, d.channel_id
FROM daily d LEFT JOIN channels c ON c.id = d.channel_id
LEFT JOIN copies_daily x ON x.day = d.day AND x.channel_id = d.channel_id;

CREATE VIEW quotes_by_outlet AS
SELECT date(q.posted_ms / 1000, 'unixepoch') AS day, q.outlet_id, min(q.outlet_name) AS outlet, min(c.username) AS channel,
  q.language, count(*) AS quotes, q.channel_id
FROM quotes q LEFT JOIN channels c ON c.id = q.channel_id GROUP BY 1, q.outlet_id, q.channel_id, q.language;

CREATE VIEW citations_by_outlet AS
SELECT date(q.posted_ms / 1000, 'unixepoch') AS day, q.outlet_id, min(q.outlet_name) AS outlet, min(c.username) AS channel,
  q.language, q.kind, count(*) AS citations, q.channel_id
FROM citations q LEFT JOIN channels c ON c.id = q.channel_id GROUP BY 1, q.outlet_id, q.channel_id, q.language, q.kind;

CREATE VIEW copies AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', l.posted_ms / 1000, 'unixepoch') AS posted_at, a.username AS copied_from,
  b.username AS copied_by, l.kind, l.similarity, l.lag_ms / 1000.0 AS lag_s, l.key, l.target AS copy_of,
  l.cluster AS story, l.from_channel, l.to_channel, l.posted_ms
FROM links l LEFT JOIN channels a ON a.id = l.from_channel LEFT JOIN channels b ON b.id = l.to_channel
WHERE l.target IS NOT NULL;

-- Who copied whom in the last 90 days, and how fast: SQLite has no median of its own.
CREATE VIEW spread AS
WITH ranked AS (
  SELECT from_channel, to_channel, lag_ms, count(*) OVER pair AS copies, count(lag_ms) OVER pair AS timed,
    row_number() OVER (PARTITION BY from_channel, to_channel ORDER BY lag_ms DESC) AS place
  FROM links WHERE posted_ms >= (unixepoch() - 90 * 86400) * 1000 AND target IS NOT NULL
  WINDOW pair AS (PARTITION BY from_channel, to_channel))
SELECT a.username AS copied_from, b.username AS copied_by, max(r.copies) AS copies,
  avg(CASE WHEN r.place IN ((r.timed + 1) / 2, (r.timed + 2) / 2) THEN r.lag_ms END) / 1000.0 AS median_lag_s,
  r.from_channel, r.to_channel
FROM ranked r LEFT JOIN channels a ON a.id = r.from_channel LEFT JOIN channels b ON b.id = r.to_channel
GROUP BY r.from_channel, r.to_channel ORDER BY copies DESC;

CREATE VIEW edited_posts AS
SELECT v.posted_at, v.channel, v.language, v.text, r.text AS text_before, v.edits,
  strftime('%Y-%m-%dT%H:%M:%SZ', r.edited_ms / 1000, 'unixepoch') AS edited_before_at, v.key, v.id
FROM latest v JOIN revisions r ON r.key = v.key AND r.what = 'text' ORDER BY v.id DESC, r.rank_us DESC;

CREATE VIEW deleted_posts AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', p.deleted_ms / 1000, 'unixepoch') AS deleted_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', p.last_seen_ms / 1000, 'unixepoch') AS last_seen_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', p.posted_ms / 1000, 'unixepoch') AS posted_at, c.username AS channel, p.language,
  b.text, p.key, p.id
FROM posts p JOIN bodies b ON b.seq = p.body LEFT JOIN channels c ON c.id = p.channel_id
WHERE p.deleted_ms IS NOT NULL ORDER BY p.deleted_ms DESC;

CREATE VIEW channel_health AS
SELECT c.id AS channel_id, c.username AS channel, c.title, c.state, c.reason,
  strftime('%Y-%m-%dT%H:%M:%SZ', c.state_ms / 1000, 'unixepoch') AS since,
  strftime('%Y-%m-%dT%H:%M:%SZ', coalesce(c.last_post_ms,
    (SELECT p.posted_ms FROM posts p WHERE p.channel_id = c.id ORDER BY p.id DESC LIMIT 1)) / 1000, 'unixepoch')
    AS last_post_at,
  c.usual_interval_s, c.gap, c.backfill_progress,
  coalesce((SELECT sum(d.posts) FROM daily d WHERE d.channel_id = c.id AND d.day >= unixepoch() / 86400 - 7), 0)
    AS posts_7_days,
  coalesce((SELECT sum(d.copies) FROM copies_daily d WHERE d.channel_id = c.id AND d.day >= unixepoch() / 86400 - 7), 0)
    AS copies_7_days
FROM channels c;
CREATE INDEX daily_channel ON daily(channel_id, day);
CREATE INDEX copies_daily_channel ON copies_daily(channel_id, day);
