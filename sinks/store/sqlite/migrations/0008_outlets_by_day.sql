-- One day with quotes after the other, by the index of time: a condition on day or day_number reads those days alone.
DROP VIEW quotes_by_outlet;
CREATE VIEW quotes_by_outlet AS
WITH RECURSIVE days(number) AS (
  SELECT min(posted_ms) / 86400000 FROM quotes
  UNION ALL
  SELECT (SELECT min(posted_ms) / 86400000 FROM quotes WHERE posted_ms >= (days.number + 1) * 86400000)
  FROM days WHERE days.number IS NOT NULL)
SELECT date(d.number * 86400, 'unixepoch') AS day, q.outlet_id, min(q.outlet_name) AS outlet, min(c.username) AS channel,
  q.language, count(*) AS quotes, q.channel_id, d.number AS day_number
FROM days d CROSS JOIN quotes q ON q.posted_ms >= d.number * 86400000 AND q.posted_ms < (d.number + 1) * 86400000
LEFT JOIN channels c ON c.id = q.channel_id GROUP BY d.number, q.outlet_id, q.channel_id, q.language;

DROP VIEW citations_by_outlet;
CREATE VIEW citations_by_outlet AS
WITH RECURSIVE days(number) AS (
  SELECT min(posted_ms) / 86400000 FROM citations
  UNION ALL
  SELECT (SELECT min(posted_ms) / 86400000 FROM citations WHERE posted_ms >= (days.number + 1) * 86400000)
  FROM days WHERE days.number IS NOT NULL)
SELECT date(d.number * 86400, 'unixepoch') AS day, q.outlet_id, min(q.outlet_name) AS outlet, min(c.username) AS channel,
  q.language, q.kind, count(*) AS citations, q.channel_id, d.number AS day_number
FROM days d CROSS JOIN citations q ON q.posted_ms >= d.number * 86400000 AND q.posted_ms < (d.number + 1) * 86400000
LEFT JOIN channels c ON c.id = q.channel_id GROUP BY d.number, q.outlet_id, q.channel_id, q.language, q.kind;
