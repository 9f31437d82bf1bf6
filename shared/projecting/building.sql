-- How far a version has come that is still being built: with the schema, so that whatever a killed
-- rebuild left is either gone on with or dropped as a whole. Dropped itself when the version is done.
CREATE TABLE {schema}.unit (
    stage text NOT NULL,        -- read, link, fold, index: in this order
    number integer NOT NULL,
    source text,                -- read: whose events, from where to where
    first bigint,
    last bigint,
    after uuid,                 -- fold: every subject of this part up to here has its rows
    made bigint NOT NULL DEFAULT 0,
    done boolean NOT NULL DEFAULT false,
    PRIMARY KEY (stage, number)
);
-- Changes of membership as they were read; the rows of membership are made of them at once.
CREATE TABLE {schema}.link (
    mention_id uuid NOT NULL,
    subject_id uuid,
    position bigint NOT NULL,
    ordinal integer NOT NULL
);
