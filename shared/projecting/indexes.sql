-- Made with an empty version at once, and by a rebuild after its rows were copied in.
ALTER TABLE {schema}.fact ADD PRIMARY KEY (source, position, ordinal);
CREATE INDEX fact_of_mention ON {schema}.fact (mention_id);
CREATE UNIQUE INDEX one_subject_at_a_time ON {schema}.membership (mention_id)
    WHERE to_position IS NULL;
CREATE INDEX members ON {schema}.membership (subject_id) WHERE to_position IS NULL;
CREATE INDEX former_members ON {schema}.membership (subject_id) WHERE to_position IS NOT NULL;
CREATE INDEX memberships ON {schema}.membership (mention_id);
ALTER TABLE {schema}.row ADD PRIMARY KEY (view, subject_id);
CREATE INDEX term_of_mention ON {schema}.term (mention_id);
CREATE INDEX term_exact ON {schema}.term (kind, value);
CREATE INDEX term_like ON {schema}.term USING gin (value gin_trgm_ops) WHERE kind = 'name';
CREATE INDEX term_part ON {schema}.term USING gin (value gin_trgm_ops) WHERE kind IN (
    'beside-name', 'beside-description', 'place-name', 'place-address', 'registration',
    'phone-number', 'organisation-name');
