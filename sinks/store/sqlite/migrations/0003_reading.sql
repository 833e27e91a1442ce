-- Posts that few are: a search for them alone would otherwise look at every post of the store, newest first.
CREATE INDEX posts_deleted_ids ON posts(id) WHERE deleted_ms IS NOT NULL;
CREATE INDEX posts_edited_ids ON posts(id) WHERE edits > 0 OR edited_ms IS NOT NULL;
CREATE INDEX posts_forwarded_ids ON posts(id) WHERE forward_channel_id IS NOT NULL;
CREATE INDEX posts_quoting_ids ON posts(id) WHERE quotes > 0;
CREATE INDEX posts_citing_ids ON posts(id) WHERE citations > 0;
