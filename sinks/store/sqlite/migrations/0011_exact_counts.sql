-- 0: a count is rounded; NULL: not known.
ALTER TABLE counters ADD COLUMN is_exact INTEGER;
ALTER TABLE counter_history ADD COLUMN is_exact INTEGER;
