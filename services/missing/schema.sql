-- Missing's own list of return interviews, for providers and social care to work from, and to count.
-- Folded from this service's events (services/missing/store.py); may be emptied and folded again.
CREATE SCHEMA lists;
CREATE TABLE lists.interview (
    interview_id uuid PRIMARY KEY,
    force text NOT NULL,
    provider text,
    area text,
    required_at timestamptz NOT NULL,
    episodes integer NOT NULL DEFAULT 1,
    returned_at timestamptz,
    due_by timestamptz,
    offered_at timestamptz,
    accepted_at timestamptz,
    planned_for timestamptz,
    declined_at timestamptz,
    conducted_at timestamptz,
    given_up_at timestamptz,
    covered_by uuid,
    overdue_noticed_at timestamptz,
    copied_at timestamptz,
    needs_action_now boolean NOT NULL DEFAULT false
);
CREATE INDEX ON lists.interview (provider, due_by);
CREATE INDEX ON lists.interview (area, due_by);
CREATE INDEX running ON lists.interview (due_by)
    WHERE conducted_at IS NULL AND given_up_at IS NULL AND declined_at IS NULL
        AND overdue_noticed_at IS NULL;
CREATE TABLE lists.progress (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
                             position bigint NOT NULL DEFAULT 0);
INSERT INTO lists.progress DEFAULT VALUES;
GRANT USAGE ON SCHEMA lists TO missing;
GRANT SELECT, INSERT, UPDATE, DELETE ON lists.interview TO missing;
GRANT SELECT, UPDATE ON lists.progress TO missing;
