-- The vault: one wrapped key for each (mention, scope). Its own database, roles and backups.
--
-- Who may change it: a service's role inserts keys of its own scopes and reads the scopes granted to
-- it (row level security below, so that a mistake in a service cannot read more). Nobody updates a
-- key but the eraser, whose update to NULL is the erasure.
-- What may be lost: nothing. A lost key is an erasure that nobody ordered. A key here whose event
-- never came is harmless.

CREATE TABLE key (
    mention_id uuid NOT NULL,
    scope text NOT NULL,        -- <store>.<field class>: whose key it is
    kek smallint NOT NULL,      -- which key-encrypting key of that scope wraps it
    wrapped bytea,              -- NULL: destroyed
    created_at timestamptz NOT NULL DEFAULT now(),
    destroyed_at timestamptz,
    PRIMARY KEY (mention_id, scope),
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

CREATE TABLE release (
    service name NOT NULL,
    scope text NOT NULL,
    PRIMARY KEY (service, scope)
);

CREATE FUNCTION released_scopes() RETURNS text[] LANGUAGE sql STABLE AS
    'SELECT coalesce(array_agg(scope), ARRAY[]::text[]) FROM release WHERE service = current_user';

ALTER TABLE key ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_released ON key FOR SELECT
    USING (scope = ANY ((SELECT released_scopes())::text[]));
CREATE POLICY insert_own ON key FOR INSERT
    WITH CHECK (split_part(scope, '.', 1) IN (current_user, current_user || '_disclosures', current_user || '_sources')
                AND wrapped IS NOT NULL);
