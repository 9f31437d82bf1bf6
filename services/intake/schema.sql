-- Intake's own list of which mentions make up which subject now. Folded from this service's events
-- (services/intake/store.py); may be emptied and folded again.
CREATE SCHEMA lists;
CREATE TABLE lists.member (
    mention_id uuid PRIMARY KEY,
    subject_id uuid,                -- NULL: linked to nobody
    since_position bigint NOT NULL  -- the event that put it there
);
CREATE INDEX ON lists.member (subject_id, since_position);
CREATE TABLE lists.progress (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
                             position bigint NOT NULL DEFAULT 0);
INSERT INTO lists.progress DEFAULT VALUES;
GRANT USAGE ON SCHEMA lists TO intake;
GRANT SELECT, INSERT, UPDATE, DELETE ON lists.member TO intake;
GRANT SELECT, UPDATE ON lists.progress TO intake;
