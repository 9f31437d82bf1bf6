-- Intake's own list of which mentions make up which subject now. Folded from this service's events
-- (services/intake/store.py); may be emptied and folded again.
DROP SCHEMA IF EXISTS lists CASCADE;
-- What other services' events put into them is taken in once more: done again it changes nothing else.
DELETE FROM public.follower WHERE name IN ('open-referrals', 'notice-boundaries');
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
-- Referrals, for councils to work from and referrers to see: clear fields only.
CREATE TABLE lists.referral (
    referral_id uuid PRIMARY KEY,
    council text,                   -- NULL: nobody knows which yet
    origin_kind text NOT NULL,
    origin_id uuid,
    level text,
    referred_by text NOT NULL,
    immediate boolean NOT NULL,
    received_at timestamptz NOT NULL,
    due_by timestamptz NOT NULL,
    first_due_by timestamptz NOT NULL,
    rating text,
    rated_at timestamptz,
    decided_at timestamptz,
    actions text[],
    in_time boolean,
    fed_back_at timestamptz,
    overdue_noticed_at timestamptz
);
CREATE INDEX ON lists.referral (council, due_by);
CREATE INDEX ON lists.referral (referred_by, due_by);
CREATE INDEX referral_running ON lists.referral (due_by)
    WHERE decided_at IS NULL AND overdue_noticed_at IS NULL;
-- Which council a return interview and its episode are for, from missing's events.
CREATE TABLE lists.interview_council (
    interview_id uuid PRIMARY KEY,
    episode_id uuid,
    council text
);
CREATE INDEX ON lists.interview_council (episode_id);
CREATE TABLE lists.referral_progress (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
                                      position bigint NOT NULL DEFAULT 0);
INSERT INTO lists.referral_progress DEFAULT VALUES;
GRANT SELECT, INSERT, UPDATE, DELETE ON lists.referral, lists.interview_council TO intake;
GRANT SELECT, UPDATE ON lists.referral_progress TO intake;
-- Where children belong, live and were found, as far as clear fields and areas tell; and who was told.
CREATE TABLE lists.boundary_status (
    record_id uuid PRIMARY KEY,
    child uuid NOT NULL,
    said_by text NOT NULL,
    responsible text NOT NULL,
    host text,
    since date NOT NULL,
    until date,
    withdrawn boolean NOT NULL DEFAULT false
);
CREATE INDEX ON lists.boundary_status (child);
CREATE TABLE lists.boundary_finding (
    record_id uuid PRIMARY KEY,     -- the episode
    child uuid NOT NULL,
    said_by text NOT NULL,
    found_in text,
    lives_in text,
    found_at timestamptz
);
CREATE INDEX ON lists.boundary_finding (child);
CREATE TABLE lists.boundary_notice (
    notice_id uuid PRIMARY KEY,
    told text NOT NULL,
    reason text NOT NULL,
    other text NOT NULL,
    child uuid NOT NULL,
    record_id uuid NOT NULL,
    since date NOT NULL,
    raised_at timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text
);
CREATE INDEX ON lists.boundary_notice (told, raised_at, notice_id);
GRANT SELECT, INSERT, UPDATE, DELETE
    ON lists.boundary_status, lists.boundary_finding, lists.boundary_notice TO intake;
-- What each authority said of children's standing, as it stands: clear fields only.
CREATE TABLE lists.status (
    status_id uuid PRIMARY KEY,
    authority text NOT NULL,
    child uuid NOT NULL,
    kind text NOT NULL,
    since date NOT NULL,
    until date,
    responsible text,
    host text,
    said_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    withdrawn boolean NOT NULL DEFAULT false
);
CREATE INDEX ON lists.status (authority, recorded_at, status_id);
CREATE TABLE lists.status_progress (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
                                    position bigint NOT NULL DEFAULT 0);
INSERT INTO lists.status_progress DEFAULT VALUES;
GRANT SELECT, INSERT, UPDATE, DELETE ON lists.status TO intake;
GRANT SELECT, UPDATE ON lists.status_progress TO intake;
