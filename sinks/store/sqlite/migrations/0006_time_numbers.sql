-- hour_number and day_number are what the roll-ups are ordered by: a condition on them reads that span alone.
DROP VIEW posts_by_hour;
CREATE VIEW posts_by_hour AS
SELECT strftime('%Y-%m-%dT%H:00:00Z', hour * 3600, 'unixepoch') AS hour, language, sum(posts) AS posts,
  sum(edited) AS edited, sum(deleted) AS deleted, hourly.hour AS hour_number
FROM hourly GROUP BY hourly.hour, language;

DROP VIEW posts_by_day;
CREATE VIEW posts_by_day AS
SELECT date(d.day * 86400, 'unixepoch') AS day, c.username AS channel, d.language, d.posts, d.edited, d.deleted,
  coalesce(x.copies, 0) AS copies_of_all_languages, d.channel_id, d.day AS day_number
FROM daily d LEFT JOIN channels c ON c.id = d.channel_id
LEFT JOIN copies_daily x ON x.day = d.day AND x.channel_id = d.channel_id;
