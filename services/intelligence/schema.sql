-- What the intelligence service keeps beside its events, and cannot make anew from them: applied once.
--
-- sources: who gave each report. Nobody but this service's role may read it, no event holds any of
-- it, and every identity is sealed under a scope of its own (`intelligence_sources.identity`), which
-- is on no other service's keyring. Rows are added and never changed. What may be lost: nothing; a
-- lost row is a source whom nobody can ask again.
CREATE SCHEMA IF NOT EXISTS sources;
CREATE TABLE IF NOT EXISTS sources.source (
    source_ref uuid PRIMARY KEY,
    author bytea NOT NULL CHECK (length(author) = 32),  -- blind index of whoever was signed in
    box bytea NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS source_author_source_ref_idx ON sources.source (author, source_ref);
REVOKE ALL ON SCHEMA sources FROM PUBLIC;
GRANT USAGE ON SCHEMA sources TO intelligence;
GRANT SELECT, INSERT ON sources.source TO intelligence;
