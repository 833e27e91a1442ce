-- channel, copied_from and copied_by are the public name, else the title: archives often know no public name.
-- Charts leave out undated posts: their time is that of collection. posts_undated says which, without reading posts.
CREATE UNIQUE INDEX posts_undated ON posts(key) WHERE is_dated = 0;

CREATE OR REPLACE VIEW latest AS
SELECT to_char(to_timestamp(p.posted_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS posted_at,
  coalesce(c.username, c.title) AS channel, c.title AS channel_title, p.language, b.text, k.views, p.edits,
  p.deleted_ms IS NOT NULL AS is_deleted, l.target AS copy_of, l.cluster AS story, p.key, p.id, p.channel_id
FROM posts p JOIN bodies b ON b.seq = p.body LEFT JOIN channels c ON c.id = p.channel_id
LEFT JOIN counters k ON k.key = p.key LEFT JOIN links l ON l.key = p.key
ORDER BY p.id DESC;

CREATE OR REPLACE VIEW first_posts AS
SELECT to_char(to_timestamp(p.posted_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS posted_at,
  coalesce(c.username, c.title) AS channel, c.title AS channel_title, p.language, b.text, k.views, p.edits,
  p.deleted_ms IS NOT NULL AS is_deleted, l.target AS copy_of, l.cluster AS story, p.key, p.id, p.channel_id,
  coalesce(s.size, 1) AS story_size
FROM posts p JOIN bodies b ON b.seq = p.body LEFT JOIN channels c ON c.id = p.channel_id
LEFT JOIN counters k ON k.key = p.key LEFT JOIN links l ON l.key = p.key LEFT JOIN clusters s ON s.id = l.cluster
WHERE p.deleted_ms IS NULL AND CASE WHEN l.cluster IS NULL THEN true ELSE p.key = coalesce(
  (SELECT m.key FROM links m JOIN posts q ON q.key = m.key
    WHERE m.cluster = l.cluster AND q.deleted_ms IS NULL AND m.posted_ms IS NOT NULL ORDER BY m.posted_ms, m.key LIMIT 1),
  (SELECT m.key FROM links m JOIN posts q ON q.key = m.key
    WHERE m.cluster = l.cluster AND q.deleted_ms IS NULL AND m.posted_ms IS NULL ORDER BY m.key LIMIT 1)) END
ORDER BY p.id DESC;

-- copies_of_all_languages is of the channel's day, alike in each row of it: max within a channel and day, then sum.
CREATE OR REPLACE VIEW posts_by_day AS
SELECT date(to_timestamp(d.day * 86400) AT TIME ZONE 'UTC') AS day, coalesce(c.username, c.title) AS channel, d.language,
  d.posts, d.edited, d.deleted, coalesce(x.copies, 0) AS copies_of_all_languages, d.channel_id, d.day AS day_number
FROM daily d LEFT JOIN channels c ON c.id = d.channel_id
LEFT JOIN copies_daily x ON x.day = d.day AND x.channel_id = d.channel_id;

CREATE OR REPLACE VIEW quotes_by_outlet AS
WITH RECURSIVE days(number) AS (
  SELECT min(posted_ms) / 86400000 FROM quotes
  UNION ALL
  SELECT (SELECT min(posted_ms) / 86400000 FROM quotes WHERE posted_ms >= (days.number + 1) * 86400000)
  FROM days WHERE days.number IS NOT NULL)
SELECT date(to_timestamp(d.number * 86400) AT TIME ZONE 'UTC') AS day, q.outlet_id, min(q.outlet_name) AS outlet,
  min(coalesce(c.username, c.title)) AS channel, q.language, count(*) AS quotes, q.channel_id, d.number AS day_number
FROM days d JOIN quotes q ON q.posted_ms >= d.number * 86400000 AND q.posted_ms < (d.number + 1) * 86400000
LEFT JOIN channels c ON c.id = q.channel_id LEFT JOIN posts u ON u.key = q.key AND u.is_dated = 0
WHERE u.key IS NULL
GROUP BY d.number, q.outlet_id, q.channel_id, q.language;

CREATE OR REPLACE VIEW citations_by_outlet AS
WITH RECURSIVE days(number) AS (
  SELECT min(posted_ms) / 86400000 FROM citations
  UNION ALL
  SELECT (SELECT min(posted_ms) / 86400000 FROM citations WHERE posted_ms >= (days.number + 1) * 86400000)
  FROM days WHERE days.number IS NOT NULL)
SELECT date(to_timestamp(d.number * 86400) AT TIME ZONE 'UTC') AS day, q.outlet_id, min(q.outlet_name) AS outlet,
  min(coalesce(c.username, c.title)) AS channel, q.language, q.kind, count(*) AS citations, q.channel_id, d.number AS day_number
FROM days d JOIN citations q ON q.posted_ms >= d.number * 86400000 AND q.posted_ms < (d.number + 1) * 86400000
LEFT JOIN channels c ON c.id = q.channel_id LEFT JOIN posts u ON u.key = q.key AND u.is_dated = 0
WHERE u.key IS NULL
GROUP BY d.number, q.outlet_id, q.channel_id, q.language, q.kind;

CREATE OR REPLACE VIEW copies AS
SELECT to_char(to_timestamp(l.posted_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS posted_at,
  coalesce(a.username, a.title) AS copied_from, coalesce(b.username, b.title) AS copied_by, l.kind, l.similarity,
  l.lag_ms / 1000.0::double precision AS lag_s, l.key, l.target AS copy_of, l.cluster AS story, l.from_channel, l.to_channel,
  l.posted_ms
FROM links l LEFT JOIN channels a ON a.id = l.from_channel LEFT JOIN channels b ON b.id = l.to_channel
WHERE l.target IS NOT NULL;

CREATE OR REPLACE VIEW spread AS
SELECT coalesce(a.username, a.title) AS copied_from, coalesce(b.username, b.title) AS copied_by, r.copies,
  r.median_lag_ms / 1000.0::double precision AS median_lag_s, r.from_channel, r.to_channel
FROM (SELECT from_channel, to_channel, count(*) AS copies,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY lag_ms) AS median_lag_ms
  FROM links WHERE posted_ms >= (extract(epoch FROM now())::bigint - 90 * 86400) * 1000 AND target IS NOT NULL
  GROUP BY from_channel, to_channel) r
LEFT JOIN channels a ON a.id = r.from_channel LEFT JOIN channels b ON b.id = r.to_channel ORDER BY copies DESC;

CREATE OR REPLACE VIEW edited_posts AS
SELECT to_char(to_timestamp(p.posted_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS posted_at,
  coalesce(c.username, c.title) AS channel, p.language, b.text, r.text AS text_before, p.edits,
  to_char(to_timestamp(r.edited_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS edited_before_at, p.key, p.id
FROM posts p JOIN bodies b ON b.seq = p.body LEFT JOIN channels c ON c.id = p.channel_id
JOIN revisions r ON r.key = p.key AND r.what = 'text'
WHERE p.edits > 0 OR p.edited_ms IS NOT NULL ORDER BY p.id DESC, r.rank_us DESC;

CREATE OR REPLACE VIEW deleted_posts AS
SELECT to_char(to_timestamp(p.deleted_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS deleted_at,
  to_char(to_timestamp(p.last_seen_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_seen_at,
  to_char(to_timestamp(p.posted_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS posted_at, coalesce(c.username, c.title) AS channel,
  p.language, b.text, p.key, p.id
FROM posts p JOIN bodies b ON b.seq = p.body LEFT JOIN channels c ON c.id = p.channel_id
WHERE p.deleted_ms IS NOT NULL ORDER BY p.deleted_ms DESC;

CREATE OR REPLACE VIEW channel_health AS
SELECT c.id AS channel_id, coalesce(c.username, c.title) AS channel, c.title, c.state, c.reason,
  to_char(to_timestamp(c.state_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
  to_char(to_timestamp(coalesce(c.last_post_ms,
    (SELECT p.posted_ms FROM posts p WHERE p.channel_id = c.id ORDER BY p.id DESC LIMIT 1)) / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_post_at,
  c.usual_interval_s, c.gap, c.backfill_progress,
  coalesce((SELECT sum(d.posts)::bigint FROM daily d WHERE d.channel_id = c.id AND d.day >= extract(epoch FROM now())::bigint / 86400 - 7), 0)
    AS posts_7_days,
  coalesce((SELECT sum(d.copies)::bigint FROM copies_daily d WHERE d.channel_id = c.id AND d.day >= extract(epoch FROM now())::bigint / 86400 - 7), 0)
    AS copies_7_days
FROM channels c;
