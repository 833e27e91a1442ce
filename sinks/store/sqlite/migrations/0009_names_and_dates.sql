-- channel, copied_from and copied_by are the public name, else the title: archives often know no public name.
-- Charts leave out undated posts: their time is that of collection. posts_undated says which, without reading posts.
-- A join, since SQLite would not use it in a subquery.
CREATE UNIQUE INDEX posts_undated ON posts(key) WHERE is_dated = 0;

DROP VIEW latest;
CREATE VIEW latest AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', p.posted_ms / 1000, 'unixepoch') AS posted_at,
  coalesce(c.username, c.title) AS channel, c.title AS channel_title, p.language, b.text, k.views, p.edits,
  p.deleted_ms IS NOT NULL AS is_deleted, l.target AS copy_of, l.cluster AS story, p.key, p.id, p.channel_id
FROM posts p JOIN bodies b ON b.seq = p.body LEFT JOIN channels c ON c.id = p.channel_id
LEFT JOIN counters k ON k.key = p.key LEFT JOIN links l ON l.key = p.key
ORDER BY p.id DESC;

-- copies_of_all_languages is of the channel's day, alike in each row of it: max within a channel and day, then sum.
DROP VIEW posts_by_day;
CREATE VIEW posts_by_day AS
SELECT date(d.day * 86400, 'unixepoch') AS day, coalesce(c.username, c.title) AS channel, d.language,
  d.posts, d.edited, d.deleted, coalesce(x.copies, 0) AS copies_of_all_languages, d.channel_id, d.day AS day_number
FROM daily d LEFT JOIN channels c ON c.id = d.channel_id
LEFT JOIN copies_daily x ON x.day = d.day AND x.channel_id = d.channel_id;

DROP VIEW quotes_by_outlet;
CREATE VIEW quotes_by_outlet AS
WITH RECURSIVE days(number) AS (
  SELECT min(posted_ms) / 86400000 FROM quotes
  UNION ALL
  SELECT (SELECT min(posted_ms) / 86400000 FROM quotes WHERE posted_ms >= (days.number + 1) * 86400000)
  FROM days WHERE days.number IS NOT NULL)
SELECT date(d.number * 86400, 'unixepoch') AS day, q.outlet_id, min(q.outlet_name) AS outlet,
  min(coalesce(c.username, c.title)) AS channel, q.language, count(*) AS quotes, q.channel_id, d.number AS day_number
FROM days d CROSS JOIN quotes q ON q.posted_ms >= d.number * 86400000 AND q.posted_ms < (d.number + 1) * 86400000
LEFT JOIN channels c ON c.id = q.channel_id LEFT JOIN posts u ON u.key = q.key AND u.is_dated = 0
WHERE u.key IS NULL
GROUP BY d.number, q.outlet_id, q.channel_id, q.language;

DROP VIEW citations_by_outlet;
CREATE VIEW citations_by_outlet AS
WITH RECURSIVE days(number) AS (
  SELECT min(posted_ms) / 86400000 FROM citations
  UNION ALL
  SELECT (SELECT min(posted_ms) / 86400000 FROM citations WHERE posted_ms >= (days.number + 1) * 86400000)
  FROM days WHERE days.number IS NOT NULL)
SELECT date(d.number * 86400, 'unixepoch') AS day, q.outlet_id, min(q.outlet_name) AS outlet,
  min(coalesce(c.username, c.title)) AS channel, q.language, q.kind, count(*) AS citations, q.channel_id, d.number AS day_number
FROM days d CROSS JOIN citations q ON q.posted_ms >= d.number * 86400000 AND q.posted_ms < (d.number + 1) * 86400000
LEFT JOIN channels c ON c.id = q.channel_id LEFT JOIN posts u ON u.key = q.key AND u.is_dated = 0
WHERE u.key IS NULL
GROUP BY d.number, q.outlet_id, q.channel_id, q.language, q.kind;

