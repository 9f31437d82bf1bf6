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
-- What was done against somebody or somewhere, and until when it holds: clear fields only.
CREATE TABLE lists.measure (
    measure_id uuid PRIMARY KEY,
    agency text NOT NULL,
    kind text NOT NULL,
    ordered_by text,
    taken_at timestamptz NOT NULL,
    since date NOT NULL,
    last_day date NOT NULL,         -- 9999-12-31: it has no end
    varied_at timestamptz,
    ended_on date,
    breached_at timestamptz,
    breaches integer NOT NULL DEFAULT 0,
    in_error boolean NOT NULL DEFAULT false
);
CREATE INDEX ON lists.measure (agency, last_day, measure_id);
CREATE TABLE lists.measure_progress (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
                                     position bigint NOT NULL DEFAULT 0);
INSERT INTO lists.measure_progress DEFAULT VALUES;
GRANT SELECT, INSERT, UPDATE, DELETE ON lists.measure TO intelligence;
GRANT SELECT, UPDATE ON lists.measure_progress TO intelligence;
