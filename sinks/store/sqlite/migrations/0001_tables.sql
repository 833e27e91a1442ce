-- The store's tables. docs/store.md describes them.
-- schema, store id, epoch (new at each restore), tokeniser, horizon_ms, commit_seq
CREATE TABLE meta(
  name TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT;
CREATE TABLE channels(
  id INTEGER PRIMARY KEY, username TEXT, title TEXT, former TEXT, state TEXT, state_ms INTEGER, reason TEXT,
  last_post_ms INTEGER, backfill_progress REAL, usual_interval_s INTEGER, gap INTEGER, src_epoch INTEGER,
  src_offset INTEGER, named_us INTEGER NOT NULL DEFAULT -1
) STRICT;
CREATE TABLE posts(                       -- narrow: what lists and filters read; id is the order of the feed
  id INTEGER PRIMARY KEY,                 -- (posted second << 22) | crc32(key) % 2^22, next free slot on a clash: newest first = id DESC, in the word index too
  key TEXT NOT NULL UNIQUE, channel_id INTEGER NOT NULL, message_id INTEGER NOT NULL,
  posted_ms INTEGER NOT NULL, is_dated INTEGER NOT NULL, edited_ms INTEGER, deleted_ms INTEGER, last_seen_ms INTEGER, home INTEGER,
  language TEXT NOT NULL, revision TEXT NOT NULL,
  rank_us INTEGER NOT NULL, rank_class INTEGER NOT NULL,       -- of the state, as analyze decided it (provenance.rank)
  src_epoch INTEGER NOT NULL, src_partition INTEGER NOT NULL, src_offset INTEGER NOT NULL,
  edits INTEGER NOT NULL, media INTEGER NOT NULL, links INTEGER NOT NULL, quotes INTEGER NOT NULL, citations INTEGER NOT NULL,
  forward_channel_id INTEGER, digest INTEGER NOT NULL, body INTEGER NOT NULL            -- bodies.seq
) STRICT;
CREATE INDEX posts_channel ON posts(channel_id, id);
CREATE INDEX posts_language ON posts(language, id);
CREATE INDEX posts_deleted ON posts(deleted_ms) WHERE deleted_ms IS NOT NULL;
CREATE INDEX posts_forward ON posts(forward_channel_id, id) WHERE forward_channel_id IS NOT NULL;
-- by arrival; record: sinks/store/compression.py
CREATE TABLE bodies(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, tokens TEXT NOT NULL, record BLOB NOT NULL
) STRICT;
CREATE VIEW search AS SELECT p.id AS id, b.tokens AS tokens FROM posts p JOIN bodies b ON b.seq = p.body;
CREATE VIRTUAL TABLE words USING fts5(tokens, content='search', content_rowid='id', tokenize="ascii tokenchars '_'", prefix='2 3');
-- what: text | deleted
CREATE TABLE revisions(
  key TEXT NOT NULL, rank_us INTEGER NOT NULL, rank_class INTEGER NOT NULL, what TEXT NOT NULL, revision TEXT,
  seen_ms INTEGER, last_seen_ms INTEGER, edited_ms INTEGER, text TEXT, record BLOB,
  PRIMARY KEY(key, rank_us, rank_class, what)
) STRICT, WITHOUT ROWID;
-- deleted before it arrived | retired | erased
CREATE TABLE marks(
  key TEXT PRIMARY KEY, rank_us INTEGER NOT NULL, rank_class INTEGER NOT NULL, src_epoch INTEGER NOT NULL,
  src_offset INTEGER NOT NULL, deleted_ms INTEGER, home INTEGER, why TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE erased_channels(channel_id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;
CREATE TABLE quotes(
  key TEXT NOT NULL, ordinal INTEGER NOT NULL, posted_ms INTEGER NOT NULL, channel_id INTEGER NOT NULL,
  language TEXT NOT NULL, outlet_id TEXT NOT NULL, outlet_name TEXT NOT NULL, kind TEXT, cue TEXT, topic TEXT,
  text TEXT NOT NULL, start INTEGER, "end" INTEGER, confidence REAL, PRIMARY KEY(key, ordinal, outlet_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX quotes_outlet ON quotes(outlet_id, posted_ms);
CREATE INDEX quotes_time ON quotes(posted_ms, outlet_id, channel_id);
CREATE TABLE citations(
  key TEXT NOT NULL, ordinal INTEGER NOT NULL, posted_ms INTEGER NOT NULL, channel_id INTEGER NOT NULL,
  language TEXT NOT NULL, outlet_id TEXT NOT NULL, outlet_name TEXT NOT NULL, kind TEXT, cue TEXT,
  text TEXT NOT NULL, start INTEGER, "end" INTEGER, cited TEXT, is_own INTEGER, confidence REAL,
  PRIMARY KEY(key, ordinal, outlet_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX citations_outlet ON citations(outlet_id, posted_ms);
CREATE INDEX citations_time ON citations(posted_ms, outlet_id, channel_id);
-- newest observation; may precede the post
CREATE TABLE counters(
  key TEXT PRIMARY KEY, observed_ms INTEGER NOT NULL, views INTEGER, forwards INTEGER, replies INTEGER,
  reactions TEXT
) STRICT, WITHOUT ROWID;
-- at most 24 a post, thinned
CREATE TABLE counter_history(
  key TEXT NOT NULL, observed_ms INTEGER NOT NULL, views INTEGER, forwards INTEGER, replies INTEGER,
  reactions TEXT, PRIMARY KEY(key, observed_ms)
) STRICT, WITHOUT ROWID;
-- written by the one owner of posts.duplicates, and by nobody else:
CREATE TABLE links(key TEXT PRIMARY KEY, target TEXT, kind TEXT, similarity REAL, revision TEXT, rank_us INTEGER, rank_class INTEGER, src_epoch INTEGER, src_offset INTEGER,
  posted_ms INTEGER, lag_ms INTEGER, from_channel INTEGER, to_channel INTEGER, cluster INTEGER NOT NULL) STRICT, WITHOUT ROWID;  -- only posts that link or are linked to, absent ones too
CREATE INDEX links_target ON links(target) WHERE target IS NOT NULL;
CREATE INDEX links_cluster ON links(cluster, posted_ms);
CREATE INDEX links_time ON links(posted_ms, cluster, from_channel, to_channel, kind, lag_ms) WHERE posted_ms IS NOT NULL;
-- id: the story's stable name
CREATE TABLE clusters(
  id INTEGER PRIMARY KEY AUTOINCREMENT, root TEXT NOT NULL, size INTEGER NOT NULL
) STRICT;
-- "repeats nothing", until its post is older than the window; then pruned
CREATE TABLE verdicts(
  key TEXT PRIMARY KEY, rank_us INTEGER NOT NULL, rank_class INTEGER NOT NULL, src_epoch INTEGER,
  src_offset INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE copies_daily(
  day INTEGER, channel_id INTEGER, copies INTEGER NOT NULL, PRIMARY KEY(day, channel_id)
) STRICT, WITHOUT ROWID;
-- roll-ups of posts, by the POST's hour, whenever an edit or a deletion came:
CREATE TABLE hourly(
  hour INTEGER, language TEXT, part INTEGER, posts INTEGER NOT NULL, edited INTEGER NOT NULL,
  deleted INTEGER NOT NULL, PRIMARY KEY(hour, language, part)
) STRICT, WITHOUT ROWID;
CREATE TABLE daily(
  day INTEGER, channel_id INTEGER, language TEXT, posts INTEGER NOT NULL, edited INTEGER NOT NULL,
  deleted INTEGER NOT NULL, PRIMARY KEY(day, channel_id, language)
) STRICT, WITHOUT ROWID;
-- for pages and alerts; the last 100,000
CREATE TABLE changes(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, what TEXT NOT NULL
) STRICT;
CREATE TABLE watch_lists(id TEXT PRIMARY KEY, name TEXT, query TEXT, settings TEXT) STRICT;
CREATE TABLE watch_hits(
  watch_id TEXT, cluster INTEGER, key TEXT, hit_ms INTEGER, sent_ms INTEGER, PRIMARY KEY(watch_id, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE sink_offsets(
  topic TEXT, part INTEGER, topic_id TEXT NOT NULL, epoch INTEGER NOT NULL, next_offset INTEGER NOT NULL,
  written_ms INTEGER NOT NULL, PRIMARY KEY(topic, part)
) STRICT, WITHOUT ROWID;
-- embedded mode alone: the log that duplicate detection goes on from
CREATE TABLE fingerprints(seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, record BLOB NOT NULL) STRICT;
