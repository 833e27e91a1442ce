-- Written by `python -m tgwire.generate` from schemas/flat.py; docs/engines.md explains it.

-- A row for each post of posts.normalized.
CREATE TABLE posts_flat (
    key text PRIMARY KEY,
    revision text NOT NULL,
    channel_id bigint NOT NULL,
    channel_username text,
    channel_title text,
    message_id bigint NOT NULL,
    posted_at timestamptz,
    edited_at timestamptz,
    collected_at timestamptz,
    headline text,
    text text NOT NULL,
    text_length integer NOT NULL,
    language_code text NOT NULL,
    language_confidence double precision,
    script text,
    quote_count integer NOT NULL,
    citation_count integer NOT NULL,
    media_count integer NOT NULL,
    is_forward boolean NOT NULL,
    album_id bigint,
    view_count bigint,
    forward_count bigint,
    reply_count bigint,
    has_exact_counts boolean,
    hashtags text NOT NULL,
    links text NOT NULL,
    media text NOT NULL,
    lane text NOT NULL,
    source_kind text NOT NULL,
    source_name text,
    rank_us bigint NOT NULL,
    rank_class integer NOT NULL,
    pipeline_version text NOT NULL
);

-- A row for each item of quotes.
CREATE TABLE quotes_flat (
    key text PRIMARY KEY,
    post_key text NOT NULL,
    ordinal integer NOT NULL,
    outlet_id text,
    outlet_name text NOT NULL,
    kind text NOT NULL,
    cue text,
    text text NOT NULL,
    outlets text NOT NULL,
    posted_at timestamptz,
    channel_id bigint NOT NULL
);

-- A row for each citation of citations.
CREATE TABLE citations_flat (
    key text PRIMARY KEY,
    post_key text NOT NULL,
    ordinal integer NOT NULL,
    outlet_id text,
    outlet_name text NOT NULL,
    kind text NOT NULL,
    cue text,
    text text NOT NULL,
    outlets text NOT NULL,
    posted_at timestamptz,
    channel_id bigint NOT NULL
);

-- A row for each verdict of posts.duplicates.
CREATE TABLE duplicates_flat (
    key text PRIMARY KEY,
    duplicate_of text,
    duplicate_kind text,
    similarity double precision,
    revision text NOT NULL
);
