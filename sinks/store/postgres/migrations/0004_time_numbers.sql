-- hour_number and day_number are what the roll-ups are ordered by: a condition on them reads that span alone.
CREATE OR REPLACE VIEW posts_by_hour AS
SELECT to_char(to_timestamp(hourly.hour * 3600) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS hour, language, sum(posts)::bigint AS posts,
  sum(edited)::bigint AS edited, sum(deleted)::bigint AS deleted, hourly.hour AS hour_number
FROM hourly GROUP BY hourly.hour, language;

CREATE OR REPLACE VIEW posts_by_day AS
SELECT date(to_timestamp(d.day * 86400) AT TIME ZONE 'UTC') AS day, c.username AS channel, d.language, d.posts, d.edited, d.deleted,
  coalesce(x.copies, 0) AS copies_of_all_languages, d.channel_id, d.day AS day_number
FROM daily d LEFT JOIN channels c ON c.id = d.channel_id
LEFT JOIN copies_daily x ON x.day = d.day AND x.channel_id = d.channel_id;
