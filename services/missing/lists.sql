-- Missing's own list of return interviews, for providers and social care to work from, and to count.
-- Folded from this service's events (services/missing/store.py); may be emptied and folded again.
DROP SCHEMA IF EXISTS lists CASCADE;
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
-- What each agency sent, or holds, and what has become of it. An interview is nobody's until it is
-- allocated.
CREATE TABLE lists.submission (
    record_id uuid PRIMARY KEY,
    kind text NOT NULL,
    agency text,
    status text NOT NULL,
    received_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    events integer NOT NULL
);
CREATE INDEX ON lists.submission (agency, received_at, record_id);
CREATE TABLE lists.truancy_stop (
    stop_id uuid PRIMARY KEY,
    agency text NOT NULL,
    patrol text NOT NULL,
    stopped_at timestamptz NOT NULL,
    follow_up_by date NOT NULL,
    followed_up_at timestamptz,
    outcome text,
    tries integer NOT NULL DEFAULT 0
);
CREATE INDEX ON lists.truancy_stop (agency, follow_up_by, stop_id);
CREATE INDEX ON lists.truancy_stop (patrol);
CREATE TABLE lists.truancy_patrol (
    patrol_id uuid PRIMARY KEY,
    code text NOT NULL,
    managed_by text NOT NULL,
    run_by text[] NOT NULL,
    areas text[] NOT NULL,
    since date NOT NULL,
    until date NOT NULL
);
CREATE INDEX ON lists.truancy_patrol (managed_by, since, patrol_id);
-- Carers' profiles and when each was last renewed, its words and its picture.
CREATE TABLE lists.profile (
    profile_id uuid PRIMARY KEY,
    keeper text NOT NULL,
    placing_authority text,
    profile_version integer NOT NULL,
    renewed_at timestamptz NOT NULL,
    photograph_id uuid,
    photograph_taken_on date,
    photograph_kept_at timestamptz
);
CREATE INDEX ON lists.profile (keeper, renewed_at, profile_id);
CREATE INDEX ON lists.profile (placing_authority, renewed_at, profile_id);
-- Concerns by whether anybody has seen the child safe and well.
CREATE TABLE lists.concern (
    concern_id uuid PRIMARY KEY,
    agency text NOT NULL,
    responsible_authority text,
    child uuid NOT NULL,
    source text NOT NULL,
    away_from text NOT NULL,
    away_since timestamptz,
    police_told text NOT NULL,
    how_left text NOT NULL,
    overnight text NOT NULL,
    raised_at timestamptz NOT NULL,
    closed_at timestamptz,
    safe_and_well boolean NOT NULL DEFAULT false
);
CREATE INDEX ON lists.concern (agency, raised_at, concern_id) WHERE NOT safe_and_well;
CREATE INDEX ON lists.concern (responsible_authority, raised_at, concern_id)
    WHERE NOT safe_and_well;
-- Who was commissioned to hold an area's return interviews, from day to day.
CREATE TABLE lists.commission (
    commission_id uuid PRIMARY KEY,
    provider text NOT NULL,
    area text NOT NULL,
    since date NOT NULL,
    until date,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX ON lists.commission (area, since, commission_id);
CREATE TABLE lists.progress (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
                             position bigint NOT NULL DEFAULT 0);
INSERT INTO lists.progress DEFAULT VALUES;
GRANT USAGE ON SCHEMA lists TO missing;
GRANT SELECT, INSERT, UPDATE, DELETE ON lists.interview, lists.submission, lists.truancy_stop, lists.concern,
    lists.commission, lists.truancy_patrol, lists.profile TO missing;
GRANT SELECT, UPDATE ON lists.progress TO missing;
