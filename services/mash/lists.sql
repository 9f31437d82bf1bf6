-- In which disclosures of this service's own each mention was shown: an index of the disclosure store,
-- so that "who was shown this" reads a few of them and not all. Folded from that store
-- (services/mash/store/looks.py); may be emptied and folded again. It holds ids and positions only.
DROP SCHEMA IF EXISTS looked, lists CASCADE;
CREATE SCHEMA looked;
CREATE TABLE looked.mention (
    mention_id uuid NOT NULL,
    position bigint NOT NULL,   -- of the disclosure, in mash_disclosures
    PRIMARY KEY (mention_id, position)
);
CREATE TABLE looked.progress (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
                              position bigint NOT NULL DEFAULT 0);
INSERT INTO looked.progress DEFAULT VALUES;
REVOKE ALL ON SCHEMA looked FROM PUBLIC;
GRANT USAGE ON SCHEMA looked TO mash;
GRANT SELECT, INSERT, DELETE ON looked.mention TO mash;
GRANT SELECT, UPDATE ON looked.progress TO mash;

-- Mash's own list of alerts, for people to work from. Folded from this service's events
-- (services/mash/store/alerts.py); may be emptied and folded again.
CREATE SCHEMA lists;
CREATE TABLE lists.alert (
    alert_id uuid PRIMARY KEY,
    rule text NOT NULL,
    rule_version integer NOT NULL,
    subject_id uuid NOT NULL,
    subject_kind text NOT NULL,
    mentions uuid[] NOT NULL,
    authorities text[] NOT NULL,
    happened_at timestamptz NOT NULL,
    raised_at timestamptz NOT NULL,
    answer_by timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text,
    outcome text,
    escalated_at timestamptz
);
CREATE INDEX open_alerts ON lists.alert (answer_by) WHERE acknowledged_at IS NULL;
CREATE INDEX ON lists.alert (raised_at);
CREATE INDEX ON lists.alert USING gin (mentions);
CREATE TABLE lists.progress (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
                             position bigint NOT NULL DEFAULT 0);
INSERT INTO lists.progress DEFAULT VALUES;
-- Up to where the rules were asked about what came. Asked again they say nothing twice.
CREATE TABLE lists.watched (source text PRIMARY KEY, position bigint NOT NULL);
GRANT USAGE ON SCHEMA lists TO mash;
GRANT SELECT, INSERT, UPDATE, DELETE ON lists.alert TO mash;
GRANT SELECT, UPDATE ON lists.progress TO mash;
GRANT SELECT, INSERT, UPDATE ON lists.watched TO mash;