DROP VIEW copies;
CREATE VIEW copies AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', l.posted_ms / 1000, 'unixepoch') AS posted_at,
  coalesce(a.username, a.title) AS copied_from, coalesce(b.username, b.title) AS copied_by, l.kind, l.similarity,
  l.lag_ms / 1000.0 AS lag_s, l.key, l.target AS copy_of, l.cluster AS story, l.from_channel, l.to_channel,
  l.posted_ms
FROM links l LEFT JOIN channels a ON a.id = l.from_channel LEFT JOIN channels b ON b.id = l.to_channel
WHERE l.target IS NOT NULL;

DROP VIEW spread;
CREATE VIEW spread AS
WITH ranked AS (
  SELECT from_channel, to_channel, lag_ms, count(*) OVER pair AS copies, count(lag_ms) OVER pair AS timed,
    row_number() OVER (PARTITION BY from_channel, to_channel ORDER BY lag_ms DESC) AS place
  FROM links WHERE posted_ms >= (unixepoch() - 90 * 86400) * 1000 AND target IS NOT NULL
  WINDOW pair AS (PARTITION BY from_channel, to_channel))
SELECT coalesce(a.username, a.title) AS copied_from, coalesce(b.username, b.title) AS copied_by,
  max(r.copies) AS copies,
  avg(CASE WHEN r.place IN ((r.timed + 1) / 2, (r.timed + 2) / 2) THEN r.lag_ms END) / 1000.0 AS median_lag_s,
  r.from_channel, r.to_channel
FROM ranked r LEFT JOIN channels a ON a.id = r.from_channel LEFT JOIN channels b ON b.id = r.to_channel
GROUP BY r.from_channel, r.to_channel ORDER BY copies DESC;

-- CROSS: see 0004.
DROP VIEW edited_posts;
CREATE VIEW edited_posts AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', p.posted_ms / 1000, 'unixepoch') AS posted_at,
  coalesce(c.username, c.title) AS channel, p.language, b.text, r.text AS text_before, p.edits,
  strftime('%Y-%m-%dT%H:%M:%SZ', r.edited_ms / 1000, 'unixepoch') AS edited_before_at, p.key, p.id
FROM posts p CROSS JOIN revisions r ON r.key = p.key AND r.what = 'text' JOIN bodies b ON b.seq = p.body
LEFT JOIN channels c ON c.id = p.channel_id
WHERE p.edits > 0 OR p.edited_ms IS NOT NULL ORDER BY p.id DESC, r.rank_us DESC;

DROP VIEW deleted_posts;
CREATE VIEW deleted_posts AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', p.deleted_ms / 1000, 'unixepoch') AS deleted_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', p.last_seen_ms / 1000, 'unixepoch') AS last_seen_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', p.posted_ms / 1000, 'unixepoch') AS posted_at, coalesce(c.username, c.title) AS channel,
  p.language, b.text, p.key, p.id
FROM posts p JOIN bodies b ON b.seq = p.body LEFT JOIN channels c ON c.id = p.channel_id
WHERE p.deleted_ms IS NOT NULL ORDER BY p.deleted_ms DESC;

DROP VIEW channel_health;
CREATE VIEW channel_health AS
SELECT c.id AS channel_id, coalesce(c.username, c.title) AS channel, c.title, c.state, c.reason,
  strftime('%Y-%m-%dT%H:%M:%SZ', c.state_ms / 1000, 'unixepoch') AS since,
  strftime('%Y-%m-%dT%H:%M:%SZ', coalesce(c.last_post_ms,
    (SELECT p.posted_ms FROM posts p WHERE p.channel_id = c.id ORDER BY p.id DESC LIMIT 1)) / 1000, 'unixepoch') AS last_post_at,
  c.usual_interval_s, c.gap, c.backfill_progress,
  coalesce((SELECT sum(d.posts) FROM daily d WHERE d.channel_id = c.id AND d.day >= unixepoch() / 86400 - 7), 0)
    AS posts_7_days,
  coalesce((SELECT sum(d.copies) FROM copies_daily d WHERE d.channel_id = c.id AND d.day >= unixepoch() / 86400 - 7), 0)
    AS copies_7_days
FROM channels c;
