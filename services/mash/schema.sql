-- In which disclosures of this service's own each mention was shown: an index of the disclosure store,
-- so that "who was shown this" reads a few of them and not all. Folded from that store
-- (services/mash/store/looks.py); may be emptied and folded again. It holds ids and positions only.
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
