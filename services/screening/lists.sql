-- Screening's own lists: an agency's screenings, and what is to be done about them.
-- Folded from this service's events (services/screening/store.py); may be emptied and folded again.
-- Clear fields only: ids, codes, times.
DROP SCHEMA IF EXISTS lists CASCADE;
CREATE SCHEMA lists;
CREATE TABLE lists.screening (
    screening_id uuid PRIMARY KEY,
    agency text NOT NULL,
    area text NOT NULL,
    series uuid NOT NULL,
    completed_at timestamptz NOT NULL,
    level text NOT NULL,
    advised_level text,
    instrument text NOT NULL,
    version text NOT NULL,
    direction text,
    amended_at timestamptz,
    review_due timestamptz
);
CREATE INDEX ON lists.screening (agency, completed_at DESC, screening_id);
CREATE TABLE lists.obligation (
    screening_id uuid NOT NULL,
    obligation text NOT NULL,
    agency text NOT NULL,
    area text NOT NULL,
    level text NOT NULL,
    rule text NOT NULL,
    must boolean NOT NULL,
    opened_at timestamptz NOT NULL,
    due_by timestamptz,
    closed_at timestamptz,
    closed_by text,
    overdue_noticed_at timestamptz,
    PRIMARY KEY (screening_id, obligation)
);
CREATE INDEX ON lists.obligation (agency, due_by) WHERE closed_at IS NULL;
CREATE INDEX ON lists.obligation (area, due_by) WHERE closed_at IS NULL;
CREATE INDEX running ON lists.obligation (due_by)
    WHERE closed_at IS NULL AND overdue_noticed_at IS NULL;
CREATE TABLE lists.progress (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
                             position bigint NOT NULL DEFAULT 0);
INSERT INTO lists.progress DEFAULT VALUES;
GRANT USAGE ON SCHEMA lists TO screening;
GRANT SELECT, INSERT, UPDATE, DELETE ON lists.screening, lists.obligation TO screening;
GRANT SELECT, UPDATE ON lists.progress TO screening;
