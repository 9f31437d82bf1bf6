-- One event store. A service has two: `<service>` and `<service>_disclosures`, each in a schema of
-- that name. {store} and {role} are filled in by shared.eventstore.schema.
--
-- Who may change it: the service's role inserts events and reads them; it may update the one `head`
-- row, and nothing of an event, ever. Even the owner is stopped by a trigger, so that a slip of the
-- hand is an error; a superuser can still do anything, which is what the Merkle log is for.
-- What may be lost: nothing that was acknowledged.

CREATE SCHEMA {store};

CREATE TABLE {store}.head (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    epoch uuid NOT NULL DEFAULT gen_random_uuid(),  -- which store this is, for the relay's fence
    position bigint NOT NULL DEFAULT 0,
    recorded_at timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO {store}.head DEFAULT VALUES;

CREATE TABLE {store}.event (
    position bigint PRIMARY KEY CHECK (position > 0),
    event_id uuid NOT NULL,
    record_id uuid NOT NULL,
    record_version integer NOT NULL CHECK (record_version > 0),
    type text NOT NULL,
    recorded_at timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    agency text NOT NULL,
    correlation_id uuid NOT NULL,
    body bytea NOT NULL,        -- the event: one CloudEvents document, as published
    leaf bytea NOT NULL CHECK (length(leaf) = 32),
    UNIQUE (record_id, record_version),
    UNIQUE (event_id)
);
-- The body is encrypted or short: compressing it costs time and gains nothing.
ALTER TABLE {store}.event ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX ON {store}.event (correlation_id);

-- Claims that must be unique across records: a force's reference, a child's NHS number. The key is a
-- blind index; the value is the record that holds the claim.
CREATE TABLE {store}.claim (
    kind text NOT NULL,
    key bytea NOT NULL,
    holder uuid NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (kind, key)
);

-- The first answer to each idempotency key, kept in the transaction of its events.
CREATE TABLE {store}.answer (
    client text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status smallint NOT NULL,
    body bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (client, key)
);

CREATE FUNCTION {store}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''events are never changed or removed''; END';
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON {store}.event
    FOR EACH STATEMENT EXECUTE FUNCTION {store}.refuse_change();

REVOKE ALL ON SCHEMA {store} FROM PUBLIC;
GRANT USAGE ON SCHEMA {store} TO {role};
GRANT SELECT, INSERT ON {store}.event, {store}.claim, {store}.answer TO {role};
GRANT SELECT, UPDATE (position, recorded_at) ON {store}.head TO {role};
