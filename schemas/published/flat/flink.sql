-- Written by `python -m tgwire.generate` from schemas/flat.py; docs/engines.md explains it.
-- Set your brokers, and your topic prefix before the topics.

-- A row for each post of posts.normalized.
CREATE TABLE posts_flat (
    `key` STRING NOT NULL,
    `revision` STRING,
    `channel_id` BIGINT,
    `channel_username` STRING,
    `channel_title` STRING,
    `message_id` BIGINT,
    `posted_at` TIMESTAMP_LTZ(6),
    `edited_at` TIMESTAMP_LTZ(6),
    `collected_at` TIMESTAMP_LTZ(6),
    `headline` STRING,
    `text` STRING,
    `text_length` INT,
    `language_code` STRING,
    `language_confidence` DOUBLE,
    `script` STRING,
    `quote_count` INT,
    `citation_count` INT,
    `media_count` INT,
    `is_forward` BOOLEAN,
    `album_id` BIGINT,
    `view_count` BIGINT,
    `forward_count` BIGINT,
    `reply_count` BIGINT,
    `has_exact_counts` BOOLEAN,
    `hashtags` STRING,
    `links` STRING,
    `media` STRING,
    `lane` STRING,
    `source_kind` STRING,
    `source_name` STRING,
    `rank_us` BIGINT,
    `rank_class` INT,
    `pipeline_version` STRING,
    PRIMARY KEY (`key`) NOT ENFORCED
) WITH (
    'topic' = 'posts.flat',
    'connector' = 'upsert-kafka',
    'properties.bootstrap.servers' = 'localhost:9092',
    'key.format' = 'raw',
    'value.format' = 'json',
    'value.fields-include' = 'EXCEPT_KEY',
    'value.json.timestamp-format.standard' = 'ISO-8601'
);

-- A row for each item of quotes.
CREATE TABLE quotes_flat (
    `key` STRING NOT NULL,
    `post_key` STRING,
    `ordinal` INT,
    `outlet_id` STRING,
    `outlet_name` STRING,
    `kind` STRING,
    `cue` STRING,
    `text` STRING,
    `outlets` STRING,
    `posted_at` TIMESTAMP_LTZ(6),
    `channel_id` BIGINT,
    PRIMARY KEY (`key`) NOT ENFORCED
) WITH (
    'topic' = 'quotes.flat',
    'connector' = 'upsert-kafka',
    'properties.bootstrap.servers' = 'localhost:9092',
    'key.format' = 'raw',
    'value.format' = 'json',
    'value.fields-include' = 'EXCEPT_KEY',
    'value.json.timestamp-format.standard' = 'ISO-8601'
);

-- A row for each citation of citations.
CREATE TABLE citations_flat (
    `key` STRING NOT NULL,
    `post_key` STRING,
    `ordinal` INT,
    `outlet_id` STRING,
    `outlet_name` STRING,
    `kind` STRING,
    `cue` STRING,
    `text` STRING,
    `outlets` STRING,
    `posted_at` TIMESTAMP_LTZ(6),
    `channel_id` BIGINT,
    PRIMARY KEY (`key`) NOT ENFORCED
) WITH (
    'topic' = 'citations.flat',
    'connector' = 'upsert-kafka',
    'properties.bootstrap.servers' = 'localhost:9092',
    'key.format' = 'raw',
    'value.format' = 'json',
    'value.fields-include' = 'EXCEPT_KEY',
    'value.json.timestamp-format.standard' = 'ISO-8601'
);

-- A row for each verdict of posts.duplicates.
CREATE TABLE duplicates_flat (
    `key` STRING NOT NULL,
    `duplicate_of` STRING,
    `duplicate_kind` STRING,
    `similarity` DOUBLE,
    `revision` STRING,
    PRIMARY KEY (`key`) NOT ENFORCED
) WITH (
    'topic' = 'duplicates.flat',
    'connector' = 'upsert-kafka',
    'properties.bootstrap.servers' = 'localhost:9092',
    'key.format' = 'raw',
    'value.format' = 'json',
    'value.fields-include' = 'EXCEPT_KEY',
    'value.json.timestamp-format.standard' = 'ISO-8601'
);
