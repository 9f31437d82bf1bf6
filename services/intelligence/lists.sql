-- The bureau's list of reports, clear fields only, folded from this service's own events
-- (services/intelligence/store/reports.py). May be emptied and folded again.
DROP SCHEMA IF EXISTS lists CASCADE;
CREATE SCHEMA lists;
CREATE TABLE lists.report (
    report_id uuid PRIMARY KEY,
    bureau text NOT NULL,
    source_ref uuid NOT NULL,
    reported_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    third_party boolean NOT NULL,
    victims integer NOT NULL,
    perpetrators integer NOT NULL,
    licensed_service text,
    graded_at timestamptz,
    grades integer NOT NULL DEFAULT 0,
    covert boolean NOT NULL DEFAULT false,
    sanitised integer NOT NULL DEFAULT 0,
    disseminated integer NOT NULL DEFAULT 0,
    withdrawn_at timestamptz
);
CREATE INDEX ON lists.report (bureau, received_at, report_id);
CREATE INDEX ON lists.report (source_ref);
CREATE TABLE lists.progress (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
                             position bigint NOT NULL DEFAULT 0);
INSERT INTO lists.progress DEFAULT VALUES;
REVOKE ALL ON SCHEMA lists FROM PUBLIC;
GRANT USAGE ON SCHEMA lists TO intelligence;
GRANT SELECT, INSERT, UPDATE, DELETE ON lists.report TO intelligence;
GRANT SELECT, UPDATE ON lists.progress TO intelligence;
