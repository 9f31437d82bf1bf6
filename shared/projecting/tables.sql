-- One version of the views, in a schema of its own. Everything here can be thrown away and built
-- again from the archive. It holds opened text: see docs/trust.md.
CREATE SCHEMA {schema};
CREATE TABLE {schema}.fact (
    mention_id uuid NOT NULL,
    source text NOT NULL,
    position bigint NOT NULL,
    ordinal smallint NOT NULL,
    kind text NOT NULL,
    occurred_at text NOT NULL,
    recorded_at text NOT NULL,
    agency text NOT NULL,
    handling text NOT NULL,
    event_id uuid NOT NULL,
    value bytea NOT NULL,
    limits bytea                -- NULL: its handling says who may see it
);
-- Which mentions make up a subject, from when to when by the linking store's positions. A mention
-- without an open row is a provisional subject of its own.
CREATE TABLE {schema}.membership (
    mention_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    from_position bigint NOT NULL,
    to_position bigint
);
CREATE TABLE {schema}.term (
    mention_id uuid NOT NULL,
    kind text NOT NULL,
    value text NOT NULL
);
CREATE TABLE {schema}.row (
    view text NOT NULL,
    subject_id uuid NOT NULL,
    body bytea NOT NULL,
    digest bytea NOT NULL,
    restricted boolean NOT NULL     -- some of its facts may not be shown to everybody
);
-- Up to which position of each source these views know everything: also the fence against two
-- runners, for every batch must find here what it last left.
CREATE TABLE {schema}.progress (
    source text PRIMARY KEY,
    position bigint NOT NULL
);
