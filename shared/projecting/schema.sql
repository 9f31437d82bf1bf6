-- The archive: this service's own copy of every event, as stored and still sealed, so that a refold
-- asks nobody. Append only. May be lost: it is read again from the services' feeds.
CREATE SCHEMA archive;
CREATE TABLE archive.event (
    source text NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    recorded_at timestamptz NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (source, position)
);
ALTER TABLE archive.event ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX ON archive.event (recorded_at);
CREATE TABLE archive.progress (
    source text PRIMARY KEY,
    position bigint NOT NULL    -- everything up to here is in archive.event
);
CREATE TABLE archive.mention (
    mention_id uuid NOT NULL,
    source text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (mention_id, source, position)
);
-- When this service had each event: one row a batch. It is history of its own: a rebuild reads it
-- and never writes it, or "could have known" would be answered with the time of the rebuild.
CREATE TABLE archive.availability (
    source text NOT NULL,
    from_position bigint NOT NULL,
    to_position bigint NOT NULL,
    available_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, from_position)
);
-- Events that could not be projected: they wait for mended code, others go on.
CREATE TABLE archive.parked (
    source text NOT NULL,
    position bigint NOT NULL,
    reason text NOT NULL,       -- a class of fault, never what was in the event
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, position)
);
-- Which version of the views is being shown and kept up.
CREATE TABLE archive.showing (
    projection text PRIMARY KEY,
    schema_name text NOT NULL
);
GRANT USAGE ON SCHEMA archive TO {role};
GRANT SELECT, INSERT ON archive.event, archive.mention, archive.availability TO {role};
GRANT SELECT, INSERT, DELETE ON archive.parked TO {role};
GRANT SELECT, INSERT, UPDATE ON archive.showing, archive.progress TO {role};
